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
from diffbench.interface import Array

ORDERS = (4, 5, 6)  # of the differences: beyond the trend, with three, two and one samples
# of values on one side, at steps that grow by 1.5 and 4/3 in turn: degrees of the polynomials whose
# residuals are noise
ONE_SIDED, DEGREES = (0, 0.5, 1, 1.5, 2, 2.5), (2, 3, 4)
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
    seen = [*_by_scouts(q, levels), *(_beside(q, levels) if q.side else _around(q, levels))]
    found = max((sigma for sigma in seen if sigma < MOST * around), default=0.0)
    return WIDTH * found if WIDTH * found > q.eps * abs(q.center) else 0.0


def size(q: Quotients, k: float) -> Any:
    """The largest of |f| at a level and at x."""
    _, plus, minus = q.sample(k)
    return max(abs(q.center), *(abs(side) for side in (plus, minus) if np.isfinite(side)), 0)


def _around(q: Quotients, levels: tuple[int, ...]) -> list[Any]:
    """The noise seen in f at 0, ±h, ±2h and ±3h, where differences of every high order show the
    same.
    """
    found = []
    for k in (levels[0], levels[len(levels) // 2]):
        pairs = [q.sample(level) for level in (k, k + 1, k + 1.5)]
        values = np.array(
            [minus for _, _, minus in pairs[::-1]] + [q.center] + [plus for _, plus, _ in pairs]
        )
        sigmas = [
            np.sqrt(np.mean(np.diff(values, p) ** 2) * factorial(p) ** 2 / factorial(2 * p))
            for p in ORDERS
        ]
        found += [max(sigmas)] if _is_noise(sigmas) else []
    return found


def _beside(q: Quotients, levels: tuple[int, ...]) -> list[Any]:
    """The noise seen in f at seven points on the one side that it has, where polynomials of several
    degrees leave the same, and at larger steps no more: a power of h, as √h³, does not stay level.
    """
    left = [_left_beside(q, k) for k in levels[:3]]
    return [
        max(near)
        for near, far in pairwise(left)
        if _is_noise(near) and min(far) <= LEVEL * max(near)
    ]


def _left_beside(q: Quotients, k: int) -> list[Any]:
    """What polynomials of each degree leave of f beside x; 0 where it is their own rounding."""
    pairs = [q.sample(k + more) for more in ONE_SIDED]
    t = np.array([0, *(h for h, *_ in pairs)], float)
    values = np.array([q.center, *((up if q.side > 0 else down) for _, up, down in pairs)], float)
    if not np.isfinite(values).all():
        return [np.inf]
    left = [_left_over(t, values, degree) for degree in DEGREES]
    return left if max(left) > 8 * q.eps * abs(values).max() else [0.0]


def _left_over(t: Array, values: Array, degree: int) -> Any:
    """The standard deviation of values about their polynomial of that degree."""
    powers = np.vander(t / t.max(), degree + 1)
    rest = values - powers @ np.linalg.lstsq(powers, values)[0]
    return np.sqrt(np.sum(rest**2) / (len(t) - degree - 1))


def _is_noise(sigmas: list[Any]) -> bool:
    """Whether all are of one size, as those of noise are."""
    return bool(0 < max(sigmas) <= 8 * min(sigmas) < np.inf)


def _by_scouts(q: Quotients, levels: tuple[int, ...]) -> list[Any]:
    """The noise that makes quotients disagree, where it stays level from scout to scout."""
    weight = 2**0.5 if q.derivative == 1 else 0.25
    apart = [
        weight * abs(q[b].value - q[a].value) * q[a].h ** q.derivative for a, b in pairwise(levels)
    ]
    return [max(a, b) for a, b in pairwise(apart) if b <= LEVEL * a]
