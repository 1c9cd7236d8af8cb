"""The matrix on a Dask cluster: a group is one task, a worker measures one at a time, the client
alone writes.

    dask scheduler
    dask worker tcp://HOST:8786 --nthreads 1 --resources bench=1        one for each core that is to measure

A lost worker's groups are measured again elsewhere. A fixed kernel is timed before and after each
group and kept with its records, so that machines of different speed, or one that slowed down, can
be told.
"""

import fcntl
import os
import re
import threading
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from diffbench.bench.processes.isolation import Forks
from diffbench.bench.processes.origins import clean_workers
from diffbench.bench.rows.journal import Record
from diffbench.bench.runner.by_value import goes_by_name
from diffbench.bench.runner.cells import Group, groups, unfinished
from diffbench.bench.runner.plugins import load
from diffbench.bench.runner.team import Plan, measure_group
from diffbench.errors import BadInput, NotInstalled
from diffbench.measure import environment
from diffbench.program.native.cache import folder as private_folder
from diffbench.program.native.cache import require_private

RESOURCE = {"bench": 1}
CONNECT_S = 5


@dataclass(frozen=True)
class Share:
    """A group as it travels: names where the other side knows them."""

    problem: Any
    methods: tuple[Any, ...]
    dtype: str


def measure_there(
    matrix: Sequence[Group], plan: Plan, scheduler: str
) -> Generator[Record, None, None]:
    """The records of all unfinished cells, group by group as the cluster finishes them. Closing the
    iterator cancels the rest.
    """
    try:
        from distributed import Client, as_completed
    except ImportError:
        raise NotInstalled(
            "a cluster needs the package distributed, which is not installed; pip install "
            "'diffbench[cluster]'"
        ) from None
    shares = [share_of(group) for group in matrix if unfinished(group, plan.context, plan.finished)]
    with connected(Client, scheduler) as client:
        futures = client.map(
            measure_share,
            shares,
            plan=replace(plan, references=None),
            resources=RESOURCE,
            pure=False,
        )
        try:
            for _, records in as_completed(futures, with_results=True):  # type: ignore[no-untyped-call]
                yield from records
        finally:
            client.cancel(futures)


@contextmanager
def connected(client_of: Any, scheduler: str) -> Iterator[Any]:
    """A client of the scheduler. Raises BadInput when it can't be reached or has no worker that
    measures.
    """
    try:
        client = client_of(scheduler, timeout=CONNECT_S)
    except (OSError, ValueError) as error:
        raise BadInput(
            f"no Dask scheduler answers at {scheduler} ({error}); start one with `dask scheduler`"
        ) from None
    with client:
        with suppress(
            TimeoutError
        ):  # of the scheduler's first worker; what is missing is said below
            client.wait_for_workers(1, timeout=CONNECT_S)
        if not any(
            "bench" in worker["resources"]
            for worker in client.scheduler_info(n_workers=-1)["workers"].values()
        ):
            raise BadInput(
                f"no worker at {scheduler} measures; start them with `dask worker {scheduler} "
                "--nthreads 1 --resources bench=1`"
            )
        yield client


def share_of(group: Group) -> Share:
    """The group by names; a configured method, or what lies in no file, travels as itself."""
    return Share(
        portable("problems", group.problem.name, group.problem),
        tuple(portable("differentiators", *method) for method in group.methods.items()),
        group.dtype,
    )


def portable(kind: str, name: str, thing: Any) -> Any:
    return name if goes_by_name(kind, name, thing) else thing


def measure_share(share: Share, plan: Plan) -> list[Record]:
    """Measure a group on this machine, as a task of its Dask worker."""
    for plugin in plan.plugins:
        load(plugin)
    [group] = groups([share.problem], share.methods, plan.suite, share.dtype)
    before = environment.kernel_seconds()
    with own_core() as core:
        records = list(measure_group(group, plan, fork_server(), core, threading.Event()))
    machine = {"host": environment.host(), "cpu": environment.cpu_name(), "core": core}
    kernel = {"kernel_before_s": before, "kernel_after_s": environment.kernel_seconds()}
    return [record | {"machine": machine | kernel} for record in records]


@cache
def fork_server() -> Forks:
    """The Dask worker's own server, started for its first group and kept for the next ones; it ends
    with the process.
    """
    return clean_workers()


@contextmanager
def own_core() -> Iterator[int | None]:
    """A core that no other Dask worker of this user measures on, None when all are taken."""
    folder = cores_folder()
    with ExitStack() as held:
        for core in environment.usable_cores():
            lock = os.open(folder / str(core), os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o600)
            held.callback(os.close, lock)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            yield core
            return
        yield None


def cores_folder() -> Path:
    """Where the locks lie: in this user's own cache, and not in the temporary folder, where a
    stranger could put a link before. Raises Unsupported where it is not private.
    """
    place = private_folder() / f"cores-{re.sub(r'[^A-Za-z0-9.-]', '_', environment.host())}"
    place.mkdir(mode=0o700, exist_ok=True)
    require_private(place)
    return place
