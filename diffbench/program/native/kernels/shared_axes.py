"""Which axes of a program's arrays are one and the same, and how each operation meets such an axis.

An operation is written in indices, as in Einstein's notation: a matrix product is (b, i, k), (b, k,
j) -> (b, i, j), a sum along the last axis (i, j) -> (i,). Axes that share an index are the same
axis: the samples of a data set stay one axis through products, sums and views.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from diffbench.ir import Equation, Program, Var
from diffbench.program.native.kernels.layout import ALIASES, Shape, contiguous, moved
from diffbench.rules.table import reduced_axes

REDUCTIONS = ("sum", "max", "min", "all", "any")
Indices = tuple[Any, ...]  # one for each axis; None for an axis that is not carried on


class Role(NamedTuple):
    """How an operation meets the axis: positions in each argument and in the output (None: not
    there); summed over if not there.
    """

    arguments: tuple[int | None, ...]
    output: int | None


@dataclass(frozen=True)
class Axis:
    """One axis: its length, and which axis of each variable it is."""

    length: int
    of: dict[int, int]

    def role(self, equation: Equation) -> Role | None:
        """None if the operation does not run along the axis, or reads it in another order than it
        writes it.
        """
        *arguments, out = indices(equation)
        met = {
            row[self.of[var.index]]
            for var, row in zip((*equation.args, equation.output), (*arguments, out), strict=True)
            if type(var) is Var and var.index in self.of
        }
        if len(met) != 1 or None in met:
            return None
        index = met.pop()
        places = [
            self._place(arg, row, index) for arg, row in zip(equation.args, arguments, strict=True)
        ]
        return Role(tuple(places), out.index(index) if index in out else None)

    def carried_by(self, equation: Equation) -> bool:
        """Whether a view runs along the axis as its source does."""
        source, output = equation.args[0].index, equation.output.index
        if source not in self.of or output not in self.of:
            return False
        into, out = indices(equation)
        return bool(
            into[self.of[source]] is not None and into[self.of[source]] == out[self.of[output]]
        )

    def _place(self, arg: Any, row: Indices, index: Any) -> int | None:
        place = row.index(index) if index in row else None
        return place if place is not None and np.shape(arg)[place] == self.length else None


def axes_of(program: Program, shortest: int) -> list[Axis]:
    """The axes of at least this length that no variable has twice, the one with most numbers along
    it first.
    """
    classes = _Classes()
    for equation in program.equations:
        for same in _shared(equation):
            classes.join(same)
    sizes = {
        var.index: var
        for var in (*program.inputs, *(equation.output for equation in program.equations))
        if type(var) is Var
    }
    axes = []
    for members in classes.members():
        of = dict(members)
        length = sizes[members[0][0]].shape[members[0][1]]
        if len(of) == len(members) and length >= shortest:
            axes.append(Axis(length, of))
    return sorted(axes, key=lambda axis: -sum(sizes[index].size for index in axis.of))


def indices(equation: Equation) -> list[Indices]:
    """The indices of each argument, then of the output."""
    primitive, args, params, output = equation
    if type(output) is tuple or primitive.name == "assemble":
        return [*((None,) * np.ndim(arg) for arg in args), (None,) * np.ndim(output)]
    if primitive.name == "matmul":
        return _of_product(np.ndim(args[0]), np.ndim(args[1]), output.ndim)
    if primitive.name in REDUCTIONS:
        return _of_reduction(args[0].shape if type(args[0]) is Var else np.shape(args[0]), params)
    if primitive.name in ALIASES:
        return _of_view(equation)
    joined = params["axis"] % output.ndim if primitive.name == "join" else -1
    every = tuple(None if k == joined else k for k in range(output.ndim))
    return [*(every[output.ndim - np.ndim(arg) :] for arg in args), every]


def _of_product(left: int, right: int, out: int) -> list[Indices]:
    row, column = ("i",) * (left > 1), ("j",) * (right > 1)
    batch = tuple(range(out - len(row) - len(column)))
    a = (*batch[len(batch) - max(left - 2, 0) :], *row, "k")
    b = (*batch[len(batch) - max(right - 2, 0) :], "k", *column)
    return [a, b, (*batch, *row, *column)]


def _of_reduction(shape: Shape, params: dict[str, Any]) -> list[Indices]:
    over = reduced_axes(params.get("axis"), len(shape))
    every = tuple(range(len(shape)))
    if params.get("keepdims"):
        return [every, tuple(None if k in over else k for k in every)]
    return [every, tuple(k for k in every if k not in over)]


def _of_view(equation: Equation) -> list[Indices]:
    """Axes are known again by length and stride, on an array of which no entry is read."""
    source, shape = equation.args[0], np.shape(equation.args[0])
    known = contiguous("", shape)
    try:
        view = moved(known, equation)
    except ValueError:  # a single entry
        view = None
    if view is None:
        return [(None,) * len(shape), (None,) * equation.output.ndim]
    found = list(zip(view.shape, view.strides, strict=True))
    into = [
        (n, s) if n > 1 and found.count((n, s)) == 1 else None
        for n, s in zip(source.shape, known.strides, strict=True)
    ]
    return [tuple(into), tuple(pair if pair in into else None for pair in found)]


def _shared(equation: Equation) -> Iterator[list[tuple[int, int]]]:
    """The axes of variables that an equation runs through at once."""
    same: defaultdict[Any, list[tuple[int, int]]] = defaultdict(list)
    for var, row in zip((*equation.args, equation.output), indices(equation), strict=True):
        for k, index in enumerate(row) if type(var) is Var else ():
            if index is not None and var.shape[k] > 1:
                same[index].append((var.index, k))
    yield from same.values()


class _Classes:
    """Disjoint sets of axes."""

    def __init__(self) -> None:
        self.parent: dict[tuple[int, int], tuple[int, int]] = {}

    def join(self, members: list[tuple[int, int]]) -> None:
        first = self._root(members[0])
        for member in members:
            self.parent[self._root(member)] = first

    def members(self) -> list[list[tuple[int, int]]]:
        sets: defaultdict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
        for axis in list(self.parent):
            sets[self._root(axis)].append(axis)
        return list(sets.values())

    def _root(self, axis: tuple[int, int]) -> tuple[int, int]:
        self.parent.setdefault(axis, axis)
        while self.parent[axis] != axis:
            self.parent[axis] = self.parent[self.parent[axis]]
            axis = self.parent[axis]
        return axis
