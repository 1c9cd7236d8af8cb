"""The step explorer: a V-curve with a slider for h, and at each step the quotient in its digits.

Everything is computed beforehand; `explorer.js` only shows the step that is asked for, by mouse or
by keyboard. Without a script it is the picture and the table of the best step.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from importlib.resources import files

import numpy as np
from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup
from matplotlib.axes import Axes

from diffbench.report.drawing.axes import log_axes
from diffbench.report.drawing.canvas import SIZE, panel
from diffbench.report.drawing.colours import look_of
from diffbench.report.reading import scientific

STEPS = 10.0 ** np.linspace(-0.5, -16, 63)
POINTS = 72.0  # of SVG, an inch
EPS = float(np.finfo(float).eps)


@dataclass(frozen=True)
class Step:
    """One quotient (f(x + h) - f(x)) / h, as it is shown: numbers in their digits, the quotient cut
    where it stops being right, and what theory expects of the error.
    """

    h: str
    ahead: str
    here: str
    right: str
    wrong: str
    error: str
    theory: str


def explorer(f: Callable[[float], float], x: float, slope: float, bend: float) -> Markup:
    """A figure for a page. f: of a number; slope and bend: f' and f'' at x, by a better method."""
    quotients = [(float(f(x + h)) - float(f(x))) / h for h in STEPS]
    errors = [max(abs(q - slope), EPS * abs(slope) / 4) for q in quotients]
    theory = [h / 2 * abs(bend) + EPS * abs(f(x)) / h for h in STEPS]
    places: list[tuple[float, float]] = []
    drawn = panel(
        "step-explorer",
        "Error of the forward difference against its step",
        f"Least error {min(errors):.1e}; truncation to the right, round-off to the left.",
        lambda axes: places.extend(_draw(axes, errors, theory)),
    )
    steps = [
        asdict(_step(f, x, h, q, slope, e, t))
        for h, q, e, t in zip(STEPS, quotients, errors, theory, strict=True)
    ]
    best = int(np.argmin(errors))
    data = htmlsafe_json_dumps({"steps": steps, "places": places})
    return FIGURE.format(svg=drawn.svg, data=data, last=len(STEPS) - 1, best=best, **steps[best])


def script() -> Markup:
    """What moves the slider, to be put into the page once."""
    return Markup(files("diffbench.report").joinpath("explorer.js").read_text(encoding="utf-8"))


def _step(
    f: Callable[[float], float],
    x: float,
    h: float,
    quotient: float,
    slope: float,
    error: float,
    theory: float,
) -> Step:
    text, exact = f"{quotient:.15f}", f"{slope:.15f}"
    agree = next(
        (i for i, (a, b) in enumerate(zip(text, exact, strict=False)) if a != b), len(text)
    )
    return Step(
        scientific(h),
        f"{float(f(x + h)):.16f}",
        f"{float(f(x)):.16f}",
        text[:agree],
        text[agree:],
        scientific(error),
        scientific(theory),
    )


def _draw(
    axes: Axes, errors: Sequence[float], theory: Sequence[float]
) -> list[tuple[float, float]]:
    """The curve; gives the place of each step in the coordinates of the SVG."""
    log_axes(axes, "step h", "absolute error")
    look = look_of("forward-difference")
    axes.plot(STEPS, theory, color=look.colour, lw=1.6)
    axes.plot(STEPS, errors, ls="", marker=look.marker, ms=3.6, color=look.colour)
    axes.set_xlim(axes.get_xlim())
    axes.set_ylim(axes.get_ylim())
    scale = POINTS / axes.figure.dpi
    seen = axes.transData.transform(np.column_stack([STEPS, errors])) * scale
    return [(round(float(a), 1), round(SIZE[1] * POINTS - float(b), 1)) for a, b in seen]


FIGURE = Markup("""<figure class="explorer">
{svg}
<label>step h = <output class="h">{h}</output>
<input type="range" min="0" max="{last}" value="{best}" aria-label="step h, smaller to the right">
</label>
<table><tbody>
<tr><th scope="row">f(x + h)</th><td class="ahead">{ahead}</td></tr>
<tr><th scope="row">f(x)</th><td class="here">{here}</td></tr>
<tr><th scope="row">quotient</th><td><span class="right">{right}</span><del class="wrong">{wrong}</del></td></tr>
<tr><th scope="row">error</th><td class="error">{error}</td></tr>
<tr><th scope="row">theory</th><td class="theory">{theory}</td></tr>
</tbody></table>
<script type="application/json">{data}</script>
</figure>""")
