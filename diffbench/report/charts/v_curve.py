"""The V-curve: error of a finite difference against its step, truncation on the right, round-off on
the left, theory drawn over both.

Table `v_curve`, one row a (scheme, dtype, h): scheme ('forward', 'central'), dtype, h (the step),
error_median and error_max (absolute, over jittered steps near h), theory_error (C·M·h^p + W·eps_f/h
at h), h_opt_theory (h* of that law) and error_bound (its least value), the last two constant in a
curve. Optional: derivative (f′ at the point), which puts the machine-epsilon line at eps·|f′|;
without it the line is at eps.
"""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from diffbench.report.drawing.axes import level, log_axes
from diffbench.report.drawing.canvas import Chart, Panel, panel
from diffbench.report.drawing.colours import look_of
from diffbench.report.reading import eps_of, scientific

PLACE, TABLE = 30, "v_curve"
COLUMNS = (
    "scheme",
    "dtype",
    "h",
    "error_median",
    "error_max",
    "theory_error",
    "h_opt_theory",
    "error_bound",
)
# a branch is read off where h is 10 to 1000 times away from h*: clear of the knee, and of total
# loss
NEAR, FAR = (
    10.0,
    1000.0,
)


def chart(table: pd.DataFrame) -> Chart:
    """One panel a dtype, widest first: measured median and maximum, the law, h* and the bound."""
    panels = tuple(
        _panel(str(dtype), rows)
        for dtype, rows in sorted(table.groupby("dtype"), key=lambda item: eps_of(item[0]))
    )
    return Chart(
        name="v-curve",
        title="The step of a finite difference",
        caption=f"{SEE} {_slopes(table)}".strip() if panels else "",
        needs="a table of errors against steps (v_curve)",
        panels=panels,
    )


SEE = (
    "Absolute error against the step h. Right of its lowest point a curve is truncation, and a "
    "smaller step helps; left of it "
    "round-off, and a smaller step hurts. Lines: theory. Markers: measured medians, with a bar up "
    "to the maximum. The vertical line "
    "is the step h* that theory calls best, the ring its error bound."
)


def slopes(rows: pd.DataFrame) -> tuple[float, float]:
    """Slopes of log error against log h, right (truncation) and left (round-off) of h*; NaN where
    fewer than three points tell.
    """
    distance = rows["h"] / rows["h_opt_theory"]
    right, left = rows[distance.between(NEAR, FAR)], rows[(1 / distance).between(NEAR, FAR)]
    return _slope(right), _slope(left)


def _slope(rows: pd.DataFrame) -> float:
    usable = rows[rows["error_median"] > 0]
    if len(usable) < 3:
        return float("nan")
    return float(np.polyfit(np.log(usable["h"]), np.log(usable["error_median"]), 1)[0])


def _slopes(table: pd.DataFrame) -> str:
    measured = []
    for (dtype, scheme), rows in table.groupby(["dtype", "scheme"], sort=False):
        right, left = slopes(rows)
        if np.isfinite([right, left]).all():
            measured.append(f"{scheme} {dtype} {right:+.2f} and {left:+.2f}".replace("-", "−"))
    return f"Measured slopes right and left of h*: {'; '.join(measured)}." if measured else ""


def _panel(dtype: str, rows: pd.DataFrame) -> Panel:
    curves = [
        (str(scheme), group.sort_values("h"))
        for scheme, group in rows.groupby("scheme", sort=False)
    ]
    told = "; ".join(
        f"{scheme}: least median error {curve['error_median'].min():.2g}, {_theory(curve)}"
        for scheme, curve in curves
    )
    description = f"Absolute error against the step h on logarithmic axes. {told}."
    return panel(f"v-curve-{dtype}", dtype, description, lambda axes: _draw(axes, dtype, curves))


def _theory(curve: pd.DataFrame) -> str:
    return f"theory {curve['error_bound'].iloc[0]:.2g} at h = {curve['h_opt_theory'].iloc[0]:.2g}"


def _draw(axes: Axes, dtype: str, curves: list[tuple[str, pd.DataFrame]]) -> None:
    log_axes(axes, "step h", "absolute error")
    eps = eps_of(dtype)
    floor = (
        eps * abs(float(curves[0][1]["derivative"].iloc[0]))
        if "derivative" in curves[0][1]
        else eps
    )
    for scheme, rows in curves:
        _draw_curve(axes, scheme, rows)
    axes.set_ylim(floor / 10, None)
    level(axes, floor, f"machine epsilon: {scientific(floor)}")
    _name_steps(axes, curves)


def _draw_curve(axes: Axes, scheme: str, rows: pd.DataFrame) -> None:
    look = look_of(f"{scheme}-difference")
    h, median, most = (rows[name].to_numpy(float) for name in ("h", "error_median", "error_max"))
    axes.vlines(h, median, most, color=look.colour, lw=0.8, alpha=0.45)
    axes.plot(h, median, ls="", marker=look.marker, ms=3.6, color=look.colour)
    axes.plot(h, rows["theory_error"], color=look.colour, lw=1.6)
    best, bound = float(rows["h_opt_theory"].iloc[0]), float(rows["error_bound"].iloc[0])
    axes.axvline(best, color=look.colour, lw=0.8, ls=(0, (4, 3)))
    axes.plot([best], [bound], marker="o", ms=9, mfc="none", color=look.colour)


def _name_steps(axes: Axes, curves: list[tuple[str, pd.DataFrame]]) -> None:
    """Each scheme and its h* on the outer side of its vertical line, at the top, where a V is
    empty.
    """
    ordered = sorted(curves, key=lambda curve: float(curve[1]["h_opt_theory"].iloc[0]))
    for place, (scheme, rows) in enumerate(ordered):
        best, colour = float(rows["h_opt_theory"].iloc[0]), look_of(f"{scheme}-difference").colour
        side, shift = ("left", 4) if place else ("right", -4)
        text = f"{scheme}\nh* = {scientific(best)}"
        at = axes.get_xaxis_transform()
        axes.annotate(
            text,
            (best, 0.99),
            (shift, 0),
            xycoords=at,
            textcoords="offset points",
            ha=side,
            va="top",
            size=9,
            color=colour,
        )
