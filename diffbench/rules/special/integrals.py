"""Functions defined by an integral, whose derivative is the integrand: exponential, Fresnel,
elliptic, hypergeometric; and inverses of such.
"""

# fmt: off
import numpy as np
import scipy.special as sp

from diffbench.rules.interception import caught
from diffbench.rules.special.functions import SQRT_2PI, SQRT_PI, of_several_results
from diffbench.rules.special.orders import (
    beta_density,
    betainc_by_first,
    betainc_by_second,
    gamma_density,
    gammainc_by_shape,
    hyp0f1_by_shape,
    hyp1f1_by_first,
    hyp1f1_by_second,
    hyp2f1_by_first,
    hyp2f1_by_third,
    unknown,
)
from diffbench.rules.table import composite, dispatched, elementwise, general

# ---------------------------------------------------------------- exponential and trigonometric
# integrals (DLMF 6, 8.19, 25.12)
elementwise(sp.expi,     lambda y, x: np.exp(x) / x)
elementwise(sp.exp1,     lambda y, x: -np.exp(-x) / x)
elementwise(sp.expn,     unknown("expn"), lambda y, n, x: -np.where(n == 0, np.exp(-x) * (1 + 1 / x) / x, sp.expn(np.maximum(n - 1, 0), x)))
# log(x) / (1 - x), smooth at 1
elementwise(sp.spence,   lambda y, x: -1 / sp.exprel(np.log(x)))
elementwise(sp.erfi,     lambda y, x: 2 / SQRT_PI * np.exp(x * x))
elementwise(sp.wofz,     lambda y, z: 2j / SQRT_PI - 2 * z * y)
elementwise(sp.owens_t,  lambda y, h, a: -np.exp(-h * h / 2) * sp.erf(a * h / np.sqrt(2)) / (2 * SQRT_2PI),
                         lambda y, h, a: np.exp(-h * h * (1 + a * a) / 2) / (2 * np.pi * (1 + a * a)))
of_several_results(sp.fresnel, jvp=lambda x_dots, y, x: (np.sin(np.pi * x * x / 2) * x_dots[0], np.cos(np.pi * x * x / 2) * x_dots[0]))


def hyperbolic_sinc(x):
    """sinh(x) / x, smooth at 0."""
    return np.exp(-x) * sp.exprel(2 * x)


@dispatched
def sine_integral(x):
    """Si, a row apart from Ci: it is smooth at 0, where Ci is infinite."""
    return sp.sici(x)[0]


@dispatched
def cosine_integral(x):
    return sp.sici(x)[1]


@dispatched
def hyperbolic_sine_integral(x):
    return sp.shichi(x)[0]


@dispatched
def hyperbolic_cosine_integral(x):
    return sp.shichi(x)[1]


elementwise(sine_integral,              lambda y, x: np.sinc(x / np.pi))
elementwise(cosine_integral,            lambda y, x: np.cos(x) / x)
elementwise(hyperbolic_sine_integral,   lambda y, x: hyperbolic_sinc(x))
elementwise(hyperbolic_cosine_integral, lambda y, x: np.cosh(x) / x)
composite(sp.sici,   lambda x: (sine_integral(x), cosine_integral(x)))
composite(sp.shichi, lambda x: (hyperbolic_sine_integral(x), hyperbolic_cosine_integral(x)))


# ---------------------------------------------------------------- incomplete gamma and beta, and
# their inverses (DLMF 8.8, 8.17)
elementwise(sp.gammainc,     lambda y, a, x: gammainc_by_shape(a, x),  lambda y, a, x: gamma_density(a, x))
elementwise(sp.gammaincc,    lambda y, a, x: -gammainc_by_shape(a, x), lambda y, a, x: -gamma_density(a, x))
elementwise(sp.gammaincinv,  lambda y, a, p: -gammainc_by_shape(a, y) / gamma_density(a, y), lambda y, a, p: 1 / gamma_density(a, y))
elementwise(sp.gammainccinv, lambda y, a, p: -gammainc_by_shape(a, y) / gamma_density(a, y), lambda y, a, p: -1 / gamma_density(a, y))
elementwise(sp.betainc,      lambda y, a, b, x: betainc_by_first(a, b, x),  lambda y, a, b, x: betainc_by_second(a, b, x),  lambda y, a, b, x: beta_density(a, b, x))
elementwise(sp.betaincc,     lambda y, a, b, x: -betainc_by_first(a, b, x), lambda y, a, b, x: -betainc_by_second(a, b, x), lambda y, a, b, x: -beta_density(a, b, x))
elementwise(sp.betaincinv,   lambda y, a, b, p: -betainc_by_first(a, b, y) / beta_density(a, b, y), lambda y, a, b, p: -betainc_by_second(a, b, y) / beta_density(a, b, y),
                             lambda y, a, b, p: 1 / beta_density(a, b, y))
elementwise(sp.betainccinv,  lambda y, a, b, p: -betainc_by_first(a, b, y) / beta_density(a, b, y), lambda y, a, b, p: -betainc_by_second(a, b, y) / beta_density(a, b, y),
                             lambda y, a, b, p: -1 / beta_density(a, b, y))


# ---------------------------------------------------------------- hypergeometric (DLMF 13.3.15,
# 15.5.1, 13.3.22)
elementwise(sp.hyp0f1,   lambda y, b, x: hyp0f1_by_shape(b, x), lambda y, b, x: sp.hyp0f1(b + 1, x) / b)
elementwise(sp.hyp1f1,   lambda y, a, b, x: hyp1f1_by_first(a, b, x), lambda y, a, b, x: hyp1f1_by_second(a, b, x), lambda y, a, b, x: a / b * sp.hyp1f1(a + 1, b + 1, x))
elementwise(sp.hyp2f1,   lambda y, a, b, c, x: hyp2f1_by_first(a, b, c, x), lambda y, a, b, c, x: hyp2f1_by_first(b, a, c, x), lambda y, a, b, c, x: hyp2f1_by_third(a, b, c, x),
                         lambda y, a, b, c, x: a * b / c * sp.hyp2f1(a + 1, b + 1, c + 1, x))
elementwise(sp.hyperu,   unknown("hyperu"), unknown("hyperu"), lambda y, a, b, x: -a * sp.hyperu(a + 1, b + 1, x))


# ---------------------------------------------------------------- elliptic (DLMF 19.4)
@dispatched
def elliptic_d(m):
    """D(m) = (K(m) - E(m)) / m, without the cancellation at 0."""
    return sp.elliprd(0.0, 1.0 - m, 1.0) / 3


def jacobi_slopes(x_dots, y, u, m):
    sn, cn, dn, _ = y
    u_dot = x_dots[0] if x_dots[1] is None else unknown("ellipj")(y) + x_dots[1]
    return cn * dn * u_dot, -sn * dn * u_dot, -m * sn * cn * u_dot, dn * u_dot


elementwise(elliptic_d,   lambda y, m: (sp.ellipk(m) - (2 - m) * y) / (2 * m * (1 - m)))
elementwise(sp.ellipk,    lambda y, m: (y - elliptic_d(m)) / (2 * (1 - m)))
elementwise(sp.ellipe,    lambda y, m: -elliptic_d(m) / 2)
elementwise(sp.ellipkinc, lambda y, phi, m: 1 / np.sqrt(1 - m * np.sin(phi) ** 2), unknown("ellipkinc"))
elementwise(sp.ellipeinc, lambda y, phi, m: np.sqrt(1 - m * np.sin(phi) ** 2), unknown("ellipeinc"))
elementwise(sp.ellipkm1,  lambda y, p: (elliptic_d(1 - p) - y) / (2 * p))
of_several_results(sp.ellipj, jvp=jacobi_slopes)


# ---------------------------------------------------------------- inverses of x exp(x) and x +
# log(x)
@dispatched
def lambert_branch(z, k):
    return np.asarray(sp.lambertw(z, k))[()]


def lambert_slope(y):
    # y / (z (1 + y)) is 0 / 0 at 0
    return np.exp(-y) / (1 + y)


general(lambert_branch,
        jvp=lambda x_dots, y, z, k: x_dots[0] * lambert_slope(y),
        vjp=lambda i, y_bar, y, z, k: y_bar * lambert_slope(y))
composite(caught(sp.lambertw), lambda z, k=0, tol=1e-8: lambert_branch(z + 0j, k=int(k)))
elementwise(sp.wrightomega,    lambda y, z: y / (1 + y))
