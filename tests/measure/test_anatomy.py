"""The anatomy of an error: the published figures taken apart into data, method and arithmetic, and
the bound that covers the last.
"""

from fractions import Fraction

import numpy as np
import pytest
import sympy

from diffbench.asking import operators
from diffbench.errors import Unsupported
from diffbench.measure.error.accuracy import errors
from diffbench.measure.error.anatomy import anatomy, idealised_difference
from diffbench.measure.error.running_error import derivative_error_bound
from diffbench.measure.reference.true_derivative import reference

EPS = np.finfo(float).eps


def logistic(n):
    def iterate(x):
        for _ in range(n - 1):
            x = 4 * x * (1 - x)
        return x

    return iterate


def baydin_in_x2(x):
    return np.float32(np.log(np.float32(2))) + np.float32(2) * x - np.sin(x)


def difference(f, x, h, central):
    return (f(x + h) - f(x - h)) / (2 * h) if central else (f(x + h) - f(x)) / h


def ideal(f, x, h, central):
    return idealised_difference(
        f, x, *(([1, -1], [0.5, -0.5]) if central else ([1, 0], [1, -1])), h
    )


def test_rounding_one_fifth_shifts_the_eighth_iterates_derivative_in_its_fourteenth_digit():
    f = logistic(8)
    parts = anatomy(f, 0.2, operators.derivative(f, 0.2), meant=Fraction(1, 5))
    assert float(parts.data) == pytest.approx(-101.44225225228561 + 101.44225225228605, rel=0.02)
    assert parts.method == 0.0
    assert float(parts.truth) == pytest.approx(-101.44225225228605, rel=1e-15)


@pytest.mark.parametrize(
    ("h", "forward", "central"),
    [
        (1e-1, 2.013, 5.539),
        (1e-2, 2.717e-1, 6.571e-2),
        (1e-3, 3.304e-2, 6.581e-4),
        (1e-4, 3.363e-3, 6.581e-6),
        (1e-5, 3.369e-4, 6.581e-8),
    ],
)
def test_the_truncation_of_a_difference_is_its_method_error(h, forward, central):
    """The published errors of l4 at 0.2, on the branch where round-off does not show."""
    for is_central, published in ((False, forward), (True, central)):
        f = logistic(4)
        parts = anatomy(
            f, 0.2, difference(f, 0.2, h, is_central), idealised=ideal(f, 0.2, h, is_central)
        )
        assert abs(float(parts.method)) == pytest.approx(published, rel=1e-3)
        assert abs(float(parts.arithmetic)) < 1e-2 * abs(float(parts.method))


def test_a_step_too_small_leaves_arithmetic_error_alone():
    f, h = logistic(4), 1e-12
    parts = anatomy(
        f, 0.2, difference(f, 0.2, h, central=False), idealised=ideal(f, 0.2, h, central=False)
    )
    assert abs(float(parts.arithmetic)) > 1e4 * abs(float(parts.method))


def test_the_single_precision_difference_of_the_survey_is_round_off():
    """0.09509147664614881 off, of which 4.8e-6 is truncation: 17 quanta of f instead of 18."""
    x, h = np.float32(5), np.float32(1e-5)
    computed = difference(baydin_in_x2, x, h, central=False)
    parts = anatomy(baydin_in_x2, x, computed, idealised=ideal(baydin_in_x2, x, h, central=False))
    assert computed == np.float32(1.6212463)
    assert float(parts.total) == pytest.approx(-0.09509147664614881, rel=1e-12)
    assert float(parts.method) == pytest.approx(-4.79e-6, rel=2e-3)
    quantum = np.spacing(baydin_in_x2(x))
    assert quantum == 2.0**-20
    assert float(parts.arithmetic) == pytest.approx(-quantum / h, rel=5e-3)


def test_the_three_errors_add_up_to_the_whole():
    f, x = logistic(6), 0.3
    computed = difference(f, x, 1e-6, central=True)
    parts = anatomy(
        f, x, computed, meant=Fraction(3, 10), idealised=ideal(f, x, 1e-6, central=True)
    )
    assert float(parts.total) == pytest.approx(float(computed - parts.truth), rel=1e-6)


@pytest.mark.parametrize(
    ("n", "form", "published"),
    [(4, sympy.expand, 8.3), (6, sympy.factor, 1.1e5), (6, sympy.expand, 1.3e10)],
)
def test_a_simplified_derivative_is_worse_by_the_published_orders(n, form, published):
    """Error in eps of l_n' at 0.2; round-off, so within a factor of ten. Automatic differentiation
    has 3 eps on both.
    """
    x = sympy.Symbol("x", real=True)
    rewritten = sympy.lambdify(x, form(sympy.diff(logistic(n)(x), x)))
    truth = reference(logistic(n), 0.2, "derivative")
    found = errors(np.float64(rewritten(0.2)), truth).rel / EPS
    assert published / 10 < found < published * 10
    assert errors(np.float64(operators.derivative(logistic(n), 0.2)), truth).rel < 8 * EPS


# ---- the running error bound


@pytest.mark.parametrize(("n", "published"), [(4, 15.8), (8, 4.9e3), (10, 1.7e5), (20, 7e10)])
def test_the_running_bound_covers_the_round_off_of_a_chaotic_iteration(n, published):
    """In eps of the derivative at 0.2: valid always, and pessimistic in the published order."""
    truth, bounded = (
        reference(logistic(n), 0.2, "derivative"),
        derivative_error_bound(logistic(n), 0.2),
    )
    bound = float(bounded.error / abs(truth.value)) / EPS
    assert errors(bounded.value, truth).rel / EPS <= bound
    assert published / 4 < bound < published * 4


def test_the_running_bound_covers_sums_products_and_functions_of_arrays():
    rng = np.random.default_rng(2)
    matrix, x, v = rng.normal(size=(5, 4)), rng.normal(size=4), rng.normal(size=4)
    f = lambda x: np.sum(np.tanh(matrix @ x) ** 2) + np.exp(x[0]) * np.mean(np.abs(x))
    truth, bounded = reference(f, x, "jvp", v), derivative_error_bound(f, x, v)
    assert abs(bounded.value - truth.value) <= bounded.error < 1e-12


def test_a_product_by_a_power_of_two_adds_no_error():
    assert derivative_error_bound(lambda x: 4 * x * 0.5, 0.3).error == 0.0


def test_an_operation_without_a_bound_is_refused_by_name():
    with pytest.raises(Unsupported, match=r"linalg\.solve has no running error bound"):
        derivative_error_bound(
            lambda x: np.sum(np.linalg.solve(np.eye(2) + x, x)), np.ones(2), np.ones(2)
        )
