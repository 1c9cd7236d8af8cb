"""One derivative at one point: value, error bar, and what stood in the way.

1. Scouts find the plateau, the steps over which the quotient keeps its value (`plateau`). Where the smallest scouts disagree already,
   smaller ones decide between noise and a scale of f finer than the smallest step. Where f does not
   move at them, its values are rounded.
2. Rungs give the value, at the largest steps that help (`ladder`).
3. Doubt: quotients that settle a second time, at larger steps, mean that f is rough at small scale. A staircase leaves its plateau in a
   jump: it is rounding, and the second plateau is f. An oscillation leaves as h²: it is what f is.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np

from diffbench.differences.adaptive.ground import ground, size
from diffbench.differences.adaptive.ladder import STILL_SMALL, Entry, Ladder
from diffbench.differences.adaptive.plateau import (  # fmt: skip
    QUIET,
    ROUGH,
    Plateau,
    ends_in_a_jump,
    extend,
    lower_scouts,
    noise_of_bends,
    scouts,
    settle,
    settles_again,
)
from diffbench.differences.adaptive.quotients import Quotients
from diffbench.differences.adaptive.tears import SIDES, is_torn, leaves

STILL_ZERO = 1e-6  # of how fast f moves over |x|: a derivative known to this is known to be zero
HIDDEN = 1e-6  # of f: motion that rounding, also that of float32, may hide
STAIRS = 4.0  # how many times larger than a stair the noise of rounded values may be


@dataclass(frozen=True)
class Finding:
    """value ± error, the smallest step and the order of accuracy of the quotient behind it, the
    noise of f seen, the status, and beside what a derivative of zero is zero.
    """

    value: Any
    error: Any
    step: Any
    order: int
    noise: Any
    status: str
    beside: Any = 0.0


def find(q: Quotients) -> Finding | None:
    """The derivative with its error bar, or None where f is undefined next to x."""
    levels, moving = _range(q)
    if not levels:
        return None
    if _is_still(levels, moving):
        return _unmoved(q, levels, moving)
    steady = q if len(moving) == len(levels) else _rounded_to_stairs(q, moving[0])
    found = _climbed(steady, moving)
    if levels[-1] > 0 and found.error > 0.1 * abs(found.value):
        return _unmoved(q, scouts(q), ())  # flat up to |x|, and nothing better is known beyond
    return found


def rounding_of_parts(q: Quotients) -> Any:
    """One rounding of what f is made of: the height of its stairs, or what shows at a root; 0 where
    f(x) itself is as large, or exact.
    """
    levels, moving = _range(q)
    if _is_still(levels, moving) or _broken(q, moving) is not None:
        return 0.0
    is_flat = len(moving) < len(levels)
    return (_rounded_to_stairs(q, moving[0]) if is_flat else _on_its_ground(q, moving)).stairs


def _range(q: Quotients) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The scouts up to the first top below which f moves, and those of them at which it does; f may
    not move below any.
    """
    still: tuple[tuple[int, ...], tuple[int, ...]] | None = None
    for top in q.tops:
        levels = scouts(q, top)
        moving = _moving(q, levels)
        if not levels or not _is_still(levels, moving):
            break
        still = levels, moving
    if still and not (levels and _hides_in_rounding(q, still[0][-1], moving)):
        return still
    return levels, moving


def _hides_in_rounding(q: Quotients, flat: int, moving: tuple[int, ...]) -> bool:
    """Whether an f that moves at larger steps should hardly move at this one, at which it is flat:
    a max(x, 0) that is flat up to 0 should.
    """
    if not moving:
        return True
    _, plus, minus = q.sample(moving[0])
    expected = max(abs(plus - q.center), abs(minus - q.center)) * q[flat].h / q[moving[0]].h
    return bool(expected <= HIDDEN * size(q, moving[-1]))


def _is_still(levels: tuple[int, ...], moving: tuple[int, ...]) -> bool:
    """Whether f does not move below the highest of five scouts."""
    return not moving or (len(levels) > 1 and moving == levels[-1:])


def _on_its_ground(q: Quotients, levels: tuple[int, ...]) -> Quotients:
    """The same, with the rounding of f's parts where that is more than f(x) shows."""
    found = ground(q, levels)
    return replace(q, stairs=found, parts=size(q, levels[-1]), _known={}) if found else q


def _rounded_to_stairs(q: Quotients, moves: int) -> Quotients:
    """The same of values rounded to stairs, as high as the first: f moves at this level, and is
    flat at the scout below.
    """
    flat = moves - q.gap
    while moves > flat + 1:
        k = (flat + moves) // 2
        flat, moves = (k, moves) if q.is_flat(k) else (flat, k)
    _, plus, minus = q.sample(moves)
    first = min(abs(side - q.center) for side in (plus, minus) if side != q.center)
    return replace(q, stairs=first, parts=size(q, max(moves, 0)), _known={})


def _climbed(q: Quotients, moving: tuple[int, ...]) -> Finding:
    """The derivative from levels at which f moves."""
    if len(moving) == 2:
        # stairs so high need a witness nearer to the top
        moving = (
            moving[0],
            (moving[0] + moving[1]) // 2,
            moving[1],
        )
    if (broken := _broken(q, moving)) is not None:
        return broken
    q = q if q.stairs else _on_its_ground(q, moving)
    plateau, is_lowered, is_rough = _resolve(q, moving)
    plateau = extend(q, plateau)
    ladder = Ladder(q, _doubled(plateau) if is_rough else plateau)
    best, status = ladder.climb(), "noise-limited" if is_rough or q.is_coarse else "ok"
    if (
        not is_rough
        and plateau.beyond
        and (is_lowered or settles_again(q, plateau))
        and ends_in_a_jump(q, plateau)
    ):
        smooth = _second(q, plateau)
        apart = abs(smooth.value - best.value)
        status = "noise-limited" if apart <= smooth.error + best.error else "inconsistent"
        best = (
            smooth if status == "noise-limited" else replace(smooth, doubt=max(smooth.doubt, apart))
        )
    if status == "ok" and _is_a_tooth(q, best):
        best, status = replace(best, doubt=abs(best.value)), "inconsistent"
    return _finding(q, best, plateau.gain, status)


def _is_a_tooth(q: Quotients, best: Entry) -> bool:
    """Whether f leaves the line of the best slope at once, between two of the steps taken, as far
    as it does in a jump, and comes to lie on another: x stands on a piece of f.
    """
    known = [k for k in q.whole_levels if k >= best.level - 1]
    return q.derivative == 1 and any(
        low + 1 == high
        and q.is_defined(high)
        and any(leaves(q, low, high, side, best.value) for side in (1, -1))
        and is_torn(q, [k for k in known if low <= k <= low + SIDES], best.value)
        for low, high in pairwise(known)
    )


def _resolve(q: Quotients, levels: tuple[int, ...]) -> tuple[Plateau, bool, bool]:
    """The plateau, whether it took lower scouts, and whether f is rough: no two of the lowest
    agree, and all its noise is let in.
    """
    if q.stairs:
        return settle(q, levels, QUIET, STAIRS), False, False
    gain = max(QUIET, noise_of_bends(q, levels)) if q.derivative == 1 and not q.side else QUIET
    plateau = settle(q, levels, gain)
    is_lowered = plateau.last == 0
    if is_lowered:
        below = lower_scouts(q, levels)
        levels = tuple(k for k in below + levels if not q.is_flat(k))
        plateau = settle(q, levels, gain)
    if plateau.last == 0 and is_lowered and _is_smooth_at(q, levels[0]):
        fine = max(gain, q.disagreement(levels[0], levels[0] + 1))
        plateau = Plateau((levels[0], levels[0] + 1, *levels[1:]), 1, fine)
    is_rough = plateau.last == 0 and len(levels) > 1
    if is_rough:
        plateau = settle(q, levels, q.disagreement(*levels[:2]), np.inf)
    return plateau, is_lowered, is_rough


def _is_smooth_at(q: Quotients, k: int) -> bool:
    """Whether f has a scale as fine as the smallest steps: three of them in a row agree in a digit,
    which noise hardly ever does.
    """
    values = [q[level].value for level in (k, k + 1, k + 2)]
    return bool(np.ptp(values) < 0.1 * abs(values[0]))


def _second(q: Quotients, plateau: Plateau) -> Entry:
    """The best entry of the plateau above a staircase."""
    jump = q.disagreement(plateau.top, plateau.beyond[0])
    return Ladder(q, _doubled(extend(q, settle(q, plateau.beyond, jump, np.inf)))).climb()


def _doubled(plateau: Plateau) -> Plateau:
    """Large noise is known from a few samples only."""
    return replace(plateau, gain=2 * plateau.gain)


def _finding(q: Quotients, best: Entry, gain: Any, status: str) -> Finding:
    beside = _slope_at_large(q)
    if status == "ok" and best.error > max(0.1 * abs(best.value), STILL_ZERO * beside):
        status = "noise-limited"
    if gain * q.grain(abs(q.center)) > 1e-2 * size(q, best.level) > 0:
        status = "inconsistent"
    order = (best.column + 1) * (1 if q.side else 2)
    noise = gain * q.grain(abs(q.center))
    return Finding(best.value, best.error, q[best.level].h, order, noise, status, beside)


def _slope_at_large(q: Quotients) -> Any:
    """How fast f moves over the step |x|, and its roundings over that step: what a derivative of
    zero is zero beside.
    """
    h, plus, minus = q.sample(0)
    return (
        np.nanmax(np.abs([plus - q.center, minus - q.center, 0]))
        + 4 * q.eps / STILL_ZERO * abs(q.center)
    ) / h**q.derivative


def _moving(q: Quotients, levels: tuple[int, ...]) -> tuple[int, ...]:
    """The levels from the first at which f moves."""
    return tuple(levels[next((i for i, k in enumerate(levels) if not q.is_flat(k)), len(levels)) :])


def _unmoved(q: Quotients, levels: tuple[int, ...], moving: tuple[int, ...]) -> Finding:
    """f does not move over small steps: it is constant, or x stands on a stair, or the scale of f
    is far beyond |x|.
    """
    for k in (levels[-1] - q.gap // 2, levels[-1]):
        if moving and _stands_on_a_stair(q, k):
            return _stairs(q, k)
    last = _last_flat(q, levels)
    noise = q[last].rounding if q.center else 0.0
    constant = _finding(q, Entry(q[last].value, 0.0, noise, last, 0), QUIET, "ok")
    beyond = _moving(q, tuple(k for k in range(last, last + 6 * q.gap, q.gap) if q.is_defined(k)))
    if not moving and beyond and is_torn(q, range(last, last + q.gap + SIDES), 0.0):
        return _stairs(q, beyond[0])
    is_constant = moving or not beyond or constant.error <= STILL_SMALL * abs(q[beyond[0]].value)
    if not moving and not beyond:
        return replace(constant, status="ok")
    return constant if is_constant else _climbed(_rounded_to_stairs(q, beyond[0]), beyond)


def _last_flat(q: Quotients, levels: tuple[int, ...]) -> int:
    """The largest step over which f does not move, to within a gap."""
    k, stride = max(k for k in levels if q.is_flat(k)), q.gap
    highest = k + 8 * q.gap
    while q.gap <= stride <= highest - k:
        is_flat = q.is_defined(k + stride) and q.is_flat(k + stride)
        k, stride = (k + stride, 2 * stride) if is_flat else (k, stride // 4)
    return k


def _stands_on_a_stair(q: Quotients, k: int) -> bool:
    """Whether f has moved on both sides, by more than rounding; or, half way to |x|, on one."""
    _, plus, minus = q.sample(k)
    moved = [abs(side - q.center) > 4 * q.eps * abs(q.center) for side in (plus, minus)]
    return all(moved) or (k < 0 and q.center != 0 and q.is_defined(k) and not q.is_flat(k))


def _stairs(q: Quotients, k: int) -> Finding:
    """f does not move over small steps and does at this level: a constant, or the lowest stair of a
    slope.
    """
    h, slope, _ = q[k]
    slope = abs(slope) if slope else abs(q.sample(k)[1] - q.center) / h
    return Finding(q[k].value, slope, h, 2, slope * h, "inconsistent")


def _broken(q: Quotients, levels: tuple[int, ...]) -> Finding | None:
    """A jump, kink, cusp or infinite slope at x: at the smallest steps the quotient, or the bend
    over h, follows a power of h that a smooth f does not have. A quotient that falls with h as a
    power has the limit 0.
    """
    low = levels[:3]
    if len(low) < 3 or q.derivative > 1:
        return None
    slope, bend = (
        _power(q, low, lambda k: q[k].value),
        _power(q, low, lambda k: q.bend(*q.sample(k)) / q[k].h),
    )
    first = q[low[0]]
    if not q.side and -0.7 < bend < 0.05:
        return Finding(
            first.value,
            abs(q.bend(*q.sample(low[0]))) / first.h if bend > -0.05 else np.inf,
            first.h,
            0,
            0.0,
            "discontinuous",
        )
    if -0.9 < slope < -0.05 or abs(slope + 1) < 1e-3:
        return Finding(first.value, np.inf, first.h, 0, 0.0, "discontinuous")
    if slope > 0.05:
        beside = _slope_at_large(q)
        return Finding(first.value, abs(first.value), first.h, 0, 0.0, "ok", beside)
    return None


def _power(q: Quotients, levels: tuple[int, ...], measure: Callable[[int], Any]) -> float:
    """p in |measure| ~ h^p over three levels, or NaN if it is no power of h there, or lost in
    noise.
    """
    sizes = [abs(measure(k)) for k in levels]
    if not all(size > ROUGH * q[k].rounding for size, k in zip(sizes, levels, strict=True)):
        return np.nan
    powers = [np.log2(sizes[i + 1] / sizes[i]) / (levels[i + 1] - levels[i]) for i in (0, 1)]
    return float(np.mean(powers)) if abs(powers[0] - powers[1]) < 1e-3 else np.nan
