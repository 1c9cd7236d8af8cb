"""Records that no measurement made, for tests of what happens to records; and the processes that a
real run has left.
"""

import os

import psutil

from diffbench.bench.rows.measured import Measured
from diffbench.bench.runner.cells import Cell


def made_up(
    method="reverse", size=2, ratio=3.0, spread=0.01, key="k", problem="rosenbrock", **facts
):
    """A record whose ratio to the primal is `ratio`, up to a relative spread over its five
    samples.
    """
    jitter = [1 - spread, 1 - spread / 2, 1, 1 + spread / 2, 1 + spread]
    samples = [(1e-6 * ratio * j, 1e-6) for j in jitter] if ratio else []
    found = {
        "status": "ok",
        "error_norm": 1e-16,
        "calls": 1,
        "prepare_s": 1e-3,
        "first_s": 1e-5,
    } | facts
    measured = Measured(Cell(problem, size, "gradient", method), samples=samples)
    return measured.knowing(found).record(key=f"{key}-{problem}-{method}-{size}")


def processes_of(mark):
    """The other processes that run under the environment variable DIFFBENCH_TEST=mark, also when
    their parents are gone.
    """
    return [
        process
        for process in psutil.process_iter()
        if process.pid != os.getpid() and _marked(process, str(mark))
    ]


def _marked(process, mark):
    try:
        return process.environ().get("DIFFBENCH_TEST") == mark
    except psutil.Error:
        return False
