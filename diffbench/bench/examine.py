"""One cell, looked at in stages: prepare and answer, how wrong, how costly, how long a sample must
be.

Each stage returns news, fields of `Measured`, as soon as they are known, so that whatever stops a
later stage leaves the earlier ones standing. Runs in the worker of a run and in the process
of `compare` alike.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from diffbench.asking.checks.checked import PAIRS
from diffbench.asking.prepared.preparing import prepare
from diffbench.bench.processes.patience import at_most
from diffbench.bench.rows.measured import News
from diffbench.bench.rows.results import Status
from diffbench.bench.runner.cells import is_peer
from diffbench.differentiators.manual import Manual
from diffbench.errors import DiffbenchError, NotDifferentiable, Unsupported
from diffbench.interface import Array, Function, Instance, Kind, Operator
from diffbench.measure.cost.calls import Counted, calls_during
from diffbench.measure.cost.operation_count import operations, operations_in_calls
from diffbench.measure.cost.peak_memory import peak_bytes
from diffbench.measure.cost.timing import Statement, calibrate, sample, timed
from diffbench.measure.error.accuracy import Errors, errors
from diffbench.measure.error.tolerance import (
    NO_DIGIT,
    Promise,
    bar_norm,
    faults_let_pass,
    few_digits,
    smallest_fault,
)
from diffbench.measure.reference.true_derivative import Reference

LONGEST = 100_000  # characters of an error's text that anybody looks at
ENOUGH = 1e-3  # an estimate less sure than this judges nothing

# A first call longer than this is not made again to count something, because doing so takes longer
# by about the factor behind it.
COUNTING_S = 1.0  # calls of f, 1
TRACING_S = 0.1  # bytes under tracemalloc, 10 where code is mostly Python
RECORDING_S = 0.02  # operations by recording, 50


@dataclass
class Subject:
    """A method on a function at a point, and what is known so far."""

    f: Callable[..., Any]
    x: Array
    operator: Operator
    method: Any
    direction: Array | None = None
    prepared: Callable[..., Any] = field(init=False)
    prepare_s: float = field(init=False, default=0.0)
    first_s: float = field(init=False, default=0.0)
    answer: Any = field(init=False, default=None)
    statement: Statement = field(init=False)  # one evaluation as it is timed
    loops: tuple[int, int] = field(init=False, default=(1, 1))

    @property
    def arguments(self) -> tuple[Array, ...]:
        """What the prepared derivative is called with."""
        return (self.x,) if self.direction is None else (self.x, self.direction)

    def evaluate(self) -> Any:
        """One evaluation of the prepared derivative."""
        return self.prepared(*self.arguments)

    @property
    def derivative(self) -> Any:
        """The derivative in the answer, which may carry the value before it; None before there is
        an answer.
        """
        return self.answer[1] if self.answer is not None and self.operator in PAIRS else self.answer


def examine(
    subject: Subject,
    truth: Callable[[], Reference],
    sample_s: float,
    timeout_s: float | None = None,
    count: Callable[[Subject], News] | None = None,
) -> Iterator[News]:
    """The news of each stage; `count` in the place of `costs`. Stops after the first stage that raises, or takes more than
    timeout_s, with a status and a reason.
    """
    stages = (
        first_answer,
        lambda s: accuracy(s, truth),
        count or costs,
        lambda s: calibration(s, sample_s),
    )
    for stage in stages:
        try:
            with at_most(timeout_s):
                news = stage(subject)
        except NotDifferentiable as refusal:
            yield not_finite(subject, truth, refusal)
            return
        except Exception as error:
            yield failure(error)
            return
        yield news


def not_finite(subject: Subject, truth: Callable[[], Reference], refusal: Exception) -> News:
    """NaN or infinity, which the library refuses: the answer of a method that is not the library's
    own is wrong where the derivative is finite.
    """
    if getattr(subject.method, "kind", None) not in (Kind.PEER, None):  # None: a plug-in
        return failure(refusal)
    try:
        found = truth()
    except Exception:
        return failure(refusal)
    if found.contradiction or not np.all(np.isfinite(found.value)):
        return failure(refusal)
    return wrong(f"the answer holds NaN or infinity where the derivative is finite: {refusal}")


def first_answer(subject: Subject) -> News:
    """Prepare once, answer once, both on the clock; the libraries that the method stands on are
    imported before.
    """
    getattr(subject.method, "load", lambda: None)()
    subject.prepared, subject.prepare_s = timed(
        lambda: prepare(subject.f, subject.x, operator=subject.operator, method=subject.method)
    )
    subject.answer, subject.first_s = timed(subject.evaluate)
    way = getattr(subject.prepared, "way", None)  # in which a peer was handed f
    news: News = {"status": Status.OK, "prepare_s": subject.prepare_s, "first_s": subject.first_s}
    return {**news, "reason": way} if way else news


def accuracy(subject: Subject, truth: Callable[[], Reference]) -> News:
    """Errors against the reference. Without one the answer stands unjudged, and the row says
    why.
    """
    try:
        reference = truth()
    except Exception as error:
        return without_reference(subject, error)
    if reference.contradiction:
        return {"status": Status.CONTRADICTED, "reason": reference.contradiction}
    if np.result_type(entries_of(subject.derivative)).kind == "c":
        return wrong("the answer is complex, and the derivative real")
    computed = as_given(subject.derivative, subject.x.dtype)
    shape = derivative_shape(subject)
    if computed.shape != shape:
        return wrong(f"answer of shape {computed.shape}, the derivative has shape {shape}")
    found, bar = errors(computed, reference), bar_norm(reference)
    seen = smallest_fault(reference, found.eps, promise(subject.method))
    return {
        "error_rel": max(found.rel, bar),
        "error_norm": max(found.norm, bar),
        "error_ulp": found.ulp if reference.bars is None else None,
        "cond": reference.cond,
        "judge": reference.method,
        "smallest_fault": seen if np.isfinite(seen) else None,
        **judgement(computed, found, reference, promise(subject.method)),
        **beside(subject, reference, max(found.norm, bar)),
    }


def without_reference(subject: Subject, error: Exception) -> News:
    """The verdict by the hand-written derivative alone, or that there is none."""
    distance = from_hand_written(subject)
    if distance is None:
        return {"status": Status.UNKNOWN, "reason": f"error unknown, no reference: {error}"}
    reason = f"judged by the derivative written by hand, no reference: {error}"
    return {
        "error_norm": distance,
        "judge": "manual",
        "reason": reason,
        **far_off(distance, subject),
    }


def beside(subject: Subject, reference: Reference, norm: float) -> News:
    """What the hand-written derivative adds to a reference that knows a sample of the entries."""
    if reference.entries is None:
        return {}
    sampled = f"{reference.method} at {len(reference.entries)} entries"
    distance = from_hand_written(subject)
    if distance is None:
        return {"judge": sampled}
    news = {"error_norm": max(norm, distance), "judge": f"{sampled} and manual"}
    return {**news, **far_off(distance, subject)}


def from_hand_written(subject: Subject) -> float | None:
    """The distance from the derivative that the problem's author wrote, which knows all entries;
    None where there is none, and for that one itself.
    """
    if getattr(subject.method, "kind", None) is Kind.BY_HAND:
        return None
    try:
        written = Manual().prepare(subject.f, subject.x, subject.operator)
    except Unsupported:
        return None
    answer = written(*subject.arguments)
    wanted = np.asarray(answer[1] if subject.operator in PAIRS else answer)
    found = dense(subject.derivative, None)
    if found.shape != wanted.shape:
        return np.inf
    off, size = (float(np.linalg.norm(np.ravel(a))) for a in (found - wanted, wanted))
    return off / (size or 1.0)


def far_off(distance: float, subject: Subject) -> News:
    """A verdict where that distance is more than rounding can make it."""
    allowed = few_digits(float(np.finfo(subject.x.dtype).eps))
    if distance <= allowed:
        return {}
    return wrong(f"{distance:.1e} away from the derivative written by hand, above {allowed:.1e}")


def derivative_shape(subject: Subject) -> tuple[int, ...]:
    """The shape that the operator's answer has to have."""
    n = subject.x.shape
    match subject.operator:
        case Operator.JACOBIAN:
            return (*np.shape(subject.f(subject.x)), *n)
        case Operator.JVP:
            return np.shape(subject.f(subject.x))
        case Operator.HESSIAN:
            return (*n, *n)
    return n


def promise(method: Any) -> Promise:
    """Differences, other packages and plug-ins of no kind promise the norm; whoever follows the
    rules of calculus, each entry.
    """
    exact = getattr(method, "kind", None) in (Kind.BY_HAND, Kind.TRACING, Kind.SYMBOLIC)
    return Promise.ENTRIES if exact else Promise.NORM


def judgement(
    computed: Array, found: Errors, reference: Reference, promised: Promise = Promise.NORM
) -> News:
    """`inaccurate` when less than two fifths of the digits are right in the norm: six of sixteen in
    float64, three of seven in float32; when an entry has no right digit at all; or, where each
    entry was promised, not those two fifths.
    """
    bar = bar_norm(reference)
    allowed, cond = max(few_digits(found.eps), 2 * bar), float(reference.cond or np.nan)
    if not np.all(np.isfinite(entries_of(computed))) and found.norm != 0:
        return wrong("the answer holds NaN or infinity where the derivative is finite")
    if found.norm > allowed:
        cause = (
            f"; condition number {cond:.1e}: {computed.dtype} does not determine the derivative "
            "here"
            if cond * found.eps > allowed
            else ""
        )
        return wrong(f"norm-wise error {found.norm:.1e} is above {allowed:.1e}{cause}")
    lost = first_lost(found, reference, promised)
    if lost is not None:
        off, right = found.component[lost], reference.value[lost]
        fault = "has no correct digit" if off > NO_DIGIT else f"is off by {off:.1e} of itself"
        return wrong(
            f"entry {lost} {fault}: {reference.select(computed)[lost]:.8g} for {right:.8g}"
        )
    if reference.bars is None:
        return {}
    reason = f"judged by an {reference.method}, right to {bar:.0e}, because {reference.reason}"
    return {"status": Status.OK if bar <= ENOUGH else Status.UNKNOWN, "reason": reason}


def first_lost(found: Errors, reference: Reference, promised: Promise) -> tuple[int, ...] | None:
    """The first entry that is further off than its own condition and scale allow; None where there
    is none.
    """
    lost = (reference.value != 0) & (
        found.component > faults_let_pass(reference, found.eps, promised)
    )
    return tuple(map(int, np.argwhere(lost)[0])) if np.any(lost) else None


def wrong(reason: str) -> News:
    """The verdict on a wrong answer."""
    return {"status": Status.INACCURATE, "reason": reason}


def costs(subject: Subject) -> News:
    """Calls of f, operations and peak memory of one evaluation: deterministic, so that CI can gate
    on them.
    """
    called = calls(subject) if subject.prepare_s + subject.first_s < COUNTING_S else None
    counted = counted_operations(subject, called) if subject.first_s < RECORDING_S else None
    peak = peak_bytes(subject.evaluate) if subject.first_s < TRACING_S else None
    return {"calls": called, "operations": counted, "peak_bytes": peak}


def calls(subject: Subject) -> int:
    """Calls of f in one steady evaluation."""
    counted = Counted(subject.f)
    derivative = prepare(counted, subject.x, operator=subject.operator, method=subject.method)
    return calls_during(counted, lambda: derivative(*subject.arguments))


def counted_operations(subject: Subject, called: int | None) -> int | None:
    """By the method's own count where it has one (its code may not be what a recording sees), else
    by recording, else by its calls.

    Calls tell of differences, whose work they are; another package does more than it calls, and out
    of sight.
    """
    if hasattr(subject.method, "operations"):
        return int(subject.method.operations(subject.f, subject.x, subject.operator))
    found = operations(subject.prepared, *subject.arguments)
    if found is None and called and not is_peer(subject.method):
        return operations_in_calls(subject.f, subject.x, called)
    return found


def calibration(subject: Subject, sample_s: float) -> News:
    """How many calls of the method and of f make a sample."""
    subject.statement = evaluation(subject)
    subject.loops = (
        calibrate(subject.statement, sample_s=sample_s),
        calibrate(primal(subject.f, subject.x), sample_s=sample_s),
    )
    return {"loops": subject.loops}


def take_sample(subject: Subject) -> tuple[float, float]:
    """Seconds of one evaluation and of one call of f, measured side by side."""
    evaluate_s = sample(subject.statement, subject.loops[0])
    return evaluate_s, sample(primal(subject.f, subject.x), subject.loops[1])


def evaluation(subject: Subject) -> Statement:
    """One evaluation as its user writes it: by the method's own `statement`, called (x) or (x,
    direction) after `prepare`, where it has one. A scalar x is at hand as NumPy's own float.
    """
    arguments = [a if a.ndim else a[()] for a in subject.arguments]
    own = getattr(subject.method, "statement", None)
    return own(*arguments) if own else Statement(subject.prepared, *arguments)


def primal(f: Function, x: Array) -> Statement:
    """What costs are divided by: the call that the problem chooses; of another function f(x), on a
    Python float where x is a scalar.
    """
    if isinstance(f, Instance):
        function, arguments, keywords = f.plain
        return Statement(function, *arguments, **keywords)
    return Statement(f, x.item() if x.ndim == 0 and x.dtype == np.float64 else x)


def as_given(answer: Any, dtype: Any) -> Any:
    """The answer in the point's precision, a sparse matrix as it is."""
    return answer.astype(dtype) if hasattr(answer, "toarray") else np.asarray(answer, dtype=dtype)


def entries_of(answer: Any) -> Array:
    """The numbers that an answer holds; what a sparse matrix leaves out is 0."""
    return np.asarray(answer.data if hasattr(answer, "toarray") else answer)


def dense(answer: Any, dtype: Any) -> Array:
    """The answer as an array in the point's precision, also when it is a sparse matrix."""
    return np.asarray(answer.toarray() if hasattr(answer, "toarray") else answer, dtype=dtype)


def direction(f: Callable[..., Any], x: Array, operator: Operator, seed: int) -> Array | None:
    """A seeded direction of x's shape, for vjp of f(x)'s; None for operators that take none."""
    if not operator.takes_direction:
        return None
    shape = np.shape(f(x)) if operator == Operator.VJP else x.shape
    return np.asarray(np.random.default_rng([seed, 1]).normal(size=shape), dtype=x.dtype)


def failure(error: Exception) -> News:
    """The status and the sentence that an exception means. A refusal is unsupported; what nobody
    meant has failed.
    """
    sentence = " ".join(str(error)[:LONGEST].split()) or type(error).__name__
    match error:
        case DiffbenchError():
            return {"status": Status.UNSUPPORTED, "reason": sentence}
        case MemoryError():
            return {"status": Status.OUT_OF_MEMORY, "reason": sentence}
        case TimeoutError():
            return {"status": Status.TIMEOUT, "reason": sentence}
    return {"status": Status.FAILED, "reason": f"{type(error).__name__}: {sentence}"}
