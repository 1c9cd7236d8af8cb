"""Which method to take, on measurements that no clock made: only between methods that can be told
apart, and over all candidates.
"""

import numpy as np
import pytest

from diffbench.bench.comparing.candidates import (
    as_fast_as_the_fastest,
    cheapest_for_so_many_calls,
)
from diffbench.bench.comparing.recommendation import recommendation
from diffbench.bench.rows.measured import Measured
from diffbench.bench.rows.results import Status
from diffbench.bench.runner.cells import Cell
from diffbench.interface import Kind


def method(name, call_s, start_s=1e-6, spread=0.01, **facts):
    """A right answer whose times lie within a relative spread; f takes a microsecond."""
    jitter = 1 + spread * np.linspace(-1, 1, 7)
    samples = [(call_s * j, 1e-6) for j in jitter]
    known = {"error_norm": 1e-16, "error_ulp": 0.5, "prepare_s": start_s, "first_s": 0.0} | facts
    return Measured(Cell("f", 2, "gradient", name), Status.OK, samples=samples).knowing(known)


def test_the_fastest_is_taken_where_it_can_be_told_apart():
    said = recommendation([method("reverse", 5e-6), method("forward", 9e-6)])
    assert said == "Take reverse: 0.5 ulp off, 5 µs a gradient (5 times f)."


def test_of_methods_that_cannot_be_told_apart_the_one_that_starts_cheapest_is_taken():
    close = [method("symbolic", 5.0e-6, start_s=1.0), method("compiled", 5.02e-6, start_s=1e-2)]
    assert {m.method for m in as_fast_as_the_fastest(close)} == {"symbolic", "compiled"}
    said = recommendation([*close, method("forward", 9e-6)])
    assert said.startswith("Take compiled: ")
    assert "from which symbolic can't be told apart by time" in said


def test_when_preparing_pays_is_worked_out_over_all_candidates():
    tape = method("reverse", 100e-6, start_s=100e-6)
    formulas = method("symbolic", 20e-6, start_s=8.1e-3)
    native = method("compiled", 1e-6, start_s=100.1e-3)
    steps = cheapest_for_so_many_calls(native, [native, tape, formulas])
    # 8 ms at 80 µs a call, then 92 ms at 19 µs a call
    assert [(m.method, calls) for m, calls in steps] == [
        ("reverse", 1),
        ("symbolic", 100),
        ("compiled", 4843),
    ]
    assert recommendation([native, tape, formulas]).endswith(
        ", after 100 ms of preparation that pays from call 4843 on; before that take symbolic "
        "(from call 100 on), before that reverse. For one call take reverse (100 µs in all), for "
        "1,000 take symbolic (28.1 ms in all)."
    )


def test_one_call_and_a_thousand_are_told_in_one_breath_where_the_method_is_one():
    tape, native = method("reverse", 10e-6, start_s=1e-5), method("compiled", 1e-6, start_s=1.0)
    said = recommendation([native, tape])
    assert said.endswith("For one call and for 1,000 take reverse (10 ms in all).")
    assert "For " not in recommendation([native, method("reverse", 10e-6, start_s=2.0)])


def test_starts_are_measured_once_and_not_told_apart_within_a_fifth():
    """A start has no interval: one of 100 and one of 110 microseconds are the same."""
    close = [method("reverse", 5e-6, start_s=110e-6), method("forward", 9e-6, start_s=100e-6)]
    native = method("compiled", 1e-6, start_s=1.0)
    assert "one call take forward (100 µs in all, from which reverse can't be told" in (
        recommendation([*close, native])
    )


def test_another_package_is_named_with_its_preparation():
    rival = method("jax", 5.02e-6, start_s=0.2, kind=Kind.PEER)
    said = recommendation([method("reverse", 5.0e-6, start_s=0.1), rival])
    assert "from which jax (after 200 ms of preparation) can't be told apart by time" in said


def test_memory_decides_between_methods_that_are_as_fast():
    close = [
        method("forward", 5.0e-6, start_s=1e-4, peak_bytes=2 << 30),
        method("reverse", 5.02e-6, start_s=1e-2, peak_bytes=1 << 20),
    ]
    assert recommendation(close).startswith("Take reverse: ")


@pytest.mark.parametrize(("times", "named"), [(3, True), (30, False)])
def test_who_lacks_memory_is_told_what_else_to_take_where_that_is_bearable(times, named):
    fast = method("forward", 5e-6, peak_bytes=3 << 30)
    lean = method("reverse", times * 5e-6, peak_bytes=5 << 20)
    said = recommendation([fast, lean])
    assert said.startswith("Take forward: ")
    assert named == said.endswith(
        "forward holds 3 GiB; where that is too much take reverse, which holds 5 MiB and takes 3 "
        "times as long."
    )


def test_where_every_call_is_too_long_to_be_timed_again_the_first_answers_are_compared():
    slow = [
        method(name, 1.0, start_s=start_s).knowing({"samples": ()})
        for name, start_s in (("reverse", 9.0), ("forward", 12.0))
    ]
    assert recommendation(slow) == (
        "Take reverse: 0.5 ulp off, 9 s for the first answer; calls that take so long are timed once."
    )


def test_what_is_compiled_already_is_told_apart_from_what_has_to_be_compiled():
    native = method("compiled", 1e-6, start_s=0.3, again_s=2e-3)
    for said in (recommendation([native, method("reverse", 9e-6)]), recommendation([native], 10)):
        assert "(2 ms where it is compiled already)" in said


def test_a_candidate_that_is_never_the_cheapest_is_not_named():
    tape, native = method("reverse", 100e-6, start_s=1e-4), method("compiled", 1e-6, start_s=1e-2)
    dear = method("symbolic", 20e-6, start_s=1.0)
    steps = cheapest_for_so_many_calls(native, [dear, tape, native])
    assert [m.method for m, _ in steps] == ["reverse", "compiled"]


@pytest.mark.parametrize(
    "better", [{"kind": Kind.BY_HAND}, {"status": Status.INACCURATE}, {"error_norm": 1e-7}]
)
def test_what_is_by_hand_or_wrong_or_less_right_is_not_recommended(better):
    said = recommendation([method("reverse", 5e-6), method("other", 1e-6, **better)])
    assert said.startswith("Take reverse: ")


def test_one_sample_each_is_compared_as_it_is():
    once = [
        Measured(m.cell, m.status, samples=m.samples[:1]).knowing(
            {"error_norm": 0.0, "error_ulp": 0.0}
        )
        for m in (method("reverse", 5e-6), method("forward", 5.1e-6))
    ]
    assert recommendation(once).startswith("Take reverse: ")


@pytest.mark.parametrize(
    ("calls", "said"),
    [
        (1, "For one call take reverse: 0.5 ulp off, 100 µs in all, preparation included."),
        (1000, "For 1,000 calls take symbolic: 0.5 ulp off, 28.1 ms in all, preparation included."),
        (
            10**6,
            "For 1,000,000 calls take compiled: 0.5 ulp off, 1.1 s in all, preparation included.",
        ),
    ],
)
def test_for_a_number_of_calls_the_start_counts(calls, said):
    candidates = [
        method("compiled", 1e-6, start_s=100.1e-3),
        method("reverse", 100e-6, start_s=100e-6),
        method("symbolic", 20e-6, start_s=8.1e-3),
    ]
    assert recommendation(candidates, calls) == said


def test_what_cannot_be_told_apart_over_so_many_calls_is_named():
    close = [method("reverse", 5.0e-6), method("forward", 5.02e-6), method("slow", 9e-6)]
    said = recommendation(close, 1000)
    assert said.startswith("For 1,000 calls take reverse") and "from which forward can't be" in said
