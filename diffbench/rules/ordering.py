"""Sorting and what is read off a sorted array: order statistics, interpolation, quadrature on a grid.

The permutation is a plain array found from the values; the entries it picks carry the derivative.
"""

# fmt: off
import numpy as np

from diffbench.errors import MissingRule
from diffbench.rules.indexing import getitem
from diffbench.rules.reductions import joined, kept
from diffbench.rules.table import composite, nondifferentiable, settled


def take_along_axis(arr, indices, axis=-1):
    if axis is None:
        return getitem(np.ravel(arr), indices)
    at = list(np.indices(np.shape(indices), sparse=True))
    at[axis] = indices
    return arr[tuple(at)]


def sort(a, axis=-1, kind=None, order=None, *, stable=None):
    a, axis = (np.ravel(a), -1) if axis is None else (a, axis)
    return np.take_along_axis(a, np.argsort(a, axis=axis, kind="stable"), axis)


def partition(a, kth, axis=-1, kind="introselect", order=None):
    a, axis = (np.ravel(a), -1) if axis is None else (a, axis)
    return np.take_along_axis(a, np.argpartition(a, kth, axis=axis), axis)


composite(np.take_along_axis, take_along_axis)
composite(np.sort,            sort)
composite(np.partition,       partition)


# ---------------------------------------------------------------- order statistics
def quantile(a, q, axis=None, out=None, overwrite_input=False, method="linear", keepdims=False, **options):
    if method != "linear" or options:
        raise MissingRule(f"numpy.quantile with method={method!r} or {', '.join(options) or 'weights'} has no derivative rule; use method='linear'")
    x = np.sort(joined(a, axis), axis=0)
    position = np.asarray(q) * (len(x) - 1)
    below = np.clip(np.floor(position).astype(int), 0, max(len(x) - 2, 0))
    share = np.reshape(position - below, np.shape(position) + (1,) * (np.ndim(x) - 1))
    y = x[below] + share * (x[np.minimum(below + 1, len(x) - 1)] - x[below])
    y = np.where(np.isnan(x[-1]), np.nan, y)                                      # NaN sorts last: NaN in, NaN out
    return np.stack([kept(part, a, axis) for part in y]) if keepdims and np.ndim(q) else kept(y, a, axis) if keepdims else y


def nan_quantile(a, q, axis=None, keepdims=False, **options):
    if np.any(np.isnan(a)) and axis is not None:
        raise MissingRule("numpy.nanquantile along an axis with NaN present has no derivative rule; apply it to each row")
    return np.quantile(a if axis is not None else a[~np.isnan(a)], q, axis=axis, keepdims=keepdims, **options)


composite(np.quantile,      quantile)
composite(np.percentile,    lambda a, q, *args, **options: np.quantile(a, np.asarray(q) / 100, *args, **options))
composite(np.median,        lambda a, axis=None, keepdims=False, **options: np.quantile(a, 0.5, axis=axis, keepdims=keepdims))
composite(np.nanquantile,   nan_quantile)
composite(np.nanpercentile, lambda a, q, *args, **options: np.nanquantile(a, np.asarray(q) / 100, *args, **options))
composite(np.nanmedian,     lambda a, axis=None, keepdims=False, **options: np.nanquantile(a, 0.5, axis=axis, keepdims=keepdims))


def unique(ar, return_index=False, return_inverse=False, return_counts=False, axis=None, **options):
    if axis is not None:
        raise MissingRule("numpy.unique along an axis has no derivative rule; apply it to the flattened array")
    flat = np.ravel(ar)
    order = settled(np.argsort(flat, kind="stable"))
    ordered = flat[order]
    first = np.concatenate([[True], settled(ordered[1:] != ordered[:-1])])
    inverse = np.empty(np.size(ar), dtype=int)
    inverse[order] = np.cumsum(first) - 1
    counts = np.diff(np.append(np.flatnonzero(first), np.size(ar)))
    extras = [(return_index, order[first]), (return_inverse, inverse.reshape(np.shape(ar))), (return_counts, counts)]
    wanted = [extra for asked, extra in extras if asked]
    return (ordered[first], *wanted) if wanted else ordered[first]


composite(np.unique, unique)


# ---------------------------------------------------------------- on a grid
def interp(x, xp, fp, left=None, right=None, period=None):
    if period is not None:
        raise MissingRule("numpy.interp with a period has no derivative rule; wrap x with np.mod and repeat the end points")
    i = settled(np.clip(np.searchsorted(xp, x, side="right") - 1, 0, len(xp) - 2))  # at a knot: the slope to the right
    xp, fp = (np.asarray(v, dtype=float) if isinstance(v, (list, tuple)) else v for v in (xp, fp))
    y = fp[i] + (fp[i + 1] - fp[i]) / (xp[i + 1] - xp[i]) * (x - xp[i])
    y = np.where(x > xp[-1], fp[-1] if right is None else right, y)
    return np.where(x < xp[0], fp[0] if left is None else left, y)


def trapezoid(y, x=None, dx=1.0, axis=-1):
    along = (slice(None),) * (axis % np.ndim(y))
    pairs = y[(*along, slice(1, None))] + y[(*along, slice(None, -1))]
    if x is None:
        return np.sum(pairs * dx / 2.0, axis=axis)
    widths = np.diff(x, axis=axis if np.ndim(x) > 1 else -1)
    widths = widths if np.ndim(x) > 1 else np.reshape(widths, tuple(-1 if i == axis % np.ndim(y) else 1 for i in range(np.ndim(y))))
    return np.sum(pairs * widths / 2.0, axis=axis)


def gradient(f, *spacing, axis=None, edge_order=1):
    axes = range(np.ndim(f)) if axis is None else [int(a) % np.ndim(f) for a in np.atleast_1d(axis)]
    steps = spacing * len(axes) if len(spacing) == 1 else spacing or (1.0,) * len(axes)
    if edge_order != 1:
        raise MissingRule("numpy.gradient with edge_order=2 has no derivative rule; use edge_order=1")
    slopes = [np.moveaxis(slope_along(np.moveaxis(f, a, 0), h), 0, a) for a, h in zip(axes, steps, strict=True)]
    return slopes[0] if len(slopes) == 1 else tuple(slopes)


def slope_along(f, h):
    """Second-order differences of f along its first axis; one-sided at the ends."""
    x = np.arange(len(f)) * h if np.ndim(h) == 0 else h
    width = np.reshape(x[1:] - x[:-1], (-1,) + (1,) * (np.ndim(f) - 1))
    slope = (f[1:] - f[:-1]) / width
    left, right = width[:-1], width[1:]
    inner = (slope[:-1] * right + slope[1:] * left) / (left + right)
    return np.concatenate([slope[:1], inner, slope[-1:]])


composite(np.interp,    interp)
composite(np.trapezoid, trapezoid)
composite(np.gradient,  gradient)

nondifferentiable(np.argsort, np.argpartition, np.digitize, arity=1)
nondifferentiable(np.searchsorted, arity=2)
