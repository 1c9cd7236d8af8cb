"""compare runs each method in a process of its own: whatever f or a method does is a row, and this
process stays as it was.
"""

import os
import signal
import subprocess
import sys
import threading

import numpy as np
import pytest

from diffbench import compare
from diffbench.errors import BadInput

X = np.array([0.5, 2.0])
FEW = ["forward", "central-difference"]


def traced(x):
    return type(x) is not np.ndarray


def killed_when_traced(x):
    if traced(x):
        os.kill(os.getpid(), signal.SIGSEGV)
    return x @ x


def endless_when_traced(x):
    while traced(x):
        pass
    return x @ x


def leaving_when_traced(x):
    if traced(x):
        sys.exit(0)
    return x @ x


def greedy_when_traced(x):
    if traced(x):
        raise MemoryError("no room for the workspace")
    return x @ x


@pytest.mark.parametrize(
    ("f", "status", "why"),
    [
        (killed_when_traced, "crashed", "SIGSEGV"),
        (endless_when_traced, "timeout", "given up after 1 s"),
        (leaving_when_traced, "crashed", "SystemExit: 0, at test_benches.py:"),
        (greedy_when_traced, "out-of-memory", "no room"),
    ],
)
def test_what_a_method_does_to_its_process_is_a_row(f, status, why):
    rows = {row["method"]: row for row in compare(f, X, methods=FEW, timeout_s=1).rows}
    assert rows["forward"]["status"] == status and why in rows["forward"]["reason"]
    assert rows["central-difference"]["status"] in ("ok", "unknown")


def test_where_f_itself_is_lost_no_method_is_tried_and_each_row_says_so():
    rows = compare(lambda x: os.kill(os.getpid(), signal.SIGKILL), X, methods=FEW).rows
    assert [row["status"] for row in rows] == ["crashed", "crashed"]
    assert all(row["reason"].startswith("f itself") and "SIGKILL" in row["reason"] for row in rows)


def test_an_error_of_f_is_told_with_the_line_that_the_user_wrote():
    def broken(x):
        raise KeyError("no such sensor")

    with pytest.raises(BadInput, match=r"KeyError: 'no such sensor', at test_benches.py:\d+"):
        compare(broken, X, methods=FEW)


def test_what_f_prints_and_changes_stays_in_its_process(capfd):
    def loud(x):
        print("on standard output")
        np.seterr(all="raise")
        X[:] = 0
        return x @ x

    before = np.geterr(), X.copy()
    [row] = compare(loud, X, methods=["reverse"]).rows
    assert row["status"] == "ok"
    assert np.geterr() == before[0] and np.array_equal(X, before[1])
    assert capfd.readouterr().out == ""


def test_a_function_that_could_not_travel_is_compared():
    lock, scale = threading.Lock(), np.array([1.0, 3.0])

    def guarded(x):
        with lock:
            return np.sum(scale * x**2)

    [row] = compare(guarded, X, methods=["reverse"]).rows
    assert row["status"] == "ok"


@pytest.mark.parametrize("how", ["-", "-c"])
def test_a_function_of_a_session_without_a_file_is_compared(how):
    script = (
        "import numpy as np, diffbench as db\n"
        "k = 3\n"
        "print(*[r['status'] for r in db.compare(lambda x: k * x @ x, np.ones(2),"
        " methods=['reverse', 'central-difference']).rows])\n"
    )
    words = [how] if how == "-" else [how, script]
    process = subprocess.run(
        [sys.executable, *words],
        input=script if how == "-" else None,
        capture_output=True,
        text=True,
        check=True,
    )
    assert process.stdout == "ok ok\n" and process.stderr == ""


def test_in_one_process_f_is_called_in_this_one():
    called = []

    def remembered(x):
        called.append(traced(x))
        return x @ x

    compare(remembered, X, methods=["reverse"])
    assert not called
    [row] = compare(remembered, X, methods=["reverse"], in_process=True).rows
    assert called and row["status"] == "ok"


def test_a_relative_of_a_method_that_ran_out_of_time_is_given_less():
    rows = compare(endless_when_traced, X, methods=["forward", "reverse"], timeout_s=2).rows
    assert "after 2 s" in rows[0]["reason"] and "after 1 s" in rows[1]["reason"]


def test_c_code_is_judged_by_differences_of_plain_f():
    import ctypes
    import ctypes.util

    c = ctypes.CDLL(ctypes.util.find_library("m"))
    c.tanh.restype, c.tanh.argtypes = ctypes.c_double, [ctypes.c_double]

    def of_c(x):
        return c.tanh(float(x[0])) * float(x[1])

    results = compare(of_c, X, methods=["central-difference", "adaptive-difference", "forward"])
    rows = {row["method"]: row for row in results.rows}
    assert rows["central-difference"]["status"] == rows["adaptive-difference"]["status"] == "ok"
    assert "judged by an estimate on plain f, right to" in rows["central-difference"]["reason"]
    assert rows["forward"]["status"] == "unsupported"
    assert results.verdict.startswith("Take ")
