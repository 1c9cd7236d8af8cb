"""A limit of time on Python code in this process: by an alarm, so only in the main thread, and not
inside a call of C that never returns. What has to be stopped whatever it does is met with `run`.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class OutOfTime(BaseException):
    """Not an Exception: a function that catches everything does not catch the end of its time."""


@contextmanager
def at_most(seconds: float | None) -> Iterator[None]:
    """Raises TimeoutError when the block is not through after so many seconds; None: no limit."""
    here = threading.current_thread() is threading.main_thread()
    if seconds is None or not here or not hasattr(signal, "setitimer"):
        yield
        return
    before = signal.signal(signal.SIGALRM, _give_up)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    except OutOfTime:
        raise TimeoutError(f"given up after {seconds:g} s; give it more with --timeout") from None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _give_up(*_: Any) -> None:
    raise OutOfTime
