"""Reverse mode: a tape of the primitives applied, swept once backwards.

    forward   y = primitive(x1, x2)      entry: (primitive, where x1 and x2 came from, their values, parameters, y)
    backward  x_bar_i += vjp_i(y_bar)    for every entry, last one first

A float needs less: (where x1 came from, dy/dx1, where x2 came from, dy/dx2), with the partial derivatives found on the way forward, and
what is read by an index or a slice (where the array came from, index, array).

There is no recursion: a loop of a million steps is a list of a million entries.
"""

import operator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy import float64  # met at every step of scalar code

from diffbench.arrays.levels import Level
from diffbench.arrays.results import result
from diffbench.arrays.traced import Traced, core
from diffbench.rules.indexing import Scatter, add_at, is_basic
from diffbench.rules.table import Primitive, linear, primitives, scale, unbroadcast

TINY = 5e-324  # stands for a zero that came out of a product, in a sweep with a strong zero
READ_ENTRY, ARRAY_ENTRY = 3, 5  # the lengths of entries that are not partial derivatives of a float

_PLAIN = frozenset((float64, np.ndarray))
_new = object.__new__


class Tape(Level):
    """One reverse differentiation. link: the position of the entry that made the value."""

    __slots__ = ("entries",)
    takes_partials = True

    def __init__(self) -> None:
        self.entries: list[Any] = []

    def input(self, x: Any) -> Traced:
        """A variable to differentiate with respect to: an entry without parents."""
        return self.enter(x, (None, (), (), {}, x))

    def constant(self, value: Any) -> Traced:
        return self.input(value)

    def is_step(self, x: Traced) -> bool:
        entry = self.entries[x.link]
        return len(entry) == ARRAY_ENTRY and entry[0] is not None and entry[0].steps

    def enter(self, y: Any, entry: tuple[Any, ...]) -> Traced:
        """A value and its entry."""
        entries = self.entries
        made = _new(Traced)  # __init__ would double the time
        made.primal, made.level, made.link, made.alias = y, self, len(entries), None
        entries.append(entry)
        return made

    def note(self, primitive: Primitive, xs: tuple[Any, ...], primals: list[Any], params: dict[str, Any], y: Any) -> Any:
        if type(y) is float64 and primitive.smooth:
            return self.enter(y, self._partials(primitive, xs, primals, y))
        if primitive.vjp is None and primitive.jvp is None:
            return self.end(primitive, y)
        parents = []
        for i, x in enumerate(xs):
            if type(x) is Traced and x.level is self:
                parents.append((i, x.link))
            elif type(x) is np.ndarray:
                primals[i] = self.keep(x)
        made = self.enter(y, (primitive, parents, primals, params, y))
        if type(y) is tuple:
            return tuple(self.enter(part, (_part, [(0, made.link)], [y], {"k": k}, part)) for k, part in enumerate(y))
        return made

    def _partials(self, primitive: Primitive, xs: tuple[Any, ...], primals: list[Any], y: Any) -> tuple[Any, ...]:
        entry: tuple[Any, ...] = ()
        for x, partial in zip(xs, primitive.partials, strict=False):
            if type(x) is Traced and x.level is self:
                entry += (x.link, partial(y, *primals) if callable(partial) else partial)
        return entry

    def pull(self, y: Traced, y_bar: Any, x: int) -> Any:
        """J^T y_bar, where x is the entry of the input. A NaN from 0 * inf is not believed: the sweep is repeated with a strong zero."""
        outside = np.isnan(core(y))
        if outside.any() and np.any(np.where(outside, core(y_bar), 0)):
            return np.full_like(self.entries[x][4], np.nan)  # log(-1) is NaN, although 1 / x has a value there
        x_bar = self._sweep(y.link, y_bar, x, operator.mul, _pull)
        if np.isfinite(core(x_bar)).all():
            return x_bar
        x_bar = self._sweep(y.link, y_bar, x, _multiply_strongly, _pull_strongly)
        return np.where(np.abs(x_bar) == TINY, 0.0, x_bar)

    def _sweep(self, last: int, y_bar: Any, first: int, multiply: Any, pull: Any) -> Any:
        entries = self.entries
        bars: list[Any] = [None] * (last + 1)
        mine = bytearray(last + 1)  # which cotangents are buffers of this sweep, free to be added to
        bars[last] = y_bar
        for node in range(last, first, -1):
            bar = bars[node]
            if bar is None:
                continue
            bars[node] = None
            entry = entries[node]
            length = len(entry)
            if length == READ_ENTRY:
                parent, index, array = entry
                if mine[parent] and type(bar) in _PLAIN and bar.dtype is bars[parent].dtype:
                    bars[parent][index] += bar
                else:
                    _scatter(bars, mine, parent, Scatter(bar, index, array))
            elif length != ARRAY_ENTRY:
                parent, current, g = entry[0], bars[entry[0]], multiply(bar, entry[1])
                bars[parent] = g if current is None else current + g
                for k in range(2, length, 2):
                    parent, current, g = entry[k], bars[entry[k]], multiply(bar, entry[k + 1])
                    bars[parent] = g if current is None else current + g
            else:
                primitive, parents, xs, params, y = entry
                for i, parent in parents:
                    g = pull(primitive, i, bar, y, xs, params)
                    if bars[parent] is None and type(g) is not Scatter and type(g) is not Part:
                        bars[parent] = g
                        mine[parent] = type(g) is np.ndarray and primitive.smooth and callable(primitive.partials[i])  # a product: new
                    else:
                        _accumulate(bars, mine, parent, g)
        return np.zeros_like(entries[first][4]) if bars[first] is None else bars[first]


@dataclass(frozen=True, slots=True)
class Part:
    """The cotangent of one result of a primitive that has several."""

    value: Any
    k: int
    like: tuple[Any, ...]


_part = linear(lambda y, k: y[k], transpose=lambda y_bar, y, k: Part(y_bar, k, y))
del primitives[_part.evaluate]


def _pull(primitive: Primitive, i: int, bar: Any, y: Any, xs: Any, params: Any) -> Any:
    if primitive.partials:
        partial = primitive.partials[i]
        return unbroadcast(bar * partial(y, *xs) if callable(partial) else scale(bar, partial, y, xs), xs[i])
    if primitive.vjp is None:
        from diffbench.arrays.transpose import vjp_of_jvp

        return vjp_of_jvp(primitive, i, bar, y, xs, params)
    return primitive.vjp(i, bar, y, xs, params)


def _multiply_strongly(bar: Any, partial: Any) -> Any:
    g = bar * partial
    return np.where(bar == 0, 0.0, np.where(g == 0, TINY, g))


def _pull_strongly(primitive: Primitive, i: int, bar: Any, y: Any, xs: Any, params: Any) -> Any:
    """A cotangent of exactly 0 stays 0 whatever it is multiplied by: what the result does not depend on can't spoil it.

    A zero that came out of a product is another matter (sqrt(x) * sqrt(x) at 0): it stands for a limit that is not known. It is kept
    apart as the least positive number, which times infinity is infinite and not 0.
    """
    if primitive.partials:
        partial = primitive.partials[i]
        return unbroadcast(_multiply_strongly(bar, partial(y, *xs) if callable(partial) else partial), xs[i])
    if not isinstance(bar, list) and not np.any(core(bar)):
        return np.zeros_like(xs[i])
    g = _pull(primitive, i, bar, y, xs, params)
    return np.where(g == 0, TINY, g) if primitive.kind == "multilinear" else g


def _accumulate(bars: list[Any], mine: bytearray, node: int, g: Any) -> None:
    """bars[node] += g, in place once the buffer is this sweep's own."""
    current = bars[node]
    kind = type(g)
    if kind is Scatter:
        _scatter(bars, mine, node, g)
    elif kind is Part:
        parts = bars[node] = current or [np.zeros_like(value) for value in g.like]
        parts[g.k] = parts[g.k] + g.value
    elif mine[node] and type(g) is not Traced and g.dtype == current.dtype:
        current += g
    else:
        bars[node] = total = current + g
        mine[node] = type(total) is np.ndarray


def _scatter(bars: list[Any], mine: bytearray, node: int, g: Scatter) -> None:
    current = bars[node]
    if current is None:
        current = np.zeros(np.shape(g.like), np.result_type(core(g.value)))
        mine[node] = True
    if type(g.value) is Traced or type(current) is Traced:
        bars[node], mine[node] = add_at(current, g.value, g.index), False
        return
    dtype = np.result_type(current, g.value)
    if not mine[node] or current.dtype != dtype:
        current = np.array(current, dtype=dtype)
        mine[node] = True
    if is_basic(g.index):
        current[g.index] += g.value
    else:
        np.add.at(current, g.index, g.value)
    bars[node] = current


def _one(y: Any) -> Any:
    return float64(1.0) if type(y) is float64 else np.ones_like(y)


def vjp(f: Any, x: Any, y_bar: Any = None) -> tuple[Any, Any]:
    """(f(x), J^T y_bar); y_bar = 1 where it is left out."""
    x = x[()] if type(x) is np.ndarray and not x.ndim else x  # a number is computed with in a fraction of the time of an array
    with Tape() as tape:
        variable = tape.input(x)
        entry = variable.link  # f may write to its argument, which then stands for another value
        y = result(f(variable), tape)
        if type(y) is not Traced or y.level is not tape:
            return y, np.zeros_like(x)
        return y.primal, tape.pull(y, _one(y.primal) if y_bar is None else y_bar, entry)


def jacobian_rows(f: Any, x: Any) -> tuple[Any, Any]:
    """(f(x), J), J of shape f(x).shape + x.shape: one pass of f, one sweep a row."""
    with Tape() as tape:
        variable = tape.input(x)
        entry = variable.link
        y = result(f(variable), tape)
        if type(y) is not Traced or y.level is not tape:
            return y, np.zeros(np.shape(y) + np.shape(x))
        seeds = np.eye(y.size, dtype=y.dtype).reshape((y.size, *y.shape))
        rows = [tape.pull(y, seed, entry) for seed in seeds]
    return y.primal, np.reshape(np.stack(rows), np.shape(y) + np.shape(x)) if rows else np.zeros(np.shape(y) + np.shape(x))
