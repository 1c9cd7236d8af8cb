"""Where compare measures: every method in a process of its own, or all of them in this one.

Whatever happens to a process (a crash, a hang, memory that runs out, sys.exit, an error state of
NumPy's that stays changed) ends in the row of its method, and what it prints is nobody's answer.
In this process a debugger reaches the method, and nothing is caught that Python does not raise.
"""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

import mpmath
import numpy as np
import psutil

from diffbench import errors
from diffbench.asking.prepared.preparing import prepare
from diffbench.bench import examine
from diffbench.bench.comparing.own_function import finite_value_of, function_name, told
from diffbench.bench.examine import Subject
from diffbench.bench.processes.isolation import Facts, Forks, Limits, Worker, WorkerLost
from diffbench.bench.processes.origins import clean_workers, may_fork
from diffbench.bench.processes.own_forks import OwnForks
from diffbench.bench.processes.patience import at_most
from diffbench.bench.rows.measured import Measured, News
from diffbench.bench.rows.printable import in_one_line
from diffbench.bench.rows.results import Status
from diffbench.bench.runner.by_value import packed
from diffbench.bench.runner.cells import Cell, is_peer
from diffbench.bench.runner.worker import attend, confine, stored
from diffbench.errors import BadInput
from diffbench.interface import Array, Function, Instance, Operator
from diffbench.measure.reference.second_opinion import estimated, held_against_f, judge
from diffbench.measure.reference.true_derivative import Reference

SAMPLE_S = 0.002
TIMEOUT_S = 60.0  # of a stage, where the caller gives none
GRACE_S = 2.0  # after which a process that does not give up by itself is killed
MEMORY_BYTES = 4 << 30
LOST = (Status.CRASHED, Status.TIMEOUT, Status.OUT_OF_MEMORY)
LESS = 4  # a method of a kind of which another ran out of time is given that much less,
LEAST_S = 1.0  # down to this


@dataclass(frozen=True)
class Asked:
    """What compare was asked: f at x, an operator or the natural one, the methods by name, the true
    derivative where the caller knows it, and how long a stage may take.
    """

    f: Function
    x: Array
    operator: Operator | None
    methods: Mapping[str, Any]
    exact: Any = None
    timeout_s: float | None = None

    @cached_property
    def natural(self) -> Operator:
        """What one asks of such a function: a problem's own operator, else by shape. Calls f;
        raises BadInput where it has no value.
        """
        value = finite_value_of(function_name(self.f), self.f, self.x)
        if self.operator is not None:
            return self.operator
        if isinstance(self.f, Instance):
            return self.f.problem.operator
        return Operator.JACOBIAN if value.shape else self.operator_by_point

    @property
    def operator_by_point(self) -> Operator:
        """The operator as far as it can be told without f."""
        if self.operator is not None:
            return self.operator
        return Operator.GRADIENT if self.x.ndim else Operator.DERIVATIVE

    def direction(self, operator: Operator) -> Array | None:
        return examine.direction(self.f, self.x, operator, seed=0)

    def subject(self, method: str, operator: Operator) -> Subject:
        return Subject(self.f, self.x, operator, self.methods[method], self.direction(operator))

    def truth(self, operator: Operator) -> Reference:
        """The reference, held against plain f."""
        way = self.direction(operator)
        if self.exact is None:
            return judge(self.f, self.x, operator, way)
        return held_against_f(given(self.exact, self.x, operator), self.f, self.x, way)

    def unmeasured(self, method: str, operator: Operator) -> Measured:
        """A measurement of which only the name is known."""
        cell = Cell(function_name(self.f), self.x.size, str(operator), method, str(self.x.dtype))
        return Measured(cell, kind=getattr(self.methods[method], "kind", None))


def given(exact: Any, x: Array, operator: Operator) -> Reference:
    """The caller's own derivative as the reference."""
    value = np.asarray(exact(x) if callable(exact) else exact, dtype=np.float64)
    high = np.asarray(np.frompyfunc(mpmath.mpf, 1, 1)(value), dtype=object)
    conds = np.full(value.shape, np.nan)
    return Reference(operator, "given", high, digits=16, cond=np.nan, conds=conds, entries=None)


class Here:
    """All methods in this process."""

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.subjects: dict[str, Subject] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.subjects.clear()

    def examined(self) -> Iterator[Measured]:
        """What is found out about each method, up to its times."""
        operator = self.asked.natural
        for method in self.asked.methods:
            subject = self.subjects[method] = self.asked.subject(method, operator)
            measured = self.asked.unmeasured(method, operator)
            for news in examine.examine(
                subject, lambda: self._truth, SAMPLE_S, self.asked.timeout_s
            ):
                measured = measured.knowing(news)
            yield measured.knowing({"answer": subject.derivative})

    def sample(self, method: str) -> tuple[Facts, str]:
        """One sample of a method and of f."""
        return {"sample": examine.take_sample(self.subjects[method])}, ""

    @property
    def _truth(self) -> Reference:
        found = self._settled
        if isinstance(found, Exception):
            raise found
        return found

    @cached_property
    def _settled(self) -> Reference | Exception:
        try:
            with at_most(self.asked.timeout_s):
                return self.asked.truth(self.asked.natural)
        except Exception as error:
            return error


@dataclass
class Guest:
    """The far side: a method that meets f in a process of its own, and answers orders as the worker
    of a run does. Without a method it works out the reference.
    """

    asked: Asked
    method: str
    operator: Operator
    cache: Path  # of compiled programs
    memory_bytes: int | None
    subject: Subject = field(init=False)

    def settle(self) -> None:
        """Take the place."""
        os.environ["DIFFBENCH_CACHE"] = str(self.cache)
        confine(None, self.memory_bytes)

    @property
    def timeout_s(self) -> float:
        return self.asked.timeout_s or TIMEOUT_S

    def meet(self) -> Iterator[News]:
        """Call f; which operator is natural, or what is wrong with f."""
        try:
            yield {"operator": str(self.asked.natural)}
        except errors.DiffbenchError as error:
            notes = "".join(getattr(error, "__notes__", ()))
            yield {"refused": type(error).__name__, "sentence": str(error), "notes": notes}

    def reference(self, path: str) -> Iterator[News]:
        """Work the reference out and leave it at `path`."""
        with at_most(self.timeout_s):
            found = self.asked.truth(self.operator)
        Path(path).write_text(json.dumps(found.to_dict()))
        yield {"reference": path}

    def estimate(self, path: str, because: str) -> Iterator[News]:
        """The same by differences of plain f alone, where following f has ended the process."""
        way = self.asked.direction(self.operator)
        with at_most(self.timeout_s):
            found = estimated(self.asked.f, self.asked.x, self.operator, way, because)
        Path(path).write_text(json.dumps(found.to_dict()))
        yield {"reference": path}

    def examine(
        self,
        answer: str,
        timeout_s: float,
        reference: str | None = None,
        no_reference: str = "",
        uncounted: bool = False,
    ) -> Iterator[News]:
        """All that is found out but the times; the derivative is left at `answer`. The cache of
        compiled programs is empty, so that `prepare_s` does not depend on what was run before.
        """
        self.subject = self.asked.subject(self.method, self.operator)
        warm_up(self.subject.method)
        truth = lambda: stored(reference, no_reference)
        try:
            count = nothing_counted if uncounted else None
            yield from examine.examine(self.subject, truth, SAMPLE_S, timeout_s, count)
        except SystemExit as left:
            yield {"status": Status.CRASHED, "reason": f"the code left by {told(left)}"}
            return
        if self.subject.answer is not None:
            yield {"again_s": self._prepared_again_s()}
        if self.subject.derivative is not None:
            np.save(answer, examine.dense(self.subject.derivative, None))

    def _prepared_again_s(self) -> float:
        """Seconds of a preparation that finds in the cache what the first one compiled."""
        again = self.asked.subject(self.method, self.operator)
        with suppress(Exception), at_most(self.timeout_s):
            examine.first_answer(again)
        return again.prepare_s

    def sample(self) -> Iterator[News]:
        """One sample: seconds of one evaluation and of one call of f."""
        yield {"sample": examine.take_sample(self.subject)}


class Apart:
    """Each method in a process of its own, forked from this one where that is safe. Leaving it kills
    them all.
    """

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.operator = asked.operator_by_point
        self.timeout_s = asked.timeout_s or TIMEOUT_S
        self.workers: dict[str, Worker] = {}
        self.late: set[Any] = set()  # kinds of the methods that ran out of time
        self.server: Forks | None = None
        self._open = ExitStack()

    def __enter__(self) -> Self:
        if not may_fork():
            self.server = clean_workers({})
            self._open.enter_context(self.server)
        self.folder = Path(self._open.enter_context(TemporaryDirectory(prefix="diffbench-")))
        for method in self.asked.methods.values():
            if not is_peer(method):  # whose threads would not survive a fork
                getattr(method, "load", lambda: None)()
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def examined(self) -> Iterator[Measured]:
        """What is found out about each method, up to its times. Where f itself is lost at x, every
        method is, and none is tried.
        """
        known, lost = self.ask("", {"do": "meet"})
        if "refused" in known:
            raise refusal(known)
        if lost or "operator" not in known:
            yield from (self._unmeasured(m).knowing(of_f(known)) for m in self.asked.methods)
            return
        self.operator = Operator(known["operator"])
        self.dismiss("")  # which knows of no operator; the next one is told
        truth = self.truth()
        for method in self.asked.methods:
            yield self._examined(method, truth)

    def truth(self) -> Facts:
        """Where the reference lies, or why there is none: the arguments of the order `examine`."""
        path = str(self.folder / "reference.json")
        facts, lost = self.ask("", {"do": "reference", "path": path})
        if lost:
            facts, lost = self.ask("", {"do": "estimate", "path": path, "because": lost})
        if "reference" in facts:
            return {"reference": path}
        return {"no_reference": lost or facts.get("reason") or "unknown"}

    def _examined(self, method: str, truth: Facts) -> Measured:
        path, measured = (
            self.folder / f"{[*self.asked.methods].index(method)}.npy",
            self._unmeasured(method),
        )
        timeout_s = self._patience(measured)
        order = {"do": "examine", "answer": str(path), "timeout_s": timeout_s, **truth}
        facts, _ = self.ask(method, order, timeout_s)
        if "first_s" in facts and "loops" not in facts and facts.get("status") in LOST:
            # there is an answer: only the recording that counts operations came to grief
            self.dismiss(method)
            facts, _ = self.ask(method, order | {"uncounted": True}, timeout_s)
        measured = measured.knowing(facts)
        if measured.status is Status.TIMEOUT:
            self.late.add(measured.kind)
        return measured.knowing(left_at(path))

    def _patience(self, measured: Measured) -> float:
        if measured.kind is None or measured.kind not in self.late:
            return self.timeout_s
        return max(self.timeout_s / LESS, min(LEAST_S, self.timeout_s))

    def _unmeasured(self, method: str) -> Measured:
        return self.asked.unmeasured(method, self.operator)

    def sample(self, method: str) -> tuple[Facts, str]:
        """One sample of a method and of f, or how its process was lost."""
        return self.ask(method, {"do": "sample"})

    def ask(self, method: str, order: Facts, timeout_s: float | None = None) -> tuple[Facts, str]:
        """Facts from the process of this method ('' has none), and why it was lost, if it was."""
        facts: Facts = {}
        limits = Limits((timeout_s or self.timeout_s) + GRACE_S, memory_bytes())
        try:
            if method not in self.workers:
                self.workers[method] = self._open.enter_context(self._hired(method))
            self.workers[method].ask(order, limits, facts.update)
        except WorkerLost as lost:
            self.workers.pop(method).kill()
            return facts | {"status": lost.status, "reason": lost.reason}, lost.reason
        return facts, ""

    def dismiss(self, method: str) -> None:
        """End the process of this method, if it is alive."""
        if method in self.workers:
            self.workers.pop(method).kill()

    def _hired(self, method: str) -> Worker:
        peer = method and is_peer(self.asked.methods[method])
        limit = None if peer else memory_bytes()  # peers reserve far more than they use
        guest = Guest(self._asked_of(method), method, self.operator, self.folder / "cache", limit)
        if self.server is None:
            return Worker(OwnForks(partial(attend, guest)))
        return Worker(self.server, {"guest": packed(guest, function_name(self.asked.f))})

    def _asked_of(self, method: str) -> Asked:
        """What its process has to know: no other method."""
        own = {method: self.asked.methods[method]} if method else {}
        return replace(self.asked, methods=own)


def nothing_counted(subject: Subject) -> News:
    """In the place of `examine.costs`, where counting ends the process."""
    return {}


def warm_up(method: Any) -> None:
    """Prepare the method once on a square, so that what it imports and sets up the first time is on
    nobody's clock.
    """
    with suppress(Exception), at_most(GRACE_S):
        getattr(method, "load", lambda: None)()
        prepare(np.square, 1.0, operator=Operator.DERIVATIVE, method=method)(1.0)


def memory_bytes() -> int:
    """What one process may use: what is free, at most MEMORY_BYTES."""
    return min(MEMORY_BYTES, int(psutil.virtual_memory().available))


def refusal(known: Facts) -> errors.DiffbenchError:
    """The error that the far side met."""
    kind = getattr(errors, known["refused"], BadInput)
    if not (isinstance(kind, type) and issubclass(kind, errors.DiffbenchError)):
        kind = BadInput
    error: errors.DiffbenchError = kind.__new__(kind, known.get("sentence", ""))
    error.add_note(known.get("notes", ""))
    return error


def left_at(path: Path) -> News:
    """The answer that a process has left, if it has; a file that holds none is nonsense."""
    try:
        return {"answer": np.load(path)} if path.exists() else {}
    except (OSError, ValueError, EOFError) as error:
        reason = in_one_line(f"the worker left what is no array: {error}")
        return {"status": Status.CRASHED, "reason": reason}


def of_f(known: Facts) -> News:
    """What happened to f, as the news of every method."""
    reason = f"f itself, called once at this point: {known.get('reason') or 'no answer'}"
    return {"status": known.get("status", Status.CRASHED), "reason": reason}
