"""What filters of signals and images share: arrays extended over their edges, and the windows of a
footprint around each place, as one array.
"""

# fmt: off
from typing import Any

import numpy as np

from diffbench.arrays.capture.application import as_operand
from diffbench.errors import MissingRule
from diffbench.rules.entries.indexing import getitem

# scipy.ndimage's name -> where an index beyond the edge reads
MODES: dict[str, Any] = {
    "reflect": lambda i, n: np.where((i % (2 * n)) < n, i % (2 * n), 2 * n - 1 - i % (2 * n)),
    "grid-mirror": lambda i, n: MODES["reflect"](i, n),
    "mirror": lambda i, n: np.zeros_like(i) if n == 1 else (n - 1) - np.abs((n - 1) - i % (2 * n - 2)),
    "nearest": lambda i, n: np.clip(i, 0, n - 1),
    "wrap": lambda i, n: i % n,
    "grid-wrap": lambda i, n: i % n,
}
CONSTANT = ("constant", "grid-constant")


def numbers(x):
    return as_operand(x) if isinstance(x, (list, tuple)) else x


def each(values, ndim):
    """One value an axis, from one for all or a sequence."""
    return list(values) if isinstance(values, (list, tuple)) or np.ndim(values) else [values] * ndim


def extended(x, axis, before, after, mode, cval=0.0):
    """x continued over its edges along an axis."""
    n = np.shape(x)[axis]
    if mode in CONSTANT:
        sides = [(before, after) if k == axis else (0, 0) for k in range(np.ndim(x))]
        padded = np.pad(x, sides)
        if type(cval) in (int, float) and cval == 0:
            return padded
        return np.where(np.pad(np.ones(np.shape(x), bool), sides), padded, cval)
    if mode not in MODES:
        raise MissingRule(f"scipy.ndimage with mode={mode!r} has no derivative rule; use one of {', '.join([*MODES, *CONSTANT])}")
    return getitem(x, (slice(None),) * axis + (MODES[mode](np.arange(-before, n + after), n),))


def windows(x, sizes, origins, modes, cval):
    """Of each place the entries of x around it, in further axes, one of each size."""
    for axis, (size, origin, mode) in enumerate(zip(sizes, origins, modes, strict=True)):
        before = size // 2 + origin
        x = extended(x, axis, max(before, 0), max(size - 1 - before, 0), mode, cval)
    shape = [n - size + 1 for n, size in zip(np.shape(x), sizes, strict=True)]
    index = []
    for axis, (n, size) in enumerate(zip(shape, sizes, strict=True)):
        along = np.arange(n)[:, None] + np.arange(size)
        place = [1] * (2 * len(sizes))
        place[axis], place[len(sizes) + axis] = n, size
        index.append(along.reshape(place))
    return getitem(x, tuple(index))


def correlated(x, kernel, origins, modes, cval):
    """The kernel laid over each place of x, summed."""
    around = windows(x, np.shape(kernel), origins, modes, cval)
    return np.matmul(np.reshape(around, (*np.shape(around)[: np.ndim(x)], -1)), np.ravel(kernel))


def correlated_along(x, weights, axis, origin, mode, cval):
    """The same with weights along one axis."""
    axis, size = axis % np.ndim(x), len(weights)
    before = size // 2 + origin
    wide = np.moveaxis(extended(x, axis, before, size - 1 - before, mode, cval), axis, -1)
    at = np.arange(np.shape(wide)[-1] - size + 1)[:, None] + np.arange(size)
    return np.moveaxis(np.matmul(getitem(wide, (..., at)), weights), -1, axis)
