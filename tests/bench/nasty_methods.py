"""A plug-in of methods that do the worst a method can do, and a harmless problem to do it on."""

import ctypes
import os
import sys
import time

import numpy as np

from diffbench import differentiator, problem


@problem(point=lambda n, rng: np.full(n, 0.5), sizes=(2, 3, 4))
def harmless(x, xp=np):
    "The sum of squares."
    return xp.sum(x * x)


@differentiator("honest")
def honest(f, x):
    return 2 * x


@differentiator("hangs")
def hangs(f, x):
    if x.size > 2:
        time.sleep(1000)
    return 2 * x


@differentiator("hangs-with-a-child")
def hangs_with_a_child(f, x):
    os.fork()
    time.sleep(1000)


@differentiator("segfaults")
def segfaults(f, x):
    ctypes.string_at(0)


@differentiator("exits")
def exits(f, x):
    print("I am leaving", file=sys.stderr, flush=True)
    os._exit(7)


@differentiator("allocates")
def allocates(f, x):
    return np.ones(10**12 // 8)[: x.size]


@differentiator("hoards")
def hoards(f, x):
    hoard = []
    while True:
        hoard.append(bytearray(1 << 26))


@differentiator("recurses")
def recurses(f, x):
    return recurses.jacobian(f, x)


@differentiator("prints")
def prints(f, x):
    print('{"status": "crashed"}')
    os.write(1, b'{"done": "examine"}\n')
    sys.stdin.read()
    return 2 * x


@differentiator("lies")
def lies(f, x):
    return 2.1 * x


@differentiator("says-nan")
def says_nan(f, x):
    return np.full_like(x, np.nan)


@differentiator("breaks-later")
def breaks_later(f, x):
    breaks_later_calls.append(None)
    if len(breaks_later_calls) == 2:
        os._exit(3)
    return 2 * x


breaks_later_calls = []
