"""Which operations of a program run in one loop.

Every operation has a space, the shape its loop runs over, and a level: one more than that of
whatever it must wait for. Operations of one space and one level become one kernel, one pass over
the data: an elementwise result is a local variable there, and goes to memory only if another kernel
reads it. Sums and maxima belong to the loop over what they reduce, parts of a gradient to the loop
that computes them.

Along one axis (the samples of a data set) kernels can be run strip by strip. Those that need
nothing of it but their own strip are one group; what sums over the axis is complete only after its
group, and whatever reads it comes in a later stage.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from diffbench.errors import Unsupported
from diffbench.ir import Equation, Program, Var
from diffbench.program.native.kernels.layout import (
    ALIASES,
    Shape,
    View,
    contiguous,
    moved,
    squeezed,
)
from diffbench.program.native.kernels.shared_axes import REDUCTIONS, Axis, Role
from diffbench.program.native.scalar_programs import outputs, template_of
from diffbench.rules.entries.indexing import is_basic


class Operation(NamedTuple):
    """kind: point, reduce, matmul, scatter (value into a part of output) or copy (of args[0] into
    an array of another shape).
    """

    kind: str
    args: tuple[Any, ...]
    output: Var
    equation: Equation
    shape: Shape  # what its loop runs over
    index: Any = None
    role: Role | None = None  # of an operation that can run in strips

    @property
    def sums_over_strips(self) -> bool:
        """Whether its result is complete only after the last strip."""
        return self.role is not None and self.role.output is None

    @property
    def strip(self) -> int | None:
        """Which axis of its loop is cut into strips, not counting axes of length 1."""
        if self.role is None:
            return None
        place = self.role.arguments[0] if self.kind == "reduce" else self.role.output
        return None if place is None else len(squeezed(self.shape[:place]))


class Phase(NamedTuple):
    """Operations of one stage that need whole arrays come first, then its group, which runs strip
    by strip.
    """

    stage: int
    in_group: bool


@dataclass
class Kernel:
    """One loop nest, or one matrix product."""

    phase: Phase
    level: int
    space: Shape
    strip: int | None = None
    operations: list[Operation] = field(default_factory=list)


@dataclass
class Schedule:
    """Kernels in their order; `kept`: variables that need memory; aliases: variable -> the equation
    that makes a view of another.
    """

    kernels: list[Kernel]
    kept: dict[int, Var]
    aliases: dict[int, Equation]
    home: dict[int, Kernel]  # of elementwise results
    whole: set[int]  # variables of which more than one strip is needed at once

    def one_strip(self, index: int) -> bool:
        """Whether memory for one strip of a variable is enough."""
        return index in self.kept and index not in self.whole

    def root(self, var: Var) -> Var:
        """The variable whose memory this one is a view of."""
        while var.index in self.aliases:
            var = self.aliases[var.index].args[0]
        return var


def schedule(program: Program, axis: Axis | None = None) -> Schedule:
    """Kernels such that whatever a kernel reads from memory was written by one of a lower level, or
    of an earlier phase.
    """
    return _Scheduler(program, axis).schedule()


class _Scheduler:
    def __init__(self, program: Program, axis: Axis | None) -> None:
        self.program = program
        self.axis = axis
        self.made_in: dict[int, Phase] = {}
        self.sums: set[int] = set()  # complete after the last strip
        self.levels: dict[int, int] = {var.index: -1 for var in program.inputs}
        self.points: dict[int, Shape] = {}
        self.views: dict[int, View] = {}  # how the entries of each variable lie in its memory
        self.aliases: dict[int, Equation] = {}
        self.made: Schedule = Schedule(
            [], {}, self.aliases, {}, {var.index for var in program.inputs}
        )
        self.kernels: dict[tuple[Any, ...], Kernel] = {}

    def schedule(self) -> Schedule:
        for equation in self.program.equations:
            self._take(equation)
        for operation in self._results():
            self._place(operation)
        self.made.kept |= {
            root.index: root
            for root in (self.made.root(known.var) for known in self.program.guards)
        }
        self.made.kernels = [self.kernels[key] for key in sorted(self.kernels)]
        self.made.whole |= {self.made.root(var).index for var in self._seen_from_outside()}
        return self.made

    def _seen_from_outside(self) -> list[Var]:
        return [
            *(out for out in outputs(self.program) if type(out) is Var),
            *(known.var for known in self.program.guards),
        ]

    def root(self, var: Var) -> tuple[Var, bool]:
        """Of which variable it is a view, and whether it runs through all entries in the same
        order.
        """
        plain = True
        while var.index in self.aliases:
            source = self.aliases[var.index].args[0]
            plain = (
                plain
                and squeezed(source.shape) == squeezed(var.shape)
                and self.aliases[var.index].primitive.name == "reshape"
            )
            var = source
        return var, plain

    def _take(self, equation: Equation) -> None:
        primitive, args, params, output = equation
        name = primitive.name
        if type(output) is tuple or 0 in output.shape or any([0 in np.shape(arg) for arg in args]):
            raise Unsupported(f"{name} is not written in C; NumPy computes it")
        if (
            name in ALIASES
            and type(args[0]) is Var
            and is_basic(params.get("index", 0))
            and params.get("order", "C") == "C"
        ):
            self._alias(equation)
        elif name == "matmul":
            self._place(Operation("matmul", args, output, equation, output.shape))
        elif name in REDUCTIONS and params.keys() <= {"axis", "keepdims"} and type(args[0]) is Var:
            self._place(Operation("reduce", args, output, equation, args[0].shape))
        elif name in ("assemble", "join"):
            for value, index in zip(args, _places(equation), strict=True):
                region = np.empty(output.shape, bool)[index]
                self._place(
                    Operation("scatter", (value,), output, equation, np.shape(region), index)
                )
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
        """Results that no operation writes itself: views, arguments, constants, and what is
        returned twice.
        """
        seen: set[int] = set()
        for k, out in enumerate(outputs(self.program)):
            if (
                type(out) is Var
                and out.index not in self.aliases
                and out.index not in seen
                and out not in self.program.inputs
            ):
                seen.add(out.index)
                self.made.kept[out.index] = out
            else:
                yield Operation("copy", (out,), Var(-1 - k, None), None, np.shape(out))  # type: ignore[arg-type]

    def _place(self, operation: Operation) -> None:
        operation = self._with_role(operation)
        space, strip = squeezed(operation.shape), operation.strip
        waits = [self._wait(arg, space, operation.kind) for arg in operation.args]
        level = max(waits, default=0)
        phase = self._phase(operation)
        alone = operation.output.index if operation.kind == "matmul" else -1
        key = (phase, level, space, -1 if strip is None else strip, alone)
        kernel = self.kernels.setdefault(key, Kernel(phase, level, space, strip))
        kernel.operations.append(operation)
        index = operation.output.index
        self.levels[index] = max(level, self.levels.get(index, -1))
        if operation.sums_over_strips:
            self.sums.add(index)
        if operation.role is None or index in self.sums or self.made_in.get(index, phase) != phase:
            self.made.whole.add(index)
        self.made_in[index] = max(phase, self.made_in.get(index, phase))
        if operation.kind == "point":
            self.made.home[index] = kernel
        elif index >= 0:
            self.made.kept[index] = operation.output
        for arg in operation.args:
            if type(arg) is Var and not self.is_local(arg, kernel):
                root, _ = self.root(arg)
                self.made.kept[root.index] = root

    def _with_role(self, operation: Operation) -> Operation:
        """What has to be copied, or has no equation, needs whole arrays."""
        if self.axis is None or operation.kind == "copy":
            return operation
        role = self.axis.role(operation.equation)
        if role is not None and operation.kind == "scatter":
            role = Role((role.output,), role.output)
        return operation._replace(role=role)

    def _phase(self, operation: Operation) -> Phase:
        """The first in which all that the operation reads is there."""
        roots = [(arg, self.made.root(arg).index) for arg in operation.args if type(arg) is Var]
        by_strips = {
            root for arg, root in roots if operation.role is not None and self._is_in_strips(arg)
        } - self.sums
        by_strips -= {root for arg, root in roots if not self._is_in_strips(arg)}
        made = {root: self.made_in.get(root, Phase(0, False)) for _, root in roots}
        stage = max(
            [
                phase.stage + (phase.in_group and root not in by_strips)
                for root, phase in made.items()
            ],
            default=0,
        )
        self.made.whole |= {
            root
            for root, phase in made.items()
            if root not in by_strips or phase != Phase(stage, True)
        }
        return Phase(stage, operation.role is not None)

    def _is_in_strips(self, arg: Var) -> bool:
        """Whether a strip of it is a view of the same strip of the variable in memory."""
        if self.axis is None:
            return False
        while arg.index in self.aliases:
            if not self.axis.carried_by(self.aliases[arg.index]):
                return False
            arg = self.aliases[arg.index].args[0]
        return arg.index in self.axis.of

    def _wait(self, arg: Any, space: Shape, kind: str) -> int:
        if type(arg) is not Var:
            return 0
        root, plain = self.root(arg)
        local = plain and kind != "matmul" and squeezed(self.points.get(root.index, (-1,))) == space
        return max(0, self.levels[root.index] + (not local))

    def is_local(self, arg: Var, kernel: Kernel) -> bool:
        root, plain = self.root(arg)
        matrix = kernel.operations[-1].kind == "matmul"
        return (
            plain
            and not matrix
            and self.made.home.get(root.index) is kernel
            and squeezed(root.shape) == kernel.space
        )


def _places(equation: Equation) -> list[Any]:
    """Where the arguments of assemble or join go."""
    _, args, params, output = equation
    if "indices" in params:
        if not all(map(is_basic, params["indices"])):
            raise Unsupported(
                "adding at an array of indices is not written in C; NumPy computes it"
            )
        return list(params["indices"])
    axis, places, start = params["axis"] % len(output.shape), [], 0
    for arg in args:
        stop = start + np.shape(arg)[axis]
        places.append((*(slice(None),) * axis, slice(start, stop)))
        start = stop
    return places
