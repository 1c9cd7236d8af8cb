"""Calibration: is the error a method claims true? One panel a method, claimed against true error
with the 45-degree line.

Table `calibration`, one row a (method, function, point): method, function (its family), claimed
(the method's own error estimate, NaN where it gives none) and error (the true error), both relative
to the true derivative. A claim holds when error <= max(claimed, eps), eps of float64.
"""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from diffbench.report.drawing.axes import log_axes
from diffbench.report.drawing.canvas import Chart, Panel, panel
from diffbench.report.drawing.colours import INK, MUTED, look_of
from diffbench.report.reading import EPS, plural

PLACE, TABLE = 60, "calibration"
COLUMNS = ("method", "function", "claimed", "error")
LOW, HIGH = 1e-18, 1e2  # both axes; beyond them points sit on the edge


def chart(table: pd.DataFrame) -> Chart:
    """One panel a method that claims an error, most truthful first."""
    methods = {str(name): rows for name, rows in table.groupby("method", sort=False)}
    ranked = sorted(methods.items(), key=lambda item: -coverage(item[1]))
    told = "; ".join(f"{name} {coverage(rows):.0%}" for name, rows in ranked)
    return Chart(
        name="calibration",
        title="Are the error bars true?",
        caption=f"{SEE} Claims that hold: {told}." if ranked else "",
        needs="a table of claimed and true errors (calibration)",
        panels=tuple(_panel(name, rows) for name, rows in ranked),
    )


SEE = (
    "True against claimed relative error. Below the diagonal a claim holds; far below it is "
    "over-cautious; above it is false. "
    "Claims of less than machine epsilon count as machine epsilon. No claim at all counts as not "
    "holding."
)


def coverage(rows: pd.DataFrame) -> float:
    """The share of cases whose true error is at most the claimed one; a missing claim does not
    hold.
    """
    return float((rows["error"] <= rows["claimed"].clip(lower=EPS["float64"])).mean())


def _panel(method: str, rows: pd.DataFrame) -> Panel:
    claims = rows[np.isfinite(rows["claimed"]) & rows["error"].notna()]
    factor = (
        claims["claimed"].clip(lower=LOW) / claims["error"].clip(lower=EPS["float64"])
    ).median()
    note = f"{plural(len(claims), 'claim')} on {plural(len(rows), 'case')}; claimed over true error {factor:.2g} in the median"
    title = f"{method}: {coverage(rows):.0%} hold"
    return panel(
        f"calibration-{method}",
        title,
        f"True against claimed relative error. {note}.",
        lambda axes: _draw(axes, method, claims),
        note=note,
    )


def _draw(axes: Axes, method: str, claims: pd.DataFrame) -> None:
    log_axes(axes, "claimed relative error", "true relative error")
    look = look_of(method)
    axes.plot([LOW, HIGH], [LOW, HIGH], color=INK, lw=0.9)
    axes.axhline(EPS["float64"], color=MUTED, lw=0.8, ls=(0, (1, 2)))
    claimed, error = (claims[name].clip(LOW * 3, HIGH / 3) for name in ("claimed", "error"))
    axes.plot(
        claimed,
        error,
        ls="",
        marker=look.marker,
        ms=4,
        color=look.colour,
        mfc=look.face,
        alpha=0.6,
        mew=0.6,
    )
    axes.set(xlim=(LOW, HIGH), ylim=(LOW, HIGH))
    axes.text(HIGH, EPS["float64"], "eps ", ha="right", va="bottom", size=9, color=MUTED)
