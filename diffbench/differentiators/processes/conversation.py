"""One process and what is said to it: a line out, a line in, within a time and a length. What breaks
the protocol ends the process, by its own id; the next question starts another.
"""

import json
import os
import select
import shlex
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from diffbench.differentiators.processes.messages import LONGEST, PROTOCOL, Garbage, read, whole
from diffbench.errors import DiffbenchError, NotInstalled, Unsupported

PATIENCE_S = 120.0  # for an answer: a definition may compile
FAREWELL_S = 2.0


class Conversation:
    """A process that speaks the protocol; started with the first question."""

    def __init__(
        self,
        command: Sequence[str],
        folder: Path | None = None,
        patience_s: float = PATIENCE_S,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.command, self.folder, self.patience_s = list(command), folder, patience_s
        self.environment = dict(environment or {})
        self.process: subprocess.Popen[bytes] | None = None
        self.greeting: dict[str, Any] = {}
        self._owner = 0
        self._asked = 0

    def __getstate__(self) -> dict[str, Any]:
        """What travels: the command, and no process."""
        kept = ("command", "folder", "patience_s", "environment")
        return {name: self.__dict__[name] for name in kept}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(**state)  # type: ignore[misc]

    @property
    def is_open(self) -> bool:
        """Whether the process runs, and is this process's own: a forked child has none."""
        return (
            self._owner == os.getpid() and self.process is not None and self.process.poll() is None
        )

    def open(self) -> dict[str, Any]:
        """What the process says of itself; started where it does not run."""
        if not self.is_open:
            self._start()
            self.greeting = self._exchange({"do": "hello", "protocol": [PROTOCOL]})
            if whole(self.greeting.get("protocol"), "its protocol") != PROTOCOL:
                raise self._broken(f"it speaks protocol {self.greeting['protocol']}")
        return self.greeting

    def ask(self, question: Mapping[str, Any]) -> dict[str, Any]:
        """The answer. Raises the refusal that came, or Unsupported where the process broke the
        protocol, died, or took too long.
        """
        self.open()
        return self._exchange(question)

    def close(self) -> None:
        """Say goodbye; end what does not go."""
        if self.is_open:
            with suppress(Exception):
                self._send({"do": "bye"})
                self._pipe.close()
                self._running.wait(FAREWELL_S)
        self._end()

    def __del__(self) -> None:
        with suppress(Exception):
            self._end()

    def _start(self) -> None:
        self._owner, self._asked = os.getpid(), 0
        self.log = tempfile.TemporaryFile()  # noqa: SIM115  read when the process is lost
        try:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self.log,
                cwd=self.folder,
                env={**os.environ, "OMP_NUM_THREADS": "1", **self.environment},
                start_new_session=True,
            )
        except OSError as error:
            self.log.close()
            raise NotInstalled(
                f"{shlex.join(self.command)} can't be started ({error.strerror or error}); give "
                "the command of a program that is here"
            ) from None

    @property
    def _running(self) -> subprocess.Popen[bytes]:
        assert self.process is not None
        return self.process

    @property
    def _pipe(self) -> IO[bytes]:
        assert self._running.stdin is not None
        return self._running.stdin

    def _exchange(self, question: Mapping[str, Any]) -> dict[str, Any]:
        try:
            number = self._send(question)
            return read(self._line(), number)
        except Garbage as garbage:
            raise self._broken(str(garbage)) from None
        except OSError:
            raise self._broken("it went away") from None
        except DiffbenchError:
            raise
        except BaseException:  # Ctrl-C, a time-out of the caller's: what comes late would be taken
            self._end()  # for the answer to the next question
            raise

    def _send(self, question: Mapping[str, Any]) -> int:
        self._asked += 1
        self._pipe.write(json.dumps({"id": self._asked, **question}).encode() + b"\n")
        self._pipe.flush()
        return self._asked

    def _line(self) -> bytes:
        """The next line of its standard output."""
        assert self._running.stdout is not None
        descriptor, parts, length = self._running.stdout.fileno(), list[bytes](), 0
        deadline = time.monotonic() + self.patience_s
        while not parts or b"\n" not in parts[-1]:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([descriptor], [], [], left)[0]:
                raise Garbage(f"no answer came within {self.patience_s:g} s")
            parts.append(os.read(descriptor, 1 << 16))
            length += len(parts[-1])
            if not parts[-1]:
                raise Garbage("it went away")
            if length > LONGEST:
                raise Garbage(f"an answer is longer than {LONGEST >> 20} MiB")
        line, _, rest = b"".join(parts).partition(b"\n")
        if rest:
            raise Garbage("more than one line came to one question")
        return line

    def _broken(self, why: str) -> Unsupported:
        said = f"; its last line: {last}" if (last := self._end()) else ""
        return Unsupported(
            f"{shlex.join(self.command)[:200]} does not keep the protocol of docs/protocol.md: "
            f"{why}{said}"
        )

    def _last_words(self) -> str:
        self.log.seek(0)
        lines = self.log.read().decode(errors="replace").strip().splitlines()
        return lines[-1].strip()[:200] if lines else ""

    def _end(self) -> str:
        """End the process and what it started; nobody else's. Its last words."""
        if self.process is None or self._owner != os.getpid():
            return ""
        if self.process.poll() is None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            with suppress(OSError):
                assert pipe is not None
                pipe.close()
        self.process = None
        said = self._last_words()
        self.log.close()
        return said
