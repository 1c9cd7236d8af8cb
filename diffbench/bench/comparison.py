"""Which method for my function? Every method on one function at one point, in this process, and a
verdict in words.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import mpmath
import numpy as np

from diffbench.asking.checked import as_point
from diffbench.bench import examine
from diffbench.bench.examine import Subject
from diffbench.bench.patience import at_most
from diffbench.bench.rows.measured import Measured
from diffbench.bench.rows.results import Results, Status
from diffbench.bench.runner.cells import Cell, contestants
from diffbench.bench.verdict import contradicted, verdict
from diffbench.bench.words import shown
from diffbench.interface import Array, Function, Instance, Operator
from diffbench.measure.environment import environment
from diffbench.measure.reference.second_opinion import held_against_f, judge
from diffbench.measure.reference.true_derivative import Reference
from diffbench.measure.timing import interleaved

ROUNDS = 7
SAMPLE_S = 0.002
PATIENCE_S = 1.0  # a method whose single call lasts longer is timed by its first call only


def compare(
    f: Function,
    x: Any,
    *,
    operator: str | None = None,
    methods: Iterable[Any] | None = None,
    exact: Any = None,
    timeout_s: float | None = None,
    calls: int | None = None,
) -> Results:
    """One row a method: how wrong, how expensive, or why not; and `.verdict`, which method to take
    and why.

    f: any function of one array (f(x), or f(x, xp=np) for peers). x: floats of any shape. operator:
    derivative, gradient or jacobian by the shapes of x and f(x) without one. exact: the true
    derivative, or a function of x that gives it, when you know it; else it is worked out in high
    precision. timeout_s: for each stage of each method (preparing and the first answer, its error, its
    costs), and for the reference. calls: how many answers the verdict is to recommend for; very many
    without a number. Runs in this process: a method that may never return from C is
    met with `run`, which isolates.

    >>> results = compare(lambda x, xp=np: xp.sin(x), 1.0, methods=["forward"])
    >>> results.frame()["status"].tolist()
    ['ok']
    """
    x = as_point(x)
    asked = Operator(operator) if operator else natural_operator(f, x)
    direction = examine.direction(f, x, asked, seed=0)
    truth = settled(
        lambda: (
            judge(f, x, asked, direction)
            if exact is None
            else held_against_f(given(exact, x, asked), f, x, direction)
        ),
        timeout_s,
    )
    subjects = {
        name: Subject(f, x, asked, method, direction)
        for name, method in contestants(methods, peers=True).items()
    }
    measured = judged([examined(subject, truth, timeout_s) for subject in subjects.values()])
    measured = timed_in_turn(measured, subjects)
    return Results(tuple(m.record() for m in measured), environment(), verdict(measured, calls))


def natural_operator(f: Function, x: Array) -> Operator:
    """What one asks of such a function: a problem's own operator, else by shape."""
    if isinstance(f, Instance):
        return f.problem.operator
    if np.shape(f(x)) != ():
        return Operator.JACOBIAN
    return Operator.GRADIENT if x.ndim else Operator.DERIVATIVE


def settled(
    work: Callable[[], Reference], timeout_s: float | None = None
) -> Callable[[], Reference]:
    """The outcome of `work`, done once: its result each time, or its error each time."""
    try:
        with at_most(timeout_s):
            result = work()
    except Exception as error:
        return lambda error=error: throw(error)  # type: ignore[misc]
    return lambda: result


def throw(error: Exception) -> Any:
    raise error


def given(exact: Any, x: Array, operator: Operator) -> Reference:
    """The caller's own derivative as the reference."""
    value = np.asarray(exact(x) if callable(exact) else exact, dtype=np.float64)
    high = np.asarray(np.frompyfunc(mpmath.mpf, 1, 1)(value), dtype=object)
    conds = np.full(value.shape, np.nan)
    return Reference(
        operator=operator,
        method="given",
        high=high,
        digits=16,
        cond=np.nan,
        conds=conds,
        entries=None,
    )


def examined(subject: Subject, truth: Callable[[], Reference], timeout_s: float | None) -> Measured:
    """What is found out about one method, up to its times."""
    measured = Measured(cell_of(subject), kind=getattr(subject.method, "kind", None))
    for news in examine.examine(subject, truth, SAMPLE_S, timeout_s):
        measured = measured.knowing(news)
    return measured.knowing({"answer": subject.derivative})


def judged(measured: Sequence[Measured]) -> list[Measured]:
    """The measurements, with what the methods' answers say about each other where there was no
    reference to tell.
    """
    doubts = {
        method: examine.wrong(
            f"differences agree on {shown(seen)}, and this method, which follows the code, says "
            f"{shown(claimed)}"
        )
        for method, (claimed, seen) in contradicted(measured).items()
    }
    return [
        m if m.status is Status.CONTRADICTED else m.knowing(doubts.get(m.method, {}))
        for m in measured
    ]


def timed_in_turn(measured: Sequence[Measured], subjects: Mapping[str, Subject]) -> list[Measured]:
    """The measurements with their samples, none of those that did not come through or take too
    long.
    """
    samplers = {
        m.method: partial(examine.take_sample, subjects[m.method])
        for m in measured
        if m.loops and m.first_s is not None and m.first_s < PATIENCE_S
    }
    samples = interleaved(samplers, ROUNDS)
    return [m.knowing({"samples": samples.get(m.method, [])}) for m in measured]


def cell_of(subject: Subject) -> Cell:
    """What is measured, by name."""
    return Cell(
        function_name(subject.f),
        subject.x.size,
        str(subject.operator),
        subject.method.name,
        str(subject.x.dtype),
    )


def function_name(f: Function) -> str:
    """What the user calls the function."""
    if isinstance(f, Instance):
        return f.problem.name
    return str(getattr(f, "__name__", type(f).__name__))
