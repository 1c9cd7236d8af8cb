"""The answer in words: which method to take, why, and what to distrust.

Take the fastest of those that are as right as the best one; say what its preparation costs and when
that pays. Where differences agree with each other and contradict the methods that follow the code,
a branch or a loop hides how f depends on x: no tracing can see it.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from diffbench.bench.rows.measured import Measured
from diffbench.bench.rows.results import Status
from diffbench.interface import Array, Kind
from diffbench.measure.timing import break_even

AS_RIGHT = 100  # errors within this factor of the best are one class: rounding, not method
DIGITS_LOST = (
    1e3  # error over (cond eps) above which arithmetic, not conditioning, has cost the digits
)


def verdict(measured: Sequence[Measured]) -> str:
    """Sentences: the disagreement first, if there is one, then the recommendation."""
    said = disagreement(measured), recommendation(measured), cancellation(measured)
    return " ".join(filter(None, said))


def recommendation(measured: Sequence[Measured]) -> str:
    """The fastest method among the most accurate ones."""
    right = [
        m
        for m in measured
        if m.status == Status.OK and m.error_norm is not None and m.kind is not Kind.BY_HAND
    ]
    timed = [m for m in as_right_as_the_best(right) if m.samples]
    if not timed:
        return nothing_to_recommend(measured)
    best = min(timed, key=seconds_a_call)
    return f"Take {best.method}: {accuracy_of(best)}, {cost_of(best)}{preparation_of(best, timed)}."


def as_right_as_the_best(right: Sequence[Measured]) -> list[Measured]:
    """Those whose error is within a factor of the least, roundoff counted as none."""
    if not right:
        return []
    least = min(map(error, right))
    return [m for m in right if error(m) <= AS_RIGHT * max(least, rounding(m))]


def error(measured: Measured) -> float:
    """The norm-wise error, NaN where it is unknown."""
    return np.nan if measured.error_norm is None else float(measured.error_norm)


def rounding(measured: Measured) -> float:
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


def preparation_of(best: Measured, rivals: Sequence[Measured]) -> str:
    """What the best method's start costs and when that pays against the rival that is cheapest to
    start; nothing when it hardly costs.
    """
    rival = min(rivals, key=start_s)
    calls = break_even(start_s(best), seconds_a_call(best), start_s(rival), seconds_a_call(rival))
    if start_s(best) < 2 * start_s(rival) or calls <= 1:
        return ""
    return (
        f", after {seconds(start_s(best))} of preparation that pays from call {calls:.0f} on; "
        f"before that take {rival.method}"
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


def disagreement(measured: Sequence[Measured]) -> str:
    """A sentence when differences agree with each other and contradict the methods that follow the
    code.
    """
    wrong = contradicted(measured)
    if not wrong:
        return ""
    claimed, seen = next(iter(wrong.values()))
    return (
        f"Differences contradict {listed([*wrong])}: {shown(seen)} against {shown(claimed)}. f "
        "depends on x through a branch or a loop's comparisons at this point, which no method that "
        "follows the code can see; trust the differences, or rewrite the branch."
    )


def contradicted(measured: Sequence[Measured]) -> dict[str, tuple[Array, Array]]:
    """The methods that follow the code and say something else than differences, which agree:
    {method: (its answer, theirs)}.
    """
    outside = answers(measured, lambda kind: kind is Kind.DIFFERENCE)
    inside = answers(measured, lambda kind: kind.follows_code)
    if len(outside) < 2 or not agree([*outside.values()], 1e-3):
        return {}
    seen = next(iter(outside.values()))
    return {
        name: (claimed, seen)
        for name, claimed in inside.items()
        if not agree([seen, claimed], 1e-2)
    }


def cancellation(measured: Sequence[Measured]) -> str:
    """A sentence when even the best answer has lost digits that the problem's conditioning does not
    take.
    """
    judged = [
        m for m in measured if follows_code(m) and m.error_norm is not None and m.cond is not None
    ]
    best = min(judged, key=error, default=None)
    if best is None or best.cond is None:
        return ""
    lost = error(best) / (max(1.0, best.cond) * rounding(best))
    if lost < DIGITS_LOST:
        return ""
    return (
        f"{best.method}, the most accurate that follows the code, loses {np.log10(lost):.0f} "
        "digits that the problem's condition "
        "does not take: terms cancel in f as it is written; rewrite the formula."
    )


def answers(measured: Sequence[Measured], asked: Callable[[Kind], bool]) -> dict[str, Array]:
    """What the methods of a kind answer, by name."""
    return {
        m.method: np.asarray(m.answer)
        for m in measured
        if m.kind and asked(m.kind) and m.answer is not None
    }


def follows_code(measured: Measured) -> bool:
    return measured.kind is not None and measured.kind.follows_code


def listed(names: Sequence[str]) -> str:
    """Names in a sentence: a, b and c."""
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last


def agree(values: Sequence[Array], tolerance: float) -> bool:
    """Whether all are the same up to a relative tolerance in the norm; NaN agrees with nothing."""
    scale = max(float(np.linalg.norm(v.ravel())) for v in values)
    return all(float(np.linalg.norm((v - values[0]).ravel())) <= tolerance * scale for v in values)


def shown(value: Array) -> str:
    return (
        f"{float(value):.4g}"
        if value.ndim == 0
        else np.array2string(value, precision=4, threshold=6)
    )


def seconds(value: Any) -> str:
    """A time with its unit: 3.2 µs."""
    for unit, scale in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if value >= scale:
            return f"{value / scale:.3g} {unit}"
    return f"{value / 1e-9:.3g} ns"
