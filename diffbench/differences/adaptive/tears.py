"""Does f jump where its plateau ends, and not further out? Then x stands on a piece of f that
rounding cut out, and the slope of the piece is not that of f.

(1 - cos x) / x² at 1e-7 is a saw: 1 - cos x stands still while x² goes on, until it moves by one
rounding and takes back what the slope had moved. So quotients of small steps agree with each other
to many digits and with f in none. Two things tell. Values jump on both sides of x: between two
steps that are halved towards each other the change of an f with a kink vanishes, and at a pole it
grows; that of a jump stays. And far out the jumps die away: those of x % 1 or floor x, whose pieces
are what f is, do not.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from diffbench.differences.adaptive.quotients import Quotients

HALVINGS = 4  # of the bracket, which divide the change of a kink by 16
STAYS = (0.2, 2.0)  # of the change, in a jump
SIDES = 6  # levels between the jump on one side and that on the other, at most
# of the departure from a straight line: at one doubling of the step that of a smooth f grows
# 4-fold, and little beyond
SUDDEN = 4.0
# of how far the line goes: f has left it beyond the larger share, and is on it within the smaller
LEAVES, STAYS_ON = 1e-3, 0.25
FAR = (4.0, 4.2, 4.5)  # levels above the jump, and above |x|: tens of pieces have gone by there
DEAD = 0.125  # of the jump: how much values vary there, if it has died away


class Suspect(NamedTuple):
    """How far f leaves the line between two levels, in what may be a jump."""

    change: Any
    low: float
    high: float


def is_torn(q: Quotients, levels: Sequence[float], slope: Any) -> bool:
    """Whether f jumps away from a line of this slope on both sides of x, from the first of the
    levels on, ascending, and not far out.
    """
    ahead, behind = (_suspect(q, levels, side, slope) for side in (1, -1))
    if ahead is None or behind is None or not _dies_away(q, max(ahead, behind)):
        return False
    return _stays(q, 1, slope, ahead) and _stays(q, -1, slope, behind)


def leaves(q: Quotients, low: float, high: float, side: int, slope: Any) -> bool:
    """Whether f leaves the line on that side, at once, between two levels."""
    near, far = (beside(q, k, side, slope) for k in (low, high))
    line, noise = abs(slope) * q[low].h, 8 * q[low].rounding * q[low].h
    usual = max(SUDDEN * abs(near), noise, LEAVES * line)
    return bool(abs(near) <= max(STAYS_ON * line, noise) and abs(far - 4 * near) > usual)


def beside(q: Quotients, k: float, side: int, slope: Any) -> Any:
    """How far f, on one side, is from a line of this slope through x."""
    h, plus, minus = q.sample(k)
    return (plus if side > 0 else minus) - q.center - side * slope * h


def _suspect(q: Quotients, levels: Sequence[float], side: int, slope: Any) -> Suspect | None:
    """The first change on a side that may be a jump."""
    for low, high in pairwise(levels):
        if not _may_ask(q, low, high):
            return None
        if leaves(q, low, high, side, slope):
            return Suspect(abs(beside(q, high, side, slope)), low, high)
    return None


def _stays(q: Quotients, side: int, slope: Any, suspect: Suspect) -> bool:
    """Whether the change is still there between steps that are halved towards each other."""

    def between(a: float, b: float) -> Any:
        return abs(beside(q, b, side, slope) - beside(q, a, side, slope))

    change, low, high = suspect
    last = change
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        if not _may_ask(q, middle):
            break
        low, high = max(
            [(low, middle), (middle, high)], key=lambda bracket: float(between(*bracket))
        )
        last = between(low, high)
    return bool(STAYS[0] * change <= last <= STAYS[1] * change)


def _may_ask(q: Quotients, *levels: float) -> bool:
    """Whether f has values there, and evaluations are left to ask for them."""
    missing = sum(k not in q for k in levels)
    return q.spare() >= 2 * missing and all(map(q.is_defined, levels))


def _dies_away(q: Quotients, suspect: Suspect) -> bool:
    """Whether neighbouring values differ by much less than the jump where many have gone by.

    Only where x is small beside 1 or the other coordinates: a step of many x takes a solver to
    where it may never end, and what rounding cut out of f at a larger x is thin pieces, found as
    noise.
    """
    levels = [max(suspect.low, 0) + far for far in FAR]
    if levels[-1] > q.tops[-1] or not _may_ask(q, *levels):
        return False
    sides = np.array([q.sample(k)[1:] for k in levels])
    return bool((np.ptp(sides, axis=0) < DEAD * suspect.change).all())
