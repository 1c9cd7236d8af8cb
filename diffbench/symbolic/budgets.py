"""Steps that may explode, run so that they can't: a deadline, a memory limit and a deep stack for
each.

SymPy recurses over its expressions and knows no deadline. A step therefore runs in a thread of its
own with a large stack, and when it has used up its time or memory an exception is raised inside
that thread; nothing is left running and no process is started.
"""

import contextvars
import ctypes
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import psutil

from diffbench.errors import Unsupported

Result = TypeVar("Result")

DEEPEST_RECURSION = 50_000
# address space, not memory: pages are taken only as the recursion reaches them
STACK_BYTES = 512 * 2**20
POLL_S = 0.05
MOST_WAITING = 10
PATIENCE_S = 5.0  # how long a stopped step may stay inside one call into C before it is left behind

# the recursion limit and the stack size belong to the whole interpreter
_one_at_a_time = threading.Lock()


@dataclass(frozen=True)
class Limits:
    """What each step of a symbolic derivation may use: seconds of processor time, and bytes of
    memory on top of what the process has.

    Processor time, so that what can be derived does not depend on how busy the machine is; ten
    times that by the clock on the wall.
    """

    seconds: float = 10.0
    bytes: int = 2 * 2**30

    def run(self, step: str, work: Callable[[], Result]) -> Result:
        """work(), or Unsupported saying that `step` took too long, too much memory or too deep a
        recursion.
        """
        with _one_at_a_time, _deep_recursion():
            task = _Task(work)
            try:
                self._watch(step, task)
            finally:
                with _silent_when_stopped():
                    task.stop()
        return cast(Result, task.result(step))

    def _watch(self, step: str, task: "_Task") -> None:
        process = psutil.Process()
        allowed = process.memory_info().rss + self.bytes
        while not task.done.wait(POLL_S):
            if task.seconds() > self.seconds:
                raise Unsupported(f"timeout after {self.seconds:g} s in {step}; {_CURE}")
            if process.memory_info().rss > allowed:
                raise Unsupported(
                    f"out of memory after {self.bytes / 2**20:.0f} MiB in {step}; {_CURE}"
                )


_CURE = "use symbolic-accumulate or an automatic method, or allow more with Symbolic(limits=Limits(seconds=..., bytes=...))"


class _Stopped(BaseException):
    """Raised inside a step that is over its limits; no handler of ordinary exceptions catches
    it.
    """


class _Task:
    """One call in a thread with a deep stack. While it is `open`, and only then, the thread may be
    sent an exception.
    """

    def __init__(self, work: Callable[[], Any]) -> None:
        self.done = threading.Event()
        self.gate = threading.Lock()
        self.open = True
        self.value: Any = None
        self.error: BaseException | None = None
        context = contextvars.copy_context()  # np.errstate and the like hold in the thread too
        self.thread = threading.Thread(target=context.run, args=(self._run, work), daemon=True)
        self.started = time.monotonic()
        self.thread.start()

    def seconds(self) -> float:
        """Processor time that the thread has used, and at least a tenth of the time that has
        passed.
        """
        passed = (time.monotonic() - self.started) / MOST_WAITING
        return max(passed, _processor_seconds(self.thread))

    def _run(self, work: Callable[[], Any]) -> None:
        try:
            self.value = work()
        except BaseException as error:
            self.error = error
        while self.open:
            try:
                with self.gate:
                    self.open = False
            except _Stopped:  # sent while we waited at the gate
                continue
        self.done.set()

    def result(self, step: str) -> Any:
        if isinstance(self.error, RecursionError | MemoryError):
            raise Unsupported(
                f"{type(self.error).__name__} in {step}: the expression is too deep; {_CURE}"
            ) from self.error
        if self.error is not None:
            raise self.error
        return self.value

    def stop(self) -> None:
        """End the thread: it gets an exception at its next bytecode, again and again until it has
        gone.
        """
        given_up = time.monotonic() + PATIENCE_S
        while self.thread.is_alive() and time.monotonic() < given_up:
            with self.gate:
                if self.open:
                    ctypes.pythonapi.PyThreadState_SetAsyncExc(
                        ctypes.c_ulong(self.thread.ident or 0), ctypes.py_object(_Stopped)
                    )
            self.thread.join(POLL_S)


def _processor_seconds(thread: threading.Thread) -> float:
    try:
        return time.clock_gettime(time.pthread_getcpuclockid(thread.ident or 0))
    except OSError:  # the thread has just ended
        return 0.0


@contextmanager
def _silent_when_stopped() -> Iterator[None]:
    """A stop that arrives in a finaliser is dropped by Python with a complaint; it is sent again
    anyway.
    """
    complain = sys.unraisablehook
    sys.unraisablehook = lambda dropped: None if dropped.exc_type is _Stopped else complain(dropped)
    try:
        yield
    finally:
        sys.unraisablehook = complain


@contextmanager
def _deep_recursion() -> Iterator[None]:
    recursion, stack = sys.getrecursionlimit(), threading.stack_size(STACK_BYTES)
    sys.setrecursionlimit(max(recursion, DEEPEST_RECURSION))
    try:
        yield
    finally:
        sys.setrecursionlimit(recursion)
        threading.stack_size(stack)
