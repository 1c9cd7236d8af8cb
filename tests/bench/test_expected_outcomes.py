"""Every method is held to what the committed file expects of it, and what drifts is printed."""

from pathlib import Path

import pytest

import diffbench as db
from diffbench.bench.rows.expected import ANYBODY, drift, lines, met, read
from diffbench.bench.rows.results import Status
from diffbench.bench.runner.cells import Suite, contestants
from diffbench.errors import BadInput
from diffbench.registry import find

FILE = Path(__file__).parents[1] / "data" / "expected-outcomes.csv"
EXPECTED = read(FILE)
SLICE = (
    "hello",
    "rosenbrock",
    "baydin",
    "bisection",
    "noisy",
    "kepler",
    "cancelling",
    "regularised_risk",
    "nist_rat43",
)
ONCE = Suite("once", sizes=1, rounds=1, sample_s=0.0005, cell_s=0.01, timeout_s=60, reference_s=60)


def a_row(**other):
    row = {"problem": "p", "size": 2, "method": "m", "status": "ok", "reason": None}
    return row | other


def test_every_problem_and_every_method_of_the_file_exists():
    problems, methods = set(db.list_problems()), {ANYBODY, *contestants(None)}
    assert {(name in problems, method in methods) for name, _, method in EXPECTED} == {(True, True)}


def test_outcomes_are_words_of_the_contract_and_what_is_not_ok_says_why():
    words = set(map(str, Status))
    assert all(set(outcomes) <= words for outcomes in EXPECTED.values())
    for line in FILE.read_text().splitlines()[1:]:
        assert line.split(",")[3] == Status.OK or line.split(",", 4)[4]


def test_nobody_is_expected_to_fail_or_to_crash():
    """A why-not is a refusal, a limit of float64, or time."""
    meant = {"ok", "inaccurate", "unsupported", "timeout", "out-of-memory", "unknown"}
    assert {word for outcomes in EXPECTED.values() for word in outcomes} <= meant


@pytest.mark.parametrize("method", ["forward", "reverse", "compiled"])
def test_where_tracing_is_inaccurate_it_is_because_float64_or_the_program_is(method):
    """The roots that only differences see, and the curve written so that it cancels."""
    wrong = {
        name
        for (name, _, m), outcomes in EXPECTED.items()
        if m == method and "inaccurate" in outcomes
    }
    assert wrong <= {"bisection", "bisection_from_moving_end", "cancelling", "logistic_map"}


@pytest.mark.parametrize("method", ["forward", "reverse", "compiled"])
def test_tracing_has_an_outcome_at_every_problem_and_size(method):
    """At least a size that is waited for is known of every problem."""
    known = {(name, size) for name, size, m in EXPECTED if m in (method, ANYBODY)}
    for name in db.list_problems():
        assert {(name, size) for size in find("problems", name).sizes} <= known, name


def test_a_slice_of_the_matrix_ends_as_expected():
    found = db.run(SLICE, suite=ONCE).rows
    assert len(found) == len(SLICE) * len(contestants(None))
    assert drift(found, EXPECTED) == []


def test_a_row_that_ends_otherwise_is_told_with_both_outcomes():
    expected = {("p", 2, ANYBODY): ("ok",), ("p", 2, "slow"): ("ok", "timeout")}
    rows = [
        a_row(status="inaccurate", reason="a digit is lost"),
        a_row(method="slow", status="timeout"),
        a_row(method="other", status="not run"),
        a_row(size=10, status="crashed"),
    ]
    assert drift(rows, expected) == ["p at 2, m: inaccurate and not ok (a digit is lost)"]


def test_waiting_less_than_the_file_excuses_a_time_out_and_waiting_longer_may_bring_an_answer():
    expected = {("p", 2, ANYBODY): ("ok",), ("p", 2, "slow"): ("timeout",)}
    late = [a_row(status="timeout", reason="killed after 2 s")]
    assert drift(late, expected, timeout_s=2) == [] and len(drift(late, expected)) == 1
    assert drift([a_row(method="slow")], expected) == []
    assert len(drift([a_row(method="slow", status="inaccurate")], expected)) == 1


def test_other_packages_are_not_what_anybody_stands_for():
    expected = {("p", 2, ANYBODY): ("ok",)}
    assert drift([a_row(method="autograd", status="unsupported")], expected) == []
    assert len(drift([a_row(method="forward", status="unsupported")], expected)) == 1


def test_a_file_written_from_a_run_expects_that_run():
    rows = [a_row(), a_row(method="slow", status="timeout", reason="killed")]
    assert list(lines(met(rows)))[1:] == [
        ("p", 2, "*", "ok", ""),
        ("p", 2, "slow", "timeout", "killed"),
    ]


def test_another_file_is_refused(tmp_path):
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    with pytest.raises(BadInput, match="columns must be"):
        read(tmp_path / "other.csv")
