"""Rearranging entries: reshape, transpose, broadcast, join. Everything else about shape is written
with these and with indexing.
"""

# fmt: off
import builtins
import math
from dataclasses import replace
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from diffbench.errors import MissingRule
from diffbench.rules.entries.indexing import Scatter, getitem, set_at
from diffbench.rules.table import (
    axes_of,
    axis_of,
    composite,
    dispatched,
    general,
    if_there,
    joining,
    linear,
    primitives,
    settled,
    unbroadcast,
)


# ---------------------------------------------------------------- the four that have rows
def inverse_transpose(y_bar, x, axes=None):
    return np.transpose(y_bar, None if axes is None else np.argsort(axes_of(axes, x)))


@dispatched
def join(*arrays, axis):
    """np.concatenate with its arrays as arguments."""
    return np.concatenate(arrays, axis=axis)


@dispatched
def astype(x, dtype):
    """x in another floating type."""
    return np.asarray(x).astype(dtype)[()]


def reshape(x, shape=None, order="C", **options):
    if order in ("A", "K"):
        raise MissingRule(f"order={order!r} depends on how an array lies in memory, which "
                          "differentiation may change; say order='C' or order='F'")
    return np.reshape(x, shape, order=order, **options)


def taken_apart(positions, y_bar, *xs, axis):
    """The parts of y_bar that these of the joined arrays have become."""
    ends = list(accumulate(np.shape(x)[axis] for x in xs))
    before = (slice(None),) * axis_of(axis, xs[0])
    for i in positions:
        mine = y_bar[(*before, slice(ends[i - 1] if i else 0, ends[i]))]
        # real numbers may be joined to complex ones
        yield unbroadcast(mine, xs[i])


primitives[np.reshape] = replace(
linear(np.reshape,      transpose=lambda y_bar, x, shape=None, order="C", **options: np.reshape(y_bar, np.shape(x), order=order), view=True), evaluate=reshape)
linear(np.transpose,    transpose=inverse_transpose, view=True)
linear(np.broadcast_to, transpose=lambda y_bar, x, shape, subok=False: unbroadcast(y_bar, x), view=True)
joining(join,           parts=taken_apart)
linear(np.copy,         transpose=lambda y_bar, x, **options: y_bar)
general(astype,
        jvp=lambda x_dots, y, x, dtype: astype(x_dots[0], dtype),
        vjp=lambda i, y_bar, y, x, dtype: unbroadcast(y_bar, x))


# ---------------------------------------------------------------- joining
def concatenate(arrays, axis=0, out=None, *, dtype=None, casting="same_kind"):
    arrays = [np.ravel(a) for a in arrays] if axis is None else list(arrays)
    return join(*arrays, axis=axis or 0)


def stack(arrays, axis=0, **options):
    arrays = list(arrays)
    if len({np.shape(a) for a in arrays}) != 1:
        # NumPy's own error
        return np.stack([np.empty(np.shape(a)) for a in arrays], axis)
    wide = with_axes(np.shape(arrays[0]), axis)
    return join(*(np.reshape(a, wide) for a in arrays), axis=axis)


composite(np.astype,       lambda x, dtype, /, *, copy=True, **options: x.astype(dtype, copy=copy))
composite(np.concatenate,  concatenate)
composite(np.stack,        stack)
composite(np.vstack,       lambda tup, **options: np.concatenate([np.atleast_2d(a) for a in tup], axis=0))
composite(np.hstack,       lambda tup, **options: np.concatenate([np.atleast_1d(a) for a in tup], axis=0 if np.ndim(tup[0]) <= 1 else 1))
composite(np.dstack,       lambda tup: np.concatenate([np.atleast_3d(a) for a in tup], axis=2))
composite(np.column_stack, lambda tup: np.concatenate([a if np.ndim(a) >= 2 else np.reshape(a, (-1, 1)) for a in tup], axis=1))
composite(np.append,       lambda arr, values, axis=None: np.concatenate([arr, values], axis=axis))


# ---------------------------------------------------------------- one shape for another
def with_axes(shape, axis):
    """The shape with axes of length 1 at these places of the result."""
    total = len(shape) + np.size(axis)
    at = normalize_axis_tuple(axis, total)
    rest = iter(shape)
    return tuple(1 if i in at else next(rest) for i in range(total))


def ravel(a, order="C"):
    """A view of contiguous memory and else a copy, even where np.reshape gives a view: of
    x[::2].
    """
    flat = np.reshape(a, (-1,), order=order)
    if isinstance(a, np.ndarray) and not (a.flags.f_contiguous if order == "F" else a.flags.c_contiguous) and np.may_share_memory(flat, a):
        return np.copy(flat)
    return flat


def squeeze(a, axis=None):
    axes = [i for i, n in enumerate(np.shape(a)) if n == 1] if axis is None else axes_of(axis, a)
    if any(np.shape(a)[i] != 1 for i in axes):
        raise ValueError("cannot select an axis to squeeze out which has size not equal to one")
    return np.reshape(a, tuple(n for i, n in enumerate(np.shape(a)) if i not in axes))


def moveaxis(a, source, destination):
    source = axes_of(source, a)
    order = [i for i in range(np.ndim(a)) if i not in source]
    for to, from_ in sorted(zip(axes_of(destination, a), source, strict=True)):
        order.insert(to, from_)
    return np.transpose(a, tuple(int(i) for i in order))


def swapaxes(a, axis1, axis2):
    order = list(range(np.ndim(a)))
    i, k = axis_of(axis1, a), axis_of(axis2, a)
    order[i], order[k] = order[k], order[i]
    return np.transpose(a, tuple(order))


def atleast(n, place):
    def widen(*arrays):
        wide = [a if np.ndim(a) >= n else np.reshape(a, place(np.shape(a))) for a in arrays]
        return wide[0] if len(wide) == 1 else tuple(wide)

    return widen


composite(np.ravel,            ravel)
composite(np.expand_dims,      lambda a, axis: np.reshape(a, with_axes(np.shape(a), axis)))
composite(np.squeeze,          squeeze)
composite(np.moveaxis,         moveaxis)
composite(np.swapaxes,         swapaxes)
composite(np.matrix_transpose, lambda x: np.swapaxes(x, -1, -2))
composite(np.rollaxis,         lambda a, axis, start=0: np.moveaxis(a, axis, start if start <= axis_of(axis, a) else start - 1))
composite(np.atleast_1d,       atleast(1, lambda shape: (1,)))
composite(np.atleast_2d,       atleast(2, lambda shape: (1, *(shape or (1,)))))
composite(np.atleast_3d,       atleast(3, lambda shape: (1, *(shape or (1,)), 1) if len(shape) < 2 else (*shape, 1)))
composite(np.broadcast_arrays, lambda *arrays, **options: tuple(np.broadcast_to(a, np.broadcast_shapes(*map(np.shape, arrays))) for a in arrays))


# ---------------------------------------------------------------- choosing entries
def flip(m, axis=None):
    axes = axes_of(axis, m)
    return m[tuple(slice(None, None, -1) if i in axes else slice(None) for i in range(np.ndim(m)))]


def roll(a, shift, axis=None):
    return getitem(np.ravel(a), np.roll(np.arange(np.size(a)).reshape(np.shape(a)), shift, axis))


def rearranged(function):
    """A function that only moves and repeats entries, by what it does to their positions."""

    def choose(a, *args, **kwargs):
        how = {name: settled(value) for name, value in kwargs.items()}
        positions = function(np.arange(np.size(a)).reshape(np.shape(a)), *map(settled, args), **how)
        several = isinstance(positions, (list, tuple))
        return [getitem(np.ravel(a), p) for p in positions] if several else getitem(np.ravel(a), positions)

    return choose


def masked(function):
    """tril and triu: entries kept where the function keeps ones."""
    return lambda m, k=0: np.where(function(np.ones(np.shape(m)[-2:], dtype=bool), k), m, 0.0)


def parts(split):
    """split and its kin: slices along one axis, so that a write into a part reaches the whole."""

    def choose(ary, indices_or_sections, axis=0):
        if not np.ndim(ary):
            raise ValueError("a number can't be split")
        pieces = split(np.arange(np.shape(ary)[axis]), indices_or_sections)
        before = (slice(None),) * (axis_of(axis, ary))
        return [ary[(*before, slice(int(p[0]), int(p[-1]) + 1) if len(p) else slice(0, 0))] for p in pieces]

    return choose


def windows_transpose(y_bar, x, window_shape, axis=None, **options):
    positions = sliding_windows(np.arange(np.size(x)).reshape(np.shape(x)), window_shape, axis)
    return Scatter(y_bar, np.unravel_index(positions, np.shape(x)), x)


sliding_windows = np.lib.stride_tricks.sliding_window_view


def rot90(m, k=1, axes=(0, 1)):
    # NumPy's errors for wrong axes
    np.rot90(np.empty((1,) * np.ndim(m)), k, axes)
    order, (first, second) = list(range(np.ndim(m))), axes_of(axes, m)
    if k % 2:
        order[first], order[second] = second, first
    turned = np.flip(m, ((), second, (first, second), first)[k % 4])
    return np.transpose(turned, tuple(order))


def diff(a, n=1, axis=-1, prepend=None, append=None):
    if n <= 0:
        # NumPy's error for a negative order
        return np.diff(np.empty(np.shape(a)), n, axis) if n else a
    axis, edge = axis_of(axis, a), list(np.shape(a))
    edge[axis] = 1
    parts = [part if np.ndim(part) else np.broadcast_to(part, edge) for part in (prepend, a, append) if part is not None]
    y, along = np.concatenate(parts, axis) if len(parts) > 1 else a, (slice(None),) * axis
    for _ in range(n):
        y = y[(*along, slice(1, None))] - y[(*along, slice(None, -1))]
    return y


def diag(v, k=0):
    if np.ndim(v) == 2:
        return np.diagonal(v, k)
    n = np.size(v) + builtins.abs(k)
    rows = np.arange(np.size(v)) + builtins.max(-k, 0)
    return set_at(np.zeros((n, n)), v, (rows, rows + k))


def diagonal_transpose(y_bar, x, offset=0, axis1=0, axis2=1):
    positions = np.diagonal(np.arange(np.size(x)).reshape(np.shape(x)), offset, axis1, axis2)
    return Scatter(y_bar, np.unravel_index(positions, np.shape(x)), x)


composite(np.flip,         flip)
composite(np.fliplr,       lambda m: np.flip(m, 1))
composite(np.flipud,       lambda m: np.flip(m, 0))
composite(np.rot90,        rot90)
composite(np.roll,         roll)
composite(np.tile,         rearranged(np.tile))
composite(np.repeat,       rearranged(np.repeat))
composite(np.take,         lambda a, indices, axis=None, out=None, mode="raise": rearranged(np.take)(a, indices, axis, mode=mode))
composite(np.split,        parts(np.split))
composite(np.array_split,  parts(np.array_split))
composite(np.hsplit,       lambda ary, indices_or_sections: np.split(ary, indices_or_sections, axis=builtins.min(1, np.ndim(ary) - 1)))
composite(np.vsplit,       lambda ary, indices_or_sections: np.split(ary, indices_or_sections, axis=0))
composite(np.dsplit,       lambda ary, indices_or_sections: np.split(ary, indices_or_sections, axis=2))
linear(np.diagonal,        transpose=diagonal_transpose, view=True)
composite(np.diag,         diag)
composite(np.diagflat,     lambda v, k=0: np.diag(np.ravel(v), k))
linear(sliding_windows,    transpose=windows_transpose, view=True)
composite(np.trace,        lambda a, offset=0, axis1=0, axis2=1, **options: np.sum(np.diagonal(a, offset, axis1, axis2), axis=-1))
composite(np.tril,         masked(np.tril))
composite(np.triu,         masked(np.triu))
composite(np.diff,         diff)


# NumPy 2.1
composite(if_there(np, "unstack"), lambda x, /, *, axis=0: tuple(np.moveaxis(x, axis, 0)))


# ---------------------------------------------------------------- adding and leaving out entries
def pad(array, pad_width, mode="constant", **options):
    if mode == "constant":
        return padded_by_constant(array, np.broadcast_to(pad_width, (np.ndim(array), 2)), **options)
    if mode not in ("edge", "reflect", "symmetric", "wrap") or options:
        asked = f"mode={mode!r}" + "".join(f", {name}" for name in options)
        raise MissingRule(f"numpy.pad with {asked} has no derivative rule; use constant, edge, "
                          "reflect, symmetric or wrap")
    return rearranged(np.pad)(array, pad_width, mode)


def padded_by_constant(array, widths, constant_values=0.0):
    for axis, (before, after) in enumerate(widths):
        values = np.broadcast_to(constant_values, (np.ndim(array), 2))[axis]
        shape = list(np.shape(array))
        ends = [np.full([*shape[:axis], int(n), *shape[axis + 1 :]], value) for n, value in zip((before, after), values, strict=True)]
        array = np.concatenate([ends[0], array, ends[1]], axis=axis)
    return array


def insert(arr, obj, values, axis=None):
    arr, axis = (np.ravel(arr), 0) if axis is None else (arr, axis)
    n = np.shape(arr)[axis_of(axis, arr)]
    obj = settled(obj)
    positions = np.arange(n)[obj] if isinstance(obj, slice) else np.asarray(obj)
    # all values go to one place
    if np.size(positions) == 1:
        values = np.reshape(values, (1,) * (np.ndim(arr) - np.ndim(values)) + np.shape(values))
        values = values if np.ndim(positions) else np.moveaxis(values, 0, axis)
    new = np.shape(values)[axis] if np.size(positions) == 1 else np.shape(positions)
    slots = np.insert(np.arange(n), obj, np.full(new, -1))
    added = slots < 0
    if not np.can_cast(np.result_type(values), np.result_type(arr), "same_kind"):
        raise MissingRule(f"numpy.insert would truncate what is inserted to {np.result_type(arr)}; "
                          "insert it into an array of floats")
    y = np.zeros_like(np.take(arr, np.where(added, 0, slots), axis=axis))
    at: Any = (slice(None),) * axis_of(axis, arr)
    return set_at(set_at(y, arr, (*at, ~added)), values, (*at, added))


def compress(condition, a, axis=None, **options):
    a = np.ravel(a) if axis is None else a
    return a[(*[slice(None)] * ((axis or 0) % np.ndim(a)), np.nonzero(condition)[0])]


composite(np.pad,       pad)
composite(np.insert,    insert)
composite(np.delete,    lambda arr, obj, axis=None: rearranged(np.delete)(arr, obj, axis))
composite(np.resize,    lambda a, new_shape: rearranged(np.resize)(a, new_shape) if np.size(a) else np.zeros(new_shape) + np.sum(a))
composite(np.compress,  compress)
composite(np.extract,   lambda condition, arr: np.ravel(arr)[np.nonzero(np.ravel(condition))[0]])
composite(np.ediff1d,   lambda ary, to_end=None, to_begin=None: np.concatenate(
          [np.ravel(part) for part in (to_begin, np.diff(np.ravel(ary)), to_end) if part is not None]))


# ---------------------------------------------------------------- choosing between arrays
def select(condlist, choicelist, default=0.0):
    y = default
    for condition, choice in reversed(list(zip(condlist, choicelist, strict=True))):
        y = np.where(condition, choice, y)
    return y


def choose(a, choices, **options):
    y = choices[-1]
    for k, choice in enumerate(list(choices)[:-1]):
        y = np.where(np.equal(a, k), choice, y)
    return y


def piecewise(x, condlist, funclist, *args, **kw):
    conditions = list(condlist) if isinstance(condlist, (list, tuple)) or np.ndim(condlist) > np.ndim(x) else [condlist]
    values = [f(x, *args, **kw) if callable(f) else f for f in funclist]
    otherwise = values[len(conditions)] if len(values) > len(conditions) else 0.0
    for condition, value in zip(conditions, values, strict=False):
        # of several that hold, the last one wins; a condition of fewer axes chooses along the first,
        # and an empty one nothing
        if not np.size(condition):
            continue
        rest = (1,) * (np.ndim(x) - np.ndim(condition))
        otherwise = np.where(np.reshape(condition, np.shape(condition) + rest), value, otherwise)
    return otherwise


def meshgrid(*xi, copy=True, sparse=False, indexing="xy"):
    n = len(xi)
    order = [1, 0, *range(2, n)] if indexing == "xy" and n > 1 else list(range(n))
    grids = [np.reshape(x, [-1 if order[i] == k else 1 for i in range(n)]) for k, x in enumerate(xi)]
    return tuple(grids) if sparse else tuple(np.broadcast_arrays(*grids))


def block(arrays):
    return join_nested(arrays, depth(arrays), least_axes(arrays))


def depth(arrays):
    return 1 + depth(arrays[0]) if isinstance(arrays, list) else 0


def least_axes(arrays, level=0):
    """How many axes each block gets at least: as many as the deepest of them has, or as the lists
    are nested.
    """
    return builtins.max([least_axes(a, level + 1) for a in arrays]) if isinstance(arrays, list) else builtins.max(level, np.ndim(arrays))


def join_nested(arrays, level, ndim):
    if level:
        return np.concatenate([join_nested(a, level - 1, ndim) for a in arrays], axis=-level)
    return np.reshape(arrays, (1,) * (ndim - np.ndim(arrays)) + np.shape(arrays))


def nan_to_num(x, copy=True, nan=0.0, posinf=None, neginf=None):
    if np.iscomplexobj(x):
        return nan_to_num(np.real(x), copy, nan, posinf, neginf) + 1j * nan_to_num(np.imag(x), copy, nan, posinf, neginf)
    limits = np.finfo(np.result_type(x))
    y = np.where(np.isnan(x), nan, x)
    y = np.where(np.equal(x, np.inf), limits.max if posinf is None else posinf, y)
    y = np.where(np.equal(x, -np.inf), limits.min if neginf is None else neginf, y)
    if copy:
        return y
    x[...] = y
    return x


def apply_along_axis(func1d, axis, arr, *args, **kwargs):
    rows = np.moveaxis(arr, axis, -1)
    before, n = np.shape(rows)[:-1], np.shape(rows)[-1]
    applied = np.stack([func1d(row, *args, **kwargs) for row in np.reshape(rows, (math.prod(before), n))])
    new = np.shape(applied)[1:]
    last = range(len(before), len(before) + len(new))
    return np.moveaxis(np.reshape(applied, before + new), tuple(last), tuple(axis_of(axis, arr) + k for k in range(len(new))))


def real_if_close(a, tol=100):
    near = np.iscomplexobj(a) and np.all(np.abs(np.imag(a)) < (tol * np.finfo(np.result_type(a)).eps if tol > 1 else tol))
    return np.real(a) if near else a


composite(np.select,     select)
composite(np.choose,     choose)
composite(np.piecewise,  piecewise)
composite(np.meshgrid,   meshgrid)
composite(np.block,      block)
composite(np.nan_to_num, nan_to_num)
composite(np.apply_along_axis, apply_along_axis)
composite(np.real_if_close, real_if_close)

# ---------------------------------------------------------------- questions about an array
def of_settled_truths(function):
    """A function whose result has as many entries as `a` has nonzeros: a recording holds where they
    are in the same places.
    """
    return lambda a: function(settled(np.not_equal(a, 0)))


for places in (np.nonzero, np.flatnonzero, np.argwhere):
    composite(places, of_settled_truths(places))
