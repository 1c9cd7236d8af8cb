"""Expression swell: how many operations each form of a derivative takes as the function grows, and
the law it grows by.

Table `swell`, one row a (family, n, form): family, n, form ('f', 'raw', 'cse', 'cse-joint',
'accumulate', 'forward', 'reverse', or a rewriting such as 'expand'), operations (a count),
error_eps (relative error over machine epsilon), status ('ok', or a sentence). A form without a
count is not drawn; the caption says from which n on and why. Further columns are welcome and not
read.
"""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from diffbench.measure.expressions.growth import LAST_SIZES, GrowthLaw, growth_law
from diffbench.report.drawing.axes import fine_ticks, log_axes, size_ticks
from diffbench.report.drawing.canvas import Chart, Panel, panel
from diffbench.report.drawing.colours import FORMS, INK, look_of
from diffbench.report.drawing.labels import label_ends
from diffbench.report.reading import SUPERSCRIPT, short

PLACE, TABLE = 10, "swell"
COLUMNS = ("family", "n", "form", "operations", "error_eps", "status")
NAMES = {
    "f": "f itself",
    "raw": "symbolic, raw",
    "cse": "symbolic, then CSE",
    "cse-joint": "CSE of f and f′ together",
    "accumulate": "CSE, then accumulate",
    "forward": "forward AD",
    "reverse": "reverse AD",
}
SEE = (
    "Operations against n. A straight line is a power of n, a line that bends upwards an "
    "exponential. Dashed: the law fitted to the "
    "last five sizes, named at its end. Eliminating common subexpressions (CSE) after "
    "differentiating gives back much of the swell; "
    "eliminating them first and accumulating costs about what automatic differentiation costs."
)


def chart(table: pd.DataFrame) -> Chart:
    """One panel a family of functions: operations against n on logarithmic axes."""
    counted = table[table["operations"] > 0].sort_values("n")
    panels = tuple(
        _panel(str(family), rows) for family, rows in counted.groupby("family", sort=False)
    )
    return Chart(
        "swell",
        "Expression swell",
        f"{SEE} {_lost(table)}".strip(),
        "a table of operation counts (swell)",
        panels,
    )


def _lost(table: pd.DataFrame) -> str:
    """Which forms end before the others do, where and why."""
    first = (
        table[table["status"] != "ok"]
        .sort_values("n")
        .drop_duplicates(["family", "form"])
        .to_dict("records")
    )
    lost = [
        f"{row['family']}, {_name(row['form'])}, from n = {row['n']}: {row['status']}"
        for row in first
    ]
    return f"Not drawn: {'; '.join(lost)}." if lost else ""


def _name(form: str) -> str:
    return NAMES.get(form, form)


def _panel(family: str, rows: pd.DataFrame) -> Panel:
    told = "; ".join(_told(str(form), group) for form, group in rows.groupby("form", sort=False))
    description = f"Operations against n on logarithmic axes. {told}."
    return panel(f"swell-{family}", family, description, lambda axes: _draw(axes, rows), room=0.37)


def _told(form: str, rows: pd.DataFrame) -> str:
    law, last = _law(rows), rows.iloc[-1]
    grows = f", growing like {named(law)}" if law else ""
    return f"{_name(form)} {short(last['operations'])} at n = {short(last['n'])}{grows}"


def _law(rows: pd.DataFrame) -> GrowthLaw | None:
    """The better law; None for fewer than three sizes."""
    law = growth_law(rows["n"].tolist(), rows["operations"].tolist())
    return law if np.isfinite(law.power) else None


def named(law: GrowthLaw) -> str:
    """The law as printed: n²·⁰ or 2.4ⁿ."""
    return (
        f"{law.base:.1f}ⁿ"
        if law.is_exponential
        else "n" + f"{law.power:.1f}".translate(SUPERSCRIPT)
    )


def _draw(axes: Axes, rows: pd.DataFrame) -> None:
    log_axes(axes, "n", "operations")
    ends = [
        _draw_form(axes, str(form), group)
        for form, group in rows.groupby("form", sort=False)
        if len(group) > 1
    ]
    size_ticks(axes, rows["n"])
    fine_ticks(axes)
    label_ends(axes, ends)


def _draw_form(axes: Axes, form: str, rows: pd.DataFrame) -> tuple[str, float, float, str]:
    """Markers joined by a thin line, the law dashed over the sizes it was fitted to; gives the
    label of the line's end.
    """
    n, operations = rows["n"].to_numpy(float), rows["operations"].to_numpy(float)
    look = look_of(FORMS.get(form, form))
    colour = INK if form == "f" else look.colour
    axes.plot(
        n,
        operations,
        color=colour,
        marker=look.marker,
        lw=0.8,
        alpha=0.9,
        mfc="none" if form == "cse-joint" else colour,
    )
    law = _law(rows)
    if law:
        span = np.geomspace(n[-LAST_SIZES:][0], n[-1], 40)
        axes.plot(span, law(span), color=colour, ls="--", lw=1.6)
    return _name(form) + (f"  ~ {named(law)}" if law else ""), n[-1], operations[-1], colour
