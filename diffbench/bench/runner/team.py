"""All methods of one problem, each in a worker of its own on the same core, measured in turn size
by size.

Interleaved (A B C A B C) by giving each worker one sample's time while the others wait, so that
isolation and fair timing go together. Workers are new at every size; after a time-out, or when
memory ran out, a method's larger sizes are skipped.
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from diffbench.bench.processes.isolation import (
    SERVER_LOST,
    Facts,
    Forks,
    Limits,
    Worker,
    WorkerLost,
)
from diffbench.bench.rows.journal import Record
from diffbench.bench.rows.measured import Measured
from diffbench.bench.rows.status import Status
from diffbench.bench.runner.by_value import goes_by_name, packed
from diffbench.bench.runner.cells import Cell, Group, Suite, is_peer, key
from diffbench.bench.runner.plugins import home
from diffbench.errors import BadInput
from diffbench.measure.cost.timing import interleaved

# what happens at one size happens at every larger one
ENDLESS = (
    Status.TIMEOUT,
    Status.OUT_OF_MEMORY,
)


@dataclass(frozen=True)
class Plan:
    """What all groups of a run share."""

    suite: Suite
    memory_bytes: int
    plugins: tuple[str, ...] = ()
    seed: int = 0
    references: str | None = None  # folder in which references outlive the run
    finished: Set[str] = frozenset()  # keys of cells that need no measuring
    # what else belongs into the keys: versions, settings
    context: Mapping[str, Any] = field(default_factory=dict)
    deadline: float = float("inf")  # time.time() after which no cell is begun


@dataclass
class Stage:
    """What a group has before it: its next size, and who is out of the race since an earlier one."""

    group: Group
    sizes: tuple[int, ...]
    out: dict[str, tuple[Status, str]] = field(default_factory=dict)

    def after(self) -> "Stage | None":
        """The stage of the next larger size, or None after the last."""
        return replace(self, sizes=self.sizes[1:]) if self.sizes[1:] else None


def measure_group(
    group: Group, plan: Plan, server: Forks, core: int | None, stop: threading.Event
) -> Iterator[Record]:
    """The records of all cells of the group that the plan has not finished, in the order in which
    they end.
    """
    stage: Stage | None = Stage(group, group.sizes)
    while stage is not None:
        yield from measure_stage(stage, plan, server, core, stop)
        stage = stage.after()


def measure_stage(
    stage: Stage, plan: Plan, server: Forks, core: int | None, stop: threading.Event
) -> Iterator[Record]:
    """The records of one size, by workers that end with it; who is lost at it is out from then
    on.
    """
    with ExitStack() as open_things:
        folder = Path(open_things.enter_context(TemporaryDirectory(prefix="diffbench-")))

        def hire(post: Facts) -> Worker:
            return open_things.enter_context(Worker(server, post | {"core": core}, stop))

        yield from Team(stage.group, plan, folder, hire, out=stage.out).measure(stage.sizes[0])


@dataclass
class Team:
    """The workers of a group, hired when first needed, and who is out of the race and why."""

    group: Group
    plan: Plan
    folder: Path
    hire: Callable[[Facts], Worker]
    workers: dict[str, Worker] = field(default_factory=dict)
    out: dict[str, tuple[Status, str]] = field(default_factory=dict)

    def measure(self, size: int) -> Iterator[Record]:
        """The records of one size: failures as they happen, then everyone else after the last
        round.
        """
        contestants = [
            method
            for method in self.group.methods
            if self.key(size, method) not in self.plan.finished
        ]
        truth = self.truth(size) if any(map(self.may_run, contestants)) else {}
        running = []
        for method in contestants:
            if not self.may_run(method):
                yield self.skipped(size, method)
                continue
            measured = self.examine(method, size, truth)
            if measured.loops:
                running.append(measured)
            else:
                yield self.record(measured)
        yield from map(self.record, self.timed(running))

    def may_run(self, method: str) -> bool:
        return method not in self.out and time.time() < self.plan.deadline

    def truth(self, size: int) -> Facts:
        """Where the reference lies, or why there is none: the arguments of the order `examine`."""
        path = self.folder / f"reference-{size}.json"
        order = {"do": "reference", "size": size, "path": str(path), "store": self.plan.references}
        facts, lost = self.ask("", order, self.plan.suite.reference_s)
        return (
            {"reference": str(path)}
            if "reference" in facts
            else {"no_reference": lost or facts.get("reason") or "unknown"}
        )

    def examine(self, method: str, size: int, truth: Facts) -> Measured:
        """All that is found out about a cell but its times; what was known before a loss is
        kept.
        """
        facts, _ = self.ask(method, {"do": "examine", "size": size, **truth})
        measured = heard(self.group.cell(size, method), facts)
        if measured.status in ENDLESS:
            self.out[method] = (
                measured.status,
                f"skipped: size {size} of this problem ended as {measured.status} "
                f"({measured.reason})",
            )
        return measured

    def timed(self, running: Sequence[Measured]) -> Iterator[Measured]:
        """The same measurements with samples, taken in turn."""
        stopwatches = {m.method: self.stopwatch(m) for m in running}
        interleaved(stopwatches, self.plan.suite.rounds)
        for measured in running:
            watch = stopwatches[measured.method]
            yield measured.knowing({**watch.trouble, "samples": watch.samples})

    def stopwatch(self, measured: Measured) -> "Stopwatch":
        loops = measured.loops or (1, 1)
        return Stopwatch(
            lambda: self.ask(measured.method, {"do": "sample"}), loops, self.plan.suite.cell_s
        )

    def ask(self, method: str, order: Facts, timeout_s: float | None = None) -> tuple[Facts, str]:
        """Facts from the worker of this method ('' is the reference's), and why it was lost, if it
        was.
        """
        facts: Facts = {}
        try:
            if method not in self.workers:
                self.workers[method] = self.hire(self.post(method))
                self.workers[method].ask({"do": "load"}, self.limits(self.plan.suite.reference_s))
            self.workers[method].ask(
                order, self.limits(timeout_s or self.plan.suite.timeout_s), facts.update
            )
        except WorkerLost as lost:
            self.workers.pop(method).kill()
            return facts | {"status": lost.status, "reason": lost.reason}, lost.reason
        return facts, ""

    def limits(self, timeout_s: float) -> Limits:
        return Limits(timeout_s, self.plan.memory_bytes)

    def post(self, method: str) -> Facts:
        """The description of a worker's place, as JSON values."""
        plan, group = self.plan, self.group
        shared = {
            **traveller("problem", "problems", group.problem.name, group.problem),
            "operator": str(group.problem.operator),
            "dtype": group.dtype,
            "seed": plan.seed,
        }
        # other packages reserve far more addresses than they use, so that only what is resident
        # tells
        address_space = None if method and is_peer(group.methods[method]) else plan.memory_bytes
        limits = {"sample_s": plan.suite.sample_s, "memory_bytes": address_space}
        return shared | limits | contestant(method, group, plan)

    def key(self, size: int, method: str) -> str:
        return key(self.group.cell(size, method), self.group, self.plan.context)

    def record(self, measured: Measured) -> Record:
        """The record of a cell; it is tried again by a resumed run where nobody knows whose fault
        its end was.
        """
        settled = measured.reason != SERVER_LOST
        key = self.key(measured.cell.size, measured.method) if settled else None
        return measured.record(key=key)

    def skipped(self, size: int, method: str) -> Record:
        """The record of a cell that is not tried. One that the run's budget left out has no key: a
        resumed run tries it.
        """
        cell = self.group.cell(size, method)
        if method in self.out:
            return self.record(Measured(cell, *self.out[method]))
        reason = "not reached: the run's time budget was spent; run again with resume"
        return Measured(cell, Status.NOT_RUN, reason).record()


def heard(cell: Cell, facts: Facts) -> Measured:
    """What a worker told of a cell; one that tells nonsense has crashed."""
    try:
        measured = Measured(cell).knowing(facts)
    except BadInput as error:
        return Measured(cell, Status.CRASHED, f"the worker told nonsense: {error}")
    if measured.status is None:
        return Measured(cell, Status.CRASHED, "the worker told nothing of how it went")
    if measured.status is Status.OK and None in (measured.prepare_s, measured.first_s):
        said = "an answer is ok, and nothing of how long it took"
        return Measured(cell, Status.CRASHED, f"the worker told nonsense: {said}")
    return measured


NO_SAMPLE: Facts = {
    "status": Status.CRASHED,
    "reason": "the worker was asked for a sample and told none",
}


@dataclass
class Stopwatch:
    """Takes samples until the cell's share of time is spent or its worker is lost."""

    ask: Callable[[], tuple[Facts, str]]
    loops: tuple[int, int]
    remaining_s: float
    samples: list[tuple[float, float]] = field(default_factory=list)
    trouble: Facts = field(default_factory=dict)

    def __call__(self) -> None:
        if self.remaining_s <= 0 or self.trouble:
            return
        facts, _ = self.ask()
        if "sample" not in facts:
            self.trouble = facts if facts.get("status") else NO_SAMPLE
            return
        evaluate_s, function_s = facts["sample"]
        self.samples.append((evaluate_s, function_s))
        self.remaining_s -= evaluate_s * self.loops[0] + function_s * self.loops[1]


def contestant(method: str, group: Group, plan: Plan) -> Facts:
    """How a worker finds its method, and the plug-ins that it and the problem take."""
    thing = group.methods.get(method)
    plugins = [*plan.plugins, *home(group.problem), *(home(thing) if thing else ())]
    found = traveller("method", "differentiators", method, thing) if thing else {}
    return {**found, "plugins": list(dict.fromkeys(plugins))}


def traveller(role: str, kind: str, name: str, thing: Any) -> Facts:
    """A thing by its name where the worker's registry has it under that name, else itself besides."""
    if goes_by_name(kind, name, thing):
        return {role: name}
    return {role: name, f"{role}_pickle": packed(thing, f"{role} {name}")}
