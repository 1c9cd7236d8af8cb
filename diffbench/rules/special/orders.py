"""Derivatives of special functions in an order or a shape, where no elementary ones are known: by the
integral or the series that defines the function, differentiated under its sign.

Each sum is held against SciPy's value of the function itself, to 1e-10, and refused where the two part. In
the argument these derivatives are elementary again; a second derivative in the orders is refused.
Sources: DLMF 8.2, 8.17, 10.9.6, 10.9.7, 10.32.4, 10.32.9, 13.2.2, 13.2.39, 15.2.1, 15.8.1.
"""

# fmt: off
from typing import Any

import numpy as np
import scipy.special as sp

from diffbench.errors import MissingRule
from diffbench.rules.special.tails import tail
from diffbench.rules.table import dispatched, elementwise

APART = 1e-10
TERMS = 500


def unknown(name):
    """The partial derivative in an order, degree or shape that has no rule: refused by its name."""
    def partial(y, *xs):
        raise MissingRule(f"the derivative of scipy.special.{name} with respect to an order, degree or shape has no rule; hold that argument constant")
    return partial


def held(name, y, found, slope):
    """The slope, if the sum that it was taken from is SciPy's value."""
    if not np.all(np.abs(found - y) <= APART * np.maximum(np.abs(y), np.abs(slope))):
        raise MissingRule(f"the derivative of scipy.special.{name} with respect to an order, degree or shape is known by an integral or a series, "
                          "which does not come to SciPy's value here; hold that argument constant")
    return slope[()]


def slope(name, formula, *partials):
    """A row for the derivative of scipy.special.name in an order; the partials are those of the derivative."""
    formula.__name__ = formula.__qualname__ = name
    row = dispatched(formula)
    elementwise(row, *partials)
    return row


# ---------------------------------------------------------------- incomplete gamma and beta, Student's t
def gamma_density(a, x):
    return np.exp((a - 1) * np.log(x) - x - sp.gammaln(a))


def beta_density(a, b, x):
    return np.exp(sp.xlogy(a - 1, x) + sp.xlog1py(b - 1, -x) - sp.betaln(a, b))


def student_density(df, t):
    return np.exp(sp.gammaln((df + 1) / 2) - sp.gammaln(df / 2) - (df + 1) / 2 * np.log1p(t * t / df)) / np.sqrt(df * np.pi)


def by_tail(density, y, shapes, score, ends, below, above):
    """The slope of a distribution function in a shape: the density's mean score over the nearer tail."""
    lower = below <= above
    found = tail(density, y, shapes, np.where(lower, *ends), np.where(lower, below, above), score)
    return np.where(lower, found, -found)[()]


def _gammainc_by_shape(a, x):
    score = lambda t, a: np.log(t) - sp.digamma(a)
    return by_tail(lambda t, a: gamma_density(a, t), x, (a,), score, (0.0, np.inf), sp.gammainc(a, x), sp.gammaincc(a, x))


def _betainc_by_first(a, b, x):
    score = lambda t, a, b: np.log(t) - sp.digamma(a) + sp.digamma(a + b)
    return by_tail(lambda t, a, b: beta_density(a, b, t), x, (a, b), score, (0.0, 1.0), sp.betainc(a, b, x), sp.betaincc(a, b, x))


def _stdtr_by_df(df, t):
    score = lambda t, df: (sp.digamma((df + 1) / 2) - sp.digamma(df / 2) - 1 / df - np.log1p(t * t / df) + (df + 1) * t * t / (df * (df + t * t))) / 2
    return by_tail(lambda t, df: student_density(df, t), t, (df,), score, (-np.inf, np.inf), sp.stdtr(df, t), sp.stdtr(df, -t))


gammainc_by_shape: Any = slope("gammainc_by_shape", _gammainc_by_shape, unknown("gammainc"), lambda s, a, x: gamma_density(a, x) * (np.log(x) - sp.digamma(a)))
betainc_by_first: Any = slope("betainc_by_first", _betainc_by_first, unknown("betainc"), unknown("betainc"),
                         lambda s, a, b, x: beta_density(a, b, x) * (np.log(x) - sp.digamma(a) + sp.digamma(a + b)))
stdtr_by_df: Any = slope("stdtr_by_df", _stdtr_by_df, unknown("stdtr"), lambda s, df, t: student_density(df, t) * (
    sp.digamma((df + 1) / 2) - sp.digamma(df / 2) - 1 / df - np.log1p(t * t / df) + (df + 1) * t * t / (df * (df + t * t))) / 2)


def betainc_by_second(a, b, x):
    """By reflection: I_x(a, b) = 1 - I_(1-x)(b, a)."""
    return -betainc_by_first(b, a, 1 - x)


# ---------------------------------------------------------------- Bessel functions of x > 0
def panels(edges, count):
    nodes, weights = np.polynomial.legendre.leggauss(count)
    widths = np.diff(edges)[:, None]
    return (edges[:-1, None] + widths * (nodes + 1) / 2).ravel(), (widths * weights / 2).ravel()


ANGLES, ANGLE_WEIGHTS = panels(np.linspace(0.0, np.pi, 9), 24)
AHEAD, AHEAD_WEIGHTS = panels(np.concatenate([[0.0], 0.01 * 2.0 ** np.arange(8), np.arange(2.0, 28.0)]), 16)


def spread(v, x):
    return np.asarray(v, float)[..., None], np.asarray(x, float)[..., None]


def over_angles(values):
    return values @ ANGLE_WEIGHTS / np.pi


def ahead(values):
    return values @ AHEAD_WEIGHTS / np.pi


def near(v, x, sign):
    """Value and slope in the order of J (sign -1) and I (sign 1) by the ascending series (DLMF 10.16.9, 10.39.9)."""
    y, by_b = summed((), (v + 1.0,), sign * x * x / 4)
    scale = np.exp(v * np.log(x / 2) - sp.gammaln(v + 1))
    return scale * y, scale * ((np.log(x / 2) - sp.digamma(v + 1)) * y + by_b)


def _jv_by_order(v, x):
    v, x = np.broadcast_arrays(np.asarray(v, float), np.asarray(x, float))
    small = (v > -1) & (x > 0) & (x * x < 4 * (v + 1))
    y, by_v = near(np.where(small, v, 1.0), np.where(small, x, 1.0), -1)
    n, z = spread(v, x)
    phase, decay = n * ANGLES - z * np.sin(ANGLES), np.exp(-z * np.sinh(AHEAD) - n * AHEAD)
    found = over_angles(np.cos(phase)) - np.sin(v * np.pi) * ahead(decay)
    slope = -over_angles(ANGLES * np.sin(phase)) - np.pi * np.cos(v * np.pi) * ahead(decay) + np.sin(v * np.pi) * ahead(AHEAD * decay)
    return held("jv", sp.jv(v, x), np.where(small, y, found), np.where(small, by_v, slope))


def _yv_by_order(v, x):
    n, z = spread(v, x)
    phase = z * np.sin(ANGLES) - n * ANGLES
    grow, decay = np.exp(n * AHEAD - z * np.sinh(AHEAD)), np.exp(-n * AHEAD - z * np.sinh(AHEAD))
    cos, sin = np.cos(v * np.pi), np.sin(v * np.pi)
    found = over_angles(np.sin(phase)) - ahead(grow) - cos * ahead(decay)
    slope = -over_angles(ANGLES * np.cos(phase)) - ahead(AHEAD * grow) + cos * ahead(AHEAD * decay) + np.pi * sin * ahead(decay)
    return held("yv", sp.yv(v, x), found, slope)


def _ive_by_order(v, x):
    v, x = np.broadcast_arrays(np.asarray(v, float), np.asarray(x, float))
    small = (v > -1) & (x > 0) & (x * x < 4 * (v + 1))
    y, by_v = (part * np.exp(-np.where(small, x, 1.0)) for part in near(np.where(small, v, 1.0), np.where(small, x, 1.0), 1))
    n, z = spread(v, x)
    wave, decay = np.exp(z * (np.cos(ANGLES) - 1)), np.exp(-z * (np.cosh(AHEAD) + 1) - n * AHEAD)
    found = over_angles(wave * np.cos(n * ANGLES)) - np.sin(v * np.pi) * ahead(decay)
    slope = -over_angles(ANGLES * wave * np.sin(n * ANGLES)) - np.pi * np.cos(v * np.pi) * ahead(decay) + np.sin(v * np.pi) * ahead(AHEAD * decay)
    return held("ive", sp.ive(v, x), np.where(small, y, found), np.where(small, by_v, slope))


def _kve_by_order(v, x):
    n, z = spread(v, x)
    up, down = (np.exp(sign * n * AHEAD - z * (np.cosh(AHEAD) - 1)) / 2 for sign in (1, -1))
    return held("kve", sp.kve(v, x), np.pi * ahead(up + down), np.pi * ahead(AHEAD * (up - down)))


jv_by_order: Any = slope("jv_by_order", _jv_by_order, unknown("jv"), lambda s, v, x: (jv_by_order(v - 1, x) - jv_by_order(v + 1, x)) / 2)
yv_by_order: Any = slope("yv_by_order", _yv_by_order, unknown("yv"), lambda s, v, x: (yv_by_order(v - 1, x) - yv_by_order(v + 1, x)) / 2)
ive_by_order: Any = slope("ive_by_order", _ive_by_order, unknown("ive"), lambda s, v, x: (ive_by_order(v - 1, x) + ive_by_order(v + 1, x)) / 2 - s)
kve_by_order: Any = slope("kve_by_order", _kve_by_order, unknown("kve"), lambda s, v, x: s - (kve_by_order(v - 1, x) + kve_by_order(v + 1, x)) / 2)


# ---------------------------------------------------------------- hypergeometric series
def summed(tops, bottoms, z):
    """The series of terms prod (top + j) / prod (bottom + j) z / (j + 1), and its slopes in each top and bottom."""
    j = np.arange(TERMS)
    tops, bottoms = ([np.asarray(p, float)[..., None] + j for p in ps] for ps in (tops, bottoms))
    ratios = np.asarray(z, float)[..., None] / (j + 1)
    for top in tops:
        ratios = ratios * top
    for bottom in bottoms:
        ratios = ratios / bottom
    terms = np.cumprod(ratios, axis=-1)
    by = [np.sum(terms * np.cumsum(1 / p, axis=-1), axis=-1) for p in (*tops, *bottoms)]
    return 1 + np.sum(terms, axis=-1), *by[: len(tops)], *(-b for b in by[len(tops):])


def kummer(a, b, z):
    """Value and slopes of hyp1f1 in a and b; by Kummer's transformation for z < 0, where the series cancels."""
    y, by_a, by_b = summed((np.where(z < 0, b - a, a),), (b,), np.abs(z))
    scale = np.where(z < 0, np.exp(np.minimum(z, 0)), 1.0)
    return scale * y, scale * np.where(z < 0, -by_a, by_a), scale * np.where(z < 0, by_a + by_b, by_b)


def gauss(a, b, c, z):
    """Value and slopes of hyp2f1 in a, b and c; by Pfaff's transformation for z < 0."""
    mirrored = np.asarray(z) < 0
    y, by_a, by_b, by_c = summed((a, np.where(mirrored, c - b, b)), (c,), np.where(mirrored, z / (z - 1), z))
    scale = np.where(mirrored, np.abs(1 - z) ** -a, 1.0)
    return (scale * y, scale * (by_a - np.where(mirrored, np.log(np.abs(1 - z)) * y, 0.0)), scale * np.where(mirrored, -by_b, by_b),
            scale * np.where(mirrored, by_b + by_c, by_c))


def at(name, series, place):
    """The slope of a series in one of its parameters."""
    def formula(*xs):
        with np.errstate(all="ignore"):
            found = series(*xs)
        return held(name, getattr(sp, name)(*xs), found[0], found[place])
    return formula


hyp0f1_by_shape: Any = slope("hyp0f1_by_shape", at("hyp0f1", lambda b, z: summed((), (b,), z), 1), unknown("hyp0f1"),
                        lambda s, b, z: hyp0f1_by_shape(b + 1, z) / b - sp.hyp0f1(b + 1, z) / b**2)
hyp1f1_by_first: Any = slope("hyp1f1_by_first", at("hyp1f1", kummer, 1), unknown("hyp1f1"), unknown("hyp1f1"),
                        lambda s, a, b, z: sp.hyp1f1(a + 1, b + 1, z) / b + a / b * hyp1f1_by_first(a + 1, b + 1, z))
hyp1f1_by_second: Any = slope("hyp1f1_by_second", at("hyp1f1", kummer, 2), unknown("hyp1f1"), unknown("hyp1f1"),
                         lambda s, a, b, z: -a / b**2 * sp.hyp1f1(a + 1, b + 1, z) + a / b * hyp1f1_by_second(a + 1, b + 1, z))
hyp2f1_by_first: Any = slope("hyp2f1_by_first", at("hyp2f1", gauss, 1), unknown("hyp2f1"), unknown("hyp2f1"), unknown("hyp2f1"),
                        lambda s, a, b, c, z: b / c * sp.hyp2f1(a + 1, b + 1, c + 1, z) + a * b / c * hyp2f1_by_first(a + 1, b + 1, c + 1, z))
hyp2f1_by_third: Any = slope("hyp2f1_by_third", at("hyp2f1", gauss, 3), unknown("hyp2f1"), unknown("hyp2f1"), unknown("hyp2f1"),
                        lambda s, a, b, c, z: -a * b / c**2 * sp.hyp2f1(a + 1, b + 1, c + 1, z) + a * b / c * hyp2f1_by_third(a + 1, b + 1, c + 1, z))
