"""Workers forked from this very process: whatever f is, a closure of a notebook cell, a function typed
on standard input, an object that holds a lock, the child has it without its having to travel.

A run's workers come from a clean server instead (forkserver.py), and find their functions by name.
"""

import ctypes
import faulthandler
import os
import sys
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

from diffbench.bench.runner.worker import detached

MAPPED = Path("/proc/self/maps")
PAUSE_HARD = 2  # omp.h


class OwnForks:
    """What a Worker asks of a ForkServer. `duty(orders, answer)` is what a child carries out."""

    def __init__(self, duty: Callable[..., None]) -> None:
        self._duty = duty

    def fork(self, orders: int, answers: int, log: int) -> int:
        """Start a worker on these file descriptors; its process id, which is also its process
        group.
        """
        sys.stdout.flush()  # what waits in a buffer would be written by both
        sys.stderr.flush()
        let_threads_go()
        with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
            pid = os.fork()  # of a process with threads, which Python 3.12 warns of
        if pid == 0:
            self._work(orders, answers, log)
        os.setpgid(pid, pid)
        return pid

    def ended(self, pid: int) -> int:
        """Wait for a worker that has ended or was killed: its exit code, or minus the signal that
        killed it.
        """
        _, status = os.waitpid(pid, 0)
        return os.waitstatus_to_exitcode(status)

    def _work(self, *descriptors: int) -> NoReturn:
        """Be a worker, and never return into the caller's code."""
        code = 1
        try:
            faulthandler.disable()  # a crash is the row's to tell
            streams = detached(*descriptors)
            sys.stdout, sys.stderr = _on_descriptor(1), _on_descriptor(2)
            self._duty(*streams)
            code = 0
        except BaseException:
            sys.excepthook(*sys.exc_info())
        finally:
            sys.stdout.flush()
            os._exit(code)


def let_threads_go() -> None:
    """End the threads that GNU's OpenMP keeps for this one: they do not survive a fork, and a child
    that believes in them waits for ever. It starts new ones when it needs some. (Other libraries,
    OpenBLAS among them, see to that themselves.)
    """
    for library in loaded("libgomp"):
        with suppress(AttributeError, OSError):  # older than OpenMP 5, GCC 9
            ctypes.CDLL(library).omp_pause_resource_all(PAUSE_HARD)


def loaded(name: str) -> set[str]:
    """The files of that name which are loaded into this process, as the kernel knows them."""
    try:
        lines = MAPPED.read_text(errors="replace").splitlines()
    except OSError:
        return set()
    paths = {slash + rest for _, slash, rest in (line.partition("/") for line in lines)}
    return {path for path in paths if name in path}


def _on_descriptor(number: int) -> Any:
    """A stream of its own: the parent's may be a notebook's, or buffer for ever."""
    return open(number, "w", buffering=1, errors="replace", closefd=False)
