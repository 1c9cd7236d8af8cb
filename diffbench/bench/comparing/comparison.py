"""Which method for my function? Every method on one function at one point, each in a process of its
own, and a verdict in words.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any

from diffbench.asking.checks.checked import as_operator, as_point
from diffbench.bench import examine
from diffbench.bench.comparing.benches import Apart, Asked, Here
from diffbench.bench.comparing.verdict import contradicted, verdict
from diffbench.bench.comparing.words import shown
from diffbench.bench.processes.isolation import Facts
from diffbench.bench.rows.journal import Record
from diffbench.bench.rows.measured import Measured
from diffbench.bench.rows.printable import bounded, printable
from diffbench.bench.rows.results import Results, Row, Status, row
from diffbench.bench.runner.cells import contestants
from diffbench.bench.runner.team import Stopwatch
from diffbench.interface import Function
from diffbench.measure.cost.timing import interleaved
from diffbench.measure.environment import environment

ROUNDS = 7
Progress = Callable[[int, int, Row], None]  # methods done, methods in all, the row so far
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
    in_process: bool = False,
    progress: Progress | None = None,
) -> Results:
    """One row a method: how wrong, how expensive, or why not; and `.verdict`, which method to take
    and why.

    f: any function of one array (f(x), or f(x, xp=np) for peers). x: floats of any shape. operator:
    derivative, gradient or jacobian by the shapes of x and f(x) without one. exact: the true
    derivative, or a function of x that gives it, when you know it; else it is worked out in high
    precision. timeout_s: for each stage of each method (preparing and the first answer, its error, its
    costs), and for the reference; a minute without one. calls: how many answers the verdict is to
    recommend for; very many without a number. Each method runs in a process of its own, forked from
    this one, so that whatever it or f does is a row; in_process: all in this process, for a debugger. progress:
    called (done, total, row) after each method.

    >>> results = compare(lambda x, xp=np: xp.sin(x), 1.0, methods=["forward"])
    >>> results.frame()["status"].tolist()
    ['ok']
    """
    asked = Asked(
        f,
        as_point(x),
        as_operator(operator) if operator else None,
        contestants(methods, peers=True),
        exact,
        timeout_s,
    )
    with (Here if in_process else Apart)(asked) as bench:
        examined = [*followed(bench.examined(), len(asked.methods), progress)]
        measured = timed_in_turn(judged(examined), bench.sample)
    records = tuple(shown_of(m.record()) for m in measured)
    return Results(records, environment(), verdict(measured, calls))


def shown_of(record: Record) -> Record:
    """The record with its texts printable, and a reason that has an end."""
    clean = {name: printable(text) for name, text in record.items() if isinstance(text, str)}
    return record | clean | {"reason": clean.get("reason") and bounded(clean["reason"])}


def followed(
    examined: Iterable[Measured], total: int, progress: Progress | None
) -> Iterator[Measured]:
    """The measurements as they come, each one reported."""
    for done, measured in enumerate(examined, start=1):
        if progress is not None:
            progress(done, total, row(measured.record()))
        yield measured


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


def timed_in_turn(
    measured: Sequence[Measured], ask: Callable[[str], tuple[Facts, str]]
) -> list[Measured]:
    """The measurements with their samples, none of those that did not come through or take too
    long.
    """
    watches = {
        m.method: Stopwatch(partial(ask, m.method), m.loops, float("inf"))
        for m in measured
        if m.loops and m.first_s is not None and m.first_s < PATIENCE_S
    }
    interleaved(watches, ROUNDS)
    return [
        m.knowing({**watches[m.method].trouble, "samples": watches[m.method].samples})
        if m.method in watches
        else m
        for m in measured
    ]
