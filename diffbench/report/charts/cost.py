"""Cost against size: the time of a derivative over the time of the function itself, one panel a
problem.

Reads the rows of the matrix: problem, size, operator, method, dtype, status, ratio, ratio_low,
ratio_high (95 % interval of the ratio).
"""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import NDArray

from diffbench.report.drawing.axes import fine_ticks, level, log_axes, size_ticks
from diffbench.report.drawing.canvas import Chart, Panel, panel
from diffbench.report.drawing.colours import MUTED, in_order, look_of
from diffbench.report.drawing.labels import label_ends
from diffbench.report.reading import answered, named, times

PLACE, TABLE = 40, "rows"
COLUMNS = (
    "problem",
    "size",
    "operator",
    "method",
    "dtype",
    "status",
    "ratio",
    "ratio_low",
    "ratio_high",
)
SEE = (
    "Time of the derivative over time of the function, against n; bars are 95 % intervals, drawn "
    "side by side. A level line is a "
    "method whose gradient costs a fixed number of function evaluations whatever n is; a line that "
    "climbs by ten a decade pays for "
    "each input. On the dotted line a derivative costs as much as the function."
)


def chart(frame: pd.DataFrame) -> Chart:
    """One panel a (problem, operator, dtype) measured at two sizes or more."""
    timed = answered(frame)
    groups = timed[timed["ratio"] > 0].groupby(["problem", "operator", "dtype"], sort=False)
    panels = tuple(_panel(named(*key), rows) for key, rows in groups if rows["size"].nunique() > 1)
    return Chart(
        "cost", "Cost against n", SEE, "cost ratios of one problem at two sizes or more", panels
    )


def _panel(title: str, rows: pd.DataFrame) -> Panel:
    largest = rows.sort_values("size").groupby("method").last().to_dict("index")
    told = "; ".join(
        f"{method} {times(largest[method]['ratio'])} at n = {largest[method]['size']:,}"
        for method in in_order(largest)
    )
    description = f"Time over the function's own time against n on logarithmic axes. {told}."
    return panel(f"cost-{title}", title, description, lambda axes: _draw(axes, rows), room=0.3)


def _draw(axes: Axes, rows: pd.DataFrame) -> None:
    log_axes(axes, "n", "time / time of f")
    methods = in_order(rows["method"])
    aside = _dodge(rows["size"], len(methods))
    own = [rows[rows["method"] == method].sort_values("size") for method in methods]
    ends = [
        _draw_method(axes, method, *measured)
        for method, *measured in zip(methods, own, aside, strict=True)
    ]
    level(axes, 1.0)
    size_ticks(axes, rows["size"])
    fine_ticks(axes)
    label_ends(axes, [*ends, ("f itself", float(rows["size"].max()), 1.0, MUTED)])


def _dodge(sizes: pd.Series, count: int) -> NDArray[np.float64]:
    """A factor for each of `count` methods that moves it aside by up to 3 % of the axis, so that
    intervals do not hide each other.
    """
    factors: NDArray[np.float64] = float(sizes.max() / sizes.min()) ** np.linspace(
        -0.03, 0.03, count
    )
    return factors


def _draw_method(
    axes: Axes, method: str, rows: pd.DataFrame, aside: float
) -> tuple[str, float, float, str]:
    look = look_of(method)
    n, ratio = rows["size"].to_numpy(float) * aside, rows["ratio"].to_numpy(float)
    low, high = (
        rows[bound].fillna(rows["ratio"]).to_numpy(float) for bound in ("ratio_low", "ratio_high")
    )
    axes.vlines(n, low, high, color=look.colour, lw=1.6, alpha=0.6)
    axes.plot(
        n,
        ratio,
        color=look.colour,
        ls=look.line,
        marker=look.marker,
        mfc=look.face,
        lw=1.2,
        ms=4.5,
    )
    return method, n[-1], ratio[-1], look.colour
