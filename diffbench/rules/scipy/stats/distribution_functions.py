"""scipy.stats: distribution functions, survival functions, their logarithms and inverses.

In x their derivative is the density (of an inverse 1 / density); in the shapes it is that of SciPy's
own program, where that is Python over NumPy and scipy.special, otherwise that of the density's
integral over the nearer tail (tails.py).
"""

# fmt: off
import numpy as np
from scipy.stats import rv_continuous

from diffbench.arrays import dual
from diffbench.arrays.traced import contains_traced
from diffbench.errors import DiffbenchError, MissingRule
from diffbench.rules.interception import caught
from diffbench.rules.scipy.stats.densities import log_densities
from diffbench.rules.scipy.stats.masks import by_mask
from diffbench.rules.special.tails import tail
from diffbench.rules.table import composite, dispatched, general, settled


# ---------------------------------------------------------------- at location 0 and scale 1
def of_plain(distribution, method, *xs):
    """What SciPy's method says of plain numbers, which it takes as vectors."""
    xs = np.broadcast_arrays(*xs)
    return np.reshape(getattr(distribution, method)(*map(np.ravel, xs)), xs[0].shape)[()]


def density(distribution, y, shapes):
    if not contains_traced([y, *shapes]):
        return of_plain(distribution, "_pdf", y, *shapes)
    own = log_densities.get(distribution.name)
    return np.exp(own(y, *shapes)) if own else distribution._pdf(y, *shapes)


def log_density(distribution, y, shapes):
    if not contains_traced([y, *shapes]):
        return of_plain(distribution, "_logpdf", y, *shapes)
    own = log_densities.get(distribution.name)
    return own(y, *shapes) if own else distribution._logpdf(y, *shapes)


@dispatched
def function_of_distribution(y, *shapes, distribution, kind):
    """kind: cdf, sf, logcdf or logsf, of entries inside the support."""
    return of_plain(distribution, "_" + kind, y, *shapes)


@dispatched
def quantile(q, *shapes, distribution, kind):
    """kind: ppf or isf."""
    return of_plain(distribution, "_" + kind, q, *shapes)


# what code raises that does not know the type of a traced value
FOREIGN = (TypeError, ValueError, IndexError, AttributeError)
# whose program can't be followed: tried once
unfollowed: set[tuple[str, str, int]] = set()


def in_shape(distribution, k, y, shapes, kind):
    """The derivative of cdf or sf in shape k."""
    at = lambda shape: (*shapes[:k], shape, *shapes[k + 1:])
    along = np.ones(np.shape(shapes[k]))
    if (distribution.name, kind, k) not in unfollowed:
        try:
            slope = dual.jvp(lambda shape: getattr(distribution, "_" + kind)(y, *at(shape)), shapes[k], along)[1]
            if not np.any((settled(slope) == 0) & moves(distribution, k, y, shapes, kind)):
                return slope
        except (DiffbenchError, *FOREIGN):
            unfollowed.add((distribution.name, kind, k))
    return dual.jvp(lambda shape: by_tail(distribution, y, at(shape), kind), shapes[k], along)[1]


def moves(distribution, k, y, shapes, kind):
    """Whether the value is another one a thousandth further in shape k: then a slope of 0 is that of a
    formula which SciPy's program has for this very shape alone.
    """
    y, *plain = (np.asarray(settled(v), float) for v in (y, *shapes))
    here = of_plain(distribution, "_" + kind, y, *plain)
    steps = [1e-3 * np.maximum(1.0, np.abs(plain[k])) * sign for sign in (1, -1)]
    beside = [of_plain(distribution, "_" + kind, y, *plain[:k], plain[k] + step, *plain[k + 1:]) for step in steps]
    return np.any([np.abs(value - here) > 1e-9 for value in beside], axis=0)


def by_tail(distribution, y, shapes, kind):
    """cdf or sf up to a constant."""
    plain = [np.asarray(settled(shape), float) for shape in shapes]
    below, above = (of_plain(distribution, method, settled(y), *plain) for method in ("_cdf", "_sf"))
    ends = distribution._get_support(*plain)

    def of_tail(lower):
        integral = tail(lambda t, *shapes: density(distribution, t, shapes), y, shapes,
                        np.where(lower, *ends), np.where(lower, below, above))
        return integral * np.where(lower, 1.0, -1.0) * (1.0 if kind == "cdf" else -1.0)

    nearer = np.broadcast_to(below <= above, np.broadcast_shapes(np.shape(below), *map(np.shape, shapes)))
    try:
        return of_tail(nearer)
    except MissingRule:  # where the density is infinite at an end other than 0, floats are too coarse
        return of_tail(~nearer)


def slopes(y_dots, result, y, *shapes, distribution, kind):
    """The push-forward of cdf, sf, logcdf and logsf."""
    plain, sign = kind.removeprefix("log"), 1.0 if kind.endswith("cdf") else -1.0
    terms = [] if y_dots[0] is None else [
        y_dots[0] * sign * (np.exp(log_density(distribution, y, shapes) - result) if kind != plain else density(distribution, y, shapes))]
    for k, dot in enumerate(y_dots[1:]):
        if dot is not None:
            slope = in_shape(distribution, k, y, shapes, plain)
            terms.append(dot * (slope * np.exp(-result) if kind != plain else slope))
    return sum(terms[1:], start=terms[0])


def slopes_of_quantile(dots, y, q, *shapes, distribution, kind):
    """By the implicit function theorem: F(y, shapes) = q."""
    plain = "cdf" if kind == "ppf" else "sf"
    up = density(distribution, y, shapes) * (1.0 if kind == "ppf" else -1.0)
    terms = [] if dots[0] is None else [dots[0]]
    terms += [-dot * in_shape(distribution, k, y, shapes, plain) for k, dot in enumerate(dots[1:]) if dot is not None]
    return sum(terms[1:], start=terms[0]) / up


general(function_of_distribution, jvp=slopes, arity=None)
general(quantile, jvp=slopes_of_quantile, arity=None)


# ---------------------------------------------------------------- the methods
def whole(distribution, shapes):
    """The shapes that are whole numbers. SciPy says so of the order n of nbinom, which is a number."""
    infos = () if distribution.name == "nbinom" else distribution._shape_info()
    return [shape for info, shape in zip(infos, shapes, strict=False) if info.integrality]


def parsed(distribution, *args, **kwds):
    """Shapes, location and scale; what is a whole number must not vary."""
    shapes, loc, scale = distribution._parse_args(*args, **kwds)
    if contains_traced(whole(distribution, shapes)):
        raise MissingRule(f"scipy.stats.{distribution.name} has a whole number among its shapes, which has no derivative; hold it constant")
    return shapes, loc, scale


def of_x(kind, below, above):
    """cdf and its kin at y = (x - loc) / scale; constant outside the support."""
    def method(self, x, *args, **kwds):
        shapes, loc, scale = parsed(self, *args, **kwds)
        y = (x - loc) / scale
        at, width, *known = (np.asarray(settled(v)) for v in (y, scale, *shapes))
        allowed = np.asarray(self._argcheck(*known) & (width > 0), bool)
        within = allowed & self._open_support_mask(at, *known)
        beyond = np.where(at >= self._get_support(*known)[1], above, below)
        otherwise = np.where(~allowed | np.isnan(at), self.badvalue, beyond) + np.zeros(within.shape)
        return by_mask(within, [y, otherwise, *shapes],
                       lambda y, _, *shapes: function_of_distribution(y, *shapes, distribution=self, kind=kind), lambda *xs: xs[1])
    return method


def of_level(kind, first, last):
    """ppf and isf; at the levels 0 and 1 the ends of the support, which `first` and `last` number."""
    def method(self, q, *args, **kwds):
        shapes, loc, scale = parsed(self, *args, **kwds)
        level, width, *known = (np.asarray(settled(v)) for v in (q, scale, *shapes))
        allowed = np.asarray(self._argcheck(*known) & (width > 0), bool)
        within = allowed & (level > 0) & (level < 1)
        ends = self._get_support(*known)
        at_end = np.where(level == 0, ends[first], np.where(level == 1, ends[last], self.badvalue))
        otherwise = np.where(allowed, at_end, self.badvalue) + np.zeros(within.shape)
        y = by_mask(within, [q, otherwise, *shapes],
                    lambda q, _, *shapes: quantile(q, *shapes, distribution=self, kind=kind), lambda *xs: xs[1])
        return y * scale + loc
    return method


composite(caught(rv_continuous.cdf),    of_x("cdf", 0.0, 1.0))
composite(caught(rv_continuous.sf),     of_x("sf", 1.0, 0.0))
composite(caught(rv_continuous.logcdf), of_x("logcdf", -np.inf, 0.0))
composite(caught(rv_continuous.logsf),  of_x("logsf", 0.0, -np.inf))
composite(caught(rv_continuous.ppf),    of_level("ppf", 0, 1))
composite(caught(rv_continuous.isf),    of_level("isf", 1, 0))
