"""The process in which one method meets one problem: JSON orders in, JSON facts out, one a line.

    echo '{"problem": "rosenbrock", "method": "reverse", "size": 10}' | python -m
    diffbench.bench.runner.worker

is one measurement by hand. A run keeps a worker open for all sizes of its pair and sends it further
orders: `examine` a size, take a `sample`, work out a `reference`. News go to a file descriptor of
their own, so that nothing the measured code prints can corrupt them, and at once, so that what was
found out before a crash is kept.
"""

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from io import StringIO
from pathlib import Path
from typing import IO, Any

import numpy as np

from diffbench import registry
from diffbench.bench import examine
from diffbench.bench.processes import lineage, messages
from diffbench.bench.rows.measured import News
from diffbench.bench.runner.by_value import unpacked
from diffbench.bench.runner.plugins import load
from diffbench.bench.runner.sparse_answers import asked_of
from diffbench.interface import Instance, Operator, Problem
from diffbench.measure.cost.peak_memory import address_space_bytes, peak_resident_bytes
from diffbench.measure.reference.second_opinion import judge
from diffbench.measure.reference.true_derivative import Reference

with suppress(ImportError):  # POSIX only
    import resource


@dataclass
class Post:
    """A worker's place: its problem, its method, and the subject of the size it is at."""

    problem: str
    problem_pickle: str = ""
    method: str = ""
    method_pickle: str = ""
    operator: str = ""
    dtype: str = "float64"
    seed: int = 0
    sample_s: float = 0.003
    plugins: list[str] = field(default_factory=list)
    core: int | None = None
    memory_bytes: int | None = None
    size: int | None = None
    subject: examine.Subject = field(init=False)

    def settle(self) -> None:
        """Take the place: its limits, and what has to be imported."""
        confine(self.core, self.memory_bytes)
        for plugin in self.plugins:
            load(plugin)

    @cached_property
    def asked_of(self) -> Problem:
        """The problem itself: from its pickle when it lies in no file, else by its name."""
        found: Problem = (
            unpacked(self.problem_pickle)
            if self.problem_pickle
            else registry.find("problems", self.problem)
        )
        return found

    def instance(self, size: int) -> Instance:
        return self.asked_of.at(size, seed=self.seed, dtype=np.dtype(self.dtype))

    def asked(self, f: Instance) -> Operator:
        return Operator(self.operator) if self.operator else f.problem.operator

    def differentiator(self) -> Any:
        """The method itself: from its pickle when it is a configured object, else by its name."""
        return (
            unpacked(self.method_pickle)
            if self.method_pickle
            else registry.find("differentiators", self.method)
        )

    def load(self) -> Iterator[News]:
        """Import what the method needs, off the clock; what can't be imported is told of when the
        method is asked.
        """
        if self.method:
            getattr(self.differentiator(), "load", lambda: None)()
        yield {}

    def examine(
        self, size: int, reference: str | None = None, no_reference: str = ""
    ) -> Iterator[News]:
        """All facts about one size but its times."""
        try:
            f = self.instance(size)
            operator = self.asked(f)
            way = examine.direction(f, f.point, operator, self.seed)
            self.subject = examine.Subject(
                f, f.point, operator, asked_of(f, self.differentiator()), way
            )
        except Exception as error:
            yield examine.failure(error)
            return
        here = reference is None and not no_reference
        truth = (lambda: self.truth(size)) if here else (lambda: stored(reference, no_reference))
        yield from examine.examine(self.subject, truth, self.sample_s)
        yield {"resident_bytes": peak_resident_bytes()}

    def sample(self) -> Iterator[News]:
        """One sample: seconds of one evaluation and of one call of f."""
        yield {"sample": examine.take_sample(self.subject)}

    def reference(self, size: int, path: str, store: str | None) -> Iterator[News]:
        """Work the reference out, or find it in the store, and leave it at `path`."""
        Path(path).write_text(json.dumps(self.truth(size, store).to_dict()))
        yield {"reference": path}

    def truth(self, size: int, store: str | None = None) -> Reference:
        """The reference derivative at this size."""
        f = self.instance(size)
        operator = self.asked(f)
        way = examine.direction(f, f.point, operator, self.seed)
        return judge(f, f.point, operator, way, folder=Path(store) if store else None)


def stored(path: str | None, reason: str) -> Reference:
    """The reference left at `path`; raises LookupError with the reason when there is none."""
    if path is None:
        raise LookupError(reason)
    return Reference.from_dict(json.loads(Path(path).read_text()))


def serve(orders: IO[str], answer: Callable[[News], None]) -> None:
    """Take the post described in the first line, or that travels in it, then follow one order a line
    until the end of the file.
    """
    first = json.loads(orders.readline())
    post = unpacked(first["guest"]) if "guest" in first else Post(**first)
    if isinstance(post, Post) and post.size is not None:
        now = [{"do": "examine", "size": post.size}, {"do": "sample"}]
        orders = StringIO("\n".join(map(json.dumps, now)))
    attend(post, orders, answer)


def attend(post: Any, orders: Iterable[str], answer: Callable[[News], None]) -> None:
    """Take the post, and follow one order a line."""
    post.settle()
    for line in orders:
        obey(post, json.loads(line), answer)


def obey(post: Any, order: dict[str, Any], answer: Callable[[News], None]) -> None:
    """Carry out {"do": name, **arguments}; the last line of every answer is {"done": name}."""
    name = order.pop("do")
    try:
        for facts in getattr(post, name)(**order):
            answer(facts)
    except Exception as error:
        answer(examine.failure(error))
    answer({"done": name})


def confine(core: int | None, memory_bytes: int | None) -> None:
    """Tie the process to its core and its memory, without core dumps, and let it die with its
    parent.
    """
    lineage.die_with_parent()
    lineage.adopt_orphans()
    if "resource" not in globals():
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if core is not None and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {core})
    if memory_bytes is not None:
        limit = (address_space_bytes() or 0) + memory_bytes
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def detached(orders: int, answers: int, log: int) -> tuple[IO[str], Callable[[News], None]]:
    """Orders and answers moved aside from the standard streams, which measured code may read from
    and print to.
    """
    private_orders, private_answers = os.fdopen(os.dup(orders)), os.dup(answers)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
    return private_orders, lambda facts: _write(private_answers, facts)


def _write(descriptor: int, facts: News) -> None:
    rest = memoryview(messages.written(facts))
    while rest:
        rest = rest[os.write(descriptor, rest) :]


if __name__ == "__main__":
    sys.path.append(os.getcwd())
    serve(*detached(orders=0, answers=1, log=2))
