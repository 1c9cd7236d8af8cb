"""Programs on arrays as C: each kernel of the schedule a function of pointers, equal kernels one
function, and `kernel` calls them in turn.

int kernel(...) {
    loop0(x[0], work + 0);
    group0(0, 0, 1000, ...);              strip by strip: its kernels one after the other on 64 samples, then on the next 64
    loop7(work + 0, work + 64, y[1]);
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import groupby
from typing import Any

import numpy as np

from diffbench.errors import Unsupported
from diffbench.ir import Program
from diffbench.program.native.kernels.fusion import Kernel, Operation
from diffbench.program.native.kernels.groups import PARTS, Group
from diffbench.program.native.kernels.loops import Loop, start
from diffbench.program.native.kernels.matrix_products import product
from diffbench.program.native.kernels.shared_axes import indices
from diffbench.program.native.kernels.storage import Memory, pointer
from diffbench.program.native.kernels.strips import Extent, in_strips, worth_threads
from diffbench.program.native.scalar_programs import finite_check, guard, kernel, outputs

# what a function is given besides pointers, if it needs it
CONTEXT = {
    "count": "long",
    "blas": "void *const *",
}


class ArrayWriter:
    """The functions written so far, and the lines of `kernel`."""

    def __init__(self, program: Program, threads: int = 1) -> None:
        self.program = program
        self.most_threads = threads
        self.threads = 1  # that the group with most of them has
        self.schedule, self.strips = in_strips(program, threads)
        self.memory = Memory(program, self.schedule, self.strips)
        self.constants = self.memory.constants
        self.work = self.memory.work
        self.guards: defaultdict[int, list[int]] = defaultdict(list)
        for k, known in enumerate(program.guards):
            if known.var.shape:
                raise Unsupported("a guard on an array is not written in C; NumPy computes it")
            self.guards[self.schedule.root(known.var).index].append(k)
        self.functions: dict[str, str] = {}
        self.groups: list[str] = []
        self.calls: list[str] = []

    def write(self) -> str:
        """All functions, and `kernel`."""
        for var in self.program.inputs:
            self.calls += self._checks(var.index)
        self.calls += self.memory.cleared()
        checks = self._checks_after_kernels()
        for phase, kernels in groupby(self.schedule.kernels, key=lambda one: one.phase):
            if phase.in_group:
                self._group(list(kernels), checks)
            else:
                for one in kernels:
                    self.calls += [*self._call(one), *checks[id(one)]]
        last = outputs(self.program)[-1]
        text = kernel([*self.calls, *finite_check(len(outputs(self.program)) - 1, np.size(last))])
        return "\n".join(
            [PARTS if self.threads > 1 else "", *self.functions.values(), *self.groups, text]
        )

    # ------------------------------------------------------------ kernels and groups

    def _call(self, one: Kernel, group: Group | None = None) -> Iterator[str]:
        """The call of a kernel's function, which is filed."""
        if one.operations[0].kind == "matmul":
            yield self._matmul(one.operations[0], group)
        elif any(id(operation) not in self.memory.in_place for operation in one.operations):
            loop = Loop(one, self.memory, group.sums if group else {})
            yield self._filed("", loop.parameters(), loop.lines())

    def _group(self, kernels: list[Kernel], checks: dict[int, list[str]]) -> None:
        assert self.strips is not None, "without strips there are no groups"
        threads = self.most_threads if worth_threads(kernels) else 1
        group, first = (
            Group(len(self.groups), kernels, self.memory, self.strips, threads),
            self.memory.work,
        )
        group.calls += [call for one in kernels for call in self._call(one, group)]
        self.groups.append(group.function(first))
        self.calls += [*group.call(first), *(check for one in kernels for check in checks[id(one)])]
        self.work = max(self.work, first + group.size * threads)
        self.threads = max(self.threads, threads)

    def _filed(self, attributes: str, parameters: list[tuple[str, str]], lines: list[str]) -> str:
        """The call of a function of these pointers, which is written unless an equal one is
        there.
        """
        body = "\n    ".join(lines)
        given = [name for name in CONTEXT if re.search(rf"\b{name}\b", body)]
        head = ", ".join(
            [
                *(f"{kind} p{i}" for i, (kind, _) in enumerate(parameters)),
                *(f"{CONTEXT[name]} {name}" for name in given),
            ]
        )
        text = f"({head}) {{\n    {body}\n}}\n"
        name = f"loop{len(self.functions)}"
        if text not in self.functions:
            self.functions[text] = f"static __attribute__((noinline)) {attributes}void {name}{text}"
        name = self.functions[text].split("void ", 1)[1].split("(")[0]
        return f"{name}({', '.join([*(value for _, value in parameters), *given])});"

    def _matmul(self, operation: Operation, group: Group | None) -> str:
        a, b = map(self.memory.view, operation.args)
        c = (group.sums if group else {}).get(operation.output.index) or self.memory.view(
            operation.output
        )
        places = (
            (*operation.role.arguments, operation.role.output)
            if operation.role
            else (None, None, None)
        )
        starts = [start(view, place) for view, place in zip((a, b, c), places, strict=True)]
        store = "+=" if group and operation.sums_over_strips and not group.is_one_strip else "="
        lines = ["const double *restrict a = p0, *restrict b = p1; double *restrict c = p2;"]
        lines += product(a, b, c, self._extents(operation), store)
        return self._filed(
            "CONTRACTED ",
            list(zip(("const double *", "const double *", "double *"), starts, strict=True)),
            lines,
        )

    def _extents(self, operation: Operation) -> Callable[[Any, int], Extent]:
        """How far a product's loops run: along the strip, as far as that does."""
        strips, met = self.strips, None
        if operation.role is not None and strips is not None:
            met = (
                "k"
                if operation.role.output is None
                else indices(operation.equation)[-1][operation.role.output]
            )
        return lambda index, n: (
            strips.extent(n) if strips is not None and index == met else Extent.known(n)
        )

    # ------------------------------------------------------------ guards

    def _checks_after_kernels(self) -> defaultdict[int, list[str]]:
        """The guards that each kernel decides: those on the variables that it is the last to write
        into.
        """
        last_writer = {
            operation.output.index: one
            for one in self.schedule.kernels
            for operation in one.operations
        }
        checks: defaultdict[int, list[str]] = defaultdict(list)
        for index in self.guards.keys() & last_writer.keys():
            checks[id(last_writer[index])] += self._checks(index)
        return checks

    def _checks(self, index: int) -> list[str]:
        """The guards on a variable and on its views."""
        known = self.program.guards
        return [
            guard(f"({pointer(self.memory.view(known[k].var))})[0]", known[k].value, str(k))
            for k in self.guards.get(index, ())
        ]
