"""scipy.stats: moments and entropies of distributions in their parameters, and distances of samples."""

# fmt: off
from math import comb

import numpy as np
from scipy.stats import _stats_py, rv_continuous
from scipy.stats._distn_infrastructure import rv_generic

from diffbench.rules.interception import caught
from diffbench.rules.table import composite, settled


def standard(self, shapes):
    """Mean, variance, skewness and excess kurtosis at loc = 0 and scale = 1; None where SciPy has no formula."""
    return self._stats(*shapes, **({"moments": "mvsk"} if self._stats_has_moments else {}))


def raw(self, shapes, order):
    """E x^order at loc = 0 and scale = 1."""
    if order == 0:
        return 1.0
    mean, variance, skewness, excess = standard(self, shapes)
    needed = (mean, variance, skewness, excess)[:order]
    if order > 4 or any(part is None for part in needed):
        return self._munp(order, *shapes)
    second = None if variance is None else variance + mean * mean
    if order < 3:
        return mean if order == 1 else second
    third = skewness * variance**1.5
    if order == 3:
        return third + 3 * mean * variance + mean**3
    return (excess + 3.0) * variance**2 + 4 * mean * third + 6 * mean * mean * variance + mean**4


def central(self, shapes, order):
    return sum(comb(order, k) * raw(self, shapes, k) * (-raw(self, shapes, 1)) ** (order - k) for k in range(order + 1))


def stats(self, *args, **kwds):
    shapes, loc, scale, wanted = self._parse_args_stats(*args, **kwds)
    known = standard(self, shapes)

    def of(place, formula):
        return known[place] if known[place] is not None else formula()

    variance = of(1, lambda: central(self, shapes, 2))
    found = {
        "m": lambda: of(0, lambda: raw(self, shapes, 1)) * scale + loc,
        "v": lambda: variance * scale * scale,
        "s": lambda: of(2, lambda: central(self, shapes, 3) / variance**1.5),
        "k": lambda: of(3, lambda: central(self, shapes, 4) / variance**2 - 3),
    }
    results = [found[letter]() + 0 * (loc + scale) for letter in "mvsk" if letter in wanted]
    return results[0] if len(results) == 1 else tuple(results)


def moment(self, order, *args, **kwds):
    shapes, loc, scale = self._parse_args(*args, **kwds)
    return sum(comb(order, k) * scale**k * loc ** (order - k) * raw(self, shapes, k) for k in range(order + 1))


def entropy(self, *args, **kwds):
    shapes, _, scale = self._parse_args(*args, **kwds)
    return self._entropy(*shapes) + np.log(scale)


composite(caught(rv_generic.stats),       stats)
composite(caught(rv_generic.moment),      moment)
composite(caught(rv_continuous.entropy),  entropy)


# ---------------------------------------------------------------- wasserstein_distance, energy_distance
def cdf_distance(p, u_values, v_values, u_weights=None, v_weights=None):
    u, v = (np.stack(values) if isinstance(values, (list, tuple)) else values * 1.0 for values in (u_values, v_values))
    ends = np.sort(np.concatenate([u, v]))
    gap = np.abs(share_below(u, u_weights, ends) - share_below(v, v_weights, ends))
    steps = np.diff(ends)
    return np.sum(gap * steps) if p == 1 else np.sum(gap**p * steps) ** (1 / p)


def share_below(values, weights, ends):
    """The share of the values that lies below each interval between the ends."""
    order = settled(np.argsort(values))
    count = settled(np.searchsorted(np.sort(values), ends[:-1], "right"))
    if weights is None:
        return count / len(order)
    sums = np.concatenate([np.zeros(1), np.cumsum((np.stack(weights) if isinstance(weights, (list, tuple)) else weights * 1.0)[order])])
    return sums[count] / sums[-1]


composite(caught(_stats_py._cdf_distance), cdf_distance)
