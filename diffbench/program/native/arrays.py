"""Programs on arrays as C: each kernel of the schedule a function of pointers, equal kernels one function, and `kernel` calls them in turn.

static void loop4(const double *p0, const double *p1, double *p2) {
    #pragma omp simd reduction(+:s12)
    for (long j = 0; j < 999; j++) {
        const double v3 = p0[j + 1] - p0[j] * p0[j];
        s12 += v3 * v3;
"""

from collections import defaultdict
from collections.abc import Iterator
from math import prod
from typing import Any

import numpy as np

from diffbench.arrays.recorder import Var
from diffbench.errors import Unsupported
from diffbench.program.native.functions import number
from diffbench.program.native.fusion import Kernel, Operation, covered, parts_of, schedule
from diffbench.program.native.layout import View, collapsed, contiguous, entry, moved, part
from diffbench.program.native.products import product
from diffbench.program.native.scalars import finite_check, guard, kernel, outputs, template_of
from diffbench.program.program import Program

BLOCK = 512  # numbers of one pass: temporaries of a block stay in the nearest cache
WORDS = 8  # a buffer begins at a multiple of 64 bytes


class ArrayWriter:
    """Where every variable is in memory, and the functions written so far."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.schedule = schedule(program)
        self.constants: list[Any] = []
        self.in_place: set[int] = set()  # parts of a result that are computed there
        self.work = 0
        self.views: dict[int, View] = {var.index: contiguous(f"x[{i}]", var.shape) for i, var in enumerate(program.inputs)}
        self._constant_views: dict[int, View] = {}
        self.parts = parts_of(self.schedule)
        self.coverage = {index: covered(parts, parts[0].output.shape) for index, parts in self.parts.items()}
        self._place_results()
        for var in sorted(self.schedule.kept.values(), key=lambda var: -var.index):  # what is put together first, then its parts
            if var.index not in self.views:
                self.views[var.index] = self.buffer(var.shape)
            self._place_parts(var)
        self.guards: defaultdict[int, list[int]] = defaultdict(list)
        for k, known in enumerate(program.guards):
            if known.var.shape:
                raise Unsupported("a guard on an array is not written in C; NumPy computes it")
            self.guards[self._root(known.var).index].append(k)
        self.functions: dict[str, str] = {}
        self.calls: list[str] = []

    def write(self) -> str:
        """All functions, and `kernel`."""
        for var in self.program.inputs:
            self.calls += self._checks(var.index)
        for index, (full, apart) in self.coverage.items():
            if not full or not apart:
                size = self.parts[index][0].output.size
                self.calls.append(f"memset({self.pointer(self.views[index])}, 0, {size} * sizeof(double));")
        checks = self._checks_after_kernels()
        for one in self.schedule.kernels:
            if one.operations[0].kind == "matmul":
                self._matmul(one.operations[0])
            elif any(id(operation) not in self.in_place for operation in one.operations):
                Loop(self, one).write()
            self.calls += checks[id(one)]
        last = outputs(self.program)[-1]
        text = kernel([*self.calls, *finite_check(len(outputs(self.program)) - 1, np.size(last))])
        return "\n".join(self.functions.values()) + text

    def call(self, parameters: list[tuple[str, str]], lines: list[str], after: str = "") -> None:
        """File a function of these pointers, unless an equal one is there, and its call."""
        head = ", ".join(
            f"{kind} {name}" for kind, name in (*((k, f"p{i}") for i, (k, _) in enumerate(parameters)), ("void *const *", "blas"))
        )
        body = f"({head}) {{\n    " + "\n    ".join(lines) + "\n}\n"
        name = f"loop{len(self.functions)}"
        if body not in self.functions:
            self.functions[body] = f"static __attribute__((noinline)) void {name}{body}"
        name = self.functions[body].split("void ", 1)[1].split("(")[0]
        self.calls.append(f"{name}({', '.join([*(text for _, text in parameters), 'blas'])});{after}")

    # ------------------------------------------------------------ memory

    def buffer(self, shape: tuple[int, ...]) -> View:
        self.work += -(-max(prod(shape), 1) // WORDS) * WORDS if shape else 1
        return contiguous(f"work + {self.work - (-(-max(prod(shape), 1) // WORDS) * WORDS if shape else 1)}", shape)

    def view(self, arg: Any) -> View:
        """Where an array is."""
        if type(arg) is not Var:
            return self._constant(arg)
        known = self.views.get(arg.index)
        if known is None:
            known = self.views[arg.index] = self._alias(arg)
        return known

    def pointer(self, view: View) -> str:
        return f"{view.memory} + {view.offset}" if view.offset else view.memory

    def _place_results(self) -> None:
        for k, out in enumerate(outputs(self.program)):
            view = contiguous(f"y[{k}]", np.shape(out))
            self.views[-1 - k] = view
            if (
                type(out) is Var
                and out.index in self.schedule.kept
                and out.index not in self.views
                and out.index not in self.schedule.aliases
            ):
                self.views[out.index] = view

    def _place_parts(self, var: Var) -> None:
        """Parts that no other part overlaps are computed where they belong, if they are contiguous there."""
        for operation in self.parts.get(var.index, ()) if self.coverage.get(var.index, (False, False))[1] else ():
            root = self._owner(operation.args[0])
            if root is not None and root.index not in self.views and operation.shape and root.size == prod(operation.shape):
                place = part(self.views[var.index], operation.index)
                if collapsed(place.shape, [place.strides])[1][0] in ((), (1,)):
                    self.views[root.index] = contiguous(self.pointer(place), root.shape)
                    self.in_place.add(id(operation))

    def _owner(self, arg: Any) -> Var | None:
        """The variable in memory that an argument is, seen in another shape."""
        aliases, var = self.schedule.aliases, arg
        while type(var) is Var and var.index in aliases:
            if aliases[var.index].primitive.name != "reshape":
                return None
            var = aliases[var.index].args[0]
        return var if type(var) is Var and var.index in self.schedule.kept else None

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
            if array.dtype.char not in "d?lq" or (array.dtype.kind == "i" and np.any(np.abs(array) > 2**53)):
                raise Unsupported(f"a constant of {array.dtype} is not written in C; NumPy computes it")
            self.constants.append(np.ascontiguousarray(array, np.float64))
            known = self._constant_views[id(value)] = contiguous(f"constants[{len(self.constants) - 1}]", array.shape)
        return known

    # ------------------------------------------------------------ guards

    def _root(self, var: Var) -> Var:
        """The variable whose memory this one is a view of."""
        while var.index in self.schedule.aliases:
            var = self.schedule.aliases[var.index].args[0]
        return var

    def _checks_after_kernels(self) -> defaultdict[int, list[str]]:
        """The guards that each kernel decides: those on the variables that it is the last to write into."""
        last_writer = {operation.output.index: one for one in self.schedule.kernels for operation in one.operations}
        checks: defaultdict[int, list[str]] = defaultdict(list)
        for index in self.guards.keys() & last_writer.keys():
            checks[id(last_writer[index])] += self._checks(index)
        return checks

    def _checks(self, index: int) -> list[str]:
        """The guards on a variable and on its views."""
        known = self.program.guards
        return [guard(f"({self.pointer(self.view(known[k].var))})[0]", known[k].value, str(k)) for k in self.guards.get(index, ())]

    # ------------------------------------------------------------ matrix products

    def _matmul(self, operation: Operation) -> None:
        a, b = map(self.view, operation.args)
        c = self.views[operation.output.index]
        lines = ["const double *restrict a = p0, *restrict b = p1; double *restrict c = p2;", *product(a, b, c)]
        self.call([("const double *", self.pointer(a)), ("const double *", self.pointer(b)), ("double *", self.pointer(c))], lines)


class Loop:
    """The loops of one kernel, as a function of pointers to the first entries of what it reads and writes."""

    def __init__(self, writer: ArrayWriter, kernel: Kernel) -> None:
        self.writer, self.kernel = writer, kernel
        self.accesses: list[View] = []  # over the kernel's space; pointers are numbered by them
        self.written: set[int] = set()
        self.local: set[int] = set()  # elementwise results of this loop
        self.body: list[str] = []
        self.sums: list[tuple[str, int]] = []
        self.after: list[tuple[str, str, int]] = []  # (what is stored in a block, how it is taken from there, access)
        self.before: list[str] = []

    def write(self) -> None:
        full, writer = _flat(self.kernel.operations[0].shape), self.writer
        self.operations = [operation for operation in self.kernel.operations if id(operation) not in writer.in_place]
        for operation in self.operations:
            self._access(operation)
        dims, strides = collapsed(full, [access.strides for access in self.accesses])
        self.dims, self.strides = dims, strides
        for operation in self.operations:
            self._operation(operation)
        kinds = ["double *" if k in self.written else "const double *" for k in range(len(self.accesses))]
        self.writer.call(
            [(kind, self.writer.pointer(access)) for kind, access in zip(kinds, self.accesses, strict=True)],
            [*self.before, *self._nest()],
        )

    # ------------------------------------------------------------ what is read and written

    def _access(self, operation: Operation) -> None:
        for arg in operation.args:
            if not self._is_local(arg) and not self._is_number(arg):
                self._add(self.writer.view(arg).over(operation.shape))
        target = self._target(operation)
        if target is not None:
            self.written.add(self._add(target))
        if operation.kind == "point":
            self.local.add(operation.output.index)

    def _add(self, view: View) -> int:
        kept = [k for k, n in enumerate(view.shape) if n != 1]
        flat = View(view.memory, tuple(view.shape[k] for k in kept), tuple(view.strides[k] for k in kept), view.offset)
        if flat not in self.accesses:
            self.accesses.append(flat)
        return self.accesses.index(flat)

    def _target(self, operation: Operation) -> View | None:
        """Where the result goes: over the shape of the loop, with stride 0 along axes that are summed over."""
        writer, index = self.writer, operation.output.index
        if operation.kind == "point":
            return writer.views.get(index) if index in writer.schedule.kept else None
        if operation.kind == "copy":
            return contiguous(writer.views[index].memory, operation.shape)
        if operation.kind == "scatter":
            whole = writer.views[index]
            if operation.shape:
                return part(whole, operation.index)
            return entry(whole, operation.index if type(operation.index) is tuple else (operation.index,))
        return _reduced(writer.views[index], operation)

    def _is_local(self, arg: Any) -> bool:
        root = self._root(arg)
        return root is not None and root in self.local

    def _root(self, arg: Any) -> int | None:
        """The elementwise result of this kernel that an argument is."""
        if type(arg) is not Var:
            return None
        aliases, var = self.writer.schedule.aliases, arg
        while var.index in aliases:
            source = aliases[var.index].args[0]
            if aliases[var.index].primitive.name != "reshape" or _flat(source.shape) != _flat(var.shape):
                return None
            var = source
        return var.index if _flat(var.shape) == self.kernel.space else None

    @staticmethod
    def _is_number(arg: Any) -> bool:
        return type(arg) is not Var and (np.ndim(arg) == 0 or (np.size(arg) > 0 and not any(arg.strides)))

    # ------------------------------------------------------------ the body

    def _place(self, k: int, inner: str = "j") -> str:
        names = [f"i{d}" for d in range(len(self.dims) - 1)] + [inner]
        terms = [name if s == 1 else f"{s} * {name}" for name, s in zip(names, self.strides[k], strict=False) if s]
        return f"p{k}[{' + '.join(terms) or 0}]"

    def _text(self, arg: Any, shape: tuple[int, ...]) -> str:
        if self._is_number(arg):
            return number(np.ravel(arg)[0])
        if self._is_local(arg):
            return f"v{self._root(arg)}"
        return self._place(self._add(self.writer.view(arg).over(shape)))

    def _operation(self, operation: Operation) -> None:
        texts = [self._text(arg, operation.shape) for arg in operation.args]
        target = self._target(operation)
        k = self._add(target) if target is not None else -1
        index = operation.output.index
        if operation.kind == "point":
            self.body.append(f"const double v{index} = {template_of(operation.equation).format(*texts)};")
            if target is not None:
                self.body.append(f"{self._place(k)} = v{index};")
        elif operation.kind == "copy":
            self.body.append(f"{self._place(k)} = {texts[0]};")
        elif operation.kind == "scatter":
            self._scatter(operation, texts[0], k)
        else:
            self._reduce(operation, texts[0], k)

    def _scatter(self, operation: Operation, text: str, k: int) -> None:
        if self.writer.coverage[operation.output.index][1]:
            self.body.append(f"{self._place(k)} = {text};")
        else:  # another part may be added to the same entries, so each has a loop of its own
            self.after.append((text, "{place} += {value};", k))

    def _reduce(self, operation: Operation, text: str, k: int) -> None:
        name, size = operation.equation.primitive.name, operation.output.size
        start = {"sum": "0.0", "max": "-INFINITY", "min": "INFINITY"}[name]
        self.before.append(f"for (long i = 0; i < {size}; i++) p{k}[i] = {start};")
        along = bool(self.dims) and self.strides[k][-1] != 0
        if name == "sum":
            if along or not self.dims:
                self.body.append(f"{self._place(k)} += {text};")
            else:
                self.body.append(f"s{k} += {text};")
                self.sums.append((f"s{k}", k))
            return
        function = "maximum" if name == "max" else "minimum"
        if along or not self.dims:
            self.body.append(f"{self._place(k)} = {function}({self._place(k)}, {text});")
        else:
            self.after.append((text, f"{{place}} = {function}({{place}}, {{value}});", k))

    def _nest(self) -> Iterator[str]:
        if not self.dims:
            yield from [*self.body, *(then.format(place=self._place(k), value=text) for text, then, k in self.after)]
            return
        for d, n in enumerate(self.dims[:-1]):
            yield f"for (long i{d} = 0; i{d} < {n}; i{d}++) {{"
        yield from self._inner(self.dims[-1])
        yield "}" * (len(self.dims) - 1)

    def _inner(self, n: int) -> Iterator[str]:
        """The innermost loop, in blocks: partial sums of a block lose fewer digits, and what waits for a loop of its own waits near."""
        yield f"for (long j0 = 0; j0 < {n}; j0 += {BLOCK}) {{"
        yield f"const long j1 = j0 + {BLOCK} < {n} ? j0 + {BLOCK} : {n};" if n > BLOCK else f"const long j1 = {n};"
        for q in range(len(self.after)):
            yield f"double b{q}[{min(n, BLOCK)}];"
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


def _flat(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(n for n in shape if n != 1)


def _reduced(view: View, operation: Operation) -> View:
    """The result of a reduction, seen from the loop over its argument."""
    shape, axis = operation.shape, operation.equation.params.get("axis")
    axes = range(len(shape)) if axis is None else [int(a) % len(shape) for a in np.atleast_1d(axis)]
    kept = contiguous(view.memory, tuple(1 if k in axes else n for k, n in enumerate(shape)))
    strides = tuple(0 if k in axes else s for k, s in enumerate(kept.strides))
    return View(view.memory, shape, strides, view.offset)
