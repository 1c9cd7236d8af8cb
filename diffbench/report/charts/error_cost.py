"""Error against cost: which methods are worth having on a problem, one panel a problem at its
largest size.

Reads the rows of the matrix: problem, size, operator, method, dtype, status, error_norm (error_rel
where it is missing), ratio.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from diffbench.report.drawing.axes import level, log_axes
from diffbench.report.drawing.canvas import Chart, Panel, panel
from diffbench.report.drawing.colours import GRID, in_order, look_of
from diffbench.report.drawing.labels import label_points
from diffbench.report.reading import answered, named, scientific, times, with_digits

PLACE, TABLE = 50, "rows"
COLUMNS = (
    "problem",
    "size",
    "operator",
    "method",
    "dtype",
    "status",
    "error_norm",
    "error_rel",
    "cond",
    "ratio",
)
SEE = (
    "Relative error against time over the function's own time; down and left is better. The "
    "stepped line is the front: for every "
    "method above it, some other is at once cheaper and no less accurate. The dotted line is "
    "machine epsilon; an error below a "
    "tenth of it, 0 included, is drawn at a tenth."
)


def chart(frame: pd.DataFrame) -> Chart:
    """One panel a (problem, operator, dtype), at the largest size that two methods or more
    answered.
    """
    usable = with_digits(answered(frame))
    groups = usable[(usable["ratio"] > 0) & np.isfinite(usable["error"])].groupby(
        ["problem", "operator", "dtype"], sort=False
    )
    largest = {named(*key): _largest(rows) for key, rows in groups}
    panels = tuple(
        _panel(f"{title}, n = {rows['size'].iloc[0]:,}", rows)
        for title, rows in largest.items()
        if len(rows) > 1
    )
    return Chart(
        "error-cost",
        "Error against cost",
        SEE,
        "two methods or more with an error and a cost on one problem",
        panels,
    )


def front(cost: Sequence[float], error: Sequence[float]) -> list[int]:
    """Positions of the points that no other point beats in both, cheapest first."""
    kept: list[int] = []
    for place in np.lexsort((error, cost)):
        if not kept or error[place] < error[kept[-1]]:
            kept.append(int(place))
    return kept


def _largest(rows: pd.DataFrame) -> pd.DataFrame:
    sizes = rows.groupby("size")["method"].nunique()
    wanted = max(sizes.index, key=lambda size: (sizes[size] > 1, size))
    here: pd.DataFrame = rows[rows["size"] == wanted].drop_duplicates("method")
    return here.assign(drawn=here["error"].clip(lower=here["eps"] / 10))


def _front(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.iloc[front(rows["ratio"].tolist(), rows["drawn"].tolist())]


def _panel(title: str, rows: pd.DataFrame) -> Panel:
    told = ", ".join(
        f"{row['method']} ({times(row['ratio'])}, error {row['error']:.1e})"
        for row in _front(rows).to_dict("records")
    )
    description = f"Relative error against cost on logarithmic axes. The front: {told}."
    return panel(f"error-cost-{title}", title, description, lambda axes: _draw(axes, rows))


def _draw(axes: Axes, rows: pd.DataFrame) -> None:
    log_axes(axes, "time / time of f", "relative error")
    for method, cost, error in _points(rows):
        look = look_of(method)
        axes.plot(
            [cost], [error], ls="", marker=look.marker, color=look.colour, mfc=look.face, ms=7
        )
    eps = float(rows["eps"].iloc[0])
    axes.margins(0.16)
    axes.set_xlim(axes.get_xlim())  # what is drawn from here on leaves the limits alone
    axes.set_ylim(eps / 30, max(axes.get_ylim()[1], 1e4 * eps))
    best = _front(rows)
    _draw_front(axes, best)
    level(axes, eps, f"eps = {scientific(eps)}")
    first = set(best["method"])
    # the front chooses its places first
    chosen = sorted(_points(rows), key=lambda point: point[0] not in first)
    label_points(axes, [(*point, look_of(point[0]).colour) for point in chosen])


def _points(rows: pd.DataFrame) -> list[tuple[str, float, float]]:
    known = rows.set_index("method")[["ratio", "drawn"]].to_dict("index")
    return [(method, known[method]["ratio"], known[method]["drawn"]) for method in in_order(known)]


def _draw_front(axes: Axes, best: pd.DataFrame) -> None:
    """The staircase from the top edge over the front's points to the right edge."""
    (_, right), (_, top) = axes.get_xlim(), axes.get_ylim()
    cost, error = best["ratio"].tolist(), best["drawn"].tolist()
    axes.step(
        [cost[0], *cost, right], [top, *error, error[-1]], where="post", color=GRID, lw=5, zorder=1
    )
