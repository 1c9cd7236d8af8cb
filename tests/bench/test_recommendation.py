"""Which method to take, on measurements that no clock made: only between methods that can be told
apart, and over all candidates.
"""

import numpy as np
import pytest

from diffbench.bench.comparing.recommendation import (
    as_fast_as_the_fastest,
    cheapest_for_so_many_calls,
    recommendation,
)
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
        "(from call 100 on), before that reverse."
    )


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
