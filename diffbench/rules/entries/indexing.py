"""Reading and writing parts of an array: x[index], and its two pure counterparts that return a
changed copy.

    getitem(x, index)           x[index]
    add_at(x, value, index)     a copy of x with value added at index; repeated positions accumulate
    set_at(x, value, index)     a copy of x with x[index] = value; of repeated positions the last write wins, as in NumPy

An index is whatever NumPy takes between brackets, with plain (not traced) entries.
"""

# fmt: off
from dataclasses import dataclass
from typing import Any

import numpy as np

from diffbench.rules.table import dispatched, linear, unbroadcast


@dataclass(frozen=True, slots=True)
class Scatter:
    """A cotangent of x that is zero but for `value` at `index`: added in place, never expanded."""

    value: Any
    index: Any
    like: Any

    def dense(self) -> Any:
        """The whole cotangent, shape of x."""
        return add_at(np.zeros(np.shape(self.like), np.result_type(self.value)), self.value, self.index)


def is_basic(index: Any) -> bool:
    """Whether every position is read at most once, without an index array."""
    entries = index if isinstance(index, tuple) else (index,)
    return all(entry is None or entry is Ellipsis or isinstance(entry, (int, slice, np.integer)) for entry in entries)


@dispatched
def getitem(x, index):
    # a number may stand for an array without axes: x[()], x[x > 0]
    return (np.asarray(x) if type(x) in (float, complex) else x)[index]


@dispatched
def add_at(x, value, index):
    changed = np.array(x, dtype=np.result_type(x, value))
    if is_basic(index):
        changed[index] += value
    else:
        np.add.at(changed, index, value)
    return changed


@dispatched
def set_at(x, value, index):
    # x may be the real tangent of complex numbers
    changed = np.array(x, dtype=np.result_type(x, value) if np.iscomplexobj(value) else None)
    changed[index] = value
    return changed


def last_writer(shape, index):
    """For each position that x[index] = value reads from `value`: whether its write is the one that
    stays.
    """
    order = np.arange(np.zeros(shape, bool)[index].size).reshape(np.zeros(shape, bool)[index].shape)
    kept = np.full(shape, -1)
    kept[index] = order
    return kept[index] == order


def set_at_value_bar(y_bar, x, value, index):
    taken = getitem(y_bar, index)
    taken = taken if is_basic(index) else np.where(last_writer(np.shape(x), index), taken, 0.0)
    # x[0] = value of shape (1, n), too
    more = (1,) * (np.ndim(value) - np.ndim(taken))
    return unbroadcast(np.reshape(taken, more + np.shape(taken)) if more else taken, value)


linear(getitem,  transpose=lambda y_bar, x, index: Scatter(y_bar, index, x), view=True)
linear(add_at,   arity=2, transpose=lambda i, y_bar, x, value, index: y_bar if i == 0 else unbroadcast(getitem(y_bar, index), value))
linear(set_at,   arity=2, transpose=lambda i, y_bar, x, value, index:
                 set_at(y_bar, 0.0, index) if i == 0 else set_at_value_bar(y_bar, x, value, index))
