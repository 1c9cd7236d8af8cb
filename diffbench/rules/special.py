"""Special functions of scipy.special, and np.sinc. Sources: DLMF (dlmf.nist.gov), section numbers on the rows."""

# fmt: off
import numpy as np
import scipy.special as sp

from diffbench.rules.elementwise import jump
from diffbench.rules.scipy_functions import caught
from diffbench.rules.table import composite, dispatched, elementwise, general

SQRT_PI = np.sqrt(np.pi)
SQRT_2PI = np.sqrt(2 * np.pi)
unknown = lambda y, *xs: jump(True)                                               # the derivative in an order is not elementary: refused

# ---------------------------------------------------------------- error functions (DLMF 7)
elementwise(sp.erf,      lambda y, x: 2 / SQRT_PI * np.exp(-x * x))
elementwise(sp.erfc,     lambda y, x: -2 / SQRT_PI * np.exp(-x * x))
elementwise(sp.erfcx,    lambda y, x: 2 * x * y - 2 / SQRT_PI)
elementwise(sp.erfinv,   lambda y, x: SQRT_PI / 2 * np.exp(y * y))
elementwise(sp.erfcinv,  lambda y, x: -SQRT_PI / 2 * np.exp(y * y))
elementwise(sp.dawsn,    lambda y, x: 1 - 2 * x * y)
elementwise(sp.ndtr,     lambda y, x: np.exp(-x * x / 2) / SQRT_2PI)
elementwise(sp.log_ndtr, lambda y, x: np.exp(-x * x / 2 - y) / SQRT_2PI)          # phi / Phi without underflow
elementwise(sp.ndtri,    lambda y, x: SQRT_2PI * np.exp(y * y / 2))

# ---------------------------------------------------------------- logistic family: no overflow on either side
elementwise(sp.expit,    lambda y, x: y * sp.expit(-x))                           # y * (1 - y) cancels for x >> 0
elementwise(sp.log_expit, lambda y, x: sp.expit(-x))
elementwise(sp.logit,    lambda y, x: 1 / (x * (1 - x)))
elementwise(sp.exprel,   lambda y, x: np.where(np.abs(x) < 1e-3, 0.5 + x / 3 + x * x / 8 + x**3 / 30 + x**4 / 144,
                                               (np.exp(x) - y) / np.where(x == 0, 1.0, x)))
elementwise(sp.exp10,    lambda y, x: np.log(10.0) * y)
elementwise(sp.cosm1,    lambda y, x: -np.sin(x))

# ---------------------------------------------------------------- x log y
elementwise(sp.xlogy,    lambda y, x1, x2: np.log(x2),   lambda y, x1, x2: x1 / x2)
elementwise(sp.xlog1py,  lambda y, x1, x2: np.log1p(x2), lambda y, x1, x2: x1 / (1 + x2))
elementwise(sp.entr,     lambda y, x: -np.log(x) - 1)
elementwise(sp.rel_entr, lambda y, x1, x2: np.log(x1 / x2) + 1, lambda y, x1, x2: -x1 / x2)
elementwise(sp.kl_div,   lambda y, x1, x2: np.log(x1 / x2), lambda y, x1, x2: 1 - x1 / x2)
elementwise(sp.boxcox,   lambda y, x, p: x ** (p - 1), unknown)

# ---------------------------------------------------------------- gamma family (DLMF 5)
elementwise(sp.gamma,    lambda y, x: y * sp.digamma(x))
elementwise(sp.rgamma,   lambda y, x: -y * sp.digamma(x))
elementwise(sp.gammaln,  lambda y, x: sp.digamma(x))
elementwise(sp.loggamma, lambda y, x: sp.digamma(x))
elementwise(sp.digamma,  lambda y, x: trigamma_of_order(x, 1))
elementwise(sp.beta,     lambda y, a, b: y * (sp.digamma(a) - sp.digamma(a + b)), lambda y, a, b: y * (sp.digamma(b) - sp.digamma(a + b)))
elementwise(sp.betaln,   lambda y, a, b: sp.digamma(a) - sp.digamma(a + b), lambda y, a, b: sp.digamma(b) - sp.digamma(a + b))
elementwise(sp.gammainc, unknown, lambda y, a, x: np.exp((a - 1) * np.log(x) - x - sp.gammaln(a)))
elementwise(sp.gammaincc, unknown, lambda y, a, x: -np.exp((a - 1) * np.log(x) - x - sp.gammaln(a)))


@dispatched
def trigamma_of_order(x, order):
    """The polygamma function psi^(order)(x); its derivative is the next one."""
    return sp.zeta(order + 1, x) * sp.gamma(order + 1) * (-1.0) ** (order + 1)


general(trigamma_of_order,
        jvp=lambda x_dots, y, x, order: x_dots[0] * trigamma_of_order(x, order=order + 1),
        vjp=lambda i, y_bar, y, x, order: y_bar * trigamma_of_order(x, order=order + 1))
composite(caught(sp.polygamma), lambda n, x: sp.digamma(x) if np.all(np.equal(n, 0)) else trigamma_of_order(x, order=int(n)))

# ---------------------------------------------------------------- Bessel functions (DLMF 10.6, 10.29)
elementwise(sp.j0,       lambda y, x: -sp.j1(x))
elementwise(sp.j1,       lambda y, x: (sp.j0(x) - sp.jv(2, x)) / 2)
elementwise(sp.jv,       unknown, lambda y, v, x: (sp.jv(v - 1, x) - sp.jv(v + 1, x)) / 2)
elementwise(sp.y0,       lambda y, x: -sp.y1(x))
elementwise(sp.y1,       lambda y, x: (sp.y0(x) - sp.yv(2, x)) / 2)
elementwise(sp.yv,       unknown, lambda y, v, x: (sp.yv(v - 1, x) - sp.yv(v + 1, x)) / 2)
elementwise(sp.i0,       lambda y, x: sp.i1(x))
elementwise(sp.i1,       lambda y, x: (sp.i0(x) + sp.iv(2, x)) / 2)
elementwise(sp.iv,       unknown, lambda y, v, x: (sp.iv(v - 1, x) + sp.iv(v + 1, x)) / 2)
elementwise(sp.i0e,      lambda y, x: sp.i1e(x) - np.sign(x) * y)
elementwise(sp.i1e,      lambda y, x: (sp.i0e(x) + sp.ive(2, x)) / 2 - np.sign(x) * y)
elementwise(sp.ive,      unknown, lambda y, v, x: (sp.ive(v - 1, x) + sp.ive(v + 1, x)) / 2 - np.sign(x) * y)
elementwise(sp.k0,       lambda y, x: -sp.k1(x))
elementwise(sp.k1,       lambda y, x: -(sp.k0(x) + sp.kv(2, x)) / 2)
elementwise(sp.kv,       unknown, lambda y, v, x: -(sp.kv(v - 1, x) + sp.kv(v + 1, x)) / 2)
composite(np.i0,         lambda x: sp.i0(x))


# ---------------------------------------------------------------- sinc: smooth at 0, to every order
@dispatched
def sinc_derivative(x, order):
    """The derivative of sin(pi x) / (pi x) of the given order, as the mean of (pi t)^order cos(pi x t + order pi / 2) over t in [0, 1].

    Near 0 by the Taylor series of that integral, elsewhere by repeated integration by parts: neither divides by a small x.
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


# ---------------------------------------------------------------- the exponential family over an axis
def logsumexp(a, axis=None, b=None, keepdims=False, return_sign=False):
    if return_sign:
        raise NotImplementedError("logsumexp with return_sign has no derivative rule; take the logarithm of the absolute value")
    top = np.max(a, axis=axis, keepdims=True)
    top = np.where(np.isfinite(top), top, 0.0)
    terms = np.exp(a - top) if b is None else b * np.exp(a - top)
    y = np.log(np.sum(terms, axis=axis, keepdims=True)) + top
    return y if keepdims else np.reshape(y, np.shape(np.sum(a, axis=axis)))


def softmax(x, axis=None):
    e = np.exp(x - np.max(x, axis=axis, keepdims=True))
    return e / np.sum(e, axis=axis, keepdims=True)


composite(caught(sp.logsumexp),   logsumexp)
composite(caught(sp.softmax),     softmax)
composite(caught(sp.log_softmax), lambda x, axis=None: x - logsumexp(x, axis=axis, keepdims=True))
