"""Who comes first: of methods that are as right as the best one, for so many calls, in time and in
memory, as far as could be measured.

Methods whose intervals of time overlap can't be told apart.
"""

from collections.abc import Sequence

import numpy as np

from diffbench.bench.rows.measured import Measured
from diffbench.interface import Kind
from diffbench.measure.cost.timing import break_even

AS_RIGHT = 100  # errors within this factor of the best are one class: rounding, not method
ONCE = 0.2  # what is measured once, a start, scatters by so much of itself
LUCK = 3 / 4  # power of machine epsilon that differences reach at best where all goes well
LARGE = 100 * 2**20  # bytes from which on memory may decide
FRUGAL = 10  # one that holds so many times less may be taken for that


def taken(timed: Sequence[Measured]) -> Measured:
    """Of those that can't be told apart by time the one that starts cheapest among those that hold
    little.
    """
    as_fast = as_fast_as_the_fastest(timed)
    least = min(held(m) for m in as_fast)
    return min([m for m in as_fast if not lavish(m, least)], key=start_s)


def soonest(calls: int, timed: Sequence[Measured]) -> Measured:
    """The method that gives so many answers first."""
    return min(timed, key=lambda m: in_all(m, calls)[1])


def is_as_soon(method: Measured, best: Measured, calls: int) -> bool:
    """Whether it may be as early as the best one, as far as could be measured."""
    return in_all(method, calls)[0] <= in_all(best, calls)[2]


def in_all(measured: Measured, calls: int) -> tuple[float, float, float]:
    """Seconds of so many answers: low, middle, high."""
    time, start = measured.evaluate, start_s(measured)
    assert time is not None  # only timed methods are compared by time
    low, high = (time.median, time.median) if np.isnan(time.low) else (time.low, time.high)
    starts = start * (1 - ONCE), start, start * (1 + ONCE)
    calls_s = ((calls - 1) * s for s in (low, time.median, high))
    return tuple(a + b for a, b in zip(starts, calls_s, strict=True))  # type: ignore[return-value]


def as_right_as_the_best(right: Sequence[Measured]) -> list[Measured]:
    """Those whose error is within a factor of the least, roundoff counted as none."""
    if not right:
        return []
    least = min(map(error, right))
    return [m for m in right if error(m) <= AS_RIGHT * max(least, rounding(m))]


def as_fast_as_the_fastest(timed: Sequence[Measured]) -> list[Measured]:
    """Those whose interval of the ratio to f overlaps that of the least ratio; of a single sample,
    which has no interval, the sample.
    """
    least = min(timed, key=lambda m: bounds(m)[1])
    return [m for m in timed if bounds(m)[0] <= bounds(least)[1]]


def bounds(measured: Measured) -> tuple[float, float]:
    """Both ends of the interval of the ratio."""
    ratio = measured.ratio
    assert ratio is not None  # only timed methods are compared by time
    return (ratio.median, ratio.median) if np.isnan(ratio.low) else (ratio.low, ratio.high)


def error(measured: Measured) -> float:
    """The norm-wise error, NaN where it is unknown; of differences no less than they lose elsewhere,
    since at a whole number, or where a third derivative is zero, they are exact by luck.
    """
    if measured.error_norm is None:
        return np.nan
    luck = rounding(measured) ** LUCK if takes_differences(measured) else 0.0
    return max(float(measured.error_norm), luck)


def takes_differences(measured: Measured) -> bool:
    """Whether it sees values of f only: another package that calls f several times does."""
    return measured.kind is Kind.DIFFERENCE or (
        measured.kind is Kind.PEER and (measured.calls or 0) > 1
    )


def rounding(measured: Measured) -> float:
    """Machine epsilon of the point's precision."""
    return float(np.finfo(measured.cell.dtype).eps)


def cheapest_for_so_many_calls(
    best: Measured, candidates: Sequence[Measured]
) -> list[tuple[Measured, float]]:
    """Which of all candidates is cheapest in the sum, and from which call on; best is the last."""
    current = min(candidates, key=start_s)
    steps = [(current, 1.0)]
    while current is not best:
        faster = [m for m in candidates if pays(m, current) < np.inf]
        if not faster:
            break
        calls, current = min(((pays(m, current), m) for m in faster), key=lambda step: step[0])
        steps = [step for step in steps if step[1] < calls] + [(current, max(1.0, calls))]
    return steps


def pays(method: Measured, rival: Measured) -> float:
    """The call from which on a faster method has made up for its start; inf for a slower one."""
    if seconds_a_call(method) >= seconds_a_call(rival):
        return np.inf
    return break_even(
        start_s(method), seconds_a_call(method), start_s(rival), seconds_a_call(rival)
    )


def start_s(measured: Measured) -> float:
    """Seconds until the first answer."""
    return float((measured.prepare_s or 0) + (measured.first_s or 0))


def seconds_a_call(measured: Measured) -> float:
    """Seconds of each later one."""
    return measured.evaluate.median if measured.evaluate else np.inf


def lavish(measured: Measured, least: float) -> bool:
    """Whether it holds so much more than the least that memory decides."""
    return held(measured) > LARGE and held(measured) > FRUGAL * least


def held(measured: Measured) -> float:
    """The most bytes that one evaluation holds; 0 where that is unknown."""
    return float(measured.peak_bytes or 0)
