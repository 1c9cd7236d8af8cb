"""scipy.stats: probability masses of discrete distributions and their sums, in the shapes that are no
whole numbers. The point, the location and a number of trials are whole, and have no derivative.
"""

# fmt: off
from typing import Any

import numpy as np
import scipy.special as sp
from scipy.stats import rv_discrete

from diffbench.arrays import dual
from diffbench.arrays.traced import contains_traced
from diffbench.errors import MissingRule
from diffbench.rules.interception import caught
from diffbench.rules.scipy.stats.distribution_functions import of_plain, whole
from diffbench.rules.scipy.stats.masks import by_mask
from diffbench.rules.table import composite, dispatched, general, settled

MOST_TERMS = 100_000
NOTHING = 1e-20  # of all masses together


# ---------------------------------------------------------------- log-masses that SciPy has compiled
def skellam(k, mu1, mu2):
    root = 2 * np.sqrt(mu1 * mu2)
    return k / 2 * np.log(mu1 / mu2) + np.log(sp.ive(np.abs(k), root)) - (np.sqrt(mu1) - np.sqrt(mu2)) ** 2


def zipfian(k, a, n):
    j = np.arange(1.0, np.max(n) + 1).reshape(-1, *(1,) * np.ndim(k))
    return -a * np.log(k) - np.log(np.sum(np.where(j <= n, j ** -a, 0.0), axis=0))


def logser(k, p):
    return k * np.log(p) - np.log(k) - np.log(-np.log1p(-p))


log_masses: dict[str, Any] = {"skellam": skellam, "zipfian": zipfian, "logser": logser}


def log_mass(distribution, k, shapes):
    own = log_masses.get(distribution.name)
    if own:
        return own(k, *shapes)
    if type(distribution)._logpmf is not rv_discrete._logpmf:
        return distribution._logpmf(k, *shapes)
    return np.log(distribution._pmf(k, *shapes))


# ---------------------------------------------------------------- sums
@dispatched
def sum_of_masses(k, *shapes, distribution, kind):
    """kind: cdf, sf, logcdf or logsf, of entries in the support."""
    return of_plain(distribution, "_" + kind, k, *shapes)


def masses_below(distribution, k, shapes):
    """The sum of the masses up to k."""
    plain = [np.asarray(settled(shape)) for shape in shapes]
    start = np.min(distribution._get_support(*plain)[0])
    if np.isinf(start):
        start = np.min(of_plain(distribution, "_ppf", NOTHING, *plain))
    number = np.max(k - start) + 1
    if not number <= MOST_TERMS:
        raise MissingRule(f"scipy.stats.{distribution.name} has no derivative of its distribution function there: {number:.0f} "
                          "masses would be added; hold the shape constant")
    j = np.arange(number).reshape(-1, *(1,) * np.ndim(k)) + start
    return np.sum(np.where(j <= k, np.exp(log_mass(distribution, np.minimum(j, k), shapes)), 0.0), axis=0)


def push(dots, y, k, *shapes, distribution, kind):
    sign = 1.0 if kind.endswith("cdf") else -1.0
    total = 0.0
    for i, dot in enumerate(dots[1:]):
        if dot is not None:
            f = lambda shape, i=i: masses_below(distribution, k, (*shapes[:i], shape, *shapes[i + 1:]))
            total = total + dot * sign * dual.jvp(f, shapes[i], np.ones(np.shape(shapes[i])))[1]
    return total * np.exp(-y) if kind.startswith("log") else total


general(sum_of_masses, jvp=push, arity=None)


# ---------------------------------------------------------------- the methods
def require_shapes_only(distribution, k, shapes, loc):
    if contains_traced([k, loc, *whole(distribution, shapes)]):
        raise MissingRule(f"scipy.stats.{distribution.name} has no derivative in its point, its location and the shapes that are whole "
                          "numbers; hold them constant")


def method(kind, formula, below, above):
    """pmf and its kin; constant outside the support."""
    def run(self, k, *args, **kwds):
        shapes, loc, _ = self._parse_args(*args, **kwds)
        require_shapes_only(self, k, shapes, loc)
        k = np.asarray(k - loc, float)
        known = [np.asarray(settled(shape)) for shape in shapes]
        allowed = np.asarray(self._argcheck(*known), bool)
        first, last = self._get_support(*known)
        is_mass = kind.endswith("pmf")
        within = allowed & (k >= first) & ((k <= last) & self._nonzero(k, *known) if is_mass else k < last)
        outside = np.where(~allowed | np.isnan(k), self.badvalue, np.where(k >= last, above, below)) + np.zeros(np.shape(within))
        return by_mask(within, [np.floor(k), outside, *shapes], lambda k, _, *shapes: formula(self, k, shapes, kind), lambda *xs: xs[1])
    return run


def mass(distribution, k, shapes, kind):
    found = log_mass(distribution, k, shapes)
    return found if kind == "logpmf" else np.exp(found)


def sums(distribution, k, shapes, kind):
    return sum_of_masses(k, *shapes, distribution=distribution, kind=kind)


def step(kind):
    def run(self, q, *args, **kwds):
        raise MissingRule(f"scipy.stats.{self.name}.{kind} is a step function, a whole number that jumps: it has no derivative; take it of "
                          "plain numbers")
    return run


for _kind, _formula, _below, _above in (("pmf", mass, 0.0, 0.0), ("logpmf", mass, -np.inf, -np.inf), ("cdf", sums, 0.0, 1.0), ("sf", sums, 1.0, 0.0),
                                        ("logcdf", sums, -np.inf, 0.0), ("logsf", sums, 0.0, -np.inf)):
    composite(caught(getattr(rv_discrete, _kind)), method(_kind, _formula, _below, _above))
for _kind in ("ppf", "isf"):
    composite(caught(getattr(rv_discrete, _kind)), step(_kind))
