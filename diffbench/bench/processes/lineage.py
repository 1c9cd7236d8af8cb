"""What a process has started, to the last grandchild, and how it is ended.

A process group is not enough: a child that calls setsid leaves it, and one that forks twice has no
parent to be found by. So a worker, and the server of workers, are *subreapers* (Linux): whoever
loses his parent below them becomes their child. On other systems those are missed.
"""

import ctypes
import os
import signal
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36  # linux/prctl.h
MOST_GENERATIONS = 1000  # looks at what is left; each look kills all that it sees


def adopt_orphans() -> None:
    """From now on this process is the parent of everything below it that has lost its own."""
    _prctl(PR_SET_CHILD_SUBREAPER, 1)


def die_with_parent() -> None:
    """End this process when its parent ends, however that happens."""
    _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def end(pid: int) -> None:
    """Kill a process and everything below it. It is stopped before, so that it starts nothing more.
    Harmless to one that has ended and was not waited for.
    """
    with suppress(psutil.Error):
        process = psutil.Process(pid)
        process.suspend()
        end_below(pid)
        process.kill()
    if hasattr(os, "killpg"):  # with what has left the tree and not the group
        with suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)


def end_below(pid: int, spared: Iterable[int] = ()) -> None:
    """Kill everything below a process but the spared children with all of theirs."""
    kept = set(spared)
    for _ in range(MOST_GENERATIONS):
        alive = [child for child in children(pid) if child not in kept]
        if not alive:
            return
        for process in [*alive, *(below for child in alive for below in _below(child))]:
            with suppress(psutil.Error):
                psutil.Process(process).kill()
        _bury(alive)


def end_marked(name: str, value: str) -> None:
    """Kill every other process that was started with this environment variable: what is left below
    a server that was killed itself.
    """
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.pid != os.getpid() and process.environ().get(name) == value:
                process.kill()


def children(pid: int) -> list[int]:
    """The children of a process that are alive."""
    try:
        lists = [task / "children" for task in Path(f"/proc/{pid}/task").iterdir()]
        found = [int(child) for one in lists for child in one.read_text().split()]
    except OSError:  # it is gone, or the system keeps no such lists, and all processes are read
        found = _read_from_all(pid)
    return [child for child in found if not is_over(child)]


def _read_from_all(pid: int) -> list[int]:
    with suppress(psutil.Error):
        return [child.pid for child in psutil.Process(pid).children()]
    return []


def is_over(pid: int) -> bool:
    """Whether a process has ended, waited for or not."""
    with suppress(psutil.Error):
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    return True


def _below(pid: int) -> Iterator[int]:
    for child in children(pid):
        yield child
        yield from _below(child)


def _bury(pids: Iterable[int]) -> None:
    """Wait for those that are this process's own children; init waits for the others."""
    for pid in pids:
        with suppress(ChildProcessError):
            os.waitpid(pid, 0)
