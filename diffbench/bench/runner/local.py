"""The matrix on this machine: one group at a time on each core, so that no two measurements share
one; all groups at their smallest size, then all at the next, so that whenever a run ends it has
something to say about every problem.
"""

import queue
import threading
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from diffbench.bench.processes.isolation import Forks, Interrupted
from diffbench.bench.processes.origins import clean_workers
from diffbench.bench.rows.journal import Record
from diffbench.bench.runner.cells import Group, unfinished
from diffbench.bench.runner.team import Plan, Stage, measure_stage
from diffbench.measure.environment import usable_cores

MOST_CORES = (
    4  # more groups at once would compete for the memory bus and disturb each other's times
)
News = Record | BaseException | None  # a record, what stopped a core, or that it is through


def measure_here(groups: Sequence[Group], plan: Plan) -> Generator[Record, None, None]:
    """The records of all unfinished cells, as they come. Closing the iterator kills every
    worker.
    """
    waiting: queue.SimpleQueue[Stage] = queue.SimpleQueue()
    for group in groups:
        if unfinished(group, plan.context, plan.finished):
            waiting.put(Stage(group, group.sizes))
    cores = usable_cores()[:MOST_CORES]
    news: queue.SimpleQueue[News] = queue.SimpleQueue()
    stop = threading.Event()
    with clean_workers() as server, ThreadPoolExecutor(len(cores)) as threads:
        try:
            for core in cores:
                threads.submit(work, waiting, plan, server, core, stop, news)
            yield from until_all_are_through(news, len(cores))
        finally:
            stop.set()


def work(
    waiting: "queue.SimpleQueue[Stage]",
    plan: Plan,
    server: Forks,
    core: int,
    stop: threading.Event,
    news: "queue.SimpleQueue[News]",
) -> None:
    """Measure stage after stage on one core and report; the group's next size queues up behind the
    other groups.
    """
    try:
        while not stop.is_set():
            stage = waiting.get_nowait()
            for record in measure_stage(stage, plan, server, core, stop):
                news.put(record)
            if larger := stage.after():
                waiting.put(larger)
    except (queue.Empty, Interrupted):
        news.put(None)
    except BaseException as error:  # reaches the caller's thread, which raises it
        news.put(error)


def until_all_are_through(news: "queue.SimpleQueue[News]", cores: int) -> Iterator[Record]:
    """Records until every core has said that it is through; raises what stopped one."""
    while cores:
        heard = news.get()
        if isinstance(heard, BaseException):
            raise heard
        if heard is None:
            cores -= 1
        else:
            yield heard
