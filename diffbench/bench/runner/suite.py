"""Run a suite: every problem against every method, each pair in a process of its own, every
finished cell on disk at once.
"""

import os
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from diffbench.bench.rows.journal import Journal, Record, read
from diffbench.bench.rows.results import Results, Row, row
from diffbench.bench.rows.run_folder import (
    locked,
    mend,
    set_aside,
    telling_what_is_safe,
    write_environment,
)
from diffbench.bench.runner.cells import SUITES, Group, Shard, Suite, groups, shard_of, unfinished
from diffbench.bench.runner.local import measure_here
from diffbench.bench.runner.plugins import load
from diffbench.bench.runner.team import Plan
from diffbench.bench.studies.by_suite import write_studies
from diffbench.errors import BadInput
from diffbench.measure import environment
from diffbench.measure.cost.timing import clock_warnings

MEMORY_BYTES = 4 << 30
Progress = Callable[[int, int, Row], None]  # cells done, cells in all, the row just finished


def run(
    problems: Iterable[Any] | None = None,
    methods: Iterable[Any] | None = None,
    *,
    suite: str | Suite = "quick",
    timeout_s: float | None = None,
    memory_bytes: int = MEMORY_BYTES,
    plugins: Sequence[str] = (),
    folder: str | Path | None = None,
    resume: bool = False,
    scheduler: str | None = None,
    shard: Shard | None = None,
    budget_s: float | None = None,
    dtype: str = "float64",
    seed: int = 0,
    progress: Progress | None = None,
) -> Results:
    """Measure the matrix problems x sizes x methods and return one row a cell; nothing that a
    method does stops the run.

    problems, methods: registered names or objects; None takes all of the suite. plugins: Python
    files or modules that register more.
    folder: where the journal and environment.json go (nowhere without). resume: repeat nothing that
    the folder's journal has finished.
    timeout_s: of one preparation, first call or sample. memory_bytes: of one worker. budget_s: of
    the run, without it the suite's own; what it leaves out says so.
    shard: (i, n) measures the i-th of n parts. scheduler: address of a Dask scheduler to run on.
    progress: called (done, total, row).
    """
    refuse_inside_worker()
    for plugin in plugins:
        load(plugin)
    chosen = chosen_suite(suite, timeout_s)
    budget_s = chosen.budget_s if budget_s is None else budget_s
    matrix = shard_of(groups(problems, methods, chosen, dtype), shard)
    with workspace(folder) as place, writing(place, shard) as path:
        (mend if resume else make_room)(path)
        plan = make_plan(chosen, plugins, memory_bytes, seed, path, budget_s)
        settled = {
            "suite": asdict(chosen),
            "memory_limit_bytes": memory_bytes,
            "warnings": doubts(chosen),
        }
        about = environment.environment(seed=seed) | settled
        write_environment(place, about)
        with Journal(path) as journal, closing(measured(matrix, plan, scheduler)) as records:
            write_down(records, journal, matrix, plan, progress)
        if problems is None and shard is None and folder is not None:
            write_studies(place, chosen.name, Results.load(place).rows)
        write_environment(place, about | {"load_after": environment.load()})
        return Results.load(place)


def refuse_inside_worker() -> None:
    """A worker imports the file that defines a plug-in; a script that also starts a run there would
    start it again and again.
    """
    if os.environ.get("DIFFBENCH_WORKER"):
        raise BadInput(
            "run() was reached while a worker imported this file for its plug-ins; put the call "
            'under `if __name__ == "__main__":`'
        )


def chosen_suite(suite: str | Suite, timeout_s: float | None) -> Suite:
    """The suite by name or as it is, with the caller's time limit."""
    if isinstance(suite, str) and suite not in SUITES:
        raise BadInput(f"there is no suite {suite!r}; choose one of {', '.join(SUITES)}")
    found = SUITES[suite] if isinstance(suite, str) else suite
    return found if timeout_s is None else replace(found, timeout_s=timeout_s)


@contextmanager
def workspace(folder: str | Path | None) -> Iterator[Path]:
    """The run's folder: the caller's, or one that is gone afterwards."""
    if folder is None:
        with TemporaryDirectory(prefix="diffbench-run-") as temporary:
            yield Path(temporary)
    else:
        Path(folder).mkdir(parents=True, exist_ok=True)
        yield Path(folder)


@contextmanager
def writing(place: Path, shard: Shard | None) -> Iterator[Path]:
    """The journal of this writer, which no other process writes meanwhile."""
    path = place / ("journal.jsonl" if shard is None else f"journal-{shard[0]}-of-{shard[1]}.jsonl")
    with locked(path), telling_what_is_safe(path):
        yield path


def make_room(path: Path) -> None:
    """Set an earlier run aside: that of a share, or all that the folder holds."""
    whole = path.name == "journal.jsonl"
    set_aside(sorted(path.parent.glob("*.jsonl")) if whole else [path])


def make_plan(
    suite: Suite,
    plugins: Sequence[str],
    memory_bytes: int,
    seed: int,
    path: Path,
    budget_s: float | None,
) -> Plan:
    """What every group must know."""
    deadline = float("inf") if budget_s is None else time.time() + budget_s
    finished = frozenset(r["key"] for r in read(path) if r["key"]) if path.exists() else frozenset()
    context = {
        "versions": environment.versions(),
        "seed": seed,
        "suite": settings(suite),
        "memory_bytes": memory_bytes,
    }
    references = str(path.parent / "references")
    return Plan(suite, memory_bytes, tuple(plugins), seed, references, finished, context, deadline)


def settings(suite: Suite) -> Mapping[str, Any]:
    """What of a suite can change the numbers of a cell; its choice of cells can't."""
    return {
        name: value
        for name, value in asdict(suite).items()
        if name not in ("name", "sizes", "at", "methods", "only", "without", "budget_s")
    }


def doubts(suite: Suite) -> list[str]:
    """What makes the times of this run doubtful, each with its cure."""
    return clock_warnings(suite.sample_s) + environment.load_warnings(
        environment.load(), len(environment.usable_cores())
    )


def measured(
    matrix: Sequence[Group], plan: Plan, scheduler: str | None
) -> Generator[Record, None, None]:
    """The records as they come, from this machine or from a cluster."""
    if scheduler is None:
        return measure_here(matrix, plan)
    from diffbench.bench.runner.cluster import measure_there  # needs the extra `cluster`

    return measure_there(matrix, plan, scheduler)


def write_down(
    records: Iterable[Record],
    journal: Journal,
    matrix: Sequence[Group],
    plan: Plan,
    progress: Progress | None,
) -> None:
    """Each record to disk, then to the caller."""
    total = sum(len(group.cells()) for group in matrix)
    done = total - sum(len(unfinished(group, plan.context, plan.finished)) for group in matrix)
    for record in records:
        journal.append(record)
        done += 1
        if progress is not None:
            progress(done, total, row(record))
