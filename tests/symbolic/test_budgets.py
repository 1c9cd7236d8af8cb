"""A step over its limits is stopped and says so; nothing is left running, and nothing of the
interpreter is left changed.
"""

import sys
import threading
import time
from contextlib import suppress

import pytest

from diffbench.errors import Unsupported
from diffbench.symbolic.budgets import Limits


def forever():
    while True:
        pass


def greedy():
    hoard = []
    while True:
        hoard.append(bytearray(2**20))


def stubborn():
    while True:
        try:
            forever()
        except Exception:
            continue


def deep(levels):
    return 0 if levels == 0 else 1 + deep(levels - 1)


def busy(seconds):
    start = time.thread_time()
    while time.thread_time() < start + seconds:
        pass
    return 7


def test_a_step_that_only_waits_is_stopped_too():
    with pytest.raises(Unsupported, match=r"^timeout after 0\.05 s in diff"):
        Limits(seconds=0.05).run("diff", lambda: [time.sleep(0.01) for _ in range(10**6)])


@pytest.mark.parametrize("work", [forever, stubborn])
def test_a_step_that_takes_too_long_is_stopped_and_named(work):
    before = threading.active_count()
    with pytest.raises(
        Unsupported, match=r"^timeout after 0\.2 s in simplify; use symbolic-accumulate"
    ):
        Limits(seconds=0.2).run("simplify", work)
    assert threading.active_count() == before


def test_a_step_that_takes_too_much_memory_is_stopped_and_named():
    with pytest.raises(Unsupported, match=r"^out of memory after 64 MiB in expand"):
        Limits(seconds=60, bytes=64 * 2**20).run("expand", greedy)


def test_a_step_may_recurse_deeper_than_the_interpreter_allows_elsewhere():
    before = sys.getrecursionlimit()
    levels = 20_000  # some packages raise the limit to 10,000 when they are imported
    assert Limits().run("diff", lambda: deep(levels)) == levels > before
    assert sys.getrecursionlimit() == before


def test_endless_recursion_is_an_error_that_names_the_step():
    with pytest.raises(Unsupported, match=r"^RecursionError in lambdify"):
        Limits().run("lambdify", lambda: deep(10**9))


@pytest.mark.parametrize("seconds", [0.05, 0.1])
def test_a_step_that_ends_as_its_time_runs_out_leaves_no_trace(seconds):
    for _ in range(5):
        with suppress(Unsupported):
            assert Limits(seconds=seconds).run("diff", lambda: busy(seconds)) == 7


def test_errors_of_the_step_come_through():
    with pytest.raises(ZeroDivisionError):
        Limits().run("diff", lambda: 1 / 0)


def test_two_threads_take_turns():
    results = []
    threads = [
        threading.Thread(
            target=lambda: results.append(
                Limits().run("diff", lambda: time.sleep(0.01) or deep(5000))
            )
        )
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [5000] * 4
