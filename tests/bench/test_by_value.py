"""Functions that lie in no file are measured in processes of their own, as those of a file are; and
where no server can fork, every worker is an interpreter of its own.
"""

import os
import subprocess
import sys

import numpy as np
import pytest

from diffbench import problem
from diffbench.bench.comparing.comparison import compare
from diffbench.bench.processes.inbox import Pumped, Selected
from diffbench.bench.runner import by_value
from diffbench.bench.runner.cells import Suite, source
from diffbench.bench.runner.suite import run
from diffbench.errors import BadInput

TINY = Suite("tiny", sizes=1, rounds=2, sample_s=1e-4, cell_s=0.01, timeout_s=20)

TYPED = """
import numpy as np
import diffbench as db

scale = 3.0

@db.problem(point=lambda n, rng: rng.normal(size=n), sizes=(2,))
def typed(x, xp=np):
    return scale * xp.sum(xp.sin(x) ** 2)

@db.differentiator("typed-step")
def typed_step(f, x):
    h = 1e-6
    return np.stack([(f(x + h * e) - f(x - h * e)) / (2 * h) for e in np.eye(x.size)], axis=-1)

rows = db.run([typed], ["reverse", "typed-step"]).rows + db.compare(
    lambda x: scale * np.sum(x**2), np.arange(3.0), methods=["reverse"]
).rows
print(*[row["status"] for row in rows])
"""


@pytest.mark.parametrize("way", ["-c", "-"])
def test_what_is_typed_is_run_and_compared(way, tmp_path):
    command = [sys.executable, way, *([TYPED] if way == "-c" else [])]
    done = subprocess.run(command, input=TYPED, capture_output=True, text=True, cwd=tmp_path)
    assert (done.stdout.split(), done.stderr) == (["ok"] * 3, "")


def typed(code):
    """A problem as a prompt makes it: without a source."""
    scope = {"np": np, "problem": problem, "__name__": "__main__"}
    exec(
        f"@problem(point=lambda n, rng: np.ones(n), sizes=(2,))\ndef prompt(x, xp=np):\n    return {code}",
        scope,
    )
    return scope["prompt"]


def test_another_body_under_the_same_name_is_another_cell():
    first, second = (source(typed(f"xp.sum(x ** {n})").function) for n in (2, 3))
    assert first != second and first == source(typed("xp.sum(x ** 2)").function)


@pytest.mark.parametrize("way", ["spawned", "fork-server"])
def test_every_origin_of_workers_gives_the_same_rows(way, monkeypatch):
    monkeypatch.setenv("DIFFBENCH_WORKERS", way)
    [row] = run([typed("xp.sum(x * x)")], ["forward-difference"], suite=TINY).rows
    assert (row["status"], row["calls"]) == ("ok", 3)
    [row] = compare(lambda x: np.sum(x**3), np.ones(2), methods=["reverse"]).rows
    assert (row["status"], row["error_ulp"]) == ("ok", 0)


def test_an_unknown_origin_is_refused(monkeypatch):
    monkeypatch.setenv("DIFFBENCH_WORKERS", "threads")
    with pytest.raises(BadInput, match="DIFFBENCH_WORKERS=threads is none of fork-server, spawned"):
        compare(np.sin, 1.0, methods=["reverse"])


def test_what_cannot_travel_is_named_with_its_cause(tmp_path):
    with (
        open(tmp_path / "data", "wb") as file,
        pytest.raises(BadInput, match="f can't be sent to a process of its own"),
    ):
        by_value.packed(lambda x: file.write(x), "f")


OPENMP = """
#include <math.h>
double total(const double *x, int n) {
    double s = 0;
    #pragma omp parallel for reduction(+ : s) num_threads(2)
    for (int i = 0; i < n; i++) s += sin(x[i]);
    return s;
}
"""


@pytest.mark.skipif(sys.platform != "linux", reason="forks of this process are Linux only")
def test_a_function_that_has_used_openmp_s_threads_does_not_hang(tmp_path):
    """It did: GNU's threads are gone in a fork, and the child waited for them."""
    (tmp_path / "total.c").write_text(OPENMP)
    built = subprocess.run(
        "cc -O1 -fopenmp -shared -fPIC total.c -o total.so -lm", shell=True, cwd=tmp_path
    )
    if built.returncode:
        pytest.skip("needs a C compiler with OpenMP")
    script = f"""
import ctypes, numpy as np, diffbench as db
total = ctypes.CDLL({str(tmp_path / "total.so")!r}).total
total.restype = ctypes.c_double
f = lambda x: total(np.ascontiguousarray(x).ctypes.data_as(ctypes.c_void_p), x.size)
x = np.arange(1.0, 4.0)
f(x)
print(db.compare(f, x, methods=["central-difference"], timeout_s=20).rows[0]["status"])
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("ok\n", "")


@pytest.mark.parametrize("kind", [Selected, Pumped])
def test_an_inbox_waits_reads_and_knows_the_end(kind):
    reading, writing = os.pipe()
    try:
        inbox = kind(reading)
        assert inbox.read(0.01) is None
        os.write(writing, b"news")
        assert inbox.read(5) == b"news"
        os.close(writing)
        assert inbox.read(5) == b""
    finally:
        os.close(reading)
