"""Rewrites as rows: a pattern is met on numbers and on arrays alike, in every order of what commutes,
and what is worth looking at is read off the patterns.
"""

import numpy as np
import pytest

import diffbench as db
from diffbench.program.passes.pipelines import SIMPLIFICATION
from diffbench.program.passes.rewriting.patterns import Rules, once, row, whole_numbers
from diffbench.program.passes.rewriting.simplify import rewrite
from diffbench.rules.table import primitives

POINTS = {"number": np.float64(0.3), "array": np.array([0.3, -1.7, 2.0])}
NAMES = {primitive.name for primitive in primitives.values()}
ROWS = [each for step in SIMPLIFICATION for each in step.rows]


def names(f, x, *rows):
    return [e.primitive.name for e in rewrite(db.record(f, x), Rules(rows)).equations]


@pytest.mark.parametrize("x", POINTS.values(), ids=POINTS)
@pytest.mark.parametrize(
    "pattern, instead, f, left",
    [
        ("sqrt(x * x)", "abs(x)", lambda x: np.sqrt(x * x), ["absolute"]),
        ("maximum(x, x)", "x", lambda x: np.maximum(np.sin(x), np.sin(x)), ["sin"]),
        ("x * -y", "-(x * y)", lambda x: (-x) * np.sin(x), ["sin", "multiply", "negative"]),
        ("m * (n * x)", "(m * n) * x", lambda x: (x * 4.0) * 0.5, ["multiply"]),
        (
            "exp(x) * exp(y)",
            "exp(x + y)",
            lambda x: np.exp(x) * np.exp(-x),
            ["negative", "add", "exp"],
        ),
        ("x - x", "0", lambda x: np.sin(x) - np.sin(x) + x, ["add"]),
        ("sin(-x)", "-sin(x)", lambda x: np.sin(np.cos(x)), ["cos", "sin"]),
    ],
)
def test_a_row_applies_to_numbers_and_to_arrays_alike(pattern, instead, f, left, x):
    assert names(f, x, row(pattern, instead, "for this test")) == left


@pytest.mark.parametrize("x", POINTS.values(), ids=POINTS)
def test_a_letter_that_comes_twice_is_the_same_thing_twice(x):
    alike = row("x - x", "0", "for this test")
    assert names(lambda x: np.sin(x) - np.cos(x), x, alike) == ["sin", "cos", "subtract"]


@pytest.mark.parametrize("x", POINTS.values(), ids=POINTS)
def test_what_is_read_elsewhere_too_stays_where_a_row_asks_for_a_part_read_once(x):
    joined = row("m * (n * x)", "(m * n) * x", "for this test", once)
    assert names(lambda x: 4.0 * (0.5 * x), x, joined) == ["multiply"]
    assert names(lambda x: 4.0 * (0.5 * x) + np.sin(0.5 * x), x, joined).count("multiply") == 2


def test_zero_in_a_pattern_is_not_minus_zero():
    dropped = row("x + 0", "x", "for this test")
    assert names(lambda x: x + 0.0, 0.3, dropped) == []
    assert names(lambda x: x + -0.0, 0.3, dropped) == ["add"]


def test_the_difference_of_a_thing_and_itself_is_0_for_whole_numbers_and_stays_for_floats():
    def of_whole(x):
        k = np.sum(np.stack([x, 2 * x]) > 0.5, axis=0)
        return x * (k - k + 1)

    vanishing = [each for each in ROWS if each.pattern == "x - x"]
    assert [each.where for each in vanishing] == [(whole_numbers,)]
    for x in POINTS.values():
        assert "subtract" not in names(of_whole, x, *ROWS)
        assert "subtract" in names(lambda x: np.sin(x) - np.sin(x), x, *ROWS)  # inf - inf is NaN


def test_what_tells_is_read_off_the_patterns():
    rules = Rules(
        [
            row("x * 1", "x", ""),
            row("x + -y", "x - y", ""),
            row("x + x", "2.0 * x", ""),
            row("square(x)", "x * x", ""),
        ]
    )
    assert rules.telling == {"multiply": {1}}
    assert set(rules.listeners) == {"negative"}
    assert {name for name, _ in rules.listeners["negative"]} == {"add"}
    assert rules.twice == {"add"} and rules.always == {"square"}


@pytest.mark.parametrize("each", ROWS, ids=lambda each: f"{each.pattern} ({each.reason})")
def test_every_row_has_its_reason_and_a_pattern_that_can_be_read(each):
    assert each.reason
    assert {variant.name for variant in each.variants()} <= NAMES
