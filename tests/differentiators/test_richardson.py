"""Richardson extrapolation removes one power of h² a column."""

import numpy as np
import pytest

from diffbench.differences.extrapolation import tableau
from diffbench.differences.stencils import central
from diffbench.differentiators.richardson import Richardson
from diffbench.errors import BadInput, NotDifferentiable


def test_each_column_removes_one_power_of_h_squared():
    h = 2.0 ** np.arange(5)
    for column in range(1, 5):
        values = 7 + sum(h ** (2 * power) for power in range(1, column + 1))
        assert tableau(values)[-1][column] == pytest.approx(7, rel=1e-12)


def test_an_error_in_powers_of_h_is_removed_at_any_steps():
    h = np.array([1.0, 1.5, 2.0, 5.0])
    assert tableau(3 + h + h**2 + h**3, h)[-1][-1] == pytest.approx(3, rel=1e-13)


def test_the_first_column_is_the_central_difference_of_order_four():
    f, x, h = np.exp, 0.3, 0.1
    difference = [(f(x + s) - f(x - s)) / (2 * s) for s in (h, 2 * h)]
    stencil = central(4)
    weighted = stencil.combine([f(x + float(o) * h) for o in stencil.offsets], h)
    assert tableau(difference)[1][1] == pytest.approx(weighted, rel=1e-14)


def test_smooth_functions_lose_no_more_than_three_digits():
    x = np.linspace(-2, 2, 9)
    jacobian = Richardson().jacobian(lambda x: np.exp(x) * np.sin(x), x)
    exact = np.diag(np.exp(x) * (np.sin(x) + np.cos(x)))
    np.testing.assert_allclose(jacobian, exact, atol=1e3 * 2.0**-52 * 8)


def test_jvp_and_hessian_agree_with_the_formulas():
    f = lambda x: np.sin(x[0]) * x[1] ** 3
    x, v = np.array([0.5, 1.5]), np.array([2.0, -1.0])
    gradient = [np.cos(0.5) * 1.5**3, np.sin(0.5) * 3 * 1.5**2]
    hessian = [
        [-np.sin(0.5) * 1.5**3, np.cos(0.5) * 3 * 1.5**2],
        [np.cos(0.5) * 3 * 1.5**2, np.sin(0.5) * 9],
    ]
    np.testing.assert_allclose(Richardson().jvp(f, x, v)[1], gradient @ v, rtol=1e-11)
    np.testing.assert_allclose(Richardson().hessian(f, x), hessian, rtol=1e-9)


def test_float32_stays_float32():
    assert Richardson().jacobian(np.sin, np.ones(2, np.float32)).dtype == np.float32


def test_a_ladder_of_one_rung_is_refused():
    with pytest.raises(BadInput, match="at least 2 rungs"):
        Richardson(rungs=1)


def test_the_ladder_shrinks_into_the_domain_of_f():
    x = np.array([0.1, 1e-3])
    jacobian = Richardson().jacobian(lambda x: np.sum(x * np.log(x)), x)
    np.testing.assert_allclose(jacobian, np.log(x) + 1, rtol=1e-7)


def test_where_no_step_is_allowed_the_reason_is_that_of_the_differences():
    with pytest.raises(NotDifferentiable, match="a neighbour the stencil needs"):
        Richardson().jacobian(lambda x: np.sqrt(x), np.zeros(1))


@pytest.mark.parametrize("frequency", [1.0, 30.0, 100.0, 1e4])
def test_ladders_shrink_to_the_scale_of_f(frequency):
    found = Richardson().jacobian(lambda t: np.sin(frequency * t), np.array(1.0))
    assert found == pytest.approx(frequency * np.cos(frequency), rel=1e-9)


@pytest.mark.parametrize("size", [1e-7, 5.5e-4])
def test_ladders_shrink_to_small_coordinates(size):
    x = np.array([240.0, size])
    f = lambda b: b[0] * (1 - np.exp(-b[1] * np.array([0.5, 2.0]) / size))
    exact = [[1 - np.exp(-t), 240 * t / size * np.exp(-t)] for t in (0.5, 2.0)]
    np.testing.assert_allclose(Richardson().jacobian(f, x), exact, rtol=1e-8)


def test_what_no_ladder_knows_is_refused():
    rng = np.random.default_rng(0)
    with pytest.raises(NotDifferentiable, match="no digit of entry"):
        Richardson().jacobian(lambda x: np.sum(x) * 1e-3 + rng.normal(), np.ones(2))


def test_zeros_are_answered():
    assert Richardson().jacobian(np.cos, np.array(0.0)) == 0
    assert abs(Richardson().jacobian(lambda x: 5 + (x - 1) ** 2, np.array(1.0))) < 1e-12
