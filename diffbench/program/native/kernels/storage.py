"""Where every array of a program is: arguments and results in the caller's memory, all else in
constants and work space.

What only one group of kernels reads, and strip by strip, has memory for one strip.
"""

from collections import defaultdict
from collections.abc import Iterator
from math import prod
from typing import Any

import numpy as np

from diffbench.errors import Unsupported
from diffbench.ir import Program, Var
from diffbench.program.native.kernels.fusion import Operation, Schedule
from diffbench.program.native.kernels.layout import (
    Shape,
    View,
    collapsed,
    contiguous,
    cut,
    entry,
    moved,
    part,
)
from diffbench.program.native.kernels.strips import Strips, padded
from diffbench.program.native.scalar_programs import outputs


class Memory:
    """The view of every variable, and how much work space there has to be."""

    def __init__(self, program: Program, schedule: Schedule, strips: Strips | None) -> None:
        self.schedule = schedule
        self.strips = strips
        self.constants: list[Any] = []
        self.in_place: set[int] = set()  # parts of a result that are computed there
        self.work = 0
        self.parts = _parts_of(schedule)
        self.coverage = {
            index: _covered(parts, parts[0].output.shape) for index, parts in self.parts.items()
        }
        self._views: dict[int, View] = {
            var.index: contiguous(f"x[{i}]", var.shape) for i, var in enumerate(program.inputs)
        }
        self._constant_views: dict[int, View] = {}
        self._place_results(program)
        for var in sorted(
            schedule.kept.values(), key=lambda var: -var.index
        ):  # what is put together first, then its parts
            self._place(var)

    def view(self, arg: Any) -> View:
        """Where an array is."""
        if type(arg) is not Var:
            return self._constant(arg)
        known = self._views.get(arg.index)
        if known is None:
            known = self._views[arg.index] = self._alias(arg)
        return known

    def cleared(self) -> Iterator[str]:
        """Results put together from parts start from zero, unless the parts leave nothing out and
        do not overlap.
        """
        for index, (full, apart) in self.coverage.items():
            if not full or not apart:
                output = self.parts[index][0].output
                yield f"memset({pointer(self.view(output))}, 0, {output.size} * sizeof(double));"

    def is_apart(self, operation: Operation) -> bool:
        """Whether no other part is added to the same entries."""
        return self.coverage[operation.output.index][1]

    # ------------------------------------------------------------ placing

    def _place(self, var: Var) -> None:
        places = self.strips.places if self.strips else {}
        if self.strips and var.index in places:
            strides = cut(var.shape, self.strips.axis.of[var.index], self.strips.length)
            self._views[var.index] = View(
                "own", var.shape, strides, places[var.index], one_strip=True
            )
        elif var.index not in self._views:
            self._views[var.index] = self._buffer(var.shape)
        self._place_parts(var)

    def _buffer(self, shape: tuple[int, ...]) -> View:
        first, self.work = self.work, self.work + padded(prod(shape))
        return contiguous(f"work + {first}", shape)

    def _place_results(self, program: Program) -> None:
        for k, out in enumerate(outputs(program)):
            view = self._views[-1 - k] = contiguous(f"y[{k}]", np.shape(out))
            kept = (
                type(out) is Var
                and out.index in self.schedule.kept
                and out.index not in self.schedule.aliases
            )
            if kept and out.index not in self._views:
                self._views[out.index] = view

    def _place_parts(self, var: Var) -> None:
        """Parts that no other part overlaps are computed where they belong, if they are contiguous
        there.
        """
        for operation in (
            self.parts.get(var.index, ()) if self.coverage.get(var.index, (False, False))[1] else ()
        ):
            root = self._owner(operation.args[0])
            if (
                root is not None
                and root.index not in self._views
                and operation.shape
                and root.size == prod(operation.shape)
            ):
                place = part(self._views[var.index], operation.index)
                if collapsed(place.shape, [place.strides])[1][0] in ((), (1,)):
                    self._views[root.index] = contiguous(pointer(place), root.shape)
                    self.in_place.add(id(operation))

    def _owner(self, arg: Any) -> Var | None:
        """The variable in memory that an argument is, seen in another shape."""
        aliases, var = self.schedule.aliases, arg
        while type(var) is Var and var.index in aliases:
            if aliases[var.index].primitive.name != "reshape":
                return None
            var = aliases[var.index].args[0]
        return (
            var
            if type(var) is Var
            and var.index in self.schedule.kept
            and var.index in self.schedule.whole
            else None
        )

    def _alias(self, var: Var) -> View:
        equation = self.schedule.aliases[var.index]
        source = self.view(equation.args[0])
        index = equation.params.get("index")
        if not var.shape:
            if equation.primitive.name == "reshape":
                return View(source.memory, (), (), source.offset)
            return entry(source, index if type(index) is tuple else (index,))
        made = moved(source, equation)
        assert made is not None, "what NumPy copies is no alias"
        return made

    def _constant(self, value: Any) -> View:
        known = self._constant_views.get(id(value))
        if known is None:
            array = np.asarray(value)
            if array.dtype.char not in "d?lq" or (
                array.dtype.kind == "i" and np.any(np.abs(array) > 2**53)
            ):
                raise Unsupported(
                    f"a constant of {array.dtype} is not written in C; NumPy computes it"
                )
            self.constants.append(np.ascontiguousarray(array, np.float64))
            known = self._constant_views[id(value)] = contiguous(
                f"constants[{len(self.constants) - 1}]", array.shape
            )
        return known


def pointer(view: View) -> str:
    """The address of the first entry."""
    return f"{view.memory} + {view.offset}" if view.offset else view.memory


def _covered(operations: list[Operation], shape: Shape) -> tuple[bool, bool]:
    """Whether the parts leave nothing out, and whether no two of them overlap."""
    times = np.zeros(shape, np.int32)
    for operation in operations:
        times[operation.index] += 1
    return bool(times.all()), bool(times.max(initial=0) <= 1)


def _parts_of(schedule: Schedule) -> dict[int, list[Operation]]:
    """The scatters of each assembled variable."""
    parts: defaultdict[int, list[Operation]] = defaultdict(list)
    for kernel in schedule.kernels:
        for operation in kernel.operations:
            if operation.kind == "scatter":
                parts[operation.output.index].append(operation)
    return parts
