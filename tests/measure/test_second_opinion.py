"""The reference is held against plain f: what shares a fault with the methods under test judges
nothing, and where there is no reference, differences with their error bar are one.
"""

import math
from array import array

import numpy as np
import pytest

from diffbench import compare
from diffbench.errors import Unsupported
from diffbench.interface import Operator
from diffbench.measure.reference.second_opinion import held_against_f, judge
from diffbench.measure.reference.true_derivative import Reference, reference

X = np.array([0.5, 0.8])


class Remembering:
    """A function that answers from memory where it has been: traced, its value is a constant."""

    def __init__(self, x):
        self.x, self.value = x.copy(), np.sum(x**3)

    def __call__(self, x):
        return self.value if np.array_equal(x, self.x) else np.sum(x**3)


def in_c(x):
    """What no array of ours gets through."""
    a, b = array("d", x)
    return math.sin(a) * b


IN_C = {
    Operator.GRADIENT: [np.cos(0.5) * 0.8, np.sin(0.5)],
    Operator.HESSIAN: [[-np.sin(0.5) * 0.8, np.cos(0.5)], [np.cos(0.5), 0.0]],
}


@pytest.mark.parametrize("operator", IN_C)
def test_where_f_cant_be_recorded_the_estimate_with_its_bar_is_the_reference(operator):
    found = judge(in_c, X, operator)
    assert found.method == "estimate on plain f" and "can't be recorded" in found.reason
    assert np.all(np.abs(found.value - IN_C[operator]) <= found.bars + 1e-15)
    assert np.max(found.bars) < 1e-6


@pytest.mark.parametrize("operator", (Operator.JVP, Operator.VJP, Operator.HVP))
def test_products_are_estimated_too(operator):
    direction = np.array(1.5) if operator is Operator.VJP else np.array([1.0, -2.0])
    right = {
        Operator.JVP: np.array(IN_C[Operator.GRADIENT]) @ [1.0, -2.0],
        Operator.VJP: 1.5 * np.array(IN_C[Operator.GRADIENT]),
        Operator.HVP: np.array(IN_C[Operator.HESSIAN]) @ [1.0, -2.0],
    }[operator]
    found = judge(in_c, X, operator, direction)
    np.testing.assert_allclose(found.value, right, rtol=1e-6)
    assert np.all(np.abs(found.value - right) <= found.bars + 1e-15)


def test_a_function_in_c_gets_a_verdict_and_the_row_says_by_what_it_was_judged():
    class Wrong:
        name = "wrong"

        def gradient(self, f, x):
            return np.array([np.cos(x[0]), np.sin(x[0])])

    right, wrong = compare(in_c, X, methods=["central-difference", Wrong()]).rows
    assert (right["status"], wrong["status"]) == ("ok", "inaccurate")
    assert "judged by an estimate on plain f" in right["reason"] and right["error_norm"] < 1e-8


def test_a_function_that_is_random_has_no_reference():
    rng = np.random.default_rng(0)
    with pytest.raises(Unsupported, match="returned two values at the same x"):
        judge(lambda x: in_c(x) + rng.normal(), X, Operator.GRADIENT)


def test_a_constant_that_f_remembers_is_contradicted_by_differences():
    f = Remembering(X)
    claimed = Reference.from_dict(
        reference(lambda x: 0 * np.sum(x), X, Operator.GRADIENT).to_dict()
    )  # what a recording of f at X says: the value is a constant
    found = held_against_f(claimed, f, X)
    assert "beside x plain f is" in found.contradiction and "remembers" in found.contradiction


@pytest.mark.parametrize("operator", (Operator.GRADIENT, Operator.JACOBIAN, Operator.HESSIAN))
def test_a_right_reference_is_not_contradicted(operator):
    f = lambda x: np.exp(x[0]) * np.sin(x[1]) + x[0] ** 3
    assert not judge(f, X, operator).contradiction


def test_many_coordinates_are_looked_at_along_two_lines():
    x, calls = np.linspace(0.1, 2.0, 300), []

    def f(x):
        calls.append(1)
        return np.sum(np.sin(x) * x)

    found = reference(f, x, Operator.GRADIENT)
    calls.clear()
    assert not held_against_f(found, f, x).contradiction and len(calls) < 150
    constant = reference(lambda x: 0 * np.sum(x), x, Operator.GRADIENT)
    assert held_against_f(constant, Remembering(x), x).contradiction


@pytest.mark.parametrize(
    ("f", "x"),
    [(lambda x: (1.0 - np.cos(x)) / x**2, 1e-8), (lambda x: np.log1p(-x) / x, 1e-9)],
)
def test_rounding_of_plain_f_is_nothing_against_the_reference(f, x):
    assert not judge(f, np.array(x), Operator.DERIVATIVE).contradiction


def test_a_reference_with_bars_survives_being_written():
    found = judge(in_c, X, Operator.GRADIENT)
    again = Reference.from_dict(found.to_dict())
    np.testing.assert_array_equal(again.bars, found.bars)
    assert again.reason == found.reason
