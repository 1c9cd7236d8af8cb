"""A plug-in of twenty methods that all do the same work, by a factor more where the environment
says so.
"""

import os

import numpy as np

from diffbench import differentiator, problem

LOOPS = round(2000 * float(os.environ.get("DIFFBENCH_TEST_SLOWDOWN", "1")))


@problem(point=lambda n, rng: np.full(n, 0.5), sizes=(3,))
def workload(x, xp=np):
    "A loop over plain floats."
    total = 0.0
    for _ in range(2000):
        total += 0.5
    return xp.sum(x * x) + 0 * total


def work(f, x):
    total = 0.0
    for _ in range(LOOPS):
        total += 0.5
    return 2 * x + 0 * total


for number in range(20):
    differentiator(f"work-{number}")(work)
