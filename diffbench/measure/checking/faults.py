"""What a wrong gradient looks like: guesses at the fault, each held against what was measured.

A fault of the whole gradient is a candidate for the right one (its negative, its transpose, its
entries moved by one, a multiple of it): the guess is the candidate that explains every measured
direction. Otherwise the entries found wrong are looked at by themselves.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from diffbench.interface import Array
from diffbench.measure.checking.lines import Measured

SIMPLE_FACTORS = (2, 3, 4, 10, 1 / 2, 1 / 3, 1 / 4, 1 / 10, -2, -1 / 2)
CLOSE = 1e-4  # relative agreement that makes a ratio a recognised one


def whole(
    claimed: Array, x_shape: tuple[int, ...], lines: Sequence[Measured]
) -> tuple[str, Array] | None:
    """(fault, right gradient) for the first candidate that explains every measured line; claimed
    has shape (m, n).
    """
    ratios = [float(line.claimed[0] / line.derivative[0]) for line in lines if line.derivative[0]]
    candidates = _candidates(claimed, x_shape, float(np.median(ratios or [0.0])))
    return next(
        (
            found
            for found in candidates
            if not any(line.against(found[1]).suspicious for line in lines)
        ),
        None,
    )


def _candidates(
    claimed: Array, x_shape: tuple[int, ...], ratio: float
) -> Iterator[tuple[str, Array]]:
    m, n = claimed.shape
    yield "sign", -claimed
    if len(x_shape) == 2 and x_shape[0] == x_shape[1]:
        yield "transposition", np.swapaxes(claimed.reshape(m, *x_shape), 1, 2).reshape(m, n)
    if m == n > 1:
        yield "transposition", claimed.T
    for shift in (-1, 1):
        yield "shifted index", np.roll(claimed, shift, axis=1)
    if np.isfinite(ratio) and ratio:
        yield f"factor {_nearest(ratio):.7g}", claimed / ratio


def single(claimed: Sequence[float], measured: Sequence[float]) -> str:
    """The fault of entries that are wrong by themselves, in words that fit all of them."""
    pairs = list(zip(claimed, measured, strict=True))
    if not all(np.isfinite(c) for c, _ in pairs):
        return "NaN"
    ratios = [c / d if d else np.inf for c, d in pairs]
    if all(abs(ratio + 1) < CLOSE for ratio in ratios):
        return "sign"
    if all(abs(ratio - ratios[0]) <= CLOSE * abs(ratios[0]) for ratio in ratios) and _is_recognised(
        ratios[0]
    ):
        return f"factor {_nearest(ratios[0]):.7g}"
    return "missing term"


def _is_recognised(ratio: float) -> bool:
    return 0 < abs(ratio - 1) < 0.1 or _nearest(ratio) in SIMPLE_FACTORS


def _nearest(ratio: float) -> float:
    """The simple factor that the ratio is within its rounding, or the ratio itself."""
    return next(
        (factor for factor in SIMPLE_FACTORS if abs(ratio - factor) < CLOSE * abs(factor)), ratio
    )
