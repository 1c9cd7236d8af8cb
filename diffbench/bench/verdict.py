"""The answer in words: which method to take, why, and what to distrust.

Take the fastest of those that are as right as the best one; say what its preparation costs and when
that pays. Where differences agree with each other and contradict the methods that follow the code,
a branch or a loop hides how f depends on x: no tracing can see it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from diffbench.bench.rows.journal import Record
from diffbench.bench.rows.results import Status
from diffbench.interface import Array
from diffbench.measure.timing import break_even

# these look at f from outside only
DIFFERENCES = (
    "forward-difference",
    "central-difference",
    "richardson",
    "adaptive-difference",
)
# these follow f's code
TRACING = (
    "reverse",
    "forward",
    "compiled",
    "symbolic",
    "symbolic-accumulate",
    "symbolic-raw",
)
AS_RIGHT = 100  # errors within this factor of the best are one class: rounding, not method
DIGITS_LOST = (
    1e3  # error over (cond eps) above which arithmetic, not conditioning, has cost the digits
)

Answers = Mapping[str, Array | None]


def verdict(records: Sequence[Record], answers: Answers) -> str:
    """Sentences: the disagreement first, if there is one, then the recommendation."""
    return " ".join(
        sentence
        for sentence in (disagreement(answers), recommendation(records), cancellation(records))
        if sentence
    )


def recommendation(records: Sequence[Record]) -> str:
    """The fastest method among the most accurate ones."""
    right = [
        r
        for r in records
        if r["status"] == Status.OK and r["error_norm"] is not None and r["method"] != "manual"
    ]
    timed = [r for r in as_right_as_the_best(right) if r["evaluate_s"] is not None]
    if not timed:
        return nothing_to_recommend(records)
    best = min(timed, key=lambda r: float(r["evaluate_s"]))
    return (
        f"Take {best['method']}: {accuracy_of(best)}, {cost_of(best)}{preparation_of(best, timed)}."
    )


def as_right_as_the_best(right: Sequence[Record]) -> list[Record]:
    """Those whose error is within a factor of the least, roundoff counted as none."""
    if not right:
        return []
    least = min(float(r["error_norm"]) for r in right)
    return [r for r in right if r["error_norm"] <= AS_RIGHT * max(least, rounding(r))]


def rounding(record: Record) -> float:
    return float(np.finfo(record["dtype"]).eps)


def accuracy_of(record: Record) -> str:
    ulp = record["error_ulp"]
    return (
        f"{ulp:.2g} ulp off"
        if ulp is not None and ulp < AS_RIGHT
        else f"relative error {record['error_norm']:.1e}"
    )


def cost_of(record: Record) -> str:
    return f"{seconds(record['evaluate_s'])} a {record['operator'].replace('_', ' ')} ({record['ratio']:.3g} times f)"


def preparation_of(best: Record, rivals: Sequence[Record]) -> str:
    """What the best method's start costs and when that pays against the rival that is cheapest to
    start; nothing when it hardly costs.
    """
    rival = min(rivals, key=lambda r: start_and_call(r)[0])
    calls = break_even(*start_and_call(best), *start_and_call(rival))
    if start_and_call(best)[0] < 2 * start_and_call(rival)[0] or calls <= 1:
        return ""
    start = seconds(start_and_call(best)[0])
    return (
        f", after {start} of preparation that pays from call {calls:.0f} on; "
        f"before that take {rival['method']}"
    )


def start_and_call(record: Record) -> tuple[float, float]:
    """Seconds until the first answer, and of each later one."""
    return float(record["prepare_s"] + record["first_s"]), float(record["evaluate_s"])


def nothing_to_recommend(records: Sequence[Record]) -> str:
    if any(r["status"] == Status.OK for r in records):
        return "No reference derivative is at hand, so that no method can be called right; the reason column says why."
    return "No method gives a right answer here; the reason column says why."


def disagreement(answers: Answers) -> str:
    """A sentence when differences agree with each other and contradict the methods that follow the
    code.
    """
    wrong = contradicted(answers)
    if not wrong:
        return ""
    follower, (claimed, seen) = next(iter(wrong.items()))
    return (
        f"Differences contradict {follower}: {shown(seen)} against {shown(claimed)}. f depends on "
        "x through a branch or a loop's "
        "comparisons at this point, which no method that follows the code can see; trust the "
        "differences, or rewrite the branch."
    )


def contradicted(answers: Answers) -> dict[str, tuple[Array, Array]]:
    """The methods that follow the code and say something else than differences, which agree:
    {method: (its answer, theirs)}.
    """
    outside, inside = known(answers, DIFFERENCES), known(answers, TRACING)
    if len(outside) < 2 or not agree([*outside.values()], 1e-3):
        return {}
    seen = next(iter(outside.values()))
    return {
        name: (claimed, seen)
        for name, claimed in inside.items()
        if not agree([seen, claimed], 1e-2)
    }


def cancellation(records: Sequence[Record]) -> str:
    """A sentence when even the best answer has lost digits that the problem's conditioning does not
    take.
    """
    errors = [
        r
        for r in records
        if r["method"] in TRACING and r["error_norm"] is not None and r["cond"] is not None
    ]
    best = min(errors, key=lambda r: float(r["error_norm"]), default=None)
    if best is None:
        return ""
    lost = best["error_norm"] / (max(1.0, best["cond"]) * rounding(best))
    if lost < DIGITS_LOST:
        return ""
    return (
        f"{best['method']}, the most accurate that follows the code, loses {np.log10(lost):.0f} "
        "digits that the problem's condition "
        "does not take: terms cancel in f as it is written; rewrite the formula."
    )


def known(answers: Answers, methods: Sequence[str]) -> dict[str, Array]:
    return {name: np.asarray(answers[name]) for name in methods if answers.get(name) is not None}


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
