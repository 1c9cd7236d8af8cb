"""scipy.interpolate: what passes through data, in the data, their places and the points asked for.

The kinds of PPoly (CubicSpline, PchipInterpolator, Akima1DInterpolator) are Python over NumPy up to
the piecewise polynomial, whose rows are in piecewise.py. FITPACK's interpolating splines (s = 0) are
those of make_interp_spline; smoothing splines choose their knots by the data and are refused.
"""

# fmt: off
import itertools

import numpy as np
import scipy.interpolate as si
from scipy.spatial import Delaunay, cKDTree

from diffbench.arrays.capture.application import as_operand
from diffbench.arrays.traced import core
from diffbench.errors import MissingRule
from diffbench.rules.entries.indexing import add_at, getitem
from diffbench.rules.interception import caught, caught_in
from diffbench.rules.scipy.banded import banded_solution
from diffbench.rules.scipy.piecewise import (
    basis,
    coefficients_of_antiderivative,
    coefficients_of_derivative,
    combined,
    deeper,
    field,
    interval,
    like_spline,
)
from diffbench.rules.table import composite, dispatched, nondifferentiable, settled


def numbers(x):
    """x as an array, if it is a list."""
    return as_operand(list(x)) if isinstance(x, (list, tuple)) else x


def cores(x):
    """The numbers behind x, for SciPy to look at."""
    return type(x)(map(cores, x)) if isinstance(x, (list, tuple)) else core(x)


# ---------------------------------------------------------------- interpolating B-splines
def knots(x, k, bc_type):
    """Those that SciPy chooses."""
    ends = lambda inner: np.concatenate([np.repeat(x[:1], k + 1), inner, np.repeat(x[-1:], k + 1)])
    middle = (x[1:] + x[:-1]) / 2
    if k == 0:
        return np.concatenate([x, x[-1:]])
    if k == 1 or bc_type not in (None, "not-a-knot"):
        return ends(x[1:-1] if k % 2 else middle[1:-1] if k == 2 else middle)
    half = (k + 1) // 2 if k % 2 else k // 2
    return ends((x if k % 2 else middle)[half:-half])


def conditions(bc_type, shape):
    """[(order, value), ...] at each end."""
    if bc_type in (None, "not-a-knot", "periodic"):
        return [], []
    known = {"natural": [(2, np.zeros(shape))], "clamped": [(1, np.zeros(shape))]}
    pair = (bc_type, bc_type) if isinstance(bc_type, str) else bc_type
    return [known[end] if isinstance(end, str) else end or [] for end in pair]


def collocation(t, k, x, orders):
    """The matrix that takes coefficients to derivatives of these orders at x, as (values, rows, columns)."""
    n = np.shape(t)[0] - k - 1
    i = interval(t, x, k, n - 1)
    values, rows, columns = [], [], []
    for order in sorted(set(orders)):
        at = np.flatnonzero(np.equal(orders, order))
        values += basis(t, k, x[at], i[at], order)
        rows += [at] * (k + 1)
        columns += [i[at] - k + j for j in range(k + 1)]
    return np.concatenate(values), np.concatenate(rows), np.concatenate(columns)


def solved(system, right):
    values, rows, columns = system
    n, offsets = len(right), rows - columns
    lower, upper = max(0, int(np.max(offsets))), max(0, int(np.max(-offsets)))
    band = add_at(np.zeros((lower + upper + 1, n)), values, (upper + offsets, columns))
    flat = np.reshape(right, (n, -1))
    return np.reshape(banded_solution(band, flat, lower=lower, upper=upper), np.shape(right))


def make_interp_spline(x, y, k=3, t=None, bc_type=None, axis=0, check_finite=True):
    x, y = numbers(x) * 1.0, np.moveaxis(numbers(y) * 1.0, axis, 0)
    known = si.make_interp_spline(core(x), core(y), k, cores(t), cores(bc_type))  # complains where there is none
    if bc_type == "periodic":
        return periodic_spline(x, y, k, axis, known)
    t = knots(x, k, bc_type) if t is None else numbers(t)
    if np.shape(t) != np.shape(known.t) or not np.allclose(core(t), known.t):
        raise MissingRule(f"scipy.interpolate.make_interp_spline with k={k} and bc_type={bc_type!r} has no derivative rule: its knots are others; give them as t")
    if k < 2:
        return on_axis(like_spline(None, t, y, k, True), axis)
    left, right = conditions(bc_type, np.shape(y)[1:])
    sites = np.concatenate([np.repeat(x[:1], len(left)), x, np.repeat(x[-1:], len(right))])
    orders = [order for order, _ in left] + [0] * len(x) + [order for order, _ in right]
    ends = [np.reshape(numbers(value) * np.ones(np.shape(y)[1:]), (1, *np.shape(y)[1:])) for _, value in (*left, *right)]
    values = np.concatenate([*ends[: len(left)], y, *ends[len(left) :]])
    return on_axis(like_spline(None, t, solved(collocation(t, k, sites, orders), values), k, True), axis)


def on_axis(spline, axis):
    spline.axis = axis % np.ndim(field(spline, "c"))
    return spline


def periodic_spline(x, y, k, axis, known):
    """Knots of the neighbouring periods; equal derivatives at the ends."""
    if k % 2 == 0 and x is not core(x):
        raise MissingRule(f"scipy.interpolate.make_interp_spline with bc_type='periodic' and k={k} has no derivative rule in x; take an odd degree")
    n, period = len(x), x[-1] - x[0]
    places = np.arange(-k, n + k)
    t = known.t if k % 2 == 0 else getitem(x[:-1], (places % (n - 1),)) + period * (places // (n - 1))
    values, rows, columns = collocation(t, k, x, [0] * n)
    ends, matrix = np.stack([x[0], x[-1]]), add_at(np.zeros((n + k - 1, n + k - 1)), values, (rows, columns))
    for order in range(1, k):
        values, rows, columns = collocation(t, k, ends, [order, order])
        matrix = add_at(matrix, values * np.where(rows, -1.0, 1.0), (n + order - 1, columns))
    right = np.concatenate([y, np.zeros((k - 1, *np.shape(y)[1:]))])
    c = np.reshape(np.linalg.solve(matrix, np.reshape(right, (len(right), -1))), np.shape(right))
    made = on_axis(like_spline(None, t, c, k, True), axis)
    made.extrapolate = "periodic"
    return made


def make_lsq_spline(x, y, t, k=3, w=None, axis=0, check_finite=True, *, method="qr"):
    x, y, t = numbers(x) * 1.0, np.moveaxis(numbers(y) * 1.0, axis, 0), numbers(t)
    n = np.shape(t)[0] - k - 1
    values, rows, columns = collocation(t, k, x, [0] * len(x))
    matrix, w = add_at(np.zeros((len(x), n)), values, (rows, columns)), np.ones(len(x)) if w is None else numbers(w)
    c = np.linalg.lstsq(matrix * w[:, None], np.reshape(y * deeper(w, y), (len(x), -1)), rcond=None)[0]
    return on_axis(like_spline(None, t, np.reshape(c, (n, *np.shape(y)[1:])), k, True), axis)


def smoothing(*args, **options):
    raise MissingRule("scipy.interpolate.make_smoothing_spline has no derivative rule; use make_lsq_spline or make_interp_spline")


composite(caught(si.make_interp_spline),    make_interp_spline)
composite(caught(si.make_lsq_spline),       make_lsq_spline)
composite(caught(si.make_smoothing_spline), smoothing)


# ---------------------------------------------------------------- Akima's slopes
def akima(self, x, y, axis=0, *, method="akima", extrapolate=None):
    """As in SciPy, where the slopes are written into a buffer of another module."""
    si.Akima1DInterpolator(core(numbers(x)), core(numbers(y)), axis, method=method)  # complains where there is none
    x, y = numbers(x) * 1.0, np.moveaxis(numbers(y) * 1.0, axis, 0)
    inner = np.diff(y, axis=0) / deeper(np.diff(x), y)
    if len(x) == 2:
        slopes = np.concatenate([inner, inner])
    else:
        before, after = 2 * inner[:1] - inner[1:2], 2 * inner[-1:] - inner[-2:-1]
        m = np.concatenate([2 * before - inner[:1], before, inner, after, 2 * after - inner[-1:]])
        weight = np.abs(np.diff(m, axis=0)) + (np.abs(m[1:] + m[:-1]) / 2 if method == "makima" else 0.0)
        total = weight[2:] + weight[:-2]
        bent = settled(total > 1e-9 * np.max(total))
        slopes = np.where(bent, m[1:-2] + weight[:-2] / np.where(bent, total, 1.0) * (m[2:-1] - m[1:-2]), (m[3:] + m[:-3]) / 2)
    si.CubicHermiteSpline.__init__(self, x, y, slopes, axis=0, extrapolate=bool(extrapolate))
    self.axis = axis % np.ndim(y)


composite(caught(si.Akima1DInterpolator.__init__), akima)


# ---------------------------------------------------------------- FITPACK's
def interpolating(name, s, w):
    if (s is None and w is None) or s == 0:
        return
    raise MissingRule(f"scipy.interpolate.{name} with s={core(s)} chooses its knots by the data, so it has no derivative rule; "
                      "interpolate with s=0, or give the knots to make_lsq_spline")


def splrep(x, y, w=None, xb=None, xe=None, k=3, task=0, s=None, t=None, full_output=0, per=0, quiet=1):
    if task not in (0, -1) or per or full_output or xb is not None or xe is not None:
        raise MissingRule("scipy.interpolate.splrep with task, per, full_output, xb or xe has no derivative rule; use make_interp_spline")
    x = numbers(x)
    if t is not None:
        inner = numbers(t)
        t = np.concatenate([np.repeat(x[:1], k + 1), inner, np.repeat(x[-1:], k + 1)])
        made = make_lsq_spline(x, y, t, k, w)
    else:
        interpolating("splrep", s, w)
        made = make_interp_spline(x, y, k)
    return field(made, "t"), np.concatenate([field(made, "c"), np.zeros(k + 1)]), k


def coefficients(tck):
    return (field(tck, "t"), field(tck, "c"), tck.k) if isinstance(tck, si.BSpline) else tck


OUTSIDE = {0: 0, 1: 1, 2: 2, 3: 3, "extrapolate": 0, "zeros": 1, "raise": 2, "const": 3}


def splev(x, tck, der=0, ext=0):
    t, c, k = coefficients(tck)
    if isinstance(c, (list, tuple)) and np.ndim(c[0]):
        return [splev(x, (t, part, k), der, ext) for part in c]
    x, ext = numbers(x), OUTSIDE[ext]
    start, end = t[k], t[np.shape(t)[0] - k - 1]
    out = settled(np.logical_or(x < start, x > end))
    if ext == 2 and np.any(out):
        raise ValueError("Input data not valid")
    y = combined(t, c, k, np.clip(x, start, end) if ext == 3 else x, der)[0]
    return np.where(out, 0.0, y) if ext == 1 else y


def splint(a, b, tck, full_output=0):
    t, c, k = coefficients(tck)
    whole_t, whole_c = coefficients_of_antiderivative(t, c, k)
    start, end = t[k], t[np.shape(t)[0] - k - 1]
    at_a, at_b = (combined(whole_t, whole_c, k + 1, np.clip(x, start, end))[0] for x in (a, b))
    return at_b - at_a


def padded(t, c):
    return np.concatenate([c, np.zeros(np.shape(t)[0] - np.shape(c)[0])])


def splder(tck, n=1):
    if n < 0:
        return splantider(tck, -n)
    t, c, k = coefficients(tck)
    t, c = coefficients_of_derivative(t, c, k, n)
    return t, padded(t, c), k - n


def splantider(tck, n=1):
    t, c, k = coefficients(tck)
    for degree in range(k, k + n):
        t, c = coefficients_of_antiderivative(t, c, degree)
    return t, padded(t, c), k + n


for _name in ("splrep", "splev", "splint", "splder", "splantider"):
    composite(caught(getattr(si, _name)), globals()[_name])


# ---------------------------------------------------------------- UnivariateSpline
HELD = ("_eval_args_traced",)


def univariate(self, x, y, w=None, bbox=(None, None), k=3, s=None, ext=0, check_finite=False):
    interpolating("UnivariateSpline", s, w) if s is None or s else None
    if s != 0:
        raise MissingRule("scipy.interpolate.UnivariateSpline without s=0 chooses its knots by the data, so it has no derivative rule; "
                          "interpolate with s=0, or give the knots to make_lsq_spline")
    interpolated(self, x, y, w, bbox, k, ext)


def interpolated(self, x, y, w=None, bbox=(None, None), k=3, ext=0, check_finite=False):
    if any(end is not None for end in bbox):
        raise MissingRule("scipy.interpolate.UnivariateSpline with bbox has no derivative rule; use make_interp_spline")
    made = make_interp_spline(x, y, k)
    univariate_of(self, field(made, "t"), field(made, "c"), k, OUTSIDE[ext])


def univariate_of(self, t, c, k, ext):
    self._eval_args, self.ext = (t, c, k), ext
    self._eval_args_traced = [t, c]
    self._data = (None, None, None, None, None, k, None, np.shape(t)[0], t, c, None, None, None, None)
    return self


def univariate_value(self, x, nu=0, ext=None):
    return splev(x, self._eval_args, nu, self.ext if ext is None else ext)


def univariate_like(self, tck):
    made = object.__new__(si.UnivariateSpline)
    t, c, k = tck
    return univariate_of(made, t, c, k, self.ext)


composite(caught(si.UnivariateSpline.__init__), univariate)
composite(caught(si.InterpolatedUnivariateSpline.__init__), interpolated)
composite(caught(si.UnivariateSpline.__call__,       holding=HELD), univariate_value)
composite(caught(si.UnivariateSpline.integral,       holding=HELD), lambda self, a, b: splint(a, b, self._eval_args))
composite(caught(si.UnivariateSpline.derivative,     holding=HELD), lambda self, n=1: univariate_like(self, splder(self._eval_args, n)))
composite(caught(si.UnivariateSpline.antiderivative, holding=HELD), lambda self, n=1: univariate_like(self, splantider(self._eval_args, n)))


def rectangle(self, x, y, z, bbox=(None,) * 4, kx=3, ky=3, s=0, maxit=20):
    if s or any(end is not None for end in bbox):
        raise MissingRule("scipy.interpolate.RectBivariateSpline with s or bbox has no derivative rule; leave them out")
    along_x = make_interp_spline(x, z, kx)
    along_y = make_interp_spline(y, field(along_x, "c"), ky, axis=1)
    self.tck = self._traced = [field(along_x, "t"), field(along_y, "t"), np.ravel(np.moveaxis(field(along_y, "c"), 0, 1))]
    self.fp, self.degrees = 0.0, (kx, ky)


def on_rectangle(self, x, y, dx=0, dy=0, grid=True):
    (tx, ty, c), (kx, ky) = self.tck, self.degrees
    c = np.reshape(c, (np.shape(tx)[0] - kx - 1, np.shape(ty)[0] - ky - 1))
    x, y = np.atleast_1d(numbers(x) * 1.0), np.atleast_1d(numbers(y) * 1.0)
    if not grid:
        x, y = np.broadcast_arrays(x, y)
    shares = []
    for t, k, at, order in ((tx, kx, x, dx), (ty, ky, y, dy)):
        at = np.clip(at, t[k], t[np.shape(t)[0] - k - 1])
        i = interval(t, at, k, np.shape(t)[0] - k - 2)
        shares.append(enumerate_basis(basis(t, k, at, i, order), i - k))
    (sx, ix), (sy, iy) = shares
    if grid:
        return np.einsum("ai,bj,abij->ij", sx, sy, getitem(c, (ix[:, None, :, None], iy[None, :, None, :])))
    return np.einsum("a...,b...,ab...->...", sx, sy, getitem(c, (ix[:, None], iy[None])))


def enumerate_basis(values, first):
    return np.stack(values), first + np.arange(len(values)).reshape((-1,) + (1,) * np.ndim(first))


composite(caught(si.RectBivariateSpline.__init__), rectangle)
composite(caught(si.RectBivariateSpline.__mro__[2].__call__, holding=("_traced",)), on_rectangle)


# ---------------------------------------------------------------- on a rectangular grid
GRID, TABLE = (f"_{name}" if isinstance(getattr(si.RegularGridInterpolator, name, None), property) else name for name in ("grid", "values"))
DEGREES = {"slinear": 1, "cubic": 3, "quintic": 5}


def gridded(self, points, values, method="linear", bounds_error=True, fill_value=np.nan, **options):
    """The object that SciPy makes of plain numbers, with the traced ones in their places."""
    si.RegularGridInterpolator.__init__(self, [core(numbers(p)) for p in points], core(numbers(values)), method, bounds_error, fill_value, **options)
    grid, table = [numbers(p) * 1.0 for p in points], numbers(values) * 1.0
    down = [settled(p[0] > p[-1]) for p in grid]
    setattr(self, GRID, tuple(p[::-1] if d else p for p, d in zip(grid, down, strict=True)))
    setattr(self, TABLE, getitem(table, tuple(slice(None, None, -1) if d else slice(None) for d in down)))
    self._traced = [*grid, table]


def at_points(self, xi, method=None, *, nu=None):
    method, grid, values = method or self.method, getattr(self, GRID), getattr(self, TABLE)
    # a tuple is one array a dimension
    xi = tuple(map(numbers, xi)) if isinstance(xi, tuple) else numbers(xi)
    if nu is not None or method == "pchip":
        raise MissingRule("scipy.interpolate.RegularGridInterpolator with nu or method='pchip' has no derivative rule; use 'linear', 'cubic' or 'quintic'")
    xi = np.stack(np.broadcast_arrays(*xi), axis=-1) if isinstance(xi, tuple) else xi * 1.0
    xi = np.reshape(xi, (-1, len(grid))) if np.ndim(xi) == 1 else xi
    xs = [xi[..., axis] for axis in range(len(grid))]
    out = np.any([settled(np.logical_or(x < p[0], x > p[-1])) for x, p in zip(xs, grid, strict=True)], axis=0)
    if self.bounds_error and np.any(out):
        raise ValueError("One of the requested xi is out of bounds")
    y = on_grid(xs, grid, values, method)
    return y if self.fill_value is None or not np.any(out) else np.where(deeper(out, y), self.fill_value, y)


def on_grid(xs, grid, values, method):
    if method == "nearest":
        i = [interval((p[1:] + p[:-1]) / 2, x, -1, len(p) - 2) + 1 for x, p in zip(xs, grid, strict=True)]
        return getitem(values, tuple(i))
    k = DEGREES.get(method, 1)
    shares = []
    for axis, (x, p) in enumerate(zip(xs, grid, strict=True)):
        made = make_interp_spline(p, np.moveaxis(values, axis, 0), k)
        t, values = field(made, "t"), np.moveaxis(field(made, "c"), 0, axis)
        i = interval(t, x, k, np.shape(t)[0] - k - 2)
        shares.append([(i - k + j, value) for j, value in enumerate(basis(t, k, x, i))])
    terms = []
    for corner in itertools.product(*shares):
        entry = getitem(values, tuple(i for i, _ in corner))
        weight = corner[0][1]
        for _, share in corner[1:]:
            weight = weight * share
        terms.append(deeper(weight, entry) * entry)
    return sum(terms[1:], start=terms[0])


def interpn(points, values, xi, method="linear", bounds_error=True, fill_value=np.nan):
    if method == "splinef2d":
        raise MissingRule("scipy.interpolate.interpn with method='splinef2d' has no derivative rule; use method='cubic'")
    made = object.__new__(si.RegularGridInterpolator)
    gridded(made, points, values, method, bounds_error, fill_value)
    return at_points(made, xi)


composite(caught(si.RegularGridInterpolator.__init__), gridded)
composite(caught(si.RegularGridInterpolator.__call__, holding=("_traced",)), at_points)
composite(caught(si.interpn), interpn)


# ---------------------------------------------------------------- scattered data
def coordinates(points):
    points = numbers(points) if not isinstance(points, tuple) else np.stack(np.broadcast_arrays(*map(numbers, points)), axis=-1)
    return points * 1.0


def griddata(points, values, xi, method="linear", fill_value=np.nan, rescale=False):
    points, values, xi = coordinates(points), numbers(values) * 1.0, coordinates(xi)
    if np.ndim(points) < 2 or np.shape(points)[-1] < 2 or rescale or method not in ("linear", "nearest"):
        raise MissingRule(f"scipy.interpolate.griddata with method={method!r}{', rescale' if rescale else ''} in {np.shape(points)[-1] if np.ndim(points) > 1 else 1} "
                          "dimensions has no derivative rule; use method='linear' in two or more, or interp1d")
    if method == "nearest":
        return getitem(values, (settled(nearest(points, xi)),))
    return linear_in_simplices(points, values, xi, fill_value)


@dispatched
def nearest(points, x):
    return cKDTree(points).query(x)[1]


@dispatched
def simplex(points, x):
    """The corners of the simplex in which each x lies, in the triangulation that Qhull makes; -1 outside."""
    triangulation = Delaunay(points)
    number = triangulation.find_simplex(x)
    return np.where(number[:, None] < 0, -1, triangulation.simplices[number])


nondifferentiable(nearest, simplex)


def linear_in_simplices(points, values, xi, fill_value):
    """By barycentric coordinates."""
    flat = np.reshape(xi, (-1, np.shape(xi)[-1]))
    corners = settled(simplex(points, flat))
    outside = corners[:, 0] < 0
    corners = np.where(outside[:, None], Delaunay(core(points)).simplices[0], corners)
    at = getitem(points, (corners,))
    edges = np.swapaxes(at[:, 1:] - at[:, :1], 1, 2)
    inner = np.linalg.solve(edges, (flat - at[:, 0])[..., None])[..., 0]
    shares = np.concatenate([1 - np.sum(inner, axis=1, keepdims=True), inner], axis=1)
    y = np.sum(deeper(shares, getitem(values, (corners,))) * getitem(values, (corners,)), axis=1)
    y = np.where(deeper(outside, y), fill_value, y)
    return np.reshape(y, np.shape(xi)[:-1] + np.shape(values)[1:])


def of_triangles(self, points, values, fill_value=np.nan, rescale=False):
    """The object that SciPy makes of plain numbers, with the traced ones beside it."""
    si.LinearNDInterpolator.__init__(self, core(coordinates(points)), core(numbers(values)), fill_value=fill_value, rescale=rescale)
    keep(self, points, values, fill_value, rescale)


def of_neighbours(self, x, y, rescale=False, tree_options=None):
    si.NearestNDInterpolator.__init__(self, core(coordinates(x)), core(numbers(y)), rescale, tree_options)
    keep(self, x, y, np.nan, rescale)


def keep(self, points, values, fill_value, rescale):
    if rescale:
        raise MissingRule("scipy.interpolate with rescale=True has no derivative rule; scale the points before")
    self._traced = [coordinates(points), numbers(values) * 1.0, fill_value]


def among_points(self, *xi, **options):
    if isinstance(self, si.CloughTocher2DInterpolator) or options:
        raise MissingRule("scipy.interpolate.CloughTocher2DInterpolator has no derivative rule; use LinearNDInterpolator or RBFInterpolator")
    method = "nearest" if isinstance(self, si.NearestNDInterpolator) else "linear"
    points, values, fill_value = getattr(self, "_traced", None) or plain_points(self)
    xi = coordinates(xi[0] if len(xi) == 1 else xi)
    return griddata(points, values, np.reshape(xi, (-1, np.shape(points)[1])) if np.ndim(xi) == 1 else xi, method, fill_value)


def plain_points(self):
    if self.scale is not None:
        raise MissingRule("scipy.interpolate with rescale=True has no derivative rule; scale the points before")
    values = np.asarray(self.values)
    shape = getattr(self, "values_shape", values.shape[1:])
    return self.points, np.reshape(values, (len(values), *shape)), getattr(self, "fill_value", np.nan)


composite(caught(si.griddata), griddata)
composite(caught_in(si.LinearNDInterpolator, "__init__"), of_triangles)
composite(caught(si.NearestNDInterpolator.__init__), of_neighbours)
composite(caught(si.NearestNDInterpolator.__call__, holding=("_traced",)), among_points)
composite(caught_in(si.LinearNDInterpolator.__mro__[1], "__call__", holding=("_traced",)), among_points)


# ---------------------------------------------------------------- radial basis functions
def of_squares(kernel):
    """A kernel of the squared distance s, where that is not 0."""
    return {
        "linear": lambda s: -np.sqrt(s),
        "thin_plate_spline": lambda s: s * np.log(s) / 2,
        "cubic": lambda s: s * np.sqrt(s),
        "quintic": lambda s: -(s**2) * np.sqrt(s),
        "multiquadric": lambda s: -np.sqrt(s + 1),
        "inverse_multiquadric": lambda s: 1 / np.sqrt(s + 1),
        "inverse_quadratic": lambda s: 1 / (s + 1),
        "gaussian": lambda s: np.exp(-s),
    }[kernel]


def radial(kernel, x, y, epsilon):
    """The matrix of the kernel between points; at 0 kernels of odd powers of r have slope 0."""
    s = np.sum((x[:, None] - y) ** 2, axis=-1) * epsilon**2
    same = settled(s == 0)
    at_zero = {"multiquadric": -1.0, "inverse_multiquadric": 1.0, "inverse_quadratic": 1.0, "gaussian": 1.0}.get(kernel, 0.0)
    smooth = kernel in ("multiquadric", "inverse_multiquadric", "inverse_quadratic", "gaussian")
    return of_squares(kernel)(s) if smooth else np.where(same, at_zero, of_squares(kernel)(np.where(same, 1.0, s)))


def monomials(x, exponents):
    columns = [np.prod(x**row, axis=1) if np.any(row) else np.ones(len(x)) for row in exponents]
    return np.stack(columns, axis=1) if columns else np.zeros((len(x), 0))


def radial_basis(self, y, d, neighbors=None, smoothing=0.0, kernel="thin_plate_spline", epsilon=None, degree=None):
    """The object that SciPy makes of plain numbers, with the traced ones beside it."""
    si.RBFInterpolator.__init__(self, core(numbers(y)), core(numbers(d)), neighbors, core(numbers(smoothing)), kernel, core(epsilon), degree)
    self._traced = [numbers(y) * 1.0, numbers(d) * 1.0, numbers(smoothing), 1.0 if epsilon is None else epsilon]


def radial_value(self, x):
    if self.neighbors is not None:
        raise MissingRule("scipy.interpolate.RBFInterpolator with neighbors has no derivative rule; leave it out")
    plain = [self.y, np.reshape(self.d, (len(self.y), *self.d_shape)), self.smoothing, self.epsilon]
    y, d, smoothing, epsilon = getattr(self, "_traced", plain)
    x, exponents, n = numbers(x) * 1.0, np.asarray(self.powers), len(y)
    # SciPy's scaling of the polynomials, of which the result does not depend
    shift, scale = core((np.max(y, axis=0) + np.min(y, axis=0)) / 2), core((np.max(y, axis=0) - np.min(y, axis=0)) / 2)
    scale = np.where(scale == 0, 1.0, scale)
    of_y, of_x = (monomials((points - shift) / scale, exponents) for points in (y, x))
    kernel = radial(self.kernel, y, y, epsilon) + np.eye(n) * smoothing
    matrix = np.block([[kernel, of_y], [of_y.T, np.zeros((len(exponents),) * 2)]])
    right = np.concatenate([np.reshape(d, (n, -1)), np.zeros((len(exponents), int(np.prod(np.shape(d)[1:]))))])
    weights = np.linalg.solve(matrix, right)
    values = np.concatenate([radial(self.kernel, x, y, epsilon), of_x], axis=1) @ weights
    return np.reshape(values, (len(x), *np.shape(d)[1:]))


composite(caught(si.RBFInterpolator.__init__), radial_basis)
composite(caught(si.RBFInterpolator.__call__, holding=("_traced",)), radial_value)
