"""A worker seen from outside: orders go in, facts come out, and whatever it does, the run goes on.

A worker that says nothing for too long is killed with its whole process group; so is one whose
resident memory passes its limit. One that dies by itself is reported with its exit code or signal
and the last line it printed.
"""

import json
import os
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import psutil

from diffbench.bench.processes.inbox import inbox
from diffbench.bench.rows.results import Status

Facts = dict[str, Any]
WATCH_S = 0.05  # how often a silent worker's memory is looked at


class Forks(Protocol):
    """Where workers come from: see origins.py."""

    def fork(self, orders: int, answers: int, log: int) -> int:
        """Start a worker on these file descriptors; its process id."""

    def ended(self, pid: int) -> int:
        """Its exit code, or minus the signal that killed it, when it has ended."""


@dataclass(frozen=True)
class Limits:
    """When a worker is given up: seconds without a word, and bytes of resident memory."""

    timeout_s: float
    memory_bytes: int


class WorkerLost(Exception):
    """The worker is gone; `status` and `reason` are for its row."""

    def __init__(self, status: Status, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class Interrupted(Exception):
    """The run is being stopped."""


class Worker:
    """A process at a post (see worker.Post). Use as a context manager: leaving it kills the process
    group.
    """

    def __init__(
        self,
        server: Forks,
        post: Mapping[str, Any] | None = None,
        stop: threading.Event | None = None,
    ) -> None:
        self._server, self._stop = server, stop or threading.Event()
        self._log = tempfile.TemporaryFile()  # noqa: SIM115  open as long as the worker lives; __exit__ closes it
        their_orders, orders = os.pipe()
        answers, their_answers = os.pipe()
        self.pid = server.fork(their_orders, their_answers, self._log.fileno())
        os.close(their_orders)
        os.close(their_answers)
        self._orders, self._answers, self._inbox = orders, answers, inbox(answers)
        self._unread = b""
        self._alive = True
        if post is not None:
            self._send(post)

    def ask(
        self,
        order: Mapping[str, Any],
        limits: Limits,
        doing: Callable[[Facts], None] = lambda facts: None,
    ) -> Facts:
        """Send an order and gather its facts; `doing` sees them one by one. Raises WorkerLost;
        facts seen by then still count.
        """
        self._send(order)
        facts: Facts = {}
        for news in self._lines(limits):
            if "done" in news:
                return facts
            doing(news)
            facts |= news
        raise self._lost()

    def kill(self) -> None:
        """Kill the process and everything it started. Harmless when it is gone."""
        if self._alive:
            self._alive = False
            kill_group(self.pid)
            self.code = self._server.ended(self.pid)
            os.close(self._orders)
            os.close(self._answers)

    def __enter__(self) -> "Worker":
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        self._log.close()

    def _send(self, order: Mapping[str, Any]) -> None:
        with suppress(BrokenPipeError):  # the worker died; reading its answer will say how
            os.write(self._orders, (json.dumps(order) + "\n").encode())

    def _lines(self, limits: Limits) -> Iterator[Facts]:
        heard = own_time_of(self.pid)
        while True:
            line, newline, rest = self._unread.partition(b"\n")
            if newline:
                self._unread, heard = rest, own_time_of(self.pid)
                yield json.loads(line)
                continue
            arrived = self._inbox.read(WATCH_S)
            if arrived is None:
                self._watch(limits, own_time_of(self.pid) - heard)
            elif not arrived:
                return
            else:
                self._unread += arrived

    def _watch(self, limits: Limits, silent_s: float) -> None:
        """Give the worker up when it has been silent or grown for too long."""
        if self._stop.is_set():
            self.kill()
            raise Interrupted
        if silent_s > limits.timeout_s:
            self.kill()
            raise WorkerLost(
                Status.TIMEOUT, f"killed after {limits.timeout_s:g} s without an answer"
            )
        if resident_bytes(self.pid) > limits.memory_bytes:
            self.kill()
            raise WorkerLost(
                Status.OUT_OF_MEMORY,
                f"killed when its resident memory passed {limits.memory_bytes / 2**20:.0f} MiB",
            )

    def _lost(self) -> WorkerLost:
        self.kill()
        how = (
            f"exited with code {self.code}"
            if self.code >= 0
            else f"was killed by {signal.Signals(-self.code).name}"
        )
        said = self._last_words()
        return WorkerLost(
            Status.CRASHED, f"the worker {how}" + (f"; its last line: {said}" if said else "")
        )

    def _last_words(self) -> str:
        self._log.seek(0)
        lines = self._log.read().decode(errors="replace").strip().splitlines()
        return lines[-1].strip()[:200] if lines else ""


def kill_group(pid: int) -> None:
    """Kill the process that leads a group and everything in it; without groups, its descendants."""
    if hasattr(os, "killpg"):
        with suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)
        return
    with suppress(psutil.NoSuchProcess):
        leader = psutil.Process(pid)
        for process in [*leader.children(recursive=True), leader]:
            process.kill()


def own_time_of(pid: int) -> float:
    """Seconds on a clock that stands still while the process waits for a core that others have, so
    that no time-out is the fault of a busy machine; plain time where the kernel does not tell.
    """
    try:
        waited_ns = int(Path(f"/proc/{pid}/schedstat").read_text().split()[1])
    except (OSError, IndexError):
        waited_ns = 0
    return time.monotonic() - waited_ns * 1e-9


def resident_bytes(pid: int) -> int:
    """Resident memory of a process now, 0 when it is gone."""
    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.Error:
        return 0
