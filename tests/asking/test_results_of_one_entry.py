"""A result of one entry counts as the number that a gradient needs; whole numbers count as floats."""

import numpy as np
import pytest
import scipy.optimize

import diffbench as db
from diffbench.errors import BadPoint, NotScalar

X = np.array([2.0, 5.0, 1.0])
METHODS = ("forward", "reverse", "compiled", "complex-step", "central-difference", "richardson")
RESULTS = (
    lambda x: x[:1] ** 2 * x[1],
    lambda x: np.reshape(x[:1] ** 2 * x[1], (1, 1)),
    lambda x: [x[0] ** 2 * x[1]],
    lambda x: np.atleast_1d(x[0] ** 2 * x[1]),
)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("f", RESULTS)
def test_a_result_of_one_entry_is_a_number(f, method):
    value, gradient = db.value_and_gradient(f, X, method=method)
    assert np.shape(value) == ()
    np.testing.assert_allclose(value, 20.0, rtol=1e-15)
    np.testing.assert_allclose(gradient, [20.0, 4.0, 0.0], rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(db.gradient(f, X, method=method), gradient, rtol=1e-14, atol=1e-12)
    found = db.hessian(f, X, method=method)
    np.testing.assert_allclose(found, [[10, 4, 0], [4, 0, 0], [0, 0, 0]], rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(db.hvp(f, X, np.ones(3), method=method), found.sum(1), atol=1e-3)
    assert db.jacobian(f, X, method=method).shape == (*np.shape(f(X)), 3)


@pytest.mark.parametrize("method", METHODS)
def test_a_result_of_two_entries_is_none(method):
    with pytest.raises(NotScalar, match=r"\(2,\)"):
        db.gradient(lambda x: x[:2], X, method=method)


@pytest.mark.parametrize("method", METHODS)
def test_whole_numbers_are_floats(method):
    f = lambda x: np.sum(x**2 / 3)
    for point in ([1, 2], np.array([1, 2]), np.array([1, 2], dtype=np.uint8)):
        np.testing.assert_allclose(db.gradient(f, point, method=method), [2 / 3, 4 / 3], rtol=1e-7)
    assert db.derivative(lambda t: t**2 / 3, 2, method=method) == pytest.approx(4 / 3, rel=1e-7)
    with pytest.raises(BadPoint, match="bool"):
        db.gradient(f, [True, False], method=method)


def test_curve_fit_may_start_at_whole_numbers():
    t = np.linspace(0, 1, 20)
    model = lambda t, a, b: a * np.exp(-b * t)

    def jacobian(t, *p):
        return db.jacobian(lambda p: model(t, *p), p)

    found, _ = scipy.optimize.curve_fit(model, t, model(t, 2.5, 1.3), p0=[1, 1], jac=jacobian)
    np.testing.assert_allclose(found, [2.5, 1.3], rtol=1e-8)
