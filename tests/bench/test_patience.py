"""A limit of time in this process: what takes longer is a row, what catches everything is stopped, and
the alarm that was set before is there again.
"""

import signal
import threading

import numpy as np
import pytest

from diffbench.bench.comparing.comparison import compare
from diffbench.bench.processes.patience import at_most

POINT = np.array([2.0, 5.0])


class Endless:
    """Turns in circles, and lets no exception stop it."""

    name = "endless"

    def gradient(self, f, x):
        while True:
            try:
                sum(range(1000))
            except Exception:
                continue


def test_a_method_that_never_ends_is_a_row_and_the_others_are_measured():
    slow, fast = compare(lambda x: x @ x, POINT, methods=[Endless(), "reverse"], timeout_s=0.3).rows
    assert (slow["status"], fast["status"]) == ("timeout", "ok")
    assert slow["reason"] == "given up after 0.3 s; give it more with --timeout"


def test_the_time_of_one_stage_is_not_taken_from_another():
    with at_most(30):
        pass
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    assert signal.getsignal(signal.SIGALRM) is signal.SIG_DFL


def test_errors_pass_and_without_a_limit_nothing_is_touched():
    with pytest.raises(KeyError), at_most(30):
        raise KeyError
    with at_most(None):
        assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_a_thread_has_no_alarm_and_runs_without_a_limit():
    done = []

    def work():
        with at_most(0.01):
            done.append(signal.getitimer(signal.ITIMER_REAL))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done == [(0.0, 0.0)]
