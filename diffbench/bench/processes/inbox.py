"""What arrives on a pipe, waited for no longer than is said: by select where that takes pipes, by a
thread where it takes sockets only (Windows).
"""

import os
import queue
import select
import threading
from typing import Protocol

LARGEST = 1 << 16  # bytes at once


class Inbox(Protocol):
    """The reading end of a pipe."""

    def read(self, seconds: float) -> bytes | None:
        """What has arrived, b"" after the end; None when nothing did for so long."""


class Selected:
    """The kernel is asked whether something has arrived."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def read(self, seconds: float) -> bytes | None:
        ready, _, _ = select.select([self._descriptor], [], [], seconds)
        return os.read(self._descriptor, LARGEST) if ready else None


class Pumped:
    """A thread waits for it, and ends with the pipe."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._arrived: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        threading.Thread(target=self._pump, daemon=True).start()

    def read(self, seconds: float) -> bytes | None:
        try:
            return self._arrived.get(timeout=seconds)
        except queue.Empty:
            return None

    def _pump(self) -> None:
        part = b"first"
        while part:
            try:
                part = os.read(self._descriptor, LARGEST)
            except OSError:  # closed under our hands
                part = b""
            self._arrived.put(part)


def inbox(descriptor: int) -> Inbox:
    """The way that this system has."""
    return (Pumped if os.name == "nt" else Selected)(descriptor)
