"""Special functions of scipy.special, and np.sinc. Sources: DLMF (dlmf.nist.gov), section numbers
on the rows.
"""

# fmt: off
from dataclasses import replace

import numpy as np
import scipy.special as sp

from diffbench.errors import MissingRule
from diffbench.rules.elementwise import jump, jumping_at_0, power_by_base, power_by_exponent
from diffbench.rules.interception import caught
from diffbench.rules.table import (
    composite,
    dispatched,
    elementwise,
    general,
    primitives,
)

SQRT_PI = np.sqrt(np.pi)
SQRT_2PI = np.sqrt(2 * np.pi)
BERNOULLI = sp.bernoulli(16)


def of_several_results(ufunc, jvp):
    """A row for a ufunc that returns a tuple: its results stand apart on the tape, which a ufunc's
    row does not foresee.
    """
    def evaluate(*xs):
        return ufunc(*xs)

    evaluate.__name__ = ufunc.__name__
    row = dispatched(evaluate)
    primitives[row] = replace(general(row, jvp=jvp, arity=None), kind="several")
    composite(ufunc, row)


# ---------------------------------------------------------------- error functions (DLMF 7)
elementwise(sp.erf,      lambda y, x: 2 / SQRT_PI * np.exp(-x * x))
elementwise(sp.erfc,     lambda y, x: -2 / SQRT_PI * np.exp(-x * x))
elementwise(sp.erfcx,    lambda y, x: np.where(x > 7, far_slope_of_erfcx(x), 2 * x * y - 2 / SQRT_PI))
elementwise(sp.erfinv,   lambda y, x: SQRT_PI / 2 * np.exp(y * y))
elementwise(sp.erfcinv,  lambda y, x: -SQRT_PI / 2 * np.exp(y * y))
# 1 - 2 x y cancels
elementwise(sp.dawsn,    lambda y, x: sp.hyp1f1(1, 0.5, -x * x))
elementwise(sp.ndtr,     lambda y, x: np.exp(-x * x / 2) / SQRT_2PI)
elementwise(sp.log_ndtr, lambda y, x: np.where(x < 0, inverse_mills_ratio(np.where(x < 0, x, 0.0)), np.exp(-x * x / 2 - y) / SQRT_2PI))
elementwise(sp.ndtri,    lambda y, x: SQRT_2PI * np.exp(y * y / 2))



def far_slope_of_erfcx(x):
    """2 x erfcx(x) - 2 / sqrt(pi) where the two cancel (DLMF 7.18.9)."""
    return -sp.hyperu(1, 0.5, np.where(x > 7, x, 7.0) ** 2) / SQRT_PI


def inverse_mills_ratio(x):
    """phi(x) / Phi(x) for x <= 0, where two large numbers cancel in exp(-x * x / 2 -
    log_ndtr(x)).
    """
    return 2 / SQRT_2PI / sp.erfcx(-x / np.sqrt(2))


# ---------------------------------------------------------------- logistic family: no overflow on
# either side y * (1 - y) cancels for x >> 0
elementwise(sp.expit,    lambda y, x: y * sp.expit(-x))
elementwise(sp.log_expit, lambda y, x: sp.expit(-x))
elementwise(sp.logit,    lambda y, x: 1 / (x * (1 - x)))
# (exp(x) - y) / x cancels near 0
elementwise(sp.exprel,   lambda y, x: sp.hyp1f1(2, 3, x) / 2)
elementwise(sp.exp10,    lambda y, x: np.log(10.0) * y)
elementwise(sp.cosm1,    lambda y, x: -np.sin(x))
# SciPy's own ufuncs of the same name
composite(sp.log1p,      lambda x: np.log1p(x))
composite(sp.expm1,      lambda x: np.expm1(x))
composite(sp.exp2,       lambda x: np.exp2(x))
composite(sp.cbrt,       lambda x: np.cbrt(x))
composite(sp.round,      lambda x: np.rint(x))
composite(caught(sp.softplus), lambda x: np.logaddexp(0.0, x))

# ---------------------------------------------------------------- in degrees
elementwise(sp.sindg,    lambda y, x: np.pi / 180 * sp.cosdg(x))
elementwise(sp.cosdg,    lambda y, x: -np.pi / 180 * sp.sindg(x))
elementwise(sp.tandg,    lambda y, x: np.pi / 180 * (1 + y * y))
elementwise(sp.cotdg,    lambda y, x: -np.pi / 180 * (1 + y * y))

# ---------------------------------------------------------------- x log y
def over(a, b):
    """a / b, and 0 where both are 0, as 0 log y is 0 for every y."""
    return a / np.where((a == 0) & (b == 0), 1.0, b)


elementwise(sp.xlogy,    lambda y, x1, x2: np.log(x2),   lambda y, x1, x2: over(x1, x2))
elementwise(sp.xlog1py,  lambda y, x1, x2: np.log1p(x2), lambda y, x1, x2: over(x1, 1 + x2))
elementwise(sp.entr,     lambda y, x: -np.log(x) - 1)
elementwise(sp.rel_entr, lambda y, x1, x2: np.log(x1 / x2) + 1, lambda y, x1, x2: -over(x1, x2))
elementwise(sp.kl_div,   lambda y, x1, x2: np.log(x1 / x2), lambda y, x1, x2: 1 - x1 / x2)
elementwise(sp.powm1,    lambda y, x1, x2: power_by_base(y + 1, x1, x2), lambda y, x1, x2: power_by_exponent(y + 1, x1, x2))

# ---------------------------------------------------------------- gamma family (DLMF 5)
def comb(N, k, *, exact=False, repetition=False):
    """0 where there is nothing to choose from, as in SciPy."""
    N = N + k - 1 if repetition else N
    chosen = np.where((k <= N) & (N >= 0) & (k >= 0), sp.binom(N, k), 0.0)
    return chosen + jumping_at_0(k) + jumping_at_0(N - k)


def factorial(n, exact=False, extend="zero"):
    if extend != "zero":
        raise MissingRule(f"scipy.special.factorial with extend={extend!r} has no derivative rule; "
                          "use scipy.special.gamma(n + 1)")
    return np.where(n < 0, 0.0, sp.gamma(np.where(n < 0, 1.0, n) + 1)) + jumping_at_0(n)


elementwise(sp.gamma,    lambda y, x: y * sp.digamma(x))
elementwise(sp.rgamma,   lambda y, x: np.where(x < 0.5, left_slope_of_rgamma(x), -y * sp.digamma(np.where(x < 0.5, 1.0, x))))
elementwise(sp.gammaln,  lambda y, x: sp.digamma(x))
elementwise(sp.loggamma, lambda y, x: sp.digamma(x))
elementwise(sp.digamma,  lambda y, x: trigamma_of_order(x, 1))
elementwise(sp.beta,     lambda y, a, b: y * (sp.digamma(a) - sp.digamma(a + b)), lambda y, a, b: y * (sp.digamma(b) - sp.digamma(a + b)))
elementwise(sp.betaln,   lambda y, a, b: sp.digamma(a) - sp.digamma(a + b), lambda y, a, b: sp.digamma(b) - sp.digamma(a + b))
elementwise(sp.poch,     lambda y, z, m: y * (sp.digamma(z + m) - sp.digamma(z)), lambda y, z, m: y * sp.digamma(z + m))
elementwise(sp.binom,    lambda y, n, k: y * (sp.digamma(n + 1) - sp.digamma(n - k + 1)),
                         lambda y, n, k: y * (sp.digamma(n - k + 1) - sp.digamma(k + 1)))
elementwise(sp.gammasgn, lambda y, x: jump((x <= 0) & (x == np.floor(x))), steps=True)
composite(caught(sp.comb),         comb)
composite(caught(sp.factorial),    factorial)
composite(caught(sp.multigammaln), lambda a, d: d * (d - 1) / 4 * np.log(np.pi) + sum(sp.gammaln(a - j / 2) for j in range(d)))


def left_slope_of_rgamma(x):
    """By reflection, where 1/Gamma has its zeros and digamma its poles (DLMF 5.5.3)."""
    x = np.where(x < 0.5, x, 0.0)
    return sp.gamma(1 - x) * (np.cos(np.pi * x) - np.sin(np.pi * x) * sp.digamma(1 - x) / np.pi)


@dispatched
def trigamma_of_order(x, order):
    """The polygamma function psi^(order)(x); its derivative is the next one."""
    return sp.zeta(order + 1, x) * sp.gamma(order + 1) * (-1.0) ** (order + 1)


general(trigamma_of_order,
        jvp=lambda x_dots, y, x, order: x_dots[0] * trigamma_of_order(x, order=order + 1),
        vjp=lambda i, y_bar, y, x, order: y_bar * trigamma_of_order(x, order=order + 1))


@dispatched
def hurwitz(s, q):
    return sp.zeta(s, q)


def hurwitz_by_order(s, q):
    """By Euler and Maclaurin's summation (DLMF 25.11.28), differentiated in s; s > 1."""
    terms = sum(-np.log(q + j) * (q + j) ** -s for j in range(12))
    a = q + 12
    log, power = np.log(a), a ** -s
    total = terms - power * a * (log / (s - 1) + 1 / (s - 1) ** 2) - power * log / 2
    rising, slope = s, 1.0  # s (s + 1) ... and its derivative
    for j in range(1, 9):
        weight = BERNOULLI[2 * j] / sp.gamma(2 * j + 1) * power * a ** (1 - 2.0 * j)
        total = total + weight * (slope - rising * log)
        for step in (2 * j - 1, 2 * j):
            slope = slope * (s + step) + rising
            rising = rising * (s + step)
    return total


elementwise(hurwitz, lambda y, s, q: hurwitz_by_order(s, q), lambda y, s, q: -s * hurwitz(s + 1, q))
composite(caught(sp.zeta),      lambda x, q=1.0, out=None: hurwitz(x, 1.0 if q is None else q))
composite(caught(sp.polygamma), lambda n, x: sp.digamma(x) if np.all(np.equal(n, 0)) else trigamma_of_order(x, order=int(n)))


# ---------------------------------------------------------------- sinc: smooth at 0, to every order
@dispatched
def sinc_derivative(x, order):
    """The derivative of sin(pi x) / (pi x) of the given order, as the mean of (pi t)^order cos(pi x
    t + order pi / 2) over t in [0, 1].

    Near 0 by the Taylor series of that integral, elsewhere by repeated integration by parts:
    neither divides by a small x.
    """
    x = np.asarray(x)
    near = np.abs(x) < 1.0 + order / 3
    return np.where(near, sinc_series(np.where(near, x, 0.0), order), sinc_far(np.where(near, 10.0, x), order))[()]


def sinc_series(x, order):
    """sum over even k + order of (-1)^((k+order)/2) pi^(k+order) x^k / (k! (k+order+1))."""
    powers = range(order % 2, 60, 2)
    signs = [(-1.0) ** ((k + order) // 2) for k in powers]
    terms = [sign * np.pi ** (k + order) * x**k / (sp.gamma(k + 1) * (k + order + 1)) for sign, k in zip(signs, powers, strict=True)]
    return sum(terms, start=np.zeros_like(x))


def sinc_far(x, order):
    """x y = sin(pi x) / pi, differentiated: x y^(n) = pi^(n-1) sin(pi x + n pi / 2) - n y^(n-1)."""
    y = np.sinc(x)
    for n in range(1, order + 1):
        y = (np.pi ** (n - 1) * np.sin(np.pi * x + n * np.pi / 2) - n * y) / x
    return y


general(sinc_derivative,
        jvp=lambda x_dots, y, x, order: x_dots[0] * sinc_derivative(x, order=order + 1),
        vjp=lambda i, y_bar, y, x, order: y_bar * sinc_derivative(x, order=order + 1))
general(np.sinc,
        jvp=lambda x_dots, y, x: x_dots[0] * sinc_derivative(x, order=1),
        vjp=lambda i, y_bar, y, x: y_bar * sinc_derivative(x, order=1))


# ---------------------------------------------------------------- the exponential family over an
# axis
def logsumexp(a, axis=None, b=None, keepdims=False, return_sign=False):
    top = np.max(a, axis=axis, keepdims=True)
    top = np.where(np.isfinite(top), top, 0.0)
    terms = np.exp(a - top) if b is None else b * np.exp(a - top)
    total = np.sum(terms, axis=axis, keepdims=True)
    y = np.log(np.abs(total) if return_sign else total) + top
    shape = np.shape(y) if keepdims else np.shape(np.sum(a, axis=axis))
    return (np.reshape(y, shape), np.reshape(np.sign(total), shape)) if return_sign else np.reshape(y, shape)


def softmax(x, axis=None):
    e = np.exp(x - np.max(x, axis=axis, keepdims=True))
    return e / np.sum(e, axis=axis, keepdims=True)


composite(caught(sp.logsumexp),   logsumexp)
composite(caught(sp.softmax),     softmax)
composite(caught(sp.log_softmax), lambda x, axis=None: x - logsumexp(x, axis=axis, keepdims=True))
