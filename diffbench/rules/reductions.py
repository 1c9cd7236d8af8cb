"""Reductions along axes: sums, products, extremes, moments, scans, and their variants that skip
NaN.
"""

# fmt: off
from math import prod as prod_of

import numpy as np
from numpy._core import _methods

from diffbench.rules.elementwise import slope_of_abs
from diffbench.rules.interception import caught
from diffbench.rules.table import (
    axes_of,
    composite,
    general,
    if_there,
    linear,
    nondifferentiable,
    repeated,
    unbroadcast,
)


def kept(y, x, axis, keepdims=False):
    """A reduced array y as if it had been reduced with keepdims=True, so that it broadcasts against
    x.
    """
    if keepdims or np.ndim(y) == np.ndim(x):
        return y
    axes = axes_of(axis, x)
    return np.reshape(y, tuple(1 if a in axes else n for a, n in enumerate(np.shape(x))))


def spread(y_bar, x, axis=None, keepdims=False, where=True, **options):
    """The transpose of summing: every summand receives the cotangent of its sum."""
    g = repeated(y_bar if axis is None else kept(y_bar, x, axis, keepdims), np.shape(x))
    # real numbers may be summed as complex ones
    g = unbroadcast(g, x) if "dtype" in options else g
    return g if where is True else np.where(where, g, 0.0)


def count(x, axis=None, where=True):
    """How many entries each mean is over, with the reduced axes kept."""
    return np.sum(np.broadcast_to(where, np.shape(x)), axis=axis, keepdims=True) * 1.0


# ---------------------------------------------------------------- sums
general(np.sum, affine=True,
        jvp=lambda x_dots, y, x, initial=0.0, **options: np.sum(x_dots[0], **options),
        vjp=lambda i, y_bar, y, x, **options: spread(y_bar, x, **options))
linear(np.mean,    transpose=lambda y_bar, x, axis=None, keepdims=False, where=True, **options:
                   spread(y_bar, x, axis, keepdims, where, **options) / count(x, axis, where))
linear(np.cumsum,  transpose=lambda y_bar, x, axis=None, dtype=None: reversed_cumsum(y_bar, x, axis))


def reversed_cumsum(y_bar, x, axis):
    return unbroadcast(np.reshape(np.flip(np.cumsum(np.flip(y_bar, axis or 0), axis=axis or 0), axis or 0), np.shape(x)), x)


def average(a, axis=None, weights=None, returned=False, *, keepdims=False):
    w = np.ones(np.shape(a)) if weights is None else weights
    if np.shape(w) != np.shape(a):
        axes = axes_of(axis, a)
        w = np.reshape(np.transpose(w, np.argsort(axes)), tuple(n if i in axes else 1 for i, n in enumerate(np.shape(a))))
    total = np.sum(np.broadcast_to(w, np.shape(a)), axis=axis, keepdims=keepdims)
    mean = np.sum(a * w, axis=axis, keepdims=keepdims) / total
    return (mean, total) if returned else mean


def apply_over_axes(func, a, axes):
    for axis in np.ravel(axes):
        y = func(a, int(axis))
        a = y if np.ndim(y) == np.ndim(a) else np.expand_dims(y, int(axis))
    return a


composite(np.average, average)
composite(np.apply_over_axes, apply_over_axes)


# ---------------------------------------------------------------- extremes: ties share equally; NaN
# in, NaN out
def share_of_ties(y, x, axis=None, keepdims=False, where=True, initial=None, **options):
    """Weight of each entry in a maximum or minimum y. At a tie it jumps: its own derivative there
    is not known from one point.
    """
    y = kept(y, x, axis, keepdims)
    chosen = np.equal(x, y) & where
    ties = np.sum(chosen, axis=axis, keepdims=True) + (0 if initial is None else np.equal(y, initial))
    tied = chosen & (ties > 1)
    jumps = np.where(tied, slope_of_abs(np.where(tied, x - y, 1.0)), 0.0)
    return np.where(np.isnan(y), np.nan, chosen / np.maximum(ties, 1)) + jumps


for extreme in (np.max, np.min):
    general(extreme,
            jvp=lambda x_dots, y, x, axis=None, keepdims=False, **options:
                np.sum(share_of_ties(y, x, axis, keepdims, **options) * x_dots[0], axis=axis, keepdims=keepdims),
            vjp=lambda i, y_bar, y, x, axis=None, keepdims=False, **options:
                kept(y_bar, x, axis, keepdims) * share_of_ties(y, x, axis, keepdims, **options))

composite(np.amax, lambda a, axis=None, *args, **options: np.max(a, axis, *args, **options))
composite(np.amin, lambda a, axis=None, *args, **options: np.min(a, axis, *args, **options))
composite(np.ptp,  lambda a, axis=None, out=None, keepdims=False: np.max(a, axis=axis, keepdims=keepdims) - np.min(a, axis=axis, keepdims=keepdims))


# ---------------------------------------------------------------- moments
def var(a, axis=None, dtype=None, out=None, ddof=0, keepdims=False, *, where=True, mean=None, correction=None):
    a = np.stack(a) if isinstance(a, tuple) else a
    centred = a - (np.mean(a, axis=axis, keepdims=True, where=where) if mean is None else mean)
    squares = np.sum(np.real(centred * np.conj(centred)), axis=axis, keepdims=keepdims, where=where)
    left = np.reshape(count(a, axis, where), np.shape(squares)) - (ddof if correction is None else correction)
    # no fewer than none: NumPy's infinity or NaN
    return squares / np.maximum(left, 0.0)


composite(np.var,  var)
composite(np.std,  lambda a, *args, **options: np.sqrt(var(a, *args, **options)))
# of lists of traced numbers, and of the objects made of them
for _name in ("mean", "var", "std"):
    caught(getattr(_methods, f"_{_name}"), getattr(np, _name))


def cov(m, y=None, rowvar=True, bias=False, ddof=None, fweights=None, aweights=None, *, dtype=None):
    x = np.atleast_2d(m) if y is None else np.concatenate([np.atleast_2d(m), np.atleast_2d(y)])
    x = x if rowvar or np.ndim(m) < 2 else np.transpose(x)
    weights = np.ones(np.shape(x)[1]) * (1 if fweights is None else fweights) * (1 if aweights is None else aweights)
    total = np.sum(weights)
    centred = x - np.sum(x * weights, axis=1, keepdims=True) / total
    lost = ((0 if bias else 1) if ddof is None else ddof) * (1 if aweights is None else np.sum(weights * aweights) / total)
    return np.squeeze(np.matmul(centred * weights, np.conj(np.transpose(centred))) / np.maximum(total - lost, 0.0))


def corrcoef(x, y=None, rowvar=True, *, dtype=None, **deprecated):
    c = np.cov(x, y, rowvar)
    scale = np.sqrt(np.diag(c)) if np.ndim(c) else np.sqrt(c)
    return c / np.outer(scale, scale) if np.ndim(c) else c / c


composite(np.cov,      cov)
composite(np.corrcoef, corrcoef)


# ---------------------------------------------------------------- products: by halving, so that a
# zero needs no division
def joined(x, axis):
    """The axes of a reduction moved to the front and made one."""
    if axis is None:
        return np.reshape(x, (-1,))
    axes = axes_of(axis, x)
    x = np.moveaxis(x, axes, tuple(range(len(axes))))
    return np.reshape(x, (prod_of(np.shape(x)[: len(axes)]), *np.shape(x)[len(axes) :]))


def prod(a, axis=None, dtype=None, out=None, keepdims=False, initial=1.0, where=True):
    x = joined(a if where is True else np.where(where, a, 1.0), axis)
    while len(x) > 1:
        half = len(x) // 2
        x = np.concatenate([x[:half] * x[half : 2 * half], x[2 * half :]])
    y = x[0] if len(x) else np.ones(np.shape(x)[1:])
    y = y if type(initial) is float and initial == 1.0 else initial * y
    return kept(y, a, axis) if keepdims else y


def cumprod(a, axis=None, dtype=None):
    axis = None if not np.ndim(a) else axis
    x = np.reshape(a, (-1,)) if axis is None else np.moveaxis(a, axis, 0)
    reach = 1
    # after each round, entry i is the product of the last 2 * reach entries up to i
    while reach < len(x):
        x = np.concatenate([x[:reach], x[reach:] * x[:-reach]])
        reach *= 2
    return x if axis is None else np.moveaxis(x, 0, axis)


composite(np.prod,    prod)
composite(np.cumprod, cumprod)


def cumulative(scan, start):
    """cumulative_sum and cumulative_prod of the array API."""
    def accumulate(x, /, *, axis=None, include_initial=False, **options):
        axis = 0 if axis is None else axis
        y = scan(x, axis=axis)
        first = np.full_like(np.take(y, [0], axis=axis), start) if include_initial else None
        return y if first is None else np.concatenate([first, y], axis=axis)
    return accumulate


composite(if_there(np, "cumulative_sum"),  cumulative(np.cumsum, 0.0))             # NumPy 2.1
composite(if_there(np, "cumulative_prod"), cumulative(np.cumprod, 1.0))


# ---------------------------------------------------------------- skipping NaN: a skipped entry has
# derivative 0
def skipping(reduction, filler):
    """A reduction over the entries that are not NaN, the others replaced by what does not count."""
    return lambda a, *args, **options: reduction(np.where(np.isnan(a), filler, a), *args, **options)


def present(a, where=True):
    return ~np.isnan(a) & where


composite(np.nansum,     skipping(np.sum, 0.0))
composite(np.nanprod,    skipping(np.prod, 1.0))
composite(np.nanmax,     skipping(np.max, -np.inf))
composite(np.nanmin,     skipping(np.min, np.inf))
composite(np.nancumsum,  skipping(np.cumsum, 0.0))
composite(np.nancumprod, skipping(np.cumprod, 1.0))
composite(np.nanmean,    lambda a, axis=None, dtype=None, out=None, keepdims=False, *, where=True:
          np.mean(np.where(np.isnan(a), 0.0, a), axis=axis, keepdims=keepdims, where=present(a, where)))
composite(np.nanvar,     lambda a, *args, where=True, **options: var(np.where(np.isnan(a), 0.0, a), *args, where=present(a, where), **options))
composite(np.nanstd,     lambda a, *args, **options: np.sqrt(np.nanvar(a, *args, **options)))

nondifferentiable(np.argmax, np.argmin, np.nanargmax, np.nanargmin, np.any, np.all, np.count_nonzero, arity=1)
