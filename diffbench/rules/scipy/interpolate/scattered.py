"""scipy.interpolate of scattered data: nearest neighbours, linear in simplices, radial basis functions."""

# fmt: off
import numpy as np
import scipy.interpolate as si
from scipy.spatial import Delaunay, cKDTree

from diffbench.arrays.traced import core
from diffbench.errors import MissingRule
from diffbench.rules.entries.indexing import getitem
from diffbench.rules.interception import caught, caught_in
from diffbench.rules.scipy.interpolate.piecewise import deeper
from diffbench.rules.scipy.interpolate.splines import numbers
from diffbench.rules.table import composite, dispatched, nondifferentiable, settled


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
