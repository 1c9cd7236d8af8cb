"""db.implicit: a user's own solver is differentiated by its equations."""

import numpy as np
import pytest
from scipy.optimize import fsolve

import diffbench as db
from diffbench.errors import BadInput, NotDifferentiable

MODES = ["forward", "reverse", "compiled", db.Compiled(native=False)]


def bisected(a):
    low, high = 0.0, 10.0
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if middle**3 + middle < a else (low, middle)
    return (low + high) / 2


def cubic(y, a):
    return y**3 + y - a


def residual(y, p, q):
    return np.stack([y[0] ** 2 + p[0] * y[1] - 3 * q, np.exp(y[1]) + p[1] * y[0] - 2 * q])


def newton(p, q):
    y = np.ones(2)
    for _ in range(60):
        slope = np.array([[2 * y[0], p[0]], [p[1], np.exp(y[1])]])
        y = y - np.linalg.solve(slope, residual(y, p, q))
    return y


P, Q = np.array([0.5, 0.25]), 1.25


@pytest.mark.parametrize("method", MODES)
def test_a_root_moves_as_its_equation_says(method):
    root = db.implicit(bisected, cubic)
    y = bisected(4.0)
    slope = 1 / (3 * y**2 + 1)
    assert db.gradient(root, 4.0, method=method) == pytest.approx(slope, rel=1e-14)
    assert db.hessian(root, 4.0, method=method) == pytest.approx(-6 * y * slope**3, rel=1e-13)


def test_derivatives_of_third_order_are_nested_ones():
    root = db.implicit(bisected, cubic)
    third = db.grad(db.grad(db.grad(root)))(4.0)
    y = bisected(4.0)
    u = 3 * y**2 + 1
    assert third == pytest.approx(-6 / u**4 + 108 * y**2 / u**5, rel=1e-12)
    coefficients = db.taylor(root, 4.0, 3)
    assert coefficients[3] * 6 == pytest.approx(float(third), rel=1e-12)


@pytest.mark.parametrize("method", MODES)
def test_a_system_in_several_arguments(method):
    solved = db.implicit(newton, residual)
    f = lambda p, q: np.sum(np.sin(solved(p, q)))
    found = db.gradient(f, P, Q, argnums=(0, 1), method=method)
    rough = db.gradient(
        lambda p, q: np.sum(np.sin(newton(p, q))), P, Q, argnums=(0, 1), method="richardson"
    )
    np.testing.assert_allclose(found[0], rough[0], rtol=1e-8)
    np.testing.assert_allclose(found[1], rough[1], rtol=1e-8)
    jacobian = db.jacobian(solved, P, Q, method=method)
    y = newton(P, Q)
    slope = np.array([[2 * y[0], P[0]], [P[1], np.exp(y[1])]])
    np.testing.assert_allclose(jacobian, -np.linalg.solve(slope, np.diag(y[::-1])), rtol=1e-12)


def test_forward_and_reverse_agree_on_second_derivatives():
    solved = db.implicit(newton, residual)
    f = lambda p: np.sum(solved(p, Q) ** 2)
    forward, reverse = (db.hessian(f, P, method=method) for method in ("forward", "reverse"))
    np.testing.assert_allclose(forward, reverse, rtol=1e-11)
    np.testing.assert_allclose(forward, forward.T, rtol=1e-11)


def test_a_solver_of_scipy_s_compiled_code():
    energy = db.implicit(
        lambda a: fsolve(lambda y: y * np.exp(y) - a, 0.5, xtol=1e-12)[0],
        lambda y, a: y * np.exp(y) - a,
    )
    w = float(energy(1.0))
    assert db.gradient(energy, 1.0) == pytest.approx(w / (1 + w), rel=1e-10)  # Lambert's W


def test_the_solver_sees_plain_numbers_only_and_once_in_a_gradient():
    seen = []

    def solve(a):
        seen.append(type(a))
        return np.sqrt(a)

    root = db.implicit(solve, lambda y, a: y * y - a)
    with db.settings(verify="never"):
        db.gradient(lambda a: root(a) * 2, 4.0)
    assert len(seen) == 1 and issubclass(seen[0], (np.ndarray, np.floating, float))


@pytest.mark.parametrize("method", ["forward", "reverse"])
def test_a_double_root_and_an_unfinished_one_are_refused(method):
    double = db.implicit(lambda a: np.asarray(a) * 0.0, lambda y, a: y**2 + a * 0)
    with pytest.raises(NotDifferentiable, match="singular"):
        db.gradient(double, 1.0, method=method)
    rough = db.implicit(lambda a: np.round(np.sqrt(a), 3), lambda y, a: y * y - a)
    with pytest.raises(NotDifferentiable, match="narrower tolerance"):
        db.gradient(rough, 2.0, method=method)


def test_a_residual_of_another_shape_is_refused():
    wrong = db.implicit(lambda a: np.ones(2) * a, lambda y, a: np.sum(y) - 2 * a)
    with pytest.raises(BadInput, match="one equation for each unknown"):
        db.jacobian(wrong, 1.0)
