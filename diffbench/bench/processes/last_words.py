"""What a worker prints: read by a thread of its own, or whoever prints would wait for ever, and
forgotten but for the end of it.
"""

import os
import threading

CHUNK = 1 << 16
KEPT = 4096  # bytes
PATIENCE_S = 1.0  # for what was printed last, when a process that is not ours keeps the pipe open


class LastWords:
    """The reading end of the pipe that a worker prints to."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor, self._heard = descriptor, b""
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def last_line(self) -> str:
        """The last line of what was printed, once the worker is gone; empty where there is none."""
        self._thread.join(PATIENCE_S)
        lines = self._heard.decode(errors="replace").strip().splitlines()
        return lines[-1].strip() if lines else ""

    def _listen(self) -> None:
        part = b"first"
        while part:
            part = os.read(self._descriptor, CHUNK)
            self._heard = (self._heard + part)[-KEPT:]
        os.close(self._descriptor)
