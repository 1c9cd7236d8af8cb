"""Which operations of a program run in one loop.

Every operation has a space, the shape its loop runs over, and a level: one more than that of whatever it must wait for. Operations of one
space and one level become one kernel, one pass over the data: an elementwise result is a local variable there, and goes to memory only
if another kernel reads it. Sums and maxima belong to the loop over what they reduce, parts of a gradient to the loop that computes them.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from diffbench.arrays.recorder import Equation, Var
from diffbench.errors import Unsupported
from diffbench.program.native.layout import ALIASES, Shape, View, contiguous, moved, squeezed
from diffbench.program.native.scalars import outputs, template_of
from diffbench.program.program import Program
from diffbench.rules.indexing import is_basic

REDUCTIONS = ("sum", "max", "min")


class Operation(NamedTuple):
    """kind: point, reduce, matmul, scatter (value into a part of output) or copy (of args[0] into an array of another shape)."""

    kind: str
    args: tuple[Any, ...]
    output: Var
    equation: Equation
    shape: Shape  # what its loop runs over
    index: Any = None


@dataclass
class Kernel:
    """One loop nest, or one matrix product."""

    level: int
    space: Shape
    operations: list[Operation] = field(default_factory=list)


@dataclass
class Schedule:
    """Kernels in their order; `kept`: variables that need memory; aliases: variable -> the equation that makes a view of another."""

    kernels: list[Kernel]
    kept: dict[int, Var]
    aliases: dict[int, Equation]
    home: dict[int, Kernel]  # of elementwise results


def schedule(program: Program) -> Schedule:
    """Kernels such that whatever a kernel reads from memory was written by one of a lower level."""
    return _Scheduler(program).schedule()


class _Scheduler:
    def __init__(self, program: Program) -> None:
        self.program = program
        self.levels: dict[int, int] = {var.index: -1 for var in program.inputs}
        self.points: dict[int, Shape] = {}
        self.views: dict[int, View] = {}  # how the entries of each variable lie in its memory
        self.aliases: dict[int, Equation] = {}
        self.made: Schedule = Schedule([], {}, self.aliases, {})
        self.kernels: dict[tuple[int, Shape, int], Kernel] = {}

    def schedule(self) -> Schedule:
        for equation in self.program.equations:
            self._take(equation)
        for operation in self._results():
            self._place(operation)
        self.made.kept |= {root.index: root for root, _ in (self.root(known.var) for known in self.program.guards)}
        self.made.kernels = [self.kernels[key] for key in sorted(self.kernels)]
        return self.made

    def root(self, var: Var) -> tuple[Var, bool]:
        """Of which variable it is a view, and whether it runs through all entries in the same order."""
        plain = True
        while var.index in self.aliases:
            source = self.aliases[var.index].args[0]
            plain = plain and squeezed(source.shape) == squeezed(var.shape) and self.aliases[var.index].primitive.name == "reshape"
            var = source
        return var, plain

    def _take(self, equation: Equation) -> None:
        primitive, args, params, output = equation
        name = primitive.name
        if type(output) is tuple or 0 in output.shape or any([0 in np.shape(arg) for arg in args]):
            raise Unsupported(f"{name} is not written in C; NumPy computes it")
        if name in ALIASES and type(args[0]) is Var and is_basic(params.get("index", 0)) and params.get("order", "C") == "C":
            self._alias(equation)
        elif name == "matmul":
            self._place(Operation("matmul", args, output, equation, output.shape))
        elif name in REDUCTIONS and params.keys() <= {"axis", "keepdims"} and type(args[0]) is Var:
            self._place(Operation("reduce", args, output, equation, args[0].shape))
        elif name in ("assemble", "join"):
            for value, index in zip(args, _places(equation), strict=True):
                region = np.empty(output.shape, bool)[index]
                self._place(Operation("scatter", (value,), output, equation, np.shape(region), index))
        else:
            template_of(equation)
            self._place(Operation("point", args, output, equation, output.shape))
            self.points[output.index] = output.shape

    def _alias(self, equation: Equation) -> None:
        """A view costs nothing; where NumPy would copy, so is copied here."""
        source, output = equation.args[0], equation.output
        known = self.views.setdefault(source.index, contiguous("", source.shape))
        view = moved(known, equation) if output.shape else known
        if view is None:
            self._place(Operation("copy", (source,), output, equation, source.shape))
        else:
            self.aliases[output.index], self.views[output.index] = equation, view

    def _results(self) -> Iterator[Operation]:
        """Results that no operation writes itself: views, arguments, constants, and what is returned twice."""
        seen: set[int] = set()
        for k, out in enumerate(outputs(self.program)):
            if type(out) is Var and out.index not in self.aliases and out.index not in seen and out not in self.program.inputs:
                seen.add(out.index)
                self.made.kept[out.index] = out
            else:
                yield Operation("copy", (out,), Var(-1 - k, None), None, np.shape(out))  # type: ignore[arg-type]

    def _place(self, operation: Operation) -> None:
        space = squeezed(operation.shape)
        waits = [self._wait(arg, space, operation.kind) for arg in operation.args]
        level = max(waits, default=0)
        alone = operation.output.index if operation.kind == "matmul" else -1
        kernel = self.kernels.setdefault((level, space, alone), Kernel(level, space))
        kernel.operations.append(operation)
        index = operation.output.index
        self.levels[index] = max(level, self.levels.get(index, -1))
        if operation.kind == "point":
            self.made.home[index] = kernel
        elif index >= 0:
            self.made.kept[index] = operation.output
        for arg in operation.args:
            if type(arg) is Var and not self.is_local(arg, kernel):
                root, _ = self.root(arg)
                self.made.kept[root.index] = root

    def _wait(self, arg: Any, space: Shape, kind: str) -> int:
        if type(arg) is not Var:
            return 0
        root, plain = self.root(arg)
        local = plain and kind != "matmul" and squeezed(self.points.get(root.index, (-1,))) == space
        return max(0, self.levels[root.index] + (not local))

    def is_local(self, arg: Var, kernel: Kernel) -> bool:
        root, plain = self.root(arg)
        matrix = kernel.operations[-1].kind == "matmul"
        return plain and not matrix and self.made.home.get(root.index) is kernel and squeezed(root.shape) == kernel.space


def _places(equation: Equation) -> list[Any]:
    """Where the arguments of assemble or join go."""
    _, args, params, output = equation
    if "indices" in params:
        if not all(map(is_basic, params["indices"])):
            raise Unsupported("adding at an array of indices is not written in C; NumPy computes it")
        return list(params["indices"])
    axis, places, start = params["axis"] % len(output.shape), [], 0
    for arg in args:
        stop = start + np.shape(arg)[axis]
        places.append((*(slice(None),) * axis, slice(start, stop)))
        start = stop
    return places


def covered(operations: list[Operation], shape: Shape) -> tuple[bool, bool]:
    """Whether the parts leave nothing out, and whether no two of them overlap."""
    times = np.zeros(shape, np.int32)
    for operation in operations:
        times[operation.index] += 1
    return bool(times.all()), bool(times.max(initial=0) <= 1)


def parts_of(schedule: Schedule) -> dict[int, list[Operation]]:
    """The scatters of each assembled variable."""
    parts: defaultdict[int, list[Operation]] = defaultdict(list)
    for kernel in schedule.kernels:
        for operation in kernel.operations:
            if operation.kind == "scatter":
                parts[operation.output.index].append(operation)
    return parts
