"""The logic of timing, with a clock that moves only when told: nothing here depends on the
machine.
"""

import gc
import math
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from diffbench.measure.cost.timing import (
    Interval,
    Statement,
    break_even,
    calibrate,
    clock_warnings,
    collector_off,
    interleaved,
    interval,
    own_time,
    ratio_interval,
    sample,
    timed,
)

SPIN = """
import os
os.sched_setaffinity(0, {core})
while True:
    pass
"""


class FakeClock:
    """Seconds that pass only when a call says so."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def lasting(self, seconds):
        """A call that takes so long and returns how often it was made."""
        made = []

        def call():
            self.now += seconds
            made.append(None)
            return len(made)

        return call


def test_a_timed_call_gives_its_result_and_its_seconds():
    clock = FakeClock()
    assert timed(clock.lasting(0.25), clock=clock) == (1, 0.25)


def test_a_sample_is_the_mean_of_its_loops():
    clock = FakeClock()
    assert sample(clock.lasting(0.5), 8, clock=clock) == 0.5


@pytest.mark.parametrize("call_s", [1e-7, 3e-6, 1e-4, 9e-4])
def test_calibration_fills_the_sample_without_overshooting_by_much(call_s):
    clock = FakeClock()
    loops = calibrate(clock.lasting(call_s), sample_s=1e-3, clock=clock)
    assert loops * call_s >= 1e-3 * (1 - 1e-6) and (loops - 1) * call_s <= 1.2e-3


def test_a_call_longer_than_the_sample_is_made_once():
    clock = FakeClock()
    call = clock.lasting(2.0)
    assert calibrate(call, sample_s=1e-3, clock=clock) == 1
    assert call() == 2


def test_calibration_goes_on_when_the_clock_sees_nothing_of_one_call():
    clock = FakeClock()
    ticks = iter(range(10**6))

    def too_fast_for_the_clock():
        if next(ticks) % 100 == 99:
            clock.now += 1e-6

    assert calibrate(too_fast_for_the_clock, sample_s=1e-5, clock=clock) >= 1000


def lent_core(seconds):
    """Own and wall-clock seconds of so much work on a core shared with three rivals, and own
    seconds of a sleep there.
    """
    core, mine = {min(os.sched_getaffinity(0))}, os.sched_getaffinity(0)
    rivals = [subprocess.Popen([sys.executable, "-c", SPIN.format(core=core)]) for _ in range(3)]
    try:
        os.sched_setaffinity(0, core)
        own, wall, cpu = own_time(), time.perf_counter(), time.thread_time()
        while time.thread_time() - cpu < seconds:
            pass
        worked, passed, own = own_time() - own, time.perf_counter() - wall, own_time()
        time.sleep(seconds)
        return worked, passed, own_time() - own
    finally:
        os.sched_setaffinity(0, mine)
        for rival in rivals:
            rival.kill()
            rival.wait()


@pytest.mark.skipif(
    not os.path.exists("/proc/self/schedstat"),
    reason="this kernel does not count the waits for a core",
)
@pytest.mark.parametrize(
    "call",
    [lent_core, lambda s: ThreadPoolExecutor(1).submit(lent_core, s).result()],
    ids=["main thread", "another"],
)
def test_the_clock_stands_still_while_others_have_the_core_and_goes_on_while_the_process_sleeps(
    call,
):
    worked, passed, slept = call(0.1)
    assert worked == pytest.approx(0.1, rel=0.1) and passed > 1.5 * worked
    assert slept >= 0.1


def test_methods_are_sampled_in_turn():
    order = []
    interleaved({name: lambda name=name: order.append(name) for name in "ABC"}, rounds=3)
    assert "".join(order) == "ABCABCABC"


def test_the_collector_is_off_inside_the_clock_and_on_again_after_an_error():
    assert gc.isenabled()
    with pytest.raises(KeyError), collector_off():
        assert not gc.isenabled()
        raise KeyError
    assert gc.isenabled()


def test_a_drift_of_the_machine_cancels_in_the_ratio():
    drift = np.linspace(1.0, 3.0, 21)
    ratio = ratio_interval(list(5e-6 * drift), list(1e-6 * drift))
    assert [ratio.median, ratio.low, ratio.high] == pytest.approx([5, 5, 5])
    assert interval(list(5e-6 * drift)).high / interval(list(5e-6 * drift)).low > 1.2


def test_identical_samples_have_an_interval_of_no_width():
    assert interval([2.0] * 7) == Interval(2.0, 2.0, 2.0)


def test_one_sample_has_no_interval():
    alone = interval([3.0])
    assert alone.median == 3.0 and math.isnan(alone.low) and math.isnan(alone.high)


def test_more_samples_give_a_narrower_interval():
    draws = np.random.default_rng(1).lognormal(sigma=0.1, size=200)
    few, many = interval(list(draws[:10])), interval(list(draws))
    assert many.high - many.low < few.high - few.low


@pytest.mark.parametrize("size", [3, 5, 6, 9, 15])
def test_the_interval_holds_the_true_median_nineteen_times_in_twenty(size):
    rng = np.random.default_rng(0)
    found = [interval(list(rng.lognormal(sigma=0.2, size=size))) for _ in range(400)]
    # the binomial distribution of 400 trials at 0.95 is below 356 once in a million
    assert sum(i.low <= 1.0 <= i.high for i in found) >= 356


@pytest.mark.parametrize(
    ("mine", "rival", "calls"),
    [
        ((1.0, 0.1), (0.0, 0.2), 10),  # a second of preparation saved 0.1 s a call
        ((0.0, 0.1), (1.0, 0.2), 0),  # cheaper in both
        ((1.0, 0.2), (0.0, 0.1), math.inf),  # dearer in both
    ],
)
def test_preparation_pays_after_the_break_even_number_of_calls(mine, rival, calls):
    assert break_even(*mine, *rival) == calls


def test_samples_too_short_for_the_clock_are_warned_of_with_a_cure():
    [warning] = clock_warnings(1e-4, resolution_s=1e-6)
    assert "fewer than 1000 ticks" in warning and "take samples of 0.001 s" in warning
    assert clock_warnings(1e-2, resolution_s=1e-6) == []


def test_a_statement_is_timed_as_it_is_written_with_nothing_between():
    def count(step, *, by):
        made.append(sys._getframe(1).f_code.co_name)
        return step * by

    made = []
    statement = Statement(count, 2, by=3)
    assert (statement(), statement.text) == (6, "function(a0, by=by)")
    sample(statement, 4)
    assert made == ["__call__", *4 * ["inner"]]
