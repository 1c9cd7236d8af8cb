"""scipy.stats: the densities of every continuous distribution, in x, shapes, loc and scale.

SciPy's driver sorts points into buffers by masks; here the mask is decided on plain numbers, and the
density inside the support is the distribution's own `_logpdf` and `_pdf`, which are Python over
NumPy and scipy.special. Where those are compiled, or lose a derivative on their way, a formula
stands in the table of densities.py. Outside the support the density is constant: derivative 0.
"""

# fmt: off
import numpy as np
from scipy.stats import rv_continuous

from diffbench.rules.interception import caught
from diffbench.rules.scipy.stats.densities import log_densities
from diffbench.rules.scipy.stats.masks import by_mask
from diffbench.rules.table import composite, settled


def plain(values):
    return [np.asarray(settled(value)) for value in values]


def inside(distribution, y, shapes, scale):
    """Where the density is given by its formula, and where a parameter or the point is none."""
    y, scale, *shapes = plain((y, scale, *shapes))
    allowed = distribution._argcheck(*shapes) & (scale > 0)
    invalid = ~np.asarray(allowed, bool) | np.isnan(y)
    return np.asarray(allowed & distribution._support_mask(y, *shapes), bool), invalid


def density(outside, formula):
    """A method of rv_continuous by formula(distribution, y, scale, shapes) at y = (x - loc) / scale."""
    def method(self, x, *args, **kwds):
        shapes, loc, scale = self._parse_args(*args, **kwds)
        y = (x - loc) / scale
        within, invalid = inside(self, y, shapes, scale)
        otherwise = np.where(invalid, self.badvalue, outside) + np.zeros(within.shape)
        # broadcast as the result is
        return by_mask(within, [y, scale, otherwise, *shapes], lambda y, scale, _, *shapes: formula(self, y, scale, shapes), lambda *xs: xs[2])
    return method


def logpdf(distribution, y, scale, shapes):
    own = log_densities.get(distribution.name)
    return (own or distribution._logpdf)(y, *shapes) - np.log(scale)


def pdf(distribution, y, scale, shapes):
    own = log_densities.get(distribution.name)
    return (np.exp(own(y, *shapes)) if own else distribution._pdf(y, *shapes)) / scale


composite(caught(rv_continuous.logpdf), density(-np.inf, logpdf))
composite(caught(rv_continuous.pdf),    density(0.0, pdf))
