"""The Taylor remainder of a claimed slope c: |f(x + hv) - f(x - hv) - 2h c| over a ladder of steps,
or 2 |f(x + hv) - f(x) - h c| where f has values on one side only.

It falls as h³, or as h² on one side, while the claim is right, and as h where the claim is off by a
constant; below the noise of f it says nothing.
"""

from collections.abc import Sequence

import numpy as np

from diffbench.differences.adaptive.line import Line
from diffbench.interface import Array

LEVELS = range(-34, 0)  # steps from 6e-11 to 1/2 of x
RUN = 3  # steps in a row, over which h grows eightfold
ABOVE_NOISE = 8.0


def remainder_slope(
    line: Line, claimed: float, noise: float, output: int = 0, levels: Sequence[int] = LEVELS
) -> float:
    """The least slope of log remainder against log h that holds over a run of steps above the
    noise; NaN where no run is.

    About 1 for a wrong claim and 3 for a right one. noise: the absolute noise of f.
    """
    pairs = [line[k] for k in levels]
    h = np.array([float(pair.h) for pair in pairs])
    ahead, behind = (
        np.array([float(pair.plus[output]) for pair in pairs]),
        np.array([float(pair.minus[output]) for pair in pairs]),
    )
    if (lost := np.isnan(behind)).all() or np.isnan(ahead).all():
        here = float(line.center[output])
        ahead, behind = (ahead, 2 * here - ahead) if lost.all() else (2 * here - behind, behind)
    rounding = float(np.finfo(line.center.dtype).eps) * (
        np.abs(ahead) + np.abs(behind) + 2 * h * abs(claimed)
    )
    remainder = np.abs((ahead - behind) - 2 * h * claimed)
    moves = ahead != behind
    # an f that moves in steps is flat below them
    seen = (remainder > ABOVE_NOISE * (rounding + noise)) & (moves | ~moves.any())
    with np.errstate(divide="ignore"):  # a step that x + hv rounds away
        log_h = np.log2(h)
    return _least_run(log_h, np.where(seen, remainder, np.nan))


def _least_run(log_h: Array, remainder: Array) -> float:
    with np.errstate(invalid="ignore", divide="ignore"):
        steps = np.diff(np.log2(remainder)) / np.diff(log_h)
    if len(steps) < RUN:
        return float("nan")
    runs = np.lib.stride_tricks.sliding_window_view(steps, RUN)
    runs = runs[np.isfinite(runs).all(axis=1)]
    return float(runs.max(axis=1).min()) if len(runs) else float("nan")
