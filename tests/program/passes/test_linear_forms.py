"""Collected sums of multiples: the same numbers by fewer calls of NumPy."""

from collections import Counter

import numpy as np
import pytest

from diffbench.program import record
from diffbench.program.derive.differentiate import value_and_gradient
from diffbench.program.passes.pipelines import simplify
from diffbench.program.passes.sums.linear_forms import collect_terms

EPS = np.finfo(float).eps
MATRIX = np.arange(16.0).reshape(4, 4)


def names(program):
    return Counter(equation.primitive.name for equation in program.equations)


def collected(f, x):
    return collect_terms(simplify(record(f, x)))


CASES = [
    (lambda x: -(2 * x) - 2 * np.exp(x), {"exp": 1, "add": 1, "multiply": 1}),
    (lambda x: (2 * np.sin(x)) * (3 * np.cos(x)), {"sin": 1, "cos": 1, "multiply": 2}),
    (lambda x: np.sum(5 * (x * np.exp(x))), {"exp": 1, "matmul": 1, "multiply": 1}),
    (
        lambda x: np.sum(3 * (x - 1) ** 2 + np.sin(x) ** 2),
        {"subtract": 1, "sin": 1, "matmul": 2, "multiply": 1, "add": 1},
    ),
    (
        lambda x: np.sum(3 * (x - 1) ** 2 - np.sin(x) * x),
        {"subtract": 2, "sin": 1, "multiply": 3, "sum": 1},
    ),
    (
        lambda x: x[0] * np.sin(x) + x[1] * np.sin(x),
        {"getitem": 2, "sin": 1, "add": 1, "multiply": 1},
    ),
    (
        lambda x: np.sin(x) / x[0] + np.cos(x) * 4 / 2,
        {"getitem": 1, "sin": 1, "cos": 1, "divide": 2, "multiply": 1, "add": 1},
    ),
    (lambda x: np.sum(np.outer(x, x) * MATRIX), {"multiply": 1, "reshape": 3, "matmul": 1}),
]


@pytest.mark.parametrize("f, wanted", CASES, ids=range(len(CASES)))
def test_like_terms_meet_numbers_move_and_products_become_dot_products(f, wanted):
    x = np.array([0.3, -1.2, 2.0, 0.7])
    program = collected(f, x)
    assert names(program) == wanted
    np.testing.assert_allclose(program(x), f(x), rtol=32 * EPS)


def test_numbers_far_from_one_stay_where_they_cannot_overflow():
    f = lambda x: (1e-200 * np.exp(x)) * (1e-200 * np.exp(-x)) * 1e300
    x = np.array([250.0, 460.0])
    program = collected(f, x)
    np.testing.assert_allclose(program(x), f(x), rtol=32 * EPS)
    assert any(1e-200 in equation.args for equation in program.equations)


def test_infinities_of_equal_sign_still_cancel_to_nan():
    f = lambda x: np.exp(x) - 1 * np.exp(x)
    with np.errstate(all="ignore"):
        assert np.isnan(collected(f, np.ones(2))(np.array([1000.0, 1.0]))).tolist() == [True, False]


def test_the_valley_costs_two_dot_products_and_nine_other_calls():
    f = lambda x: np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)
    program = collect_terms(simplify(value_and_gradient(simplify(record(f, np.ones(5))))))
    counted = names(program)
    arrays = [
        e
        for e in program.equations
        if e.output.shape and e.primitive.name not in ("getitem", "assemble")
    ]
    assert counted["matmul"] == 2
    assert len(arrays) <= 8


def test_a_large_product_summed_along_its_first_axis_is_never_written():
    x = np.linspace(-1, 1, 40000).reshape(80, 500)
    f = lambda x: np.sum(3 * (np.sin(x) * np.cos(x)), axis=0)
    program = collected(f, x)
    assert names(program) == {"sin": 1, "cos": 1, "contract": 1, "multiply": 1}
    np.testing.assert_allclose(program(x), f(x), rtol=1e-13, atol=1e-13)
    assert names(collected(lambda x: np.sum(np.sin(x) * x, axis=1), x)) == {
        "sin": 1,
        "multiply": 1,
        "sum": 1,
    }


@pytest.mark.parametrize(
    "f",
    [
        lambda x: 0 * x + 0 * np.sin(x),
        lambda x: np.sum(1e-300 * np.exp(x)),
        lambda x: 1e300 * x - 1e300 * x,
    ],
)
def test_zeros_and_extreme_numbers_keep_their_meaning(f):
    x = np.array([700.0, 705.0, 708.0])
    np.testing.assert_allclose(collected(f, x)(x), f(x), rtol=1e-13)


def test_differences_that_cancel_are_taken_where_they_were_written():
    f = lambda x: np.sin(x) * 1e-8 + (np.exp(x) - 1.0000001 * np.exp(x))
    rounding = lambda x: (x + np.exp(40 * x)) - np.exp(40 * x)
    loss = lambda x: np.sum(np.maximum(1e6 * x, 0) - 1e6 * x * (x > 0))
    x = np.array([0.7, 0.9, 1.0])
    for g in (f, rounding, loss):
        np.testing.assert_array_equal(collected(g, x)(x), g(x))
