"""The loops of one kernel: a function of pointers to the first entries of what it reads and writes.

static void loop4(const double *p0, const double *p1, double *p2) {
    #pragma omp simd reduction(+:s12)
    for (long j = 0; j < 999; j++) {
        const double v3 = p0[j + 1] - p0[j] * p0[j];
        s12 += v3 * v3;

In a group the loop along the strip has `count` steps.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from diffbench.ir import Var
from diffbench.program.native.c_functions import number
from diffbench.program.native.kernels.fusion import Kernel, Operation
from diffbench.program.native.kernels.layout import (
    View,
    collapsed,
    contiguous,
    entry,
    part,
    squeezed,
)
from diffbench.program.native.kernels.storage import Memory, pointer
from diffbench.program.native.kernels.strips import Extent
from diffbench.program.native.scalar_programs import template_of
from diffbench.rules.table import reduced_axes

BLOCK = 512  # numbers of one pass: temporaries of a block stay in the nearest cache
NOTHING = {"sum": "0.0", "max": "-INFINITY", "min": "INFINITY", "all": "1.0", "any": "0.0"}
JOINED = {
    "sum": "{0} += {1};", "max": "{0} = maximum({0}, {1});", "min": "{0} = minimum({0}, {1});",
    "all": "{0} = ({0} != 0) & ({1} != 0);", "any": "{0} = ({0} != 0) | ({1} != 0);",
}  # fmt: skip


class Loop:
    """What one kernel reads and writes, and its lines."""

    def __init__(self, kernel: Kernel, memory: Memory, sums: dict[int, View]) -> None:
        self.kernel, self.memory = kernel, memory
        self.sums_in_group = sums
        self.accesses: list[View] = []  # over the kernel's space; pointers are numbered by them
        self.written: set[int] = set()
        self.local: set[int] = set()  # elementwise results of this loop
        self.body: list[str] = []
        self.sums: list[tuple[str, int]] = []
        self.after: list[
            tuple[str, str, int]
        ] = []  # (what is stored in a block, how it is taken from there, access)
        self.before: list[str] = []
        self.operations = [
            operation for operation in kernel.operations if id(operation) not in memory.in_place
        ]
        for operation in self.operations:
            self._access(operation)
        full = squeezed(kernel.operations[0].shape)
        dims, self.strides, strip = collapsed(
            full, [access.strides for access in self.accesses], kernel.strip
        )
        self.extents = [
            memory.strips.extent(n) if d == strip and memory.strips else Extent.known(n)
            for d, n in enumerate(dims)
        ]
        for operation in self.operations:
            self._operation(operation)

    def parameters(self) -> list[tuple[str, str]]:
        """(type, argument) of each pointer."""
        kinds = [
            "double *" if k in self.written else "const double *" for k in range(len(self.accesses))
        ]
        return [
            (kind, start(view, self.kernel.strip))
            for kind, view in zip(kinds, self.accesses, strict=True)
        ]

    def lines(self) -> list[str]:
        """The body of the function."""
        return [*self.before, *self._nest()]

    # ------------------------------------------------------------ what is read and written

    def _access(self, operation: Operation) -> None:
        for arg in operation.args:
            if not self._is_local(arg) and not self._is_number(arg):
                self._add(self.memory.view(arg).over(operation.shape))
        target = self._target(operation)
        if target is not None:
            self.written.add(self._add(target))
        if operation.kind == "point":
            self.local.add(operation.output.index)

    def _add(self, view: View) -> int:
        kept = [k for k, n in enumerate(view.shape) if n != 1]
        flat = replace(
            view,
            shape=tuple(view.shape[k] for k in kept),
            strides=tuple(view.strides[k] for k in kept),
        )
        if flat not in self.accesses:
            self.accesses.append(flat)
        return self.accesses.index(flat)

    def _target(self, operation: Operation) -> View | None:
        """Where the result goes: over the shape of the loop, with stride 0 along axes that are
        summed over.
        """
        if operation.kind == "point":
            return (
                self.memory.view(operation.output)
                if operation.output.index in self.memory.schedule.kept
                else None
            )
        whole = self.sums_in_group.get(operation.output.index) or self.memory.view(operation.output)
        if operation.kind == "copy":
            return contiguous(whole.memory, operation.shape)
        if operation.kind == "scatter":
            if operation.shape:
                return part(whole, operation.index)
            return entry(
                whole, operation.index if type(operation.index) is tuple else (operation.index,)
            )
        return _reduced(whole, operation)

    def _is_local(self, arg: Any) -> bool:
        root = self._root(arg)
        return root is not None and root in self.local

    def _root(self, arg: Any) -> int | None:
        """The elementwise result of this kernel that an argument is."""
        if type(arg) is not Var:
            return None
        aliases, var = self.memory.schedule.aliases, arg
        while var.index in aliases:
            source = aliases[var.index].args[0]
            if aliases[var.index].primitive.name != "reshape" or squeezed(source.shape) != squeezed(
                var.shape
            ):
                return None
            var = source
        return var.index if squeezed(var.shape) == self.kernel.space else None

    @staticmethod
    def _is_number(arg: Any) -> bool:
        return type(arg) is not Var and (
            np.ndim(arg) == 0 or (np.size(arg) > 0 and not any(arg.strides))
        )

    # ------------------------------------------------------------ the body

    def _place(self, k: int, inner: str = "j") -> str:
        names = [f"i{d}" for d in range(len(self.extents) - 1)] + [inner]
        terms = [
            name if s == 1 else f"{s} * {name}"
            for name, s in zip(names, self.strides[k], strict=False)
            if s
        ]
        return f"p{k}[{' + '.join(terms) or 0}]"

    def _text(self, arg: Any, shape: tuple[int, ...]) -> str:
        if self._is_number(arg):
            return number(np.ravel(arg)[0])
        if self._is_local(arg):
            return f"v{self._root(arg)}"
        return self._place(self._add(self.memory.view(arg).over(shape)))

    def _operation(self, operation: Operation) -> None:
        texts = [self._text(arg, operation.shape) for arg in operation.args]
        target = self._target(operation)
        k = self._add(target) if target is not None else -1
        index = operation.output.index
        if operation.kind == "point":
            self.body.append(
                f"const double v{index} = {template_of(operation.equation).format(*texts)};"
            )
            if target is not None:
                self.body.append(f"{self._place(k)} = v{index};")
        elif operation.kind == "copy":
            self.body.append(f"{self._place(k)} = {texts[0]};")
        elif operation.kind == "scatter":
            self._scatter(operation, texts[0], k)
        else:
            self._reduce(operation, texts[0], k)

    def _scatter(self, operation: Operation, text: str, k: int) -> None:
        if self.memory.is_apart(operation):
            self.body.append(f"{self._place(k)} = {text};")
        else:  # another part may be added to the same entries, so each has a loop of its own
            self.after.append((text, "{place} += {value};", k))

    def _reduce(self, operation: Operation, text: str, k: int) -> None:
        name = operation.equation.primitive.name
        self.before += self._cleared(operation, k)
        along = bool(self.extents) and self.strides[k][-1] != 0
        if name == "sum":
            if along or not self.extents:
                self.body.append(f"{self._place(k)} += {text};")
            else:
                self.body.append(f"s{k} += {text};")
                self.sums.append((f"s{k}", k))
            return
        if along or not self.extents:
            self.body.append(JOINED[name].format(self._place(k), text))
        else:
            self.after.append((text, JOINED[name].format("{place}", "{value}"), k))

    def _cleared(self, operation: Operation, k: int) -> Iterator[str]:
        """Where a reduction starts from, unless that was written before the first strip."""
        if operation.role is None:
            size = operation.output.size
        elif self.accesses[k].one_strip and self.memory.strips:
            size = self.memory.strips.extent(operation.output.size).most
        else:
            return
        yield cleared(f"p{k}", size, operation)

    def _nest(self) -> Iterator[str]:
        if not self.extents:
            yield from [
                *self.body,
                *(then.format(place=self._place(k), value=text) for text, then, k in self.after),
            ]
            return
        for d, extent in enumerate(self.extents[:-1]):
            yield f"for (long i{d} = 0; i{d} < {extent.text}; i{d}++) {{"
        yield from self._inner(self.extents[-1])
        yield "}" * (len(self.extents) - 1)

    def _inner(self, n: Extent) -> Iterator[str]:
        """The innermost loop, in blocks: partial sums of a block lose fewer digits, and what waits
        for a loop of its own waits near.
        """
        yield f"for (long j0 = 0; j0 < {n.text}; j0 += {BLOCK}) {{"
        yield (
            f"const long j1 = j0 + {BLOCK} < {n.text} ? j0 + {BLOCK} : {n.text};"
            if n.most > BLOCK
            else f"const long j1 = {n.text};"
        )
        for q in range(len(self.after)):
            yield f"double b{q}[{min(n.most, BLOCK)}];"
        names = list(dict.fromkeys(name for name, _ in self.sums))
        for name in names:
            yield f"double {name} = 0;"
        yield "#pragma omp simd" + (f" reduction(+:{', '.join(names)})" if names else "")
        yield "for (long j = j0; j < j1; j++) {"
        yield from self.body
        yield from (f"b{q}[j - j0] = {text};" for q, (text, _, _) in enumerate(self.after))
        yield "}"
        for q, (_, then, k) in enumerate(self.after):
            yield f"for (long j = j0; j < j1; j++) {then.format(place=self._place(k), value=f'b{q}[j - j0]')}"
        yield from (f"{self._place(k)} += {name};" for name, k in dict.fromkeys(self.sums))
        yield "}"


def _reduced(view: View, operation: Operation) -> View:
    """The result of a reduction, seen from the loop over its argument."""
    shape, params = operation.shape, operation.equation.params
    axes = reduced_axes(params.get("axis"), len(shape))
    steps = iter(
        view.strides
        if not params.get("keepdims")
        else [s for k, s in enumerate(view.strides) if k not in axes]
    )
    return replace(
        view, shape=shape, strides=tuple(0 if k in axes else next(steps) for k in range(len(shape)))
    )


def start(view: View, strip: int | None) -> str:
    """The address of the first entry of a strip."""
    steps = 0 if strip is None or view.one_strip or not view.strides else view.strides[strip]
    return pointer(view) + (f" + {steps} * first" if steps else "")


def cleared(memory: str, size: int, operation: Operation) -> str:
    """What a reduction or a sum of products starts from."""
    return f"for (long i = 0; i < {size}; i++) ({memory})[i] = {NOTHING[reduction(operation)]};"


def reduction(operation: Operation) -> str:
    """How what several strips give becomes one result."""
    return operation.equation.primitive.name if operation.kind == "reduce" else "sum"
