"""Which method to take, in words: for one call, for a thousand and for very many, with what its
preparation costs and when that pays, and which ones can't be told from it.
"""

from collections.abc import Sequence

from diffbench.bench.comparing.candidates import (
    AS_RIGHT,
    as_fast_as_the_fastest,
    as_right_as_the_best,
    cheapest_for_so_many_calls,
    held,
    in_all,
    is_as_soon,
    lavish,
    seconds_a_call,
    soonest,
    start_s,
    taken,
)
from diffbench.bench.comparing.words import listed, memory, seconds
from diffbench.bench.rows.measured import Measured
from diffbench.bench.rows.results import Status
from diffbench.interface import Kind

COMPILING = 4  # a first preparation that lasts so many times the second one has compiled something
FEW, SOME = 1, 1000  # calls that a sentence is about without being asked
PATIENT = 10  # times as long is still a choice for whoever lacks memory


def recommendation(measured: Sequence[Measured], calls: int | None = None) -> str:
    """One method among the most accurate ones, or why there is none to recommend; calls: how many
    answers are needed, one, a thousand and very many without a number.
    """
    right = [
        m
        for m in measured
        if m.status == Status.OK and m.error_norm is not None and m.kind is not Kind.BY_HAND
    ]
    best = as_right_as_the_best(right)
    timed = [m for m in best if m.samples]
    if not timed:
        return slowly(best) if best else nothing_to_recommend(measured)
    if calls is not None:
        return for_so_many(calls, timed)
    return " ".join(filter(None, (for_very_many(timed), for_fewer(timed), memory_of(timed))))


def for_very_many(timed: Sequence[Measured]) -> str:
    """The fastest, what its start costs, and from when on that pays."""
    best = taken(timed)
    others = [m for m in as_fast_as_the_fastest(timed) if m is not best]
    slower = [m for m in timed if m not in others]
    return (
        f"Take {best.method}: {accuracy_of(best)}, {cost_of(best)}"
        f"{told_from(others)}{preparation_of(best, slower)}."
    )


def for_fewer(timed: Sequence[Measured]) -> str:
    """What to take for one call and for a thousand, where that is another method than for very
    many.
    """
    few, some = soonest(FEW, timed), soonest(SOME, timed)
    last = taken(timed)
    if few is some is last:
        return ""
    if few is some:
        return f"For one call and for {SOME:,} take {in_words(few, SOME, timed)}."
    one = "" if few is last else f"for one call take {in_words(few, FEW, timed)}"
    thousand = "" if some is last else f"for {SOME:,} take {in_words(some, SOME, timed)}"
    return f"F{', '.join(filter(None, (one, thousand)))[1:]}."


def in_words(best: Measured, calls: int, timed: Sequence[Measured]) -> str:
    """A method, what so many calls take with it, and what can't be told from it."""
    others = [m for m in timed if m is not best and is_as_soon(m, best, calls)]
    return f"{best.method} ({seconds(in_all(best, calls)[1])} in all{told_from(others)})"


def for_so_many(calls: int, timed: Sequence[Measured]) -> str:
    """The method that gives so many answers soonest, its start included, and those that can't be
    told from it.
    """
    best = soonest(calls, timed)
    others = [m for m in timed if m is not best and is_as_soon(m, best, calls)]
    noun = "one call" if calls == 1 else f"{calls:,} calls"
    return (
        f"For {noun} take {best.method}: {accuracy_of(best)}, {seconds(in_all(best, calls)[1])} in "
        f"all, preparation included{once_compiled(best)}{told_from(others)}."
    )


def memory_of(timed: Sequence[Measured]) -> str:
    """A sentence where the method that is taken holds much, and another one little at a bearable
    cost.
    """
    best = taken(timed)
    frugal = [
        m
        for m in timed
        if lavish(best, held(m)) and seconds_a_call(m) <= PATIENT * seconds_a_call(best)
    ]
    if not frugal:
        return ""
    other = min(frugal, key=held)
    return (
        f"{best.method} holds {memory(held(best))}; where that is too much take {other.method}, "
        f"which holds {memory(held(other))} and takes "
        f"{seconds_a_call(other) / seconds_a_call(best):.2g} times as long."
    )


def slowly(right: Sequence[Measured]) -> str:
    """Where nobody answers fast enough to be timed more than once."""
    best = min(right, key=start_s)
    return (
        f"Take {best.method}: {accuracy_of(best)}, {seconds(start_s(best))} for the first answer; "
        "calls that take so long are timed once."
    )


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
    return f", from which {listed([*map(named, others)])} can't be told apart by time"


def named(measured: Measured) -> str:
    """A method in a list; of another package with what it takes to begin."""
    if measured.kind is not Kind.PEER:
        return measured.method
    return f"{measured.method} (after {seconds(start_s(measured))} of preparation)"


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
