"""Piecewise polynomials of scipy.interpolate: PPoly (of which CubicSpline, PchipInterpolator and
Akima1DInterpolator are kinds), BPoly and BSpline, in their coefficients, their breakpoints and the
points at which they are taken.

Between which breakpoints a point lies is a decision; at a breakpoint the piece is SciPy's, to the
right but at the last one.
"""

# fmt: off
import math
from typing import Any

import numpy as np
import scipy.interpolate as si

from diffbench.errors import MissingRule
from diffbench.rules.entries.indexing import getitem
from diffbench.rules.interception import attribute, caught
from diffbench.rules.table import composite, settled


def fields(kind, *names):
    """The attributes in which a class holds arrays; since SciPy 1.16 what they are called is a property,
    and since 1.18 one of another object.
    """
    if hasattr(kind, "_construct_from_xp"):
        return tuple(f"_delegate_to.{name}" for name in names)
    return tuple(f"_{name}" if isinstance(getattr(kind, name, None), property) else name for name in names)


PIECES, BASIS = fields(si.PPoly, "c", "x"), fields(si.BSpline, "c", "t")


def field(spline, name):
    """What a BSpline holds as c or t, traced as it may be."""
    return attribute(spline, BASIS[("c", "t").index(name)])


def held(self, names):
    return [attribute(self, name) for name in names]


def hold(made, names, values):
    for name, value in zip(names, values, strict=True):
        owner, _, last = name.rpartition(".")
        setattr(attribute(made, owner) if owner else made, last, value)
    return made


def deeper(x, like):
    """x with axes of length 1 for those that `like` has more."""
    return np.reshape(x, np.shape(x) + (1,) * (np.ndim(like) - np.ndim(x)))


def interval(breaks, x, first, last):
    """The number of the interval between sorted breakpoints in which x lies, from first to last."""
    return settled(np.clip(np.searchsorted(breaks, x, side="right") - 1, first, last))


def folded(x, start, end):
    """x moved into [start, end) by whole periods."""
    return x - (end - start) * settled(np.floor((x - start) / (end - start)))


def points(x, start, end, extrapolate):
    """x as an array, and where it is out of bounds."""
    x = np.stack(x) if isinstance(x, (list, tuple)) else x * 1.0
    if isinstance(extrapolate, str):
        return folded(x, start, end), None
    return x, None if extrapolate else settled(np.logical_or(x < min(start, end), x > max(start, end)))


def placed(y, outside, ndim, axis):
    """y with NaN where the point was out of bounds, and the axis of the points where the data had theirs."""
    if outside is not None and np.any(outside):
        y = np.where(deeper(outside, y), np.nan, y)
    return np.moveaxis(y, tuple(range(ndim)), tuple(range(axis, axis + ndim))) if axis else y


# ---------------------------------------------------------------- the power basis of each piece
def powers(self, x, nu=0, extrapolate=None):
    c, breaks = held(self, PIECES)
    extrapolate = self.extrapolate if extrapolate is None else extrapolate
    x, outside = points(x, breaks[0], breaks[-1], extrapolate)
    if settled(breaks[-1] < breaks[0]):
        i = len(breaks) - 2 - interval(breaks[::-1], x, 0, len(breaks) - 2)
    else:
        i = interval(breaks, x, 0, len(breaks) - 2)
    local = getitem(c, (slice(None), i))
    by, y = deeper(x - getitem(breaks, (i,)), local[0]), np.zeros(np.shape(local)[1:])
    for order in range(len(c) - 1, nu - 1, -1):
        y = y * by + local[len(c) - 1 - order] * math.perm(order, nu)
    return placed(y, outside, np.ndim(x), self.axis)


def antiderivative(self, nu=1):
    """Continuous over the breakpoints, 0 at the first one."""
    if nu <= 0:
        return self.derivative(-nu)
    c, breaks = held(self, PIECES)
    degree, widths = len(c), np.diff(breaks)
    divided = c / np.reshape(np.arange(degree, 0, -1.0), (-1,) + (1,) * (np.ndim(c) - 1))
    steps = deeper(widths, c[0])
    total = np.zeros_like(steps * c[0])
    for row in divided:
        total = (total + row) * steps
    before = np.concatenate([np.zeros_like(total[:1]), np.cumsum(total[:-1], axis=0)])
    whole = like(self, np.concatenate([divided, before[None]]), breaks, False if self.extrapolate == "periodic" else self.extrapolate)
    return antiderivative(whole, nu - 1) if nu > 1 else whole


def derivative(self, nu=1):
    if nu < 0:
        return self.antiderivative(-nu)
    c, breaks = held(self, PIECES)
    if nu >= len(c):
        return like(self, np.zeros_like(c[:1]), breaks, self.extrapolate)
    orders = np.array([math.perm(order, nu) for order in range(len(c) - 1, nu - 1, -1)], float)
    return like(self, c[: len(c) - nu] * np.reshape(orders, (-1,) + (1,) * (np.ndim(c) - 1)), breaks, self.extrapolate)


def like(self, c, breaks, extrapolate):
    """A PPoly with other coefficients."""
    made = si.PPoly.construct_fast(np.zeros((1, 1)), np.array([0.0, 1.0]), extrapolate, self.axis)
    return hold(made, PIECES, (c, breaks))


def integrate(self, a, b, extrapolate=None):
    extrapolate = self.extrapolate if extrapolate is None else extrapolate
    breaks = held(self, PIECES)[1]
    whole = antiderivative(self)
    if extrapolate == "periodic":
        return periodic_integral(lambda x: powers(whole, x, 0, True), breaks[0], breaks[-1], a, b)
    at_a, at_b = (powers(whole, np.asarray(1.0) * x, 0, bool(extrapolate)) for x in (a, b))
    return at_b - at_a


def periodic_integral(whole, start, end, a, b):
    turns = lambda x: settled(np.floor((x - start) / (end - start)))
    upto = lambda x: whole(folded(x, start, end)) - whole(start) + turns(x) * (whole(end) - whole(start))
    return upto(np.asarray(1.0) * b) - upto(np.asarray(1.0) * a)


def solved(self, y=0.0, discontinuity=True, extrapolate=None):
    """Where the polynomial is y: found by SciPy on plain numbers, then two steps of Newton's."""
    c, breaks = held(self, PIECES)
    if np.ndim(c) > 2:
        raise MissingRule("scipy.interpolate.PPoly.solve of several polynomials has no derivative rule; solve one after another")
    x = si.PPoly(settled(c), settled(breaks), self.extrapolate).solve(settled(y), discontinuity, extrapolate)
    if not np.all(np.isfinite(x)):
        raise MissingRule("scipy.interpolate.PPoly.solve where a whole piece is y has no derivative")
    for _ in range(2):
        x = x - (powers(self, x, 0, True) - y) / powers(self, x, 1, True)
    return x


composite(caught(si.PPoly.derivative,     holding=PIECES), derivative)
composite(caught(si.PPoly.antiderivative, holding=PIECES), antiderivative)
composite(caught(si.PPoly.integrate,      holding=PIECES), integrate)
composite(caught(si.PPoly.solve,          holding=PIECES), solved)
composite(caught(si.PPoly.roots,          holding=PIECES), lambda self, discontinuity=True, extrapolate=None: solved(self, 0.0, discontinuity, extrapolate))


# ---------------------------------------------------------------- the Bernstein basis of each piece
def bernstein(self, x, nu=0, extrapolate=None):
    if nu:
        raise MissingRule("scipy.interpolate.BPoly with nu has no derivative rule; use its derivative()")
    c, breaks = held(self, PIECES)
    x, outside = points(x, breaks[0], breaks[-1], self.extrapolate if extrapolate is None else extrapolate)
    i, k = interval(breaks, x, 0, len(breaks) - 2), len(c) - 1
    local = getitem(c, (slice(None), i))
    start, end = getitem(breaks, (i,)), getitem(breaks, (i + 1,))
    s = deeper((x - start) / (end - start), local[0])
    y = sum(math.comb(k, j) * s**j * (1 - s) ** (k - j) * local[j] for j in range(k + 1))
    return placed(y, outside, np.ndim(x), self.axis)


def either(self, *args, **options):
    return (bernstein if isinstance(self, si.BPoly) else powers)(self, *args, **options)


for _call in {si.PPoly.__call__, si.BPoly.__call__}:  # one and the same before SciPy 1.18
    composite(caught(_call, holding=PIECES), either)


# ---------------------------------------------------------------- B-splines
def basis(t, k, x, i, nu=0):
    """The k + 1 B-splines of degree k over the knots t that are not 0 at x in (t_i, t_i+1), or their
    derivatives of order nu (de Boor, A practical guide to splines, X).
    """
    values = [np.ones(np.shape(x))]
    knot = lambda offset: getitem(t, (i + offset,))
    for degree in range(1, k + 1):
        longer: Any = [0.0] * (degree + 1)
        for j, value in enumerate(values):
            left, right = knot(1 + j - degree), knot(1 + j)
            share = value / (right - left)
            down, up = (right - x, x - left) if degree <= k - nu else (-degree, degree)
            longer[j] = longer[j] + down * share
            longer[j + 1] = longer[j + 1] + up * share
        values = longer
    return values if nu <= k else [np.zeros(np.shape(x))] * (k + 1)


def combined(t, c, k, x, nu=0, extrapolate=True):
    """The spline or its derivative of order nu at x, an axis of c after those of x; and where that is
    out of bounds.
    """
    n = np.shape(t)[0] - k - 1
    x, outside = points(x, t[k], t[n], extrapolate)
    i = interval(t, x, k, n - 1)
    while np.any(empty := settled(getitem(t, (i,)) >= getitem(t, (i + 1,)))):
        i = i - empty
    terms = [deeper(value, getitem(c, (i,))) * getitem(c, (i - k + j,)) for j, value in enumerate(basis(t, k, x, i, nu))]
    return sum(terms[1:], start=terms[0]), outside


def spline(self, x, nu=0, extrapolate=None):
    c, t = held(self, BASIS)
    y, outside = combined(t, c, self.k, x, nu, self.extrapolate if extrapolate is None else extrapolate)
    return placed(y, outside, np.ndim(y) - np.ndim(c) + 1, self.axis)


def coefficients_of_derivative(t, c, k, nu):
    for degree in range(k, k - nu, -1):
        n = np.shape(t)[0] - degree - 1
        widths = t[degree + 1 : n + degree] - t[1:n]
        safe = np.where(widths == 0, 1.0, widths)
        t, c = t[1:-1], deeper(np.where(widths == 0, 0.0, degree / safe), c) * np.diff(c[:n], axis=0)
    return t, c


def spline_derivative(self, nu=1):
    c, t = held(self, BASIS)
    t, c = coefficients_of_derivative(t, c, self.k, nu)
    return like_spline(self, t, c, self.k - nu, self.extrapolate)


def coefficients_of_antiderivative(t, c, k):
    n = np.shape(t)[0] - k - 1
    grown = np.cumsum(c[:n] * deeper((t[k + 1 :] - t[:n]) / (k + 1), c), axis=0)
    return np.concatenate([t[:1], t, t[-1:]]), np.concatenate([np.zeros_like(grown[:1]), grown])


def spline_antiderivative(self, nu=1):
    c, t = held(self, BASIS)
    k = self.k
    for degree in range(k, k + nu):
        t, c = coefficients_of_antiderivative(t, c, degree)
    return like_spline(self, t, c, k + nu, False if self.extrapolate == "periodic" else self.extrapolate)


def like_spline(self, t, c, k, extrapolate):
    """A BSpline with other knots and coefficients; self: a spline, or None."""
    made = si.BSpline.construct_fast(np.zeros(2 * k + 2), np.zeros(k + 1), k, extrapolate, self.axis if self else 0)
    return hold(made, BASIS, (c, t))


def spline_integral(self, a, b, extrapolate=None):
    c, t = held(self, BASIS)
    k, extrapolate = self.k, self.extrapolate if extrapolate is None else extrapolate
    start, end = t[k], t[np.shape(t)[0] - k - 1]
    whole_t, whole_c = coefficients_of_antiderivative(t, c, k)
    whole = lambda x: combined(whole_t, whole_c, k + 1, np.asarray(1.0) * x)[0]
    if extrapolate == "periodic":
        return periodic_integral(whole, start, end, a, b)
    a, b = (x if extrapolate else np.clip(x, start, end) for x in (a, b))
    return whole(b) - whole(a)


composite(caught(si.BSpline.__call__,       holding=BASIS), spline)
composite(caught(si.BSpline.derivative,     holding=BASIS), spline_derivative)
composite(caught(si.BSpline.antiderivative, holding=BASIS), spline_antiderivative)
composite(caught(si.BSpline.integrate,      holding=BASIS), spline_integral)
