"""What a run says: nobody wins among what can't be told apart, and another run of the same code says
the same.
"""

import numpy as np
import pytest
from report_data import EPS, as_frame, row, timing

from diffbench.report.verdicts import verdicts

LINES = range(1, 41)


def timed(method, n, ratio, error=EPS, prepare_s=0.0):
    made = row("valley", n, method, error, ratio) | timing(ratio)
    low, high = 0.9 * made["evaluate_s"], 1.1 * made["evaluate_s"]
    spent = {"prepare_s": prepare_s, "first_s": made["evaluate_s"]}
    return made | spent | {"evaluate_low_s": low, "evaluate_high_s": high}


def said(rows):
    return [sentence.text for sentence in verdicts(as_frame(rows))]


def cheapest(rows):
    (found,) = (text for text in said(rows) if text.startswith("Cheapest"))
    return found.removeprefix("Cheapest within a digit of the best: ").rstrip(".").split("; ")


def test_of_two_that_are_equally_accurate_neither_wins():
    rows = [timed(m, n, 2.0) for n in LINES for m in ("reverse", "forward")]
    assert said(rows)[0] == (
        "Most accurate: forward, within a digit of full precision; reverse can’t be told apart from it."
    )


def test_who_loses_digits_on_a_quarter_of_the_lines_is_told_apart():
    rows = [timed("reverse", n, 2.0) for n in LINES]
    rows += [timed("forward", n, 2.0, 1e-9 if n % 4 == 0 else EPS) for n in LINES]
    (first, *_) = verdicts(as_frame(rows))
    assert first.text == "Most accurate: reverse, within a digit of full precision."
    assert first.figures == "40 of 40 cells, 95 % interval 91% to 100%"  # Wilson, z = 1.96


def test_costs_whose_intervals_overlap_are_level():
    rows = [timed(m, n, r) for n in LINES for m, r in (("reverse", 2.0), ("forward", 2.2))]
    assert cheapest(rows)[2] == "for very many forward (level with reverse)"


def test_preparation_decides_for_one_call_and_not_for_many():
    rows = [timed("reverse", n, 10.0) for n in LINES]
    rows += [timed("compiled", n, 0.5, prepare_s=0.1) for n in LINES]
    assert cheapest(rows) == ["for one call reverse", "for 1,000 reverse", "for very many compiled"]


def test_who_is_cheap_and_wrong_is_not_among_the_cheapest():
    rows = [timed("reverse", n, 10.0) for n in LINES]
    rows += [timed("forward-difference", n, 0.5, 1e-8) for n in LINES]
    assert cheapest(rows)[2] == "for very many reverse"


def test_where_symbolic_ends_and_what_contradicts_is_said_and_what_was_not_run_is_not_counted():
    rows = [timed("reverse", 1, 2.0), row("valley", 1, "symbolic", status="timeout", reason="10 s")]
    rows += [row("valley", 2, "symbolic", status="not run")]
    rows += [row("hill", 1, "reverse", 0.5, 2.0, "inaccurate", "0.5 is above 1e-7")]
    assert said(rows)[1:] == [
        "Symbolic differentiation ends where it ran out of time.",
        "Wrong beyond their tolerance: reverse, on hill.",
    ]
    assert verdicts(as_frame(rows))[1].figures.startswith("0 of 1 line answered")


@pytest.mark.parametrize("seed", range(20))
def test_another_run_of_the_same_code_says_the_same(seed):
    def measured(rng):
        costs = {"compiled": 0.5, "reverse": 8.0, "forward": 30.0, "central-difference": 40.0}
        errors = {"central-difference": 1e-10}
        return [
            timed(m, n, cost * rng.lognormal(0, 0.05), errors.get(m, EPS), 0.1 * (m == "compiled"))
            for n in LINES
            for m, cost in costs.items()
        ]

    first, second = (said(measured(np.random.default_rng([seed, k]))) for k in range(2))
    assert first == second and len(first) == 4
