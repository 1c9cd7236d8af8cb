"""Workers forked from this very process: whatever f is, a closure of a notebook cell, a function typed
on standard input, an object that holds a lock, the child has it without its having to travel.

Between this process and the worker stands a guardian, which does nothing but wait: for the worker's
end, for a word from here, or for the end of this process. Then it ends what the worker has started.
A run's workers come from a clean server instead (forkserver.py), and find their functions by name.
"""

import ctypes
import faulthandler
import os
import select
import struct
import sys
import warnings
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from diffbench.bench.processes import lineage
from diffbench.bench.runner.worker import detached

MAPPED = Path("/proc/self/maps")
PAUSE_HARD = 2  # omp.h
NUMBER = struct.Struct("i")
KILLED = -9
POLL_S = 0.02  # where a process can't be waited for together with a pipe


@dataclass(frozen=True)
class Guardian:
    """The process between, as this one sees it: a pipe to it, and one from it."""

    pid: int
    orders: int
    news: int


class OwnForks:
    """What a Worker asks of a ForkServer. `duty(orders, answer)` is what a child carries out."""

    def __init__(self, duty: Callable[..., None]) -> None:
        self._duty = duty
        self._guardians: dict[int, Guardian] = {}

    def fork(self, orders: int, answers: int, log: int) -> int:
        """Start a worker on these file descriptors; its process id."""
        sys.stdout.flush()  # what waits in a buffer would be written by both
        sys.stderr.flush()
        let_threads_go()
        (their_orders, to_them), (from_them, their_news) = os.pipe(), os.pipe()
        pid = _forked()
        if pid == 0:
            os.close(to_them)
            self._guard(their_orders, their_news, (orders, answers, log))
        os.close(their_orders)
        os.close(their_news)
        guardian = Guardian(pid, to_them, from_them)
        worker = _number(from_them, otherwise=pid)
        self._guardians[worker] = guardian
        return worker

    def end(self, pid: int) -> int:
        """Kill a worker, if it is alive, and all that it has started: its exit code, or minus the
        signal that killed it.
        """
        guardian = self._guardians.pop(pid)
        with suppress(BrokenPipeError):  # it has ended with its worker
            os.write(guardian.orders, b".")
        os.close(guardian.orders)
        code = _number(guardian.news, otherwise=KILLED)
        os.close(guardian.news)
        os.waitpid(guardian.pid, 0)
        return code

    def _guard(self, orders: int, news: int, descriptors: tuple[int, int, int]) -> NoReturn:
        """Be the guardian, and never return into the caller's code."""
        code = KILLED
        try:
            os.setpgid(0, 0)
            lineage.adopt_orphans()
            worker = _forked()
            if worker == 0:
                os.close(news)
                self._work(*descriptors)
            for descriptor in descriptors:
                os.close(descriptor)
            os.setpgid(worker, worker)
            os.write(news, NUMBER.pack(worker))
            _wait(worker, orders)
            lineage.end(worker)
            code = os.waitstatus_to_exitcode(os.waitpid(worker, 0)[1])
            lineage.end_below(os.getpid())
        finally:
            with suppress(OSError):
                os.write(news, NUMBER.pack(code))
            os._exit(0)

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


def _forked() -> int:
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
        return os.fork()  # of a process with threads, which Python 3.12 warns of


def _wait(worker: int, orders: int) -> None:
    """Until the worker has ended, or a word or the end of the pipe comes."""
    if hasattr(os, "pidfd_open"):
        select.select([orders, os.pidfd_open(worker)], [], [])
        return
    ended = os.WEXITED | os.WNOHANG | os.WNOWAIT
    while os.waitid(os.P_PID, worker, ended) is None:
        if select.select([orders], [], [], POLL_S)[0]:
            return


def _number(descriptor: int, otherwise: int) -> int:
    """The next number that the guardian tells; another one where it is gone."""
    told = os.read(descriptor, NUMBER.size)
    return int(NUMBER.unpack(told)[0]) if len(told) == NUMBER.size else otherwise


def _on_descriptor(number: int) -> Any:
    """A stream of its own: the parent's may be a notebook's, or buffer for ever."""
    return open(number, "w", buffering=1, errors="replace", closefd=False)
