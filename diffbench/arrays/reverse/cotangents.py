"""The cotangents of a reverse sweep, one for each entry of the tape: where contributions meet they
are added, in place where that is safe.

A buffer belongs to the sweep when the sweep made it (a product, a sum) and nobody else holds it;
only such a buffer is written to. A sum of arrays without axes is a number in NumPy, and no buffer:
what is said to be mine may have become one.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from diffbench.arrays.traced import Traced
from diffbench.rules.entries.indexing import Scatter, add_at, is_basic

# (primitive, positions of arguments, y_bar, y, xs, params) -> their cotangents
Pulls = Callable[..., Iterable[Any]]


@dataclass(frozen=True, slots=True)
class Part:
    """The cotangent of one result of a primitive that has several."""

    value: Any
    k: int
    like: tuple[Any, ...]


class Cotangents:
    """bars: the cotangent of each entry, None where none has arrived; mine: which of them are
    buffers of this sweep; pulls: the pull-backs of a primitive.
    """

    __slots__ = ("bars", "mine", "pulls")

    def __init__(self, last: int, y_bar: Any, pulls: Pulls) -> None:
        self.pulls = pulls
        self.bars: list[Any] = [None] * last + [y_bar]
        self.mine = bytearray(last + 1)

    def take(self, node: int, g: Any) -> None:
        """A contribution of any kind."""
        kind = type(g)
        if kind is Scatter:
            self.scatter(node, g.value, g.index, g.like)
        elif kind is Part:
            parts = self.bars[node] = self.bars[node] or [np.zeros_like(value) for value in g.like]
            parts[g.k] = parts[g.k] + g.value
        else:
            self.add(node, g, False)

    def add(self, node: int, g: Any, new: bool) -> None:
        """bars[node] += g; `new` says that nobody else holds g."""
        current, new = self.bars[node], new and type(g) is np.ndarray
        if current is None:
            self.bars[node], self.mine[node] = g, new
        elif (
            self.mine[node]
            and type(current) is np.ndarray
            and type(g) is not Traced
            and g.dtype == current.dtype
        ):
            current += g
        elif (
            new
            and type(current) is np.ndarray
            and current.dtype == g.dtype
            and current.shape == g.shape
        ):
            g += current
            self.bars[node], self.mine[node] = g, True
        else:
            self.bars[node] = total = current + g
            self.mine[node] = type(total) is np.ndarray

    def scatter(self, node: int, value: Any, index: Any, like: Any) -> None:
        """bars[node][index] += value, where bars[node] is of the shape of `like`."""
        current = self.bars[node]
        if type(value) is Traced or type(current) is Traced:
            whole = np.zeros(np.shape(like), value.dtype) if current is None else current
            self.bars[node], self.mine[node] = add_at(whole, value, index), False
            return
        if current is None:
            current = np.zeros(np.shape(like), value.dtype)
        elif (
            not self.mine[node]
            or type(current) is not np.ndarray
            or current.dtype is not value.dtype
        ):
            current = np.array(current, dtype=np.result_type(current, value))
        if type(index) is slice:
            part = current[index]
            part += value  # current[index] += value would then write it once more
        elif type(index) is int or is_basic(index):
            current[index] += value
        else:
            np.add.at(current, index, value)
        self.bars[node], self.mine[node] = current, True
