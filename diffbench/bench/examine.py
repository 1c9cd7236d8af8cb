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

from diffbench.asking.checked import PAIRS
from diffbench.asking.operators import prepare
from diffbench.bench.rows.measured import News
from diffbench.bench.rows.results import Status
from diffbench.bench.runner.cells import is_peer
from diffbench.errors import DiffbenchError
from diffbench.interface import Array, Function, Instance, Operator
from diffbench.measure.accuracy import errors
from diffbench.measure.calls import Counted, calls_during
from diffbench.measure.operation_count import operations, operations_in_calls
from diffbench.measure.peak_memory import peak_bytes
from diffbench.measure.reference.true_derivative import Reference
from diffbench.measure.timing import Statement, calibrate, sample, timed

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


def examine(subject: Subject, truth: Callable[[], Reference], sample_s: float) -> Iterator[News]:
    """The news of each stage. Stops after the first stage that raises, with a status and a
    reason.
    """
    stages = (first_answer, lambda s: accuracy(s, truth), costs, lambda s: calibration(s, sample_s))
    for stage in stages:
        try:
            yield stage(subject)
        except Exception as error:
            yield failure(error)
            return


def first_answer(subject: Subject) -> News:
    """Prepare once, answer once, both on the clock."""
    subject.prepared, subject.prepare_s = timed(
        lambda: prepare(subject.f, subject.x, operator=subject.operator, method=subject.method)
    )
    subject.answer, subject.first_s = timed(subject.evaluate)
    return {"status": Status.OK, "prepare_s": subject.prepare_s, "first_s": subject.first_s}


def accuracy(subject: Subject, truth: Callable[[], Reference]) -> News:
    """Errors against the reference. Without one the answer stands unjudged, and the row says
    why.
    """
    try:
        reference = truth()
    except Exception as error:
        return {"reason": f"error unknown, no reference: {error}"}
    computed = dense(subject.derivative, subject.x.dtype)
    shape = derivative_shape(subject)
    if computed.shape != shape:
        return wrong(f"answer of shape {computed.shape}, the derivative has shape {shape}")
    found = errors(computed, reference)
    facts = {
        "error_rel": found.rel,
        "error_norm": found.norm,
        "error_ulp": found.ulp,
        "cond": reference.cond,
    }
    return {**facts, **judgement(computed, float(found.norm), float(reference.cond or np.nan))}


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


def judgement(computed: Array, error_norm: float, cond: float) -> News:
    """`inaccurate` when less than two fifths of the digits are right: six of sixteen in float64,
    three of seven in float32.
    """
    eps = float(np.finfo(computed.dtype).eps)
    allowed = eps**0.4
    if not np.all(np.isfinite(computed)):
        return (
            {}
            if error_norm == 0
            else wrong("the answer holds NaN or infinity where the derivative is finite")
        )
    if error_norm <= allowed:
        return {}
    cause = (
        f"; condition number {cond:.1e}: {computed.dtype} does not determine the derivative here"
        if cond * eps > allowed
        else ""
    )
    return wrong(f"norm-wise error {error_norm:.1e} is above {allowed:.1e}{cause}")


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
    subject.loops = (
        calibrate(evaluation(subject), sample_s=sample_s),
        calibrate(primal(subject.f, subject.x), sample_s=sample_s),
    )
    return {"loops": subject.loops}


def take_sample(subject: Subject) -> tuple[float, float]:
    """Seconds of one evaluation and of one call of f, measured side by side."""
    evaluate_s = sample(evaluation(subject), subject.loops[0])
    return evaluate_s, sample(primal(subject.f, subject.x), subject.loops[1])


def evaluation(subject: Subject) -> Statement:
    """One evaluation of the prepared derivative, as its user writes it."""
    return Statement(subject.prepared, *subject.arguments)


def primal(f: Function, x: Array) -> Statement:
    """What costs are divided by: the call that the problem chooses; of another function f(x), on a
    Python float where x is a scalar.
    """
    if isinstance(f, Instance):
        function, arguments, keywords = f.plain
        return Statement(function, *arguments, **keywords)
    return Statement(f, x.item() if x.ndim == 0 and x.dtype == np.float64 else x)


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
    sentence = " ".join(str(error).split()) or type(error).__name__
    match error:
        case DiffbenchError():
            return {"status": Status.UNSUPPORTED, "reason": sentence}
        case MemoryError():
            return {"status": Status.OUT_OF_MEMORY, "reason": sentence}
        case TimeoutError():
            return {"status": Status.TIMEOUT, "reason": sentence}
    return {"status": Status.FAILED, "reason": f"{type(error).__name__}: {sentence}"}
