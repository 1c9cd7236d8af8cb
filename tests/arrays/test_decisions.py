"""Whatever f decides by is a guard: a prepared answer is right on the other side of it too.

Each function has points on both sides of a decision; the right derivatives are written beside it.
"""

from array import array

import numpy as np
import pytest
import scipy.linalg

import diffbench as db
from diffbench.errors import LostTrace, Unsupported

METHODS = ("forward", "reverse", "compiled", "symbolic", "symbolic-raw", "symbolic-accumulate")
EYE = np.eye(2)


def other(x):
    """What every function here is on its other branch."""
    return x[0] * x[1] ** 2


def other_gradient(x):
    return np.array([x[1] ** 2, 2 * x[0] * x[1]])


def root(x):
    """(x0 - x1) I: definite where x0 > x1, singular where they are equal."""
    return x[0] * EYE - x[1] * EYE


def root_gradient(x):
    """Of 2 sqrt(x0 - x1)."""
    return np.array([1.0, -1.0]) / np.sqrt(x[0] - x[1])


def inverse_gradient(x):
    """Of 2 / (x0 - x1)."""
    return np.array([-2.0, 2.0]) / (x[0] - x[1]) ** 2


def numpys_cholesky(x):
    try:
        return np.sum(np.linalg.cholesky(root(x)))
    except np.linalg.LinAlgError:
        return other(x)


def scipys_cholesky(x):
    try:
        return np.sum(scipy.linalg.cholesky(root(x), lower=True))
    except scipy.linalg.LinAlgError:
        return other(x)


def cho_factor_and_bare_except(x):
    try:
        return np.trace(scipy.linalg.cho_factor(root(x))[0])
    except:  # noqa: E722
        return other(x)


def cholesky_whose_result_is_not_read(x):
    try:
        np.linalg.cholesky(root(x))
    except np.linalg.LinAlgError:
        return other(x)
    return np.sum(x * x)


def numpys_solve(x):
    try:
        return np.sum(np.linalg.solve(root(x), np.ones(2)))
    except np.linalg.LinAlgError:
        return other(x)


def scipys_solve(x):
    try:
        return np.sum(scipy.linalg.solve(root(x), np.ones(2)))
    except np.linalg.LinAlgError:
        return other(x)


def numpys_inv(x):
    try:
        return np.sum(np.linalg.inv(root(x)))
    except np.linalg.LinAlgError:
        return other(x)


def scipys_inv(x):
    try:
        return np.sum(scipy.linalg.inv(root(x)))
    except np.linalg.LinAlgError:
        return other(x)


def overflow(x):
    with np.errstate(over="raise"):
        try:
            return np.sum(np.exp(x))
        except FloatingPointError:
            return other(x)


def division(x):
    with np.errstate(all="raise"):
        try:
            return 2 / (x[0] - x[1])
        except FloatingPointError:
            return other(x)


def rounded_text(x):
    return other(x) if f"{x[0]:.1f}" == "1.0" else np.sum(x * x)


def text(x):
    return other(x) if str(x[0]).startswith("1.0") else np.sum(x * x)


def default_format(x):
    return other(x) if f"{x[0]}".startswith("1.0") else np.sum(x * x)


def representation(x):
    return other(x) if repr(x[0]).startswith("np.float64(1.0") else np.sum(x * x)


def text_of_an_array(x):
    return other(x) if np.array2string(x).startswith("[1.0") else np.sum(x * x)


def double(x):
    return 2 * x


POSITIVE = np.array([3.0, 0.5]), np.array([2.0, 1.2])
INDEFINITE = np.array([1.02, 2.0]), np.array([1.03, 1.9])
SINGULAR = np.array([1.0, 1.0]), np.array([2.0, 2.0])
HUGE = np.array([800.0, 2.0]), np.array([900.0, 1.0])
# f, its gradient and two points there, two points where it is `other`
CASES = [
    (numpys_cholesky, root_gradient, POSITIVE, INDEFINITE),
    (scipys_cholesky, root_gradient, POSITIVE, INDEFINITE),
    (cho_factor_and_bare_except, root_gradient, POSITIVE, INDEFINITE),
    (cholesky_whose_result_is_not_read, double, POSITIVE, INDEFINITE),
    (numpys_solve, inverse_gradient, POSITIVE, SINGULAR),
    (scipys_solve, inverse_gradient, POSITIVE, SINGULAR),
    (numpys_inv, inverse_gradient, POSITIVE, SINGULAR),
    (scipys_inv, inverse_gradient, POSITIVE, SINGULAR),
    (overflow, np.exp, POSITIVE, HUGE),
    (division, inverse_gradient, POSITIVE, SINGULAR),
    *[
        (f, double, POSITIVE, INDEFINITE)
        for f in (rounded_text, text, default_format, representation, text_of_an_array)
    ],
]
BY_NAME = pytest.mark.parametrize(
    ("f", "gradient", "here", "there"), CASES, ids=[case[0].__name__ for case in CASES]
)


@BY_NAME
@pytest.mark.parametrize("method", METHODS)
def test_what_is_prepared_on_one_side_of_a_decision_is_right_on_the_other(
    f, gradient, here, there, method
):
    points = [(x, gradient(x)) for x in here] + [(x, other_gradient(x)) for x in there]
    for start, _ in points:
        try:
            answer = db.prepare(f, start, operator="gradient", method=method)
            found = [answer(x) for x, _ in points]
        except Unsupported:  # a formula holds for one branch, and can't see into LAPACK
            assert method.startswith("symbolic")
            continue
        for value, (_, right) in zip(found, points, strict=True):
            np.testing.assert_allclose(value, right, rtol=1e-12)


@BY_NAME
def test_a_recording_holds_where_the_decision_is_the_same_and_nowhere_else(
    f, gradient, here, there
):
    program = db.record(f, here[0])
    assert program.holds_at(here[0]) and not any(program.holds_at(x) for x in there)
    program = db.record(f, there[0])
    assert program.holds_at(there[0]) and not any(program.holds_at(x) for x in here)


def test_jitter_that_is_raised_until_a_matrix_is_definite_is_followed():
    """The smallest case of a Gaussian process as people write it; values by differences of order 8."""
    gap = np.array([[0.0, 1.0, 1.0 + 1e-9], [1.0, 0.0, 1e-9], [1.0 + 1e-9, 1e-9, 0.0]])

    def tried(x):
        kernel, jitter = x[1] * np.exp(-((gap / x[0]) ** 2)), 1e-18
        while True:
            try:
                return np.sum(np.linalg.cholesky(kernel + jitter * np.eye(3))[:2])
            except np.linalg.LinAlgError:
                jitter *= 1e6

    start, later = np.array([0.5, 1.0]), np.array([0.9, 1.3])
    answer = db.prepare(tried, start, operator="gradient", method="compiled")
    np.testing.assert_allclose(answer(later), db.gradient(tried, later), rtol=1e-12)


@pytest.mark.parametrize("method", ("forward", "reverse", "compiled"))
def test_errors_of_derivatives_are_none_of_the_values_that_f_asked_for(method):
    """sqrt(0) raises nothing, 0.5 / sqrt(0) would: f must not be led into its except."""

    def f(x):
        with np.errstate(all="raise"):
            try:
                return np.sum(x * np.where(x > 0, x, 0) ** 2 + 0 * np.sqrt(np.abs(x) ** 4))
            except FloatingPointError:
                return -np.sum(x)

    np.testing.assert_allclose(
        db.gradient(f, np.array([2.0, 0.0]), method=method), [12.0, 0.0], atol=1e-14
    )


@pytest.mark.parametrize("method", METHODS)
def test_a_refusal_that_f_catches_is_raised_all_the_same(method):
    def f(x):
        try:
            factor = array("d", x)[0]
        except Exception:
            factor = 2.0
        return factor * x[1]

    with pytest.raises(LostTrace, match=r"factor = array\(\"d\", x\)"):
        db.gradient(f, np.array([1.5, 2.0]), method=method)


def test_a_formula_sees_no_branch_in_a_matrix_that_could_have_been_refused():
    def f(x):
        try:
            scale = np.linalg.det(np.stack([x, x[::-1]]))
        except np.linalg.LinAlgError:
            return other(x)
        return scale + 0 * np.sum(x)

    x = np.array([2.0, 1.0])
    for method in ("reverse", "compiled"):
        np.testing.assert_allclose(db.gradient(f, x, method=method), [4.0, -2.0], rtol=1e-14)
