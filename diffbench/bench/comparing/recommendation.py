"""Which method to take: of those that are as right as the best one the fastest, with what its
preparation costs and when that pays.

Methods whose intervals of time overlap can't be told apart; of these the one that starts cheapest is
taken, and the others are named.
"""

from collections.abc import Sequence

import numpy as np

from diffbench.bench.comparing.words import listed, seconds
from diffbench.bench.rows.measured import Measured
from diffbench.bench.rows.results import Status
from diffbench.interface import Kind
from diffbench.measure.cost.timing import break_even

AS_RIGHT = 100  # errors within this factor of the best are one class: rounding, not method
COMPILING = 4  # a first preparation that lasts so many times the second one has compiled something


def recommendation(measured: Sequence[Measured], calls: int | None = None) -> str:
    """One method among the most accurate ones, or why there is none to recommend; calls: how many
    answers are needed, very many without a number.
    """
    right = [
        m
        for m in measured
        if m.status == Status.OK and m.error_norm is not None and m.kind is not Kind.BY_HAND
    ]
    timed = [m for m in as_right_as_the_best(right) if m.samples]
    if not timed:
        return nothing_to_recommend(measured)
    if calls is not None:
        return for_so_many(calls, timed)
    as_fast = as_fast_as_the_fastest(timed)
    best = min(as_fast, key=start_s)
    others = [m for m in as_fast if m is not best]
    slower = [m for m in timed if m not in others]
    return (
        f"Take {best.method}: {accuracy_of(best)}, {cost_of(best)}"
        f"{told_from(others)}{preparation_of(best, slower)}."
    )


def for_so_many(calls: int, timed: Sequence[Measured]) -> str:
    """The method that gives so many answers soonest, its start included, and those that can't be
    told from it.
    """
    best = min(timed, key=lambda m: in_all(m, calls)[1])
    others = [m for m in timed if m is not best and in_all(m, calls)[0] <= in_all(best, calls)[2]]
    noun = "one call" if calls == 1 else f"{calls:,} calls"
    return (
        f"For {noun} take {best.method}: {accuracy_of(best)}, {seconds(in_all(best, calls)[1])} in "
        f"all, preparation included{told_from(others)}."
    )


def in_all(measured: Measured, calls: int) -> tuple[float, float, float]:
    """Seconds of so many answers: low, middle, high. The start was measured once, and has no
    interval.
    """
    time = measured.evaluate
    assert time is not None  # only timed methods are compared by time
    low, high = (time.median, time.median) if np.isnan(time.low) else (time.low, time.high)
    return tuple(start_s(measured) + (calls - 1) * s for s in (low, time.median, high))  # type: ignore[return-value]


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
    """The norm-wise error, NaN where it is unknown."""
    return np.nan if measured.error_norm is None else float(measured.error_norm)


def rounding(measured: Measured) -> float:
    """Machine epsilon of the point's precision."""
    return float(np.finfo(measured.cell.dtype).eps)


def accuracy_of(measured: Measured) -> str:
    ulp = measured.error_ulp
    return (
        f"{ulp:.2g} ulp off"
        if ulp is not None and ulp < AS_RIGHT
        else f"relative error {measured.error_norm:.1e}"
    )


def cost_of(measured: Measured) -> str:
    times = measured.times()
    return (
        f"{seconds(times['evaluate_s'])} a {measured.cell.operator.replace('_', ' ')} "
        f"({times['ratio']:.3g} times f)"
    )


def told_from(others: Sequence[Measured]) -> str:
    """The methods that are as fast, as far as could be measured."""
    if not others:
        return ""
    return f", from which {listed([m.method for m in others])} can't be told apart by time"


def preparation_of(best: Measured, candidates: Sequence[Measured]) -> str:
    """What the best method's start costs and from which call on it pays, and what to take before;
    nothing when it hardly costs.
    """
    steps = cheapest_for_so_many_calls(best, candidates)
    first, _ = steps[0]
    if len(steps) == 1 or start_s(best) < 2 * start_s(first):
        return ""
    *before, (_, calls) = steps
    return (
        f", after {seconds(start_s(best))} of preparation{once_compiled(best)} that pays from call {calls:.0f} on; "
        f"before that take {', before that '.join(map(said, reversed(before)))}"
    )


def once_compiled(measured: Measured) -> str:
    """What the preparation costs in a process that finds it compiled, where that is much less."""
    again_s = measured.again_s
    if again_s is None or measured.prepare_s is None or measured.prepare_s < COMPILING * again_s:
        return ""
    return f" ({seconds(again_s)} where it is compiled already)"


def said(step: tuple[Measured, float]) -> str:
    method, calls = step
    return method.method if calls <= 1 else f"{method.method} (from call {calls:.0f} on)"


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


def nothing_to_recommend(measured: Sequence[Measured]) -> str:
    if any(m.status == Status.CONTRADICTED for m in measured):
        return (
            "The reference and plain f contradict each other, so that no method can be called "
            "right; the reason column says which evaluation differs."
        )
    if any(m.status in (Status.OK, Status.UNKNOWN) for m in measured):
        return (
            "No reference derivative is at hand, so that no method can be called right; the reason "
            "column says why."
        )
    return "No method gives a right answer here; the reason column says why."
