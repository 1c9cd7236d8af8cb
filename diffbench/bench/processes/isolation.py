"""A worker seen from outside: orders go in, facts come out, and whatever it does, the run goes on.

A worker that says nothing for too long is killed with all that it has started; so is one whose
resident memory passes its limit, and one that says what is no message (messages.py). One that dies
by itself is reported with its exit code or signal and the last line it printed.
"""

import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import psutil

from diffbench.bench.processes import lineage, messages
from diffbench.bench.processes.inbox import inbox
from diffbench.bench.processes.last_words import LastWords
from diffbench.bench.rows.printable import bounded, printable
from diffbench.bench.rows.status import Status
from diffbench.errors import BadInput

Facts = dict[str, Any]
WATCH_S = 0.05  # how often a silent worker's memory is looked at
SERVER_LOST = (
    "the server of workers was killed, by this method or by one that was measured beside it; run "
    "again with --resume"
)


class Forks(Protocol):
    """Where workers come from: see origins.py."""

    def fork(self, orders: int, answers: int, log: int) -> int:
        """Start a worker on these file descriptors; its process id."""

    def end(self, pid: int) -> int:
        """Kill a worker, if it is alive, and all that it has started: its exit code, or minus the
        signal that killed it. Raises ServerLost where it can't be told.
        """


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


class ServerLost(Exception):
    """What workers come from has ended, and with it all of them."""


class Interrupted(Exception):
    """The run is being stopped."""


class Worker:
    """A process at a post (see worker.Post). Use as a context manager: leaving it kills the process
    and all that it has started.
    """

    def __init__(
        self,
        server: Forks,
        post: Mapping[str, Any] | None = None,
        stop: threading.Event | None = None,
    ) -> None:
        self._server, self._stop = server, stop or threading.Event()
        (their_orders, orders), (answers, their_answers), (log, their_log) = (
            os.pipe() for _ in range(3)
        )
        try:
            self.pid = server.fork(their_orders, their_answers, their_log)
        except BaseException:
            _close(orders, answers, log)
            raise
        finally:
            _close(their_orders, their_answers, their_log)
        self._orders, self._answers, self._inbox = orders, answers, inbox(answers)
        self._printed = LastWords(log)
        self._unread = b""
        self._alive = True
        self.code: int | None = None  # with which it has ended; None where it can't be told
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
        for count, line in enumerate(self._lines(limits)):
            news = self._understood(line, count)
            if "done" in news:
                if news == {"done": order["do"]}:
                    return facts
                raise self._nonsense(f"it was asked to {order['do']}, and has {news}")
            doing(news)
            facts |= news
        raise self._lost()

    def kill(self) -> None:
        """Kill the process and everything it started. Harmless when it is gone."""
        if self._alive:
            self._alive = False
            with suppress(ServerLost):
                self.code = self._server.end(self.pid)
            _close(self._orders, self._answers)

    def __enter__(self) -> "Worker":
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def _send(self, order: Mapping[str, Any]) -> None:
        with suppress(BrokenPipeError):  # the worker died; reading its answer will say how
            os.write(self._orders, (json.dumps(order) + "\n").encode())

    def _understood(self, line: bytes, count: int) -> Facts:
        if count >= messages.MOST_MESSAGES:
            raise self._nonsense(f"more than {messages.MOST_MESSAGES} messages to one order")
        try:
            return messages.read(line)
        except BadInput as error:
            raise self._nonsense(str(error)) from None

    def _lines(self, limits: Limits) -> Iterator[bytes]:
        heard, watched = own_time_of(self.pid), time.monotonic()
        while True:
            line, newline, rest = self._unread.partition(b"\n")
            if newline:
                self._unread, heard = rest, own_time_of(self.pid)
                yield line
                continue
            self._require_short()
            arrived = self._inbox.read(WATCH_S)
            if arrived is None and lineage.is_over(self.pid):
                arrived = self._inbox.read(0) or b""  # a child of its own may hold the pipe open
            if arrived == b"":
                return
            self._unread += arrived or b""
            if time.monotonic() - watched > WATCH_S:
                watched = time.monotonic()
                self._watch(limits, own_time_of(self.pid) - heard)

    def _require_short(self) -> None:
        if len(self._unread) > messages.LONGEST_LINE:
            began = messages.beginning(self._unread)
            raise self._nonsense(f"a line of more than {messages.LONGEST_LINE} bytes: {began}")

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

    def _nonsense(self, what: str) -> WorkerLost:
        self.kill()
        return WorkerLost(
            Status.CRASHED, f"the worker told nonsense: {bounded(printable(what), 400)}"
        )

    def _lost(self) -> WorkerLost:
        self.kill()
        if self.code is None:
            return WorkerLost(Status.CRASHED, SERVER_LOST)
        how = (
            f"exited with code {self.code}"
            if self.code >= 0
            else f"was killed by {_signal(-self.code)}"
        )
        said = bounded(printable(self._printed.last_line()), 200)
        return WorkerLost(
            Status.CRASHED, f"the worker {how}" + (f"; its last line: {said}" if said else "")
        )


def _close(*descriptors: int) -> None:
    for descriptor in descriptors:
        os.close(descriptor)


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # of the real-time ones only the first and the last have names
        return f"signal {number}"


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
