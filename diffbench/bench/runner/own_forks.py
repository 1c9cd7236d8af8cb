"""Workers forked from this very process: whatever f is, a closure of a notebook cell, a function typed
on standard input, an object that holds a lock, the child has it without its having to travel.

A run's workers come from a clean server instead (forkserver.py), and find their functions by name.
"""

import faulthandler
import os
import sys
import warnings
from collections.abc import Callable
from typing import Any, NoReturn

from diffbench.bench.runner.worker import detached

CAN_FORK = hasattr(os, "fork")


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


def _on_descriptor(number: int) -> Any:
    """A stream of its own: the parent's may be a notebook's, or buffer for ever."""
    return open(number, "w", buffering=1, errors="replace", closefd=False)
