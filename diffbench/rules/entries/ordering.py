"""Sorting, and the set that an array is.

The permutation is a plain array found from the values; the entries it picks carry the derivative.
At a tie it is one of several.
"""

# fmt: off
import numpy as np

from diffbench.errors import MissingRule, NotDifferentiable
from diffbench.rules.elementwise import jumping_at_0
from diffbench.rules.entries.indexing import getitem
from diffbench.rules.table import (
    axis_of,
    composite,
    dispatched,
    elementwise,
    nondifferentiable,
    settled,
)


def take_along_axis(arr, indices, axis=-1):
    if axis is None:
        return getitem(np.ravel(arr), indices)
    return arr[along_axis(np.shape(arr), indices, axis_of(axis, arr))]


def along_axis(shape, indices, axis):
    """The index that takes `indices` along one axis, and along the others everything: an axis of
    length 1 is repeated.
    """
    at = list(np.indices(shape, sparse=True))
    at[axis] = indices
    return tuple(at)


def sort(a, axis=-1, kind=None, order=None, *, stable=None, descending=False):
    if descending is True:  # since NumPy 2.5
        raise MissingRule("np.sort(descending=True) has no derivative rule; use np.flip(np.sort(x))")
    a, axis = (np.ravel(a), -1) if axis is None else (a, axis)
    return jumping_at_ties(np.take_along_axis(a, np.argsort(a, axis=axis, kind="stable"), axis), axis)


@dispatched
def of_no_slope(step):
    """0, whose slope is 0, which jumps where step is 0: not 0 times the square of another slope, as
    the slope of step * |step| is.
    """
    return np.zeros_like(step)


elementwise(of_no_slope, lambda y, x: jumping_at_0(x))


def jumping_at_ties(y, axis):
    """y, sorted. Equal neighbours might stand in the other order, so that J jumps: what is added is
    0, its slope too, and not that one's, however flat the two are.
    """
    step = np.diff(y, axis=axis)
    tied = settled(step == 0)
    if not np.any(tied):
        return y
    kink = of_no_slope(np.where(tied, step, 1.0))
    none = np.zeros_like(np.take(y, [0], axis=axis))
    return y + np.concatenate([none, kink], axis=axis) - np.concatenate([kink, none], axis=axis)


def partition(a, kth, axis=-1, kind="introselect", order=None):
    a, axis = (np.ravel(a), -1) if axis is None else (a, axis)
    y = np.take_along_axis(a, np.argpartition(a, kth, axis=axis), axis)
    ranks = np.argsort(np.argsort(y, axis=axis, kind="stable"), axis=axis)
    return np.take_along_axis(np.sort(y, axis=axis), ranks, axis)


composite(np.take_along_axis, take_along_axis)
composite(np.sort,            sort)
composite(np.partition,       partition)


def unique(ar, return_index=False, return_inverse=False, return_counts=False, axis=None, **options):
    if axis is not None:
        raise MissingRule("numpy.unique along an axis has no derivative rule; apply it to the "
                          "flattened array")
    flat = np.ravel(ar)
    order = settled(np.argsort(flat, kind="stable"))
    ordered = flat[order]
    if np.any(settled(ordered[1:] == ordered[:-1])) and ar is not settled(ar):
        raise NotDifferentiable("numpy.unique of traced values makes one of those that are equal "
                                "here and would not be nearby; find the places from plain data")
    first = np.concatenate([[True], settled(ordered[1:] != ordered[:-1])])[: np.size(ar)]
    inverse = np.empty(np.size(ar), dtype=int)
    inverse[order] = np.cumsum(first) - 1
    counts = np.diff(np.append(np.flatnonzero(first), np.size(ar)))
    extras = [(return_index, order[first]), (return_inverse, inverse.reshape(np.shape(ar))), (return_counts, counts)]
    wanted = [extra for asked, extra in extras if asked]
    return (ordered[first], *wanted) if wanted else ordered[first]


composite(np.unique, unique)


nondifferentiable(np.argsort, np.argpartition, np.lexsort, np.digitize, arity=1)
nondifferentiable(np.searchsorted, np.isin, arity=2)
