"""Polynomials: NumPy's by their coefficients (highest first in np.poly..., lowest first in
np.polynomial), SciPy's orthogonal ones by degree.
"""

# fmt: off
import operator
from functools import reduce

import numpy as np
import scipy.special as sp

from diffbench.errors import MissingRule
from diffbench.rules.interception import caught
from diffbench.rules.special.orders import unknown
from diffbench.rules.table import composite, dispatched, elementwise, general, settled


# ---------------------------------------------------------------- arithmetic of coefficients
def polyadd(a1, a2):
    a1, a2 = np.atleast_1d(a1), np.atleast_1d(a2)
    n = max(len(a1), len(a2))
    return np.concatenate([np.zeros(n - len(a1)), a1]) + np.concatenate([np.zeros(n - len(a2)), a2])


def polyder(p, m=1):
    if m < 0:
        raise ValueError("Order of derivative must be positive (see polyint)")
    n = len(p)
    return p if m == 0 else np.polyder(p[:-1] * np.arange(n - 1, 0, -1), m - 1)


def polyint(p, m=1, k=None):
    if m < 0:
        raise ValueError("Order of integral must be positive (see polyder)")
    constants = np.zeros(m) if k is None else np.ones(m) * k
    for constant in constants:
        p = np.concatenate([p / np.arange(len(p), 0, -1), np.reshape(constant, (1,))])
    return p


def polydiv(u, v):
    u, v = np.atleast_1d(u) + 0.0, np.atleast_1d(v) + 0.0
    quotient = []
    for _ in range(len(u) - len(v) + 1):
        quotient.append(u[0] / v[0])
        u = np.concatenate([(u[: len(v)] - quotient[-1] * v)[1:], u[len(v) :]])
    return (np.stack(quotient), u if len(u) else np.zeros(1)) if quotient else (np.zeros(1), u)


def trim_zeros(filt, trim="fb", axis=None):
    # which NumPy before 2.2 has not got
    there = {} if axis is None else {"axis": axis}
    if np.shape(np.trim_zeros(settled(filt), trim, **there)) != np.shape(filt):
        raise MissingRule("numpy.trim_zeros, as np.poly1d calls it, cuts off an entry that is 0 "
                          "here and may not be nearby; leave it out of the array")
    return filt


def as_series(alist, trim=True):
    if trim:
        raise MissingRule("numpy.polynomial drops a last coefficient that is 0 here and may not be "
                          "nearby; compute with np.convolve or polyval")
    return [np.atleast_1d(a) * 1.0 for a in alist]


def vander(x, N=None, increasing=False):
    powers = np.arange(np.size(x) if N is None else N)
    return np.reshape(x, (-1, 1)) ** (powers if increasing else powers[::-1])


def polynomial(self, c_or_r, r=False, variable=None):
    """np.poly1d of traced coefficients. None is cut off, although it may be 0 here: its derivative is
    not.
    """
    known = isinstance(c_or_r, np.poly1d)
    self._variable = variable or (c_or_r.variable if known else "x")
    coefficients = c_or_r.coeffs if known else np.poly(c_or_r) if r else np.atleast_1d(c_or_r)
    if np.ndim(coefficients) > 1:
        raise ValueError("Polynomial must be 1d only.")
    # as NumPy does: self.coeffs = ... asks for what is there already
    self.__dict__["coeffs"] = coefficients


composite(caught(np.poly1d.__init__), polynomial)
composite(np.vander,  vander)
# met by np.poly1d(c)(x)
composite(np.trim_zeros, trim_zeros)
# met by np.polynomial.Polynomial(c)(x)
composite(caught(np.polynomial.polyutils.as_series), as_series)
composite(np.polyval, lambda p, x: reduce(lambda y, c: y * x + c, list(p)))
composite(np.polyadd, polyadd)
composite(np.polysub, lambda a1, a2: np.polyadd(a1, -np.atleast_1d(a2)))
composite(np.polymul, lambda a1, a2: np.convolve(np.atleast_1d(a1), np.atleast_1d(a2)))
composite(np.polydiv, polydiv)
composite(np.polyder, polyder)
composite(np.polyint, polyint)


# ---------------------------------------------------------------- from roots and to roots
@dispatched
def zeros_of(p):
    return np.roots(p)


def zeros_jvp(x_dots, y, p):
    """The implicit function theorem: p'(y) y_dot + p_dot(y) = 0; infinite at a multiple root."""
    return -np.polyval(x_dots[0], y) / np.polyval(np.polyder(p), y)


def poly(seq_of_zeros):
    zeros = np.linalg.eigvals(seq_of_zeros) if np.ndim(seq_of_zeros) == 2 else np.atleast_1d(seq_of_zeros)
    p = reduce(lambda p, zero: np.convolve(p, np.stack([np.ones_like(zero), -zero])), list(zeros), np.ones(1))
    return np.real(p) if np.ndim(seq_of_zeros) == 2 else p


general(zeros_of, jvp=zeros_jvp, complex_by_value=True)
composite(np.roots, lambda p: zeros_of(p))
composite(np.poly,  poly)


# ---------------------------------------------------------------- least squares
def polyfit(x, y, deg, rcond=None, full=False, w=None, cov=False):
    if full or cov:
        raise MissingRule("numpy.polyfit with full or cov has no derivative rule; compute the "
                          "residual from the fit")
    weights = np.ones(np.shape(x)) if w is None else w
    matrix = np.expand_dims(weights, -1) * vander(x, deg + 1)
    scale = np.sqrt(np.sum(matrix * matrix, axis=0))
    right = weights * y if np.ndim(y) == 1 else np.expand_dims(weights, -1) * y
    fitted = np.matmul(np.linalg.pinv(matrix / scale, rcond), right)
    return fitted / (scale if np.ndim(y) == 1 else np.expand_dims(scale, -1))


composite(np.polyfit, polyfit)


# ---------------------------------------------------------------- series in orthogonal polynomials,
# lowest degree first
def of_every_point(c, x, tensor):
    """Coefficients that broadcast against x: of several columns each is evaluated at every point."""
    c = np.atleast_1d(c)
    return np.reshape(c, np.shape(c) + (1,) * np.ndim(x)) if tensor and np.ndim(c) > 1 else c


def series(slope, recurrence):
    """sum of c[k] P_k(x): P_0 = 1, P_1 = slope(x), P_(k+1) = a P_k - b P_(k-1) with (a, b) =
    recurrence(k, x).
    """
    def evaluate(x, c, tensor=True):
        c = of_every_point(c, x, tensor)
        below, y = 0.0 * x + 1.0, c[0] + 0.0 * x
        current = slope(x)
        for k in range(1, len(c)):
            y = y + c[k] * current
            a, b = recurrence(k, x)
            below, current = current, a * current - b * below
        return y
    return evaluate


def mapped(x, old, new):
    offset, scale = np.polynomial.polyutils.mapparms(old, new)
    return offset + scale * x


# met by np.polynomial.Polynomial(c)(x)
composite(caught(np.polynomial.polyutils.mapdomain), mapped)
composite(caught(np.polynomial.polynomial.polyval), lambda x, c, tensor=True: reduce(lambda y, a: y * x + a, list(of_every_point(c, x, tensor))[::-1], 0.0 * x))
composite(caught(np.polynomial.chebyshev.chebval),  series(lambda x: x, lambda k, x: (2 * x, 1)))
composite(caught(np.polynomial.legendre.legval),    series(lambda x: x, lambda k, x: ((2 * k + 1) * x / (k + 1), k / (k + 1))))
composite(caught(np.polynomial.hermite.hermval),    series(lambda x: 2 * x, lambda k, x: (2 * x, 2 * k)))
composite(caught(np.polynomial.hermite_e.hermeval), series(lambda x: x, lambda k, x: (x, k)))
composite(caught(np.polynomial.laguerre.lagval),    series(lambda x: 1 - x, lambda k, x: ((2 * k + 1 - x) / (k + 1), k / (k + 1))))


# ---------------------------------------------------------------- one orthogonal polynomial of
# degree n (DLMF 18.9.15, 18.9.19 to 25)
def lower(function, n, *args):
    """function of the next lower degree, which may be negative or no whole number; 0 below a
    constant.
    """
    constant = np.equal(n, 0)
    return np.where(constant, 0.0, function(np.where(constant, 1, n - 1), *args))


def legendre_slope(y, n, x):
    # P(-n-1) = P(n)
    degree = np.where(np.less(n, 0), -n - 1, n)
    return (degree + 1) / 2 * lower(sp.eval_jacobi, degree, 1, 1, x)


def chebyu_slope(y, n, x):
    # U(-n-2) = -U(n)
    degree, sign = np.where(np.less(n, -1), -n - 2, n), np.where(np.less(n, -1), -1.0, 1.0)
    return 2 * sign * lower(sp.eval_gegenbauer, degree, 2, x)


elementwise(sp.eval_jacobi,      unknown("eval_jacobi"), unknown("eval_jacobi"), unknown("eval_jacobi"), lambda y, n, a, b, x: (n + a + b + 1) / 2 * lower(sp.eval_jacobi, n, a + 1, b + 1, x))
elementwise(sp.eval_legendre,    unknown("eval_legendre"), legendre_slope)
elementwise(sp.eval_chebyt,      unknown("eval_chebyt"), lambda y, n, x: n * lower(sp.eval_chebyu, n, x))
elementwise(sp.eval_chebyu,      unknown("eval_chebyu"), chebyu_slope)
elementwise(sp.eval_gegenbauer,  unknown("eval_gegenbauer"), unknown("eval_gegenbauer"), lambda y, n, a, x: 2 * a * lower(sp.eval_gegenbauer, n, a + 1, x))
elementwise(sp.eval_laguerre,    unknown("eval_laguerre"), lambda y, n, x: -lower(sp.eval_genlaguerre, n, 1, x))
elementwise(sp.eval_genlaguerre, unknown("eval_genlaguerre"), unknown("eval_genlaguerre"), lambda y, n, a, x: -lower(sp.eval_genlaguerre, n, a + 1, x))


def hermite(ufunc, factor):
    """A row for Hermite polynomials, which is returned: SciPy wants their degree as an integer and
    not as an array of floats.
    """
    def evaluate(x, n):
        return ufunc(n, x)

    # its name in this module: printed programs import it
    evaluate.__name__ = f"{ufunc.__name__}_of_degree"
    of_degree = dispatched(evaluate)

    def slope(x, n):
        return factor * n * of_degree(x, n=n - 1) if n else np.zeros_like(x)

    general(of_degree,
            jvp=lambda x_dots, y, x, n: x_dots[0] * slope(x, n),
            vjp=lambda i, y_bar, y, x, n: y_bar * slope(x, n))
    composite(ufunc, lambda n, x: of_degree(x, n=operator.index(n)))
    return of_degree


eval_hermite_of_degree = hermite(sp.eval_hermite, 2)
eval_hermitenorm_of_degree = hermite(sp.eval_hermitenorm, 1)
