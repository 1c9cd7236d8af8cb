"""What a function changes after use, through a view, or behind an overflow: the derivative follows
NumPy, or is refused.
"""

import numpy as np
import pytest

import diffbench as db
from diffbench.errors import BadInput, BadPoint, DiffbenchError, MissingRule, NotDifferentiable

X = np.array([3.0, 1.0, 2.0])
METHODS = ("forward", "reverse", "compiled")


def read_then_index_changed(x):
    index = np.array([0, 1])
    y = x[index]
    index[0] = 2
    return np.sum(y**2)


def written_then_index_changed(x):
    index, y = np.array([0, 1]), x * 1.0
    y[index] = x[1:] ** 2
    index[0] = 2
    return np.sum(y)


def scattered_then_index_changed(x):
    index, y = np.array([0, 1]), x * 1.0
    np.add.at(y, index, x[1:] ** 2)
    index[0] = 2
    return np.sum(y)


def imaginary_parts_assigned(x):
    z = x + 0j
    z.imag = x**2
    return np.sum(np.abs(z) ** 2)


def imaginary_parts_of_a_slice(x):
    z = x + 1j * x
    z[1:].imag *= 3.0
    z.real[0] = x[1] ** 2
    return np.sum(np.abs(z) ** 2)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("f", "gradient"),
    [
        (read_then_index_changed, [6, 2, 0]),
        (written_then_index_changed, [0, 2, 5]),
        (scattered_then_index_changed, [1, 3, 5]),
        (imaginary_parts_assigned, [114, 6, 36]),
        (imaginary_parts_of_a_slice, [6, 24, 40]),
    ],
)
def test_a_write_after_use_or_through_a_part_is_followed(f, gradient, method):
    assert np.allclose(db.gradient(f, X, method=method), gradient, rtol=1e-14)


def test_a_complex_value_is_not_written_into_a_real_array():
    def f(x):
        y = x * 1.0
        y[0] = 1j * x[1]
        return np.sum(y)

    with pytest.raises(DiffbenchError, match="make the array complex"):
        db.gradient(f, X)


@pytest.mark.parametrize("method", METHODS)
def test_a_function_that_changes_its_argument_is_differentiated_where_it_was_asked(method):
    def f(x):
        x += 1.0
        return x**2

    assert np.allclose(db.vjp(f, X, np.ones(3), method=method)[1], [8, 4, 6])
    assert np.allclose(db.jvp(f, X, np.ones(3), method=method)[1], [8, 4, 6])


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("dtype", "size"), [(np.float32, 1e30), (np.float64, 1e200)])
def test_a_slope_behind_an_overflow_of_the_result_is_not_zero(method, dtype, size):
    x = np.array([3.0, 4.0], dtype) * dtype(size)
    assert np.allclose(db.gradient(np.linalg.norm, x, method=method), [0.6, 0.8], rtol=1e-6)


@pytest.mark.parametrize("method", METHODS)
def test_an_infinite_value_has_no_curvature(method):
    def f(x):
        return np.sum(np.where(x > 0, x**2, -np.inf))

    for derivative in (db.gradient, db.hessian):
        with pytest.raises(NotDifferentiable, match="overflows to inf"):
            derivative(f, np.array([1.0, -1.0]), method=method)


def test_a_derivative_of_a_derivative_outside_the_domain_is_refused():
    with pytest.raises(DiffbenchError):
        db.gradient(db.grad(lambda x: np.log(x) + x**2), -1.0)


@pytest.mark.parametrize(
    "point",
    [np.ma.masked_array([1.0, 2.0], [0, 1]), np.rec.array([1.0, 2.0])],
    ids=["masked", "records"],
)
def test_a_point_with_arithmetic_of_its_own_is_refused(point):
    with pytest.raises(BadPoint, match="arithmetic is its own"):
        db.gradient(lambda x: np.sum(x * x), point)


def test_a_function_that_returns_text_is_refused():
    with pytest.raises(BadInput, match="not an array of numbers"):
        db.gradient(lambda x: "a", 1.0)


def test_the_sign_of_complex_numbers_is_refused():
    with pytest.raises(MissingRule, match="z / np"):
        db.gradient(lambda x: np.real(np.sign(x + 1j)), 0.7)


@pytest.mark.parametrize("method", METHODS)
def test_a_smooth_function_of_repeated_eigenvalues_is_differentiated_and_one_of_them_is_not(method):
    found = db.gradient(lambda a: np.sum(np.exp(np.linalg.eigvalsh(a))), np.eye(3), method=method)
    assert np.allclose(found, np.e * np.eye(3), rtol=1e-8, atol=1e-8)
    with pytest.raises(NotDifferentiable):
        db.gradient(lambda a: np.linalg.eigvalsh(a)[0], np.eye(3), method=method)


def test_the_curvature_of_a_matrix_norm_at_zero_is_refused():
    with pytest.raises(NotDifferentiable):
        db.hessian(lambda a: np.linalg.norm(a, 2), np.zeros((1, 2)))


@pytest.mark.parametrize("method", METHODS)
def test_the_square_of_a_complex_size_is_curved_at_zero(method):
    assert np.allclose(
        db.hessian(lambda x: np.abs(x * (1 + 1j)) ** 2, 0.0, method=method), 4.0, rtol=1e-13
    )
