"""The noise that f has at x because of what it is made of, however small f(x) itself is.

At a root f(x) is what is left when its parts have cancelled, and its rounding is theirs. Two things
tell: seven close values, equally spaced, whose high differences vanish for a smooth f; and
quotients at growing steps h, whose disagreement falls as 1/h where noise makes it, and grows as h²
where truncation does. An exact zero, as that of x² or sin x at 0, shows neither.
"""

from itertools import pairwise
from math import factorial
from typing import Any

import numpy as np

from diffbench.differences.adaptive.quotients import Quotients

ORDERS = (4, 5, 6)  # of the differences: beyond the trend, with three, two and one samples
WIDTH = 3.0  # standard deviations of rounding in one rounding
SMALL = (
    16.0  # f must become so many times larger than f(x) over the scouts, if f(x) hides its parts
)
MOST = 1e-3  # of f around x; what is more than that is no rounding
LEVEL = 64.0  # growth of noise from scout to scout, at most; truncation grows 1e7-fold


def ground(q: Quotients, levels: tuple[int, ...]) -> Any:
    """One rounding of f's parts; 0 where f(x) is as large as they are, or exact."""
    around = max(size(q, k) for k in levels)
    if q.agree(levels[:2]) or around / SMALL <= size(q, levels[0]):
        return 0.0
    seen = [*_by_high_differences(q, (levels[0], levels[len(levels) // 2])), *_by_scouts(q, levels)]
    found = max((sigma for sigma in seen if sigma < MOST * around), default=0.0)
    return WIDTH * found if WIDTH * found > q.eps * abs(q.center) else 0.0


def size(q: Quotients, k: float) -> Any:
    """The largest of |f| at a level and at x."""
    _, plus, minus = q.sample(k)
    return max(abs(q.center), *(abs(side) for side in (plus, minus) if np.isfinite(side)), 0)


def _by_high_differences(q: Quotients, levels: tuple[int, ...]) -> list[Any]:
    """The noise seen in f at 0, ±h, ±2h and ±3h, where differences of every high order show the
    same.
    """
    found = []
    for k in levels:
        pairs = [q.sample(level) for level in (k, k + 1, k + 1.5)]
        values = np.array(
            [minus for _, _, minus in pairs[::-1]] + [q.center] + [plus for _, plus, _ in pairs]
        )
        sigmas = [
            np.sqrt(np.mean(np.diff(values, p) ** 2) * factorial(p) ** 2 / factorial(2 * p))
            for p in ORDERS
        ]
        if np.isfinite(values).all() and max(sigmas) <= 8 * min(sigmas):
            found.append(max(sigmas))
    return found


def _by_scouts(q: Quotients, levels: tuple[int, ...]) -> list[Any]:
    """The noise that makes quotients disagree, where it stays level from scout to scout."""
    weight = 2**0.5 if q.derivative == 1 else 0.25
    apart = [
        weight * abs(q[b].value - q[a].value) * q[a].h ** q.derivative for a, b in pairwise(levels)
    ]
    return [max(a, b) for a, b in pairwise(apart) if b <= LEVEL * a]
