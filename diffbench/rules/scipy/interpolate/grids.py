"""scipy.interpolate on rectangular grids: in the data, the grid and the points, by splines along one
axis after the other.
"""

# fmt: off
import itertools

import numpy as np
import scipy.interpolate as si

from diffbench.arrays.traced import core
from diffbench.errors import MissingRule
from diffbench.rules.entries.indexing import getitem
from diffbench.rules.interception import caught
from diffbench.rules.scipy.interpolate.piecewise import basis, deeper, field, interval
from diffbench.rules.scipy.interpolate.splines import make_interp_spline, numbers
from diffbench.rules.table import composite, settled


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
