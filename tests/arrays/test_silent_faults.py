"""What came out wrong without a word when other people's programs were run, one case of each kind, in
every mode: at the point, by an answer that was prepared elsewhere, and to second order.
"""

import numpy as np
import pytest
import scipy.linalg as sl
import scipy.special as sp
import sympy

import diffbench as db
from diffbench.differentiators.compiled import Compiled
from diffbench.differentiators.finite_difference import FiniteDifference
from diffbench.errors import LostTrace, MissingRule, NotDifferentiable
from diffbench.symbolic.from_sympy import from_sympy

METHODS = ("forward", "reverse", "compiled")
by_method = pytest.mark.parametrize("method", METHODS)
V = np.array([1.0, 2.0, 3.0])
DIFFERENCES = FiniteDifference(scheme="central", order=6)


def number_in_many_ways(t):
    return np.sum(t * V) + t * t + np.sum(t[None] * V)


def product_in_many_ways(x):
    s = x @ x
    return np.sum(s * V) + s * s + np.sum(s[np.newaxis] * V)


def number_by_masks(x):
    q = np.exp(x[0])
    return np.sum(q[q < 0]) + np.sin(q) + np.sum(q[q < 0]) + np.sum(q[q > 0] * V)


def windows_of_what_is_written_to(x):
    y = x * 1.0
    windows = np.lib.stride_tricks.sliding_window_view(y, 2)
    y[0] = x[1]
    return np.sum(windows**3)


def roots_of_a_matrix(x):
    return np.sum(np.abs(sl.sqrtm(np.reshape(x, (2, 2)))))


def both_triangles(x):
    a = np.reshape(x, (2, 2))
    return np.sum(sl.cho_factor((a + a.T) / 2)[0] * np.array([[1.0, 2.0], [3.0, 4.0]]))


def polynomials(p):
    product = np.poly1d([p[0], 1.0]) * np.poly1d([p[0], p[1]])
    return product(0.7) + np.poly1d([p[0], p[1], p[2]]).deriv()(1.7)


# f, a point, its gradient there (None: that of differences), another point
RIGHT = {
    "a number, broadcast and indexed": (number_in_many_ways, 2.0, 16.0, 0.3),
    "a product": (product_in_many_ways, [0.5, -1.0, 2.0], [22.5, -45.0, 90.0], [0.1, 0.2, 0.3]),
    "a number by masks": (number_by_masks, [0.3, 0.4], None, [-0.3, 0.4]),
    "nan_to_num": (lambda x: np.sum(np.nan_to_num(x, posinf=0) ** 2), [1.0, 2.0], [2.0, 4.0], [3.0, -1.0]),
    "sliding_window_view": (windows_of_what_is_written_to, [2.0, 1.0, 4.0], None, [1.0, 3.0, -2.0]),
    "sqrtm with a complex root": (roots_of_a_matrix, [-1.0, 0.3, 0.2, 2.0], None, [-2.0, 0.1, 0.3, 1.0]),
    "cho_factor": (both_triangles, [2.0, 0.3, 0.3, 2.0], None, [3.0, 0.1, 0.1, 1.0]),
    "poly1d": (lambda p: np.poly1d([p[0], p[1], p[2]])(1.7), [0.0, 1.0, 2.0], [2.89, 1.7, 1.0], [1.0, 0.0, 2.0]),
    "poly1d, derived and multiplied": (polynomials, [0.0, 1.0, 2.0], None, [1.0, 0.0, 2.0]),
    "np.take of a number": (lambda x: np.take(x**2, 1), [1.0, 2.0], [0.0, 4.0], [3.0, 3.0]),
    "comb": (lambda x: sp.comb(3.5, x[0]) + x[1], [-0.3, 1.0], [0.0, 1.0], [1.2, 1.0]),
    "take_along_axis, repeated": (
        lambda x: np.sum(np.take_along_axis(np.reshape(x, (2, 1)), np.array([[0, 1], [1, 1]]), 0) ** 2),
        [1.0, 2.0], [2.0, 12.0], [0.5, 1.0],
    ),
}  # fmt: skip
for name, degrees in {
    "legendre": (0.5, -0.5, -2, -1, 2.3),
    "chebyt": (1.5, -2, -0.4),
    "chebyu": (0.5, -3, -1.4),
    "laguerre": (0.5, 2.5),
    "genlaguerre": (0.5, 1.7),
    "gegenbauer": (0.5, -1.3),
    "jacobi": (0.5, 1.7),
}.items():
    more = {"genlaguerre": (0.3,), "gegenbauer": (0.8,), "jacobi": (0.2, 0.4)}.get(name, ())
    for n in degrees:
        RIGHT[f"eval_{name} of degree {n}"] = (
            lambda x, name=name, n=n, more=more: getattr(sp, f"eval_{name}")(n, *more, x),
            0.3,
            None,
            0.5,
        )
by_case = pytest.mark.parametrize("case", RIGHT.values(), ids=RIGHT)


def gradient_by_differences(f, x):
    return db.gradient(f, x, method=DIFFERENCES)


@by_method
@by_case
def test_the_gradient_is_right(case, method):
    f, x, expected, _ = case
    x = np.array(x)
    expected = gradient_by_differences(f, x) if expected is None else expected
    value, found = db.value_and_gradient(f, x, method=method)
    np.testing.assert_allclose(value, f(x[()]), rtol=1e-13)
    np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-8)


@by_case
@pytest.mark.parametrize("native", [False, "auto"])
def test_an_answer_prepared_elsewhere_is_right(case, native):
    f, x, _, later = case
    answer = db.prepare(f, np.array(x), method=Compiled(native=native))
    found = answer(np.array(later))
    np.testing.assert_allclose(
        found, gradient_by_differences(f, np.array(later)), rtol=1e-7, atol=1e-7
    )


@by_method
@by_case
def test_the_second_derivative_is_that_of_the_gradient(case, method):
    f, _, _, later = case
    later = np.array(later)
    expected = db.jacobian(lambda z: db.gradient(f, z, method="forward"), later, method=DIFFERENCES)
    found = db.hessian(f, later, method=method)
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-6)


class Remembering:
    """A function that keeps its last value."""

    def __init__(self, x, value):
        self.x, self.value = x, value

    def __call__(self, x):
        return self.value if np.array_equal(x, self.x) else np.sum(x * x)


PIECEWISE = sympy.Piecewise(
    (sympy.log(sympy.Symbol("t")), sympy.Symbol("t") > 0), (sympy.nan, True)
)
REFUSED = {
    "NaN on one side": (lambda b: np.nan if b[0] < 0 else -b @ b, [-1.0, 2.0], "NaN"),
    "-inf on one side": (lambda b: -np.inf if b[0] < 0 else -b @ b, [-1.0, 2.0], "inf"),
    "Piecewise of SymPy": (from_sympy(PIECEWISE, [sympy.Symbol("t")]), [-1.0], "NaN"),
    "qr of a singular matrix": (lambda x: np.sum(np.linalg.qr(np.reshape(x, (2, 2)))[0] * V[:2]), [2.0, 1.0, 4.0, 2.0], "nan"),
    "a value remembered": (Remembering(np.array([1.0, 2.0]), 5.0), [1.0, 2.0], "array_equal at test_silent_faults.py"),
    "a number remembered": (lambda x: 3.0 if x[0] == 1.5 else x[0] ** 2, [1.5], "equal at test_silent_faults.py"),
    "round": (lambda x: np.round(x[0], 1), [0.35], "nan"),
    "frexp": (lambda x: np.frexp(x[0])[0], [1.0], "frexp jumps"),
    "the exponent of frexp": (lambda x: np.frexp(x[0])[1] * x[0], [2.0], "frexp jumps"),
    "floor, cast": (lambda x: x[0] - np.floor(x[0]).astype(int), [2.0], "test_silent_faults.py"),
    "floor as a number": (lambda x: x[0] - int(np.floor(x[0])), [2.0], "test_silent_faults.py"),
    "a jump below |y|": (lambda x: abs(np.modf(x[0])[0]) + x[1], [1.0, 2.0], "nan"),
    "a jump below a tie": (lambda x: np.maximum(np.floor(x[0]) - 1, 1 - np.floor(x[0])), [1.0], "nan"),
    "qr beside which a sign is another": (lambda x: np.sum(np.linalg.qr(np.reshape(x, (2, 2)))[1]), [2.0, 0.35, 0.0, -1.0], "nan"),
    "SciPy's qr": (lambda x: np.sum(sl.qr(np.reshape(x, (2, 2)))[0]), [1.0, 0.0, 0.0, 1.0], "nan"),
    "interp where another value begins": (lambda x: np.sum(np.interp(x, [0.0, 1.0], [0.3, 0.5], right=0.2)), [0.4, 1.0], "nan"),
    "interp where another value ends": (lambda x: np.sum(np.interp(x, [0.0, 1.0], [0.3, 0.5], left=0.2)), [0.0, 0.4], "nan"),
    "comb where it begins": (lambda x: sp.comb(3.5, x[0]), [0.0], "nan"),
    "a step that is its own neighbours' limit": (lambda x: abs(np.heaviside(x[0], 0.5)), [0.0], "nan"),
}  # fmt: skip


@pytest.mark.parametrize("method", [*METHODS, "symbolic"])
@pytest.mark.parametrize("operator", [db.gradient, db.value_and_gradient, db.hessian])
@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED)
def test_what_has_no_derivative_is_refused_by_its_reason(case, operator, method):
    f, x, words = case
    if method == "symbolic" and not isinstance(f, type(from_sympy(PIECEWISE, [sympy.Symbol("t")]))):
        pytest.skip("control flow on data is refused before")
    with np.errstate(all="ignore"), pytest.raises(NotDifferentiable, match=words):
        operator(f, np.array(x), method=method)


@by_method
def test_a_step_prepared_between_its_jumps_is_refused_at_one(method):
    f = lambda x: x[0] - np.floor(x[0]).astype(int) + x[1]
    answer = db.prepare(f, np.array([2.5, 1.0]), method=method)
    np.testing.assert_array_equal(answer(np.array([3.25, 1.0])), [1.0, 1.0])
    with pytest.raises(NotDifferentiable, match="jumps"):
        answer(np.array([2.0, 1.0]))


@pytest.mark.parametrize("method", [*METHODS, "symbolic", "symbolic-raw", "symbolic-accumulate"])
def test_shares_of_three_tied_add_up(method):
    t = sympy.Symbol("t")
    for extreme in (sympy.Min, sympy.Max):
        f = from_sympy(extreme(t, sympy.sin(t), sympy.tan(t)), [t])
        np.testing.assert_allclose(db.gradient(f, np.zeros(1), method=method), [1.0], rtol=1e-14)


def test_a_factorisation_that_is_not_differentiable_is_no_error_of_numpys():
    """f may catch NumPy's, and would go another way than its value."""
    with pytest.raises(MissingRule, match="full_matrices=False"):
        db.gradient(lambda x: np.linalg.svd(np.reshape(x, (2, 3)))[0][0, 0], np.arange(6.0))


@by_method
def test_the_method_dot_of_a_plain_array_says_what_to_write(method):
    a = np.array([[1.0, 2.0], [3.0, 4.0]])
    with pytest.raises(LostTrace, match="write A @ x"):
        db.gradient(lambda x: np.sum(a.dot(x) ** 2), np.array([1.0, 2.0]), method=method)


EIGENVALUES = {
    "sqrtm": lambda x: np.sum(np.abs(sl.sqrtm(x))),
    "eig": lambda x: np.sum(np.abs(np.linalg.eig(x)[1])) + np.sum(np.abs(np.linalg.eigvals(x))),
    "roots": lambda x: np.sum(np.abs(np.roots(np.ravel(x)))),
}


@by_method
@pytest.mark.parametrize("f", EIGENVALUES.values(), ids=EIGENVALUES)
def test_what_is_complex_at_one_point_and_real_at_another_is_right_at_both(f, method):
    """The derivative was recorded for numbers of the one kind, and ran on those of the other."""
    points = np.array([[[1.0, 2.0], [3.0, 4.0]], [[1.0, 2.0], [-3.0, 4.0]]])
    for here, there in (points, points[::-1]):
        found = db.prepare(f, here, method=method)(there)
        np.testing.assert_allclose(found, gradient_by_differences(f, there), rtol=1e-8, atol=1e-8)


@by_method
def test_qr_of_a_diagonal_that_stays_one_is_right(method):
    f = lambda p: np.sum(np.linalg.qr(np.diag(p))[1] ** 2)
    if method == "forward":  # a NaN times a direction that is 0 there
        pytest.skip("refused")
    np.testing.assert_allclose(db.gradient(f, np.array([2.0, 0.5]), method=method), [4.0, 1.0])


@by_method
def test_a_pseudoinverse_is_free_of_the_signs_of_qr(method):
    found = db.gradient(lambda x: np.trace(np.linalg.pinv(x)), np.eye(2), method=method)
    np.testing.assert_allclose(found, -np.eye(2), atol=1e-15)


TRUTHS = {
    "not": lambda x: np.logical_not(x) + x,
    "or of a number": lambda x: np.logical_or(x, 0) + x,
    "and of a number": lambda x: np.logical_and(x, x > 0.1) * x,
    "greater": lambda x: (x > 0.2) + x,
    "equal": lambda x: ((x > 0.1) == (x > 0.2)) * x,
    "where of a number": lambda x: np.where(x, x, 2 * x),
}


@pytest.mark.parametrize("method", ["symbolic", "symbolic-raw", "symbolic-accumulate"])
@pytest.mark.parametrize("f", TRUTHS.values(), ids=TRUTHS)
def test_truths_and_numbers_are_kept_apart_in_formulas(f, method):
    """SymPy takes Or(x, False) for x, which then was added as a number."""
    value, found = db.value_and_gradient(f, 0.7, method=method)
    assert value == pytest.approx(f(0.7), rel=1e-14) and found == pytest.approx(
        db.gradient(f, 0.7), rel=1e-14
    )


def test_a_float_beside_a_narrower_number_stays_wide_in_generated_code():
    def f(x):
        narrow, y = np.sin(x).astype(np.float32), np.zeros_like(x)
        for i in range(len(y)):
            y[i] = x[i] * narrow[i - 1]
        return y[0] - y[1]

    x = np.array([-0.787, -1.463])
    assert db.value_and_gradient(f, x, method=Compiled(native=False))[0] == f(x)
