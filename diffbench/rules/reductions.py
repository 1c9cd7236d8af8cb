"""Reductions along axes: sums, products, extremes, moments, scans."""

import numpy as np

from diffbench.rules.table import composite, general, linear, nondifferentiable


def kept(y, x, axis, keepdims=False):
    """A reduced array y as if it had been reduced with keepdims=True, so that it broadcasts against x."""
    if keepdims or np.ndim(y) == np.ndim(x):
        return y
    axes = range(np.ndim(x)) if axis is None else [a % np.ndim(x) for a in np.atleast_1d(axis)]
    return np.reshape(y, tuple(1 if a in axes else n for a, n in enumerate(np.shape(x))))


def spread(y_bar, x, axis=None, keepdims=False, where=True, **options):
    """The transpose of summing: every summand receives the cotangent of its sum."""
    g = np.broadcast_to(kept(y_bar, x, axis, keepdims), np.shape(x))
    return g if where is True else np.where(where, g, 0.0)


def extreme(y, x, axis=None, keepdims=False, where=True, **options):
    """Weight of each entry in a maximum or minimum: ties share equally; NaN in, NaN out."""
    chosen = np.equal(x, kept(y, x, axis, keepdims)) & where
    return chosen / np.sum(chosen, axis=axis, keepdims=True)


def count(x, axis=None, where=True):
    """How many entries each mean is over."""
    return np.sum(np.broadcast_to(where, np.shape(x)), axis=axis, keepdims=True) * 1.0


# ---------------------------------------------------------------- sums
linear(np.sum,     transpose=spread)
linear(np.mean,    transpose=lambda y_bar, x, axis=None, keepdims=False, where=True, **options:
                   spread(y_bar, x, axis, keepdims, where) / count(x, axis, where))
linear(np.cumsum,  transpose=lambda y_bar, x, axis=None, dtype=None: reversed_cumsum(y_bar, x, axis))


def reversed_cumsum(y_bar, x, axis):
    return np.reshape(np.flip(np.cumsum(np.flip(y_bar, axis or 0), axis=axis or 0), axis or 0), np.shape(x))


# ---------------------------------------------------------------- extremes
for largest in (np.max, np.min):
    general(largest,
            jvp=lambda x_dots, y, x, axis=None, keepdims=False, **options:
                np.sum(extreme(y, x, axis, keepdims, **options) * x_dots[0], axis=axis, keepdims=keepdims),
            vjp=lambda i, y_bar, y, x, axis=None, keepdims=False, **options:
                kept(y_bar, x, axis, keepdims) * extreme(y, x, axis, keepdims, **options))

composite(np.ptp,  lambda a, axis=None, keepdims=False: np.max(a, axis=axis, keepdims=keepdims) - np.min(a, axis=axis, keepdims=keepdims))


# ---------------------------------------------------------------- moments
def var(a, axis=None, dtype=None, ddof=0, keepdims=False, *, where=True, correction=None):
    centred = a - np.mean(a, axis=axis, keepdims=True, where=where)
    n = np.reshape(count(a, axis, where), ()) if axis is None and not keepdims else count(a, axis, where)
    n = n if keepdims or axis is None else np.squeeze(n, axis=axis)
    return np.sum(np.real(centred * np.conj(centred)), axis=axis, keepdims=keepdims, where=where) / (n - (ddof if correction is None else correction))


composite(np.var,  var)
composite(np.std,  lambda a, *args, **options: np.sqrt(np.var(a, *args, **options)))


# ---------------------------------------------------------------- products: by halving, so that a zero needs no division
def prod(a, axis=None, dtype=None, keepdims=False, initial=1.0, where=True):
    x = a if where is True else np.where(where, a, 1.0)
    x = np.reshape(x, (-1,)) if axis is None else joined(x, axis)
    while len(x) > 1:
        half = len(x) // 2
        x = np.concatenate([x[:half] * x[half : 2 * half], x[2 * half :]])
    y = initial * x[0] if len(x) else np.ones(np.shape(x)[1:]) * initial
    return kept(y, a, axis) if keepdims else y


def joined(x, axis):
    """The axes of a reduction moved to the front and made one."""
    axes = tuple(np.atleast_1d(axis))
    x = np.moveaxis(x, axes, tuple(range(len(axes))))
    return np.reshape(x, (-1, *np.shape(x)[len(axes) :]))


def cumprod(a, axis=None, dtype=None):
    x = np.reshape(a, (-1,)) if axis is None else np.moveaxis(a, axis, 0)
    reach = 1
    while reach < len(x):  # after each round, entry i is the product of the last 2 * reach entries up to i
        x = np.concatenate([x[:reach], x[reach:] * x[:-reach]])
        reach *= 2
    return x if axis is None else np.moveaxis(x, 0, axis)


composite(np.prod,    prod)
composite(np.cumprod, cumprod)

nondifferentiable(np.argmax, np.argmin, np.any, np.all, np.count_nonzero, arity=1)
