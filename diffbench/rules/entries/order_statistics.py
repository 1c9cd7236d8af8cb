"""Quantiles: a mean of two neighbours in the sorted array, whose weights depend on how many entries
there are and not on their values.
"""

# fmt: off
import numpy as np

from diffbench.errors import MissingRule
from diffbench.rules.interception import caught
from diffbench.rules.reductions import joined
from diffbench.rules.table import axes_of, composite, settled


def rank(q, n, method):
    """Where among n sorted entries the quantile lies, as NumPy has it: 2.25 is a quarter of the way
    from entry 2 to entry 3.
    """
    known = settled(q)
    place = np.quantile(np.arange(float(n)), known, method=method) if n else np.full(np.shape(q), np.nan)
    if known is q:
        return place
    if method != "linear":
        raise MissingRule(f"numpy.quantile has no derivative in q by the method {method!r}; take "
                          "method='linear', or a q that does not depend on x")
    return place + (q - known) * (n - 1)


def quantile(a, q, axis=None, out=None, overwrite_input=False, method="linear", keepdims=False, *, weights=None):
    if weights is not None:
        raise MissingRule("numpy.quantile with weights has no derivative rule; sort the data and "
                          "interpolate the cumulated weights")
    x = np.sort(joined(a, axis), axis=0)
    y = between(x, np.broadcast_to(along_q(rank(q, len(x), method), x), np.shape(q) + np.shape(x)[1:]), len(x))
    # NaN sorts last: NaN in, NaN out
    y = np.where(np.isnan(x[-1]), np.nan, y)
    return restored(y, q, a, axis) if keepdims else y


def nan_quantile(a, q, axis=None, out=None, overwrite_input=False, method="linear", keepdims=False, *, weights=None):
    if weights is not None:
        raise MissingRule("numpy.nanquantile with weights has no derivative rule; sort the data "
                          "and interpolate the cumulated weights")
    if np.ndim(q) > 1:
        raise MissingRule("numpy.nanquantile with a q of several axes has no derivative rule; call "
                          "it with np.ravel(q)")
    if settled(q) is not q:
        raise MissingRule("numpy.nanquantile has no derivative in q; take np.quantile of the "
                          "entries that are numbers")
    if not np.size(a):
        # NaN or empty, as NumPy has it
        return np.nanquantile(np.empty(np.shape(a)), settled(q), axis=axis, keepdims=keepdims)
    x = np.sort(joined(a, axis), axis=0)
    present = np.asarray(settled(np.sum(~np.isnan(x), axis=0)))
    position = np.empty(np.shape(q) + present.shape)
    for n in np.unique(present):
        position[..., present == n] = rank(q, int(n), method)[..., None]
    y = between(x, position, present)
    return restored(y, q, a, axis) if keepdims else y


def along_q(values, x):
    """Values for each q, with room for the axes of x that stay."""
    return np.reshape(values, np.shape(values) + (1,) * (np.ndim(x) - 1))


def between(x, position, n):
    """The entries of the sorted x at fractional positions along its first axis; NaN where there are
    none (n = 0).
    """
    below = np.maximum(np.floor(np.nan_to_num(position)).astype(int), 0)
    above = np.maximum(np.minimum(below + 1, n - 1), 0)
    columns = np.indices(np.shape(x)[1:], sparse=True)
    low, high = x[(below, *columns)], x[(above, *columns)]
    return np.where(np.isnan(position), np.nan, low + np.nan_to_num(position - below) * (high - low))


def restored(y, q, a, axis):
    """keepdims: the reduced axes again, behind those of q."""
    return np.reshape(y, np.shape(q) + tuple(1 if k in axes_of(axis, a) else n for k, n in enumerate(np.shape(a))))


def percentile_of(quantile):
    return lambda a, q, *args, interpolation=None, **options: quantile(a, np.divide(q, 100), *args, **options)


def median_of(quantile):
    return lambda a, axis=None, out=None, overwrite_input=False, keepdims=False: quantile(a, 0.5, axis=axis, keepdims=keepdims)


for _name, _quantile in (("", quantile), ("nan", nan_quantile)):
    # of lists of traced numbers, too
    composite(caught(getattr(np, f"{_name}quantile")),   _quantile)
    composite(caught(getattr(np, f"{_name}percentile")), percentile_of(_quantile))
    composite(caught(getattr(np, f"{_name}median")),     median_of(_quantile))
