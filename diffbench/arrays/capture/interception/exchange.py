"""Things that are put into other people's modules and functions for a while: put in with the first
who needs them, lifted with the last, whatever the threads' order.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from threading import RLock
from typing import Protocol


class Exchange(Protocol):
    """Something that can be put in its place, and lifted so that all is as it was."""

    def put(self) -> None: ...

    def lift(self) -> None: ...


_lock = RLock()
_users: Counter[Exchange] = Counter()


@contextmanager
def in_place(exchanges: Iterable[Exchange]) -> Iterator[None]:
    """The exchanges, in their order, for as long as the block runs."""
    held: list[Exchange] = []
    try:
        with _lock:
            for exchange in exchanges:
                held.append(exchange)
                _users[exchange] += 1
                if _users[exchange] == 1:
                    exchange.put()
        yield
    finally:
        with _lock:
            for exchange in reversed(held):
                _users[exchange] -= 1
                if not _users[exchange]:
                    del _users[exchange]
                    exchange.lift()
