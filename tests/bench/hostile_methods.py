"""A plug-in of methods that attack the run itself, not only their own process: by what they say, whom
they kill, what they leave behind, and how much.
"""

import json
import os
import signal
import stat
import time
from contextlib import suppress

import numpy as np

from diffbench import differentiator, problem


def pipes():
    """The pipes that this process can write to, but for the standard streams."""
    for name in os.listdir("/proc/self/fd"):
        descriptor = int(name)
        try:
            if descriptor > 2 and stat.S_ISFIFO(os.fstat(descriptor).st_mode):
                yield descriptor
        except OSError:
            pass


def say(line):
    """Write to whoever listens to this worker, past everything that is careful."""
    for pipe in pipes():
        with suppress(OSError):  # one that is read from
            os.write(pipe, line)


@problem(point=lambda n, rng: np.full(n, 0.5), sizes=(2, 3))
def unharmed(x, xp=np):
    "The sum of squares."
    return xp.sum(x * x)


def saying(name, line):
    @differentiator(name)
    def method(f, x):
        say(line)
        return 2 * x


saying("says-junk", b"\xff\x00}{\n")
saying("says-a-number", b"3\n")
saying("says-nan-as-time", b'{"prepare_s": NaN}\n')
saying("says-a-status-of-its-own", b'{"status": "nonsense"}\n')
saying("says-another-field", b'{"problem": "rosenbrock"}\n')
saying("says-it-is-done", b'{"done": "sample"}\n')
saying("says-a-long-line", b"x" * 100_000)  # more of it than fits is tried below
saying("says-too-much", b'{"calls": 1}\n' * 1000)


@differentiator("says-a-line-without-end")
def says_a_line_without_end(f, x):
    for _ in range(1000):
        say(b"x" * 50_000)
    return 2 * x


@differentiator("says-ok-and-no-more")
def says_ok_and_no_more(f, x):
    say(b'{"status": "ok"}\n{"done": "examine"}\n')
    time.sleep(1000)


@differentiator("replaces-json")
def replaces_json(f, x):
    json.dumps = lambda *args, **kwargs: "gone"
    return 2 * x


@differentiator("kills-the-server")
def kills_the_server(f, x):
    os.kill(os.getppid(), signal.SIGKILL)
    time.sleep(1000)


@differentiator("raises-a-surrogate")
def raises_a_surrogate(f, x):
    raise ValueError("\udcff\x1b]0;title\x07")


@differentiator("raises-a-book")
def raises_a_book(f, x):
    raise ValueError("a long story, " * 4_000_000)


@differentiator("prints-a-book")
def prints_a_book(f, x):
    for _ in range(200):
        os.write(1, b"\x1b[31mred\xff" * 100_000)
    os._exit(9)


def _daemon():
    """Fork twice, in a session of its own: nobody's child, in nobody's process group."""
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            time.sleep(1000)
        os._exit(0)


@differentiator("leaves-a-daemon")
def leaves_a_daemon(f, x):
    _daemon()
    return 2 * x


@differentiator("leaves-a-daemon-and-dies")
def leaves_a_daemon_and_dies(f, x):
    _daemon()
    time.sleep(0.1)
    os._exit(5)


@differentiator("well-behaved")
def well_behaved(f, x):
    return 2 * x
