"""A zero among cotangents or tangents is strong only if nothing outside moves it: what a sweep with a
strong zero gives is differentiated like any other.
"""

import numpy as np
import pytest

import diffbench as db
from diffbench.errors import NotDifferentiable

METHODS = ("forward", "reverse", "compiled")


def beside_a_root(x):
    """x0 x1, beside an entry for which the first sweep comes to 0 * inf."""
    return x[0] * x[1] + np.where(x[2] > 0, np.sqrt(x[2]), 0.0)


def of_arrays(x):
    return np.sum(x[:1] * x[1:2]) + np.sum(np.where(x > 0, np.sqrt(x), 0.0)[2:])


def of_matrices(x):
    return x[:1] @ x[1:2] + np.sum(np.where(x > 0, np.sqrt(x), 0.0)[2:])


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("f", [beside_a_root, of_arrays, of_matrices])
def test_the_hessian_beside_a_root_that_is_not_taken_has_all_its_entries(f, method):
    """At x0 = 0 the cotangent of x1 is 0, and x0 moves it."""
    found = db.hessian(f, np.array([0.0, 1.0, -1.0]), method=method)
    assert found.tolist() == [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 0.0]]


@pytest.mark.parametrize("method", METHODS)
def test_a_variance_of_zero_squared_again_has_its_second_derivative(method):
    """std(x)**2 at equal entries: the Hessian of the variance, (I - 1/n)/n times 2, as a limit."""
    found = db.hessian(lambda x: np.std(x) ** 2, np.ones(2), method=method)
    np.testing.assert_allclose(found, [[0.5, -0.5], [-0.5, 0.5]], atol=1e-9)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("sort", [np.sort, lambda y: np.partition(y, 0)])
def test_a_tie_that_rounding_hides_beside_the_point_has_no_second_derivative(sort, method):
    """x**2 + 0.7 is 0.7 at the points beside 0 that a limit looks at."""
    with pytest.raises(NotDifferentiable):
        db.hessian(lambda x: sort(x * x + 0.7) @ np.array([1.0, 3.0]), np.zeros(2), method=method)


@pytest.mark.parametrize("method", METHODS)
def test_a_power_whose_exponent_passes_zero_has_its_second_derivative(method):
    """d2/dt2 of (1 + t)**t at 0 is 2."""
    assert db.hessian(lambda t: (1 + t) ** t, 0.0, method=method) == 2.0


# ---------------------------------------------------------------- singular values that are 0
def turned(t):
    """A matrix whose singular values are 1 and |t|, which at t = 0 rounding makes 1e-17."""
    turn = lambda a: np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]])
    return turn(0.3) @ np.diag(np.stack([1.0 + 0 * t, t])) @ turn(0.7)


@pytest.mark.parametrize("method", METHODS)
def test_a_singular_value_that_is_zero_up_to_rounding_has_a_kink(method):
    with pytest.raises(NotDifferentiable):
        db.gradient(lambda t: np.linalg.svdvals(turned(t))[1], 0.0, method=method)


@pytest.mark.parametrize("method", METHODS)
def test_the_vectors_of_a_singular_value_that_is_zero_are_refused(method):
    last = lambda x: np.linalg.svd(np.stack([x, x]), full_matrices=False)[0][:, 1] @ x
    with pytest.raises(NotDifferentiable):
        db.gradient(last, np.array([-1.0, 2.0]), method=method)


@pytest.mark.parametrize("method", METHODS)
def test_where_it_stays_zero_its_slope_is_zero(method):
    """The singular values of [x, x] are sqrt(2) |x| and 0."""
    x = np.array([-3.0, 4.0])
    found = db.gradient(lambda x: np.linalg.svdvals(np.stack([x, x])).sum(), x, method=method)
    np.testing.assert_allclose(found, np.sqrt(2) * x / 5, rtol=1e-14)


# ---------------------------------------------------------------- branch cuts
CUT = {
    "sqrt": lambda z: np.sqrt(z).imag,
    "power": lambda z: (z**0.5).imag,
    "power of an array": lambda z: np.power(z, np.array([2.0, 0.3])).real.sum(),
    "arcsin": lambda z: np.arcsin(2 * z).imag,
    "arccos": lambda z: np.arccos(2 * z).imag,
    "arccosh": lambda z: np.arccosh(z).real,
}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", CUT)
def test_across_a_branch_cut_a_root_has_no_derivative(name, method):
    with pytest.raises(NotDifferentiable):
        db.jacobian(lambda x: CUT[name](x[0] + 1j * x[1]), np.array([-1.0, 0.0]), method=method)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("scale", [1.0, 1.0 + 0j])
def test_along_a_branch_cut_a_root_has_its_derivative(scale, method):
    """sqrt(x + 0j) is i sqrt(-x) for negative x."""
    found = db.derivative(lambda x: np.sqrt(scale * (x + 0j)).imag, -4.0, method=method)
    assert found == -0.25


@pytest.mark.parametrize("method", METHODS)
def test_whole_powers_have_no_cut(method):
    found = db.gradient(
        lambda x: ((x[0] + 1j * x[1]) ** 3).imag, np.array([-1.0, 0.0]), method=method
    )
    assert found.tolist() == [0.0, 3.0]


@pytest.mark.parametrize("method", METHODS)
def test_what_jumps_by_a_turn_has_the_slope_of_both_sides(method):
    angle = lambda x: np.log(x[0] + 1j * x[1]).imag
    assert db.gradient(angle, np.array([-2.0, 0.0]), method=method).tolist() == [0.0, -0.5]


def test_a_mask_of_one_truth_is_not_an_index():
    """x[True] and x[1] are steps of their own in a recorded program."""
    f = lambda x: np.sum(x[x[0] > -9.0] * 1.0) + 10 * x[1]
    gradient = db.prepare(f, np.array([1.0, 2.0]), operator="gradient", method="compiled")
    assert gradient(np.array([1.0, 2.0])).tolist() == [1.0, 11.0]
