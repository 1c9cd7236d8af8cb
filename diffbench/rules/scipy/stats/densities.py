"""Log-densities at location 0 and scale 1 of those distributions of scipy.stats whose own code is
compiled, sorts points into buffers, or divides by 0 where the density is smooth.

Sources: the docstrings of SciPy's distributions; Johnson, Kotz & Balakrishnan, Continuous Univariate
Distributions (1994).
"""

# fmt: off
import numpy as np
import scipy.special as sp
from scipy.interpolate import BSpline

from diffbench.errors import MissingRule
from diffbench.rules.scipy.stats.masks import by_mask
from diffbench.rules.special.distributions import tukey_density
from diffbench.rules.table import own_row, settled

LOG_2PI = np.log(2 * np.pi)


def refused(reason):
    def density(*args):
        raise MissingRule(reason)
    return density


# ---------------------------------------------------------------- smooth where a shape is 0
def log1m_over(c, x):
    """log(1 - c x) / c, which is -x at c = 0 (DLMF 15.4.1)."""
    return by_mask(settled(np.abs(c * x) < 0.1), (c, x),
                   lambda c, x: -x * sp.hyp2f1(1.0, 1.0, 2.0, c * x), lambda c, x: np.log1p(-c * x) / c)


def genextreme(x, c):
    u = log1m_over(c, x)
    return u - np.exp(u) - np.log1p(-c * x)


def genpareto(x, c):
    return log1m_over(-c, x) - np.log1p(c * x)


def kappa4(x, h, k):
    u = log1m_over(k, x)
    e = np.exp(u)
    return u - np.log1p(-k * x) + log1m_over(h, e) - np.log1p(-h * e)


def pearson3(x, skew):
    return by_mask(settled(x * skew > -2), (x, skew), pearson3_inside, lambda x, skew: np.full(np.shape(x + skew), -np.inf))


def pearson3_inside(x, skew):
    return by_mask(settled((np.abs(skew) < 0.3) & (np.abs(skew * x) < 1)), (x, skew), nearly_normal, shifted_gamma)


def shifted_gamma(x, skew):
    a = 4 / skew**2
    z = a + 2 * x / skew
    return np.log(2 / np.abs(skew)) - sp.gammaln(a) + (a - 1) * np.log(z) - z


def nearly_normal(x, skew):
    """The same with Stirling's series (DLMF 5.11.1), whose large terms have cancelled."""
    t = x * skew / 2
    stirling = skew**2 / 48 - skew**6 / 23040 + skew**10 / 1290240
    return -x**2 / 2 * sp.hyp2f1(1.0, 2.0, 3.0, -t) - np.log1p(t) - LOG_2PI / 2 - stirling


def tukeylambda(x, lam):
    return np.log(tukey_density(sp.tklmbda(x, lam), lam))


# ---------------------------------------------------------------- of several pieces
def trapezoid(x, c, d):
    rest = lambda x, c, d: by_mask(settled(x <= d), (x, c, d), lambda x, c, d: 0.0 * x, lambda x, c, d: np.log((1 - x) / (1 - d)))
    return np.log(2 / (d - c + 1)) + by_mask(settled(x < c), (x, c, d), lambda x, c, d: np.log(x / c), rest)


def triang(x, c):
    return np.log(2) + by_mask(settled((x < c) | (c == 1)), (x, c), lambda x, c: np.log(x / c), lambda x, c: np.log((1 - x) / (1 - c)))


# ---------------------------------------------------------------- of normal ones
def log_mills(t):
    """log(Phi(-t) / phi(t))."""
    return by_mask(settled(t > -5), (t,), lambda t: np.log(np.sqrt(np.pi / 2) * sp.erfcx(t / np.sqrt(2))),
                   lambda t: sp.log_ndtr(-t) + t**2 / 2 + LOG_2PI / 2)


def dpareto_lognorm(x, u, s, a, b):
    w = (np.log(x) - u) / s
    return np.log(a * b / (a + b)) - np.log(x) - w**2 / 2 - LOG_2PI / 2 + np.logaddexp(log_mills(a * s - w), log_mills(b * s + w))


def skewnorm(x, a):
    return np.log(2) - x**2 / 2 - LOG_2PI / 2 + sp.log_ndtr(a * x)


def log_tail_mass(a, b):
    """log(Phi(b) - Phi(a)) for a < b <= 0."""
    return sp.log_ndtr(b) + np.log(-np.expm1(sp.log_ndtr(a) - sp.log_ndtr(b)))


def log_mass(a, b):
    central = lambda a, b: np.log1p(-sp.ndtr(a) - sp.ndtr(-b))
    right = lambda a, b: by_mask(settled(a >= 0), (a, b), lambda a, b: log_tail_mass(-b, -a), central)
    return by_mask(settled(b <= 0), (a, b), log_tail_mass, right)


def truncnorm(x, a, b):
    return -x**2 / 2 - LOG_2PI / 2 - log_mass(a, b)


# ---------------------------------------------------------------- by special functions; in an order
# of those refused
def beta(x, a, b):
    return sp.xlogy(a - 1, x) + sp.xlog1py(b - 1, -x) - sp.betaln(a, b)


def genhyperbolic(x, p, a, b):
    t, r = np.sqrt(a**2 - b**2), np.hypot(1.0, x)
    return (p * np.log(t) - LOG_2PI / 2 - (p - 0.5) * np.log(a) - np.log(sp.kve(p, t)) + t
            + b * x - a * r + np.log(sp.kve(p - 0.5, a * r)) + (p - 0.5) * np.log(r))


def geninvgauss(x, p, b):
    return (p - 1) * np.log(x) - b * (x - 1) ** 2 / (2 * x) - np.log(2 * sp.kve(p, b))


def decentred(nc):
    if not np.all(settled(nc) > 0):
        raise MissingRule("a non-central distribution of scipy.stats has no derivative rule at nc = 0; use the central one")


def ncx2(x, df, nc):
    decentred(nc)
    return (df / 2 - 1) / 2 * np.log(x / nc) - (np.sqrt(x) - np.sqrt(nc)) ** 2 / 2 + np.log(sp.ive(df / 2 - 1, np.sqrt(x * nc)) / 2)


def ncf(x, dfn, dfd, nc):
    m, n = dfn / 2, dfd / 2
    return (-nc / 2 + m * np.log(m / n) + (m - 1) * np.log(x) - (m + n) * np.log1p(m * x / n) - sp.betaln(m, n)
            + np.log(sp.hyp1f1(m + n, m, nc * m * x / (2 * (m * x + n)))))


def nct(x, df, nc):
    r = df + x**2
    z = nc**2 * x**2 / (2 * r)
    odd = np.sqrt(2) * nc * x * sp.hyp1f1(df / 2 + 1, 1.5, z) / (r * sp.gamma((df + 1) / 2))
    even = sp.hyp1f1((df + 1) / 2, 0.5, z) / (np.sqrt(r) * sp.gamma(df / 2 + 1))
    return df / 2 * np.log(df / r) + sp.gammaln(df + 1) - df * np.log(2) - nc**2 / 2 - sp.gammaln(df / 2) + np.log(odd + even)


# ---------------------------------------------------------------- series
K = np.arange(1, 21)


def kstwobign(x):
    return by_mask(settled(x > 0.8), (x,), kolmogorov_far, kolmogorov_near)


def kolmogorov_far(x):
    """With the first term, which underflows first, apart."""
    terms = (-1.0) ** (K - 1) * K**2 * np.exp(-2 * (K**2 - 1) * np.expand_dims(x, -1) ** 2)
    return np.log(8 * x) - 2 * x**2 + np.log(np.sum(terms, axis=-1))


def kolmogorov_near(x):
    """By the other theta series, which converges fast where that one does not."""
    x, c = np.expand_dims(x, -1), (2 * K - 1) ** 2 * np.pi**2 / 8
    return LOG_2PI / 2 + np.log(np.sum(np.exp(-c / x**2) * (2 * c / x**4 - 1 / x**2), axis=-1))


def b_spline(x, n):
    """The density of the sum of n uniform numbers: a B-spline with knots 0, 1, ..., n."""
    return np.nan_to_num(BSpline.basis_element(np.arange(n + 1.0), extrapolate=False)(x))


def b_spline_slope(x, n):
    return irwin_hall(x, n=n - 1) - irwin_hall(x - 1, n=n - 1) if n > 1 else 0.0 * x


irwin_hall = own_row(b_spline,
                     jvp=lambda x_dots, y, x, n: x_dots[0] * b_spline_slope(x, n),
                     vjp=lambda i, y_bar, y, x, n: y_bar * b_spline_slope(x, n))


def irwinhall(x, n):
    sizes = np.unique(settled(n))
    if settled(n) is not n or sizes.size != 1:
        raise MissingRule("scipy.stats.irwinhall has a derivative rule for one whole number n; hold it constant")
    return np.log(irwin_hall(x, n=int(sizes[0])))


log_densities = {function.__name__: function for function in (
    beta, dpareto_lognorm, genextreme, genhyperbolic, geninvgauss, genpareto, irwinhall, kappa4, kstwobign, ncf, nct, ncx2,
    pearson3, skewnorm, trapezoid, triang, truncnorm, tukeylambda)}
log_densities |= {name: refused(f"scipy.stats.{name} has no derivative rule: its density is an integral that SciPy "
                                "has compiled; integrate it with quadrature of your own")
                  for name in ("landau", "levy_stable")}
