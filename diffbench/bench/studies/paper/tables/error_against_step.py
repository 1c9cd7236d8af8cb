"""Figure 3 of the survey: the error of forward and central differences of l_4 at 0.2 against the
step. The paper draws it; its points were recomputed elsewhere in float64.
"""

from collections.abc import Iterator

from diffbench.bench.studies.paper.entry import Entry, Rows
from diffbench.registry import find

PLACE = 20
TITLE = "Error of differences of l_4 at 0.2 against their step"
SOURCE = "Baydin et al. (2018), figure 3; points recomputed elsewhere, the figure prints none"
SLOPE = 708288 / 78125
POINTS: dict[float, tuple[float, float | None]] = {  # h: (forward, central)
    1e-1: (2.0, 5.5),
    1e-2: (0.272, 6.57e-2),
    1e-3: (3.30e-2, 6.58e-4),
    1e-4: (3.36e-3, 6.58e-6),
    1e-5: (3.37e-4, 6.58e-8),
    1e-6: (3.37e-5, 5.83e-10),
    1e-7: (3.37e-6, 5.5e-11),
    1e-8: (3.3e-7, 4.5e-9),
    1e-9: (7.4e-8, 1.0e-7),
    1e-12: (6e-5, 6e-5),
    1e-15: (7e-2, 2e-2),
    1e-16: (0.93, 1.2),
    1e-17: (9.07, 9.07),
}
PRINTED = 0.12  # half a unit of the digits printed, one or two, relative


def lines(rows: Rows) -> Iterator[Entry]:
    """Absolute errors."""
    f = find("problems", "logistic_l4").at(1)
    for h, (forward, central) in POINTS.items():
        one_sided = (f(0.2 + h) - f(0.2)) / h
        two_sided = (f(0.2 + h) - f(0.2 - h)) / (2 * h)
        yield _line(f"forward, h = {h:.0e}", forward, abs(one_sided - SLOPE))
        if central is not None:
            yield _line(f"central, h = {h:.0e}", central, abs(two_sided - SLOPE))


def _line(what: str, published: float, here: float) -> Entry:
    if abs(here / published - 1) <= PRINTED:
        says = "the same to the digits printed"
    elif here == 0:
        says = "round-off happens to leave nothing"
    else:
        says = f"{here / published:.1f} times it: round-off, which differs with the last bits of f"
    return Entry(what, f"{published:.3g}", f"{here:.3g}", says)
