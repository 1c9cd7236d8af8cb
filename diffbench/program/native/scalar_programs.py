"""Programs on numbers as C: straight lines in functions of bounded length, and the loops that
recording unrolled as loops again.

const double v7 = v3 * x0[2];                   one line an equation; what another function reads goes through `work`
for (long k = 0; k < 99; k++) { ... }           of a loop, only results that are read elsewhere are kept: work[offset + k]
if ((v9 != 0) != 1) { *seen = v9; return 4; }   guard 4
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from diffbench.errors import Unsupported
from diffbench.ir import Equation, Program, Var
from diffbench.program.native.c_functions import number
from diffbench.program.passes.rolling import Before, Here, Loop, Numbers, Same, Stored, find_loops
from diffbench.program.python.loop_source import LoopNames
from diffbench.rules.spelling import spelling

CHUNK = 400  # statements: compilers take more than linear time for a function
PARAMETERS = (
    "const double *const *constants, const double *const *x, double *const *y, "
    "double *restrict work, void *const *blas, double *seen"
)
LARGEST_WRITTEN = 256  # numbers of a constant result
SHORTEST_ROLLED = 300  # equations: what is shorter is faster unrolled


@dataclass
class Chunk:
    """A C function of its own: a straight line of equations, or one loop."""

    equations: tuple[Equation, ...]
    loop: int | None = None
    lines: list[str] = field(default_factory=list)


class ScalarWriter:
    """The functions written so far, and where each value is."""

    constants: tuple[Any, ...] = ()  # numbers are written into the text

    def __init__(self, program: Program) -> None:
        self.program = program
        vectors = {var.index for var in program.inputs if len(var.shape) == 1}
        long = len(program.equations) > SHORTEST_ROLLED
        self.names = LoopNames(program, find_loops(program, vectors) if long else [])
        self.inputs = {var.index: f"x{i}" for i, var in enumerate(program.inputs)}
        self.guards: defaultdict[int, list[int]] = defaultdict(list)
        for k, guard in enumerate(program.guards):
            self.guards[guard.var.index].append(k)
        self.chunks = list(self._chunks())
        self.made_in: dict[int, int] = {}
        for number_, chunk in enumerate(self.chunks):
            self.made_in.update({equation.output.index: number_ for equation in chunk.equations})
        self.work = 0
        self.slots: dict[int, int] = {}  # of variables that several chunks read
        self.lists: dict[tuple[int, int], int] = {}  # of results of a loop, one for each repetition
        self._place_values()

    def write(self) -> str:
        """All functions, and `kernel`, which calls them."""
        for number_, chunk in enumerate(self.chunks):
            chunk.lines = list(
                self._straight(number_, chunk) if chunk.loop is None else self._loop(chunk)
            )
        inputs = ", ".join(f"const double *restrict x{i}" for i in range(len(self.program.inputs)))
        given = ", ".join(f"x{i}" for i in range(len(self.program.inputs)))
        head = f"({inputs}, double *restrict work, double *restrict seen)"
        functions = [
            f"static int part{n}{head} {{\n    "
            + "\n    ".join([*chunk.lines, "return -1;"])
            + "\n}\n"
            for n, chunk in enumerate(self.chunks[:-1])
        ]
        inputs_guarded = [
            guard(f"x{i}[0]", self.program.guards[k].value, str(k))
            for i, var in enumerate(self.program.inputs)
            for k in self.guards.get(var.index, ())
        ]
        unpacked = [
            f"const double *restrict x{i} = x[{i}];" for i in range(len(self.program.inputs))
        ]
        calls = [
            f"if ((status = part{n}({given}, work, seen)) != -1) return status;"
            for n in range(len(functions))
        ]
        last = [*self.chunks[-1].lines, *self._outputs()]
        return "\n".join(functions) + kernel(
            [*unpacked, *inputs_guarded, "int status = -1;", *calls, *last]
        )

    # ------------------------------------------------------------ what goes where

    def _chunks(self) -> Iterator[Chunk]:
        equations, at = self.program.equations, 0
        for n, loop in enumerate(self.names.loops):
            yield from _split(equations[at : loop.start])
            yield Chunk(equations[loop.start : loop.stop], n)
            at = loop.stop
        yield from _split(equations[at:])
        if at == len(equations):
            yield Chunk(())

    def _place_values(self) -> None:
        """Work space for what is read outside of the function that makes it."""
        for number_, j in sorted(self.names.listed | self.names.last):
            self.lists[number_, j] = self._take(self.names.loops[number_].count)
        last = len(self.chunks) - 1
        for n, chunk in enumerate(self.chunks):
            if chunk.loop is None:
                for arg in (arg for equation in chunk.equations for arg in equation.args):
                    self._share(arg, n)
            else:
                arguments = (
                    argument for row in self.names.loops[chunk.loop].arguments for argument in row
                )
                for argument in arguments:
                    if type(argument) in (Same, Before):
                        self._share(argument[-1], n)
        for out in outputs(self.program):
            self._share(out, last)

    def _share(self, atom: Any, reader: int) -> None:
        made_in = self.made_in.get(atom.index, reader) if type(atom) is Var else reader
        if made_in != reader and self.names.where(atom) is None and atom.index not in self.slots:
            self.slots[atom.index] = self._take(1)

    def _take(self, count: int) -> int:
        self.work += count
        return self.work - count

    # ------------------------------------------------------------ straight lines

    def _straight(self, n: int, chunk: Chunk) -> Iterator[str]:
        for equation in chunk.equations:
            primitive, _, _, output = equation
            if primitive.name == "assemble":
                continue  # written with the outputs
            yield f"const double v{output.index} = {self._expression(equation, n)};"
            if output.index in self.slots:
                yield f"work[{self.slots[output.index]}] = v{output.index};"
            for k in self.guards.get(output.index, ()):
                yield guard(f"v{output.index}", self.program.guards[k].value, str(k))

    def _expression(self, equation: Equation, n: int) -> str:
        primitive, args, params, _ = equation
        if primitive.name == "getitem":
            return f"{self.inputs[args[0].index]}[{params['index'] % args[0].shape[0]}]"
        return template_of(equation).format(*[self._atom(arg, n) for arg in args])

    def _atom(self, arg: Any, reader: int) -> str:
        if type(arg) is not Var:
            return number(arg)
        if arg.index in self.inputs:
            return f"{self.inputs[arg.index]}[0]"
        place = self.names.where(arg)
        if place is not None:
            return f"work[{self.lists[place[0], place[1]] + place[2]}]"
        return (
            f"v{arg.index}"
            if self.made_in[arg.index] == reader
            else f"work[{self.slots[arg.index]}]"
        )

    # ------------------------------------------------------------ loops

    def _loop(self, chunk: Chunk) -> Iterator[str]:
        n, loop = chunk.loop, self.names.loops[chunk.loop or 0]
        reader = self.chunks.index(chunk)
        arguments = [argument for row in loop.arguments for argument in row]
        carried = {
            argument.j: argument.initial for argument in arguments if type(argument) is Before
        }
        for j, initial in carried.items():
            yield f"double u{j} = {self._atom(initial, reader)};"
        tables: list[str] = []
        body = [
            line
            for j in range(loop.length)
            for line in self._loop_lines(n or 0, loop, j, chunk.equations[j], reader, tables)
        ]
        yield from tables
        yield f"for (long k = 0; k < {loop.count}; k++) {{"
        yield from ("    " + line for line in body)
        yield from (f"    u{j} = v{j};" for j in carried)
        yield "}"

    def _loop_lines(
        self, n: int, loop: Loop, j: int, equation: Equation, reader: int, tables: list[str]
    ) -> Iterator[str]:
        if j in loop.entries:
            first, stride = loop.entries[j]
            expression = f"{self.inputs[equation.args[0].index]}[{first} + {stride} * k]"
        else:
            texts = [
                self._loop_argument(argument, reader, tables) for argument in loop.arguments[j]
            ]
            expression = template_of(equation).format(*texts)
        yield f"const double v{j} = {expression};"
        if (n, j) in self.lists:
            yield f"work[{self.lists[n, j]} + k] = v{j};"
        if j in loop.guards:
            first, stride = loop.guards[j]
            yield guard(f"v{j}", self.program.guards[first].value, f"(int)({first} + {stride} * k)")

    def _loop_argument(self, argument: Any, reader: int, tables: list[str]) -> str:
        if type(argument) is Here:
            return f"v{argument.j}"
        if type(argument) is Before:
            return f"u{argument.j}"
        if type(argument) is Stored:
            return f"work[{self.lists[argument.loop, argument.j] + argument.first} + {argument.stride} * k]"
        if type(argument) is Numbers:
            tables.append(
                f"static const double t{len(tables)}[] = "
                f"{{{', '.join(map(number, argument.values))}}};"
            )
            return f"t{len(tables) - 1}[k]"
        return self._atom(argument.atom, reader)

    # ------------------------------------------------------------ results

    def _outputs(self) -> Iterator[str]:
        reader = len(self.chunks) - 1
        for k, out in enumerate(outputs(self.program)):
            if type(out) is Var and out.shape:
                yield from self._vector(k, self.program.makers[out.index], reader)
            elif type(out) is Var:
                yield f"y[{k}][0] = {self._atom(out, reader)};"
            else:
                yield from (
                    f"y[{k}][{i}] = {number(value)};" for i, value in enumerate(np.ravel(out))
                )
        yield from finite_check(len(outputs(self.program)) - 1, np.size(outputs(self.program)[-1]))

    def _vector(self, k: int, equation: Equation, reader: int) -> Iterator[str]:
        """Entries one by one; those that one line of a loop makes, by a loop."""
        _, args, params, output = equation
        entries = dict(zip(params["indices"], args, strict=True))
        if len(entries) < output.shape[0]:
            yield f"memset(y[{k}], 0, {output.shape[0]} * sizeof(double));"
        made_by: defaultdict[Any, list[tuple[int, int]]] = defaultdict(list)
        for index, atom in sorted(entries.items()):
            place = self.names.where(atom)
            if place is None:
                yield f"y[{k}][{index}] = {self._atom(atom, reader)};"
            else:
                made_by[place[:2]].append((index, self.lists[place[:2]] + place[2]))
        for run in (run for pairs in made_by.values() for run in _runs(pairs)):
            (index, slot), (further, further_slot) = run[0], run[1] if len(run) > 1 else run[0]
            to, source = f"{index} + {further - index} * k", f"{slot} + {further_slot - slot} * k"
            yield f"for (long k = 0; k < {len(run)}; k++) y[{k}][{to}] = work[{source}];"


def _runs(pairs: list[tuple[int, int]]) -> Iterator[list[tuple[int, int]]]:
    """Stretches of at least one pair in which both numbers grow evenly."""
    run: list[tuple[int, int]] = []
    for pair in pairs:
        if len(run) > 1 and (pair[0] - run[-1][0], pair[1] - run[-1][1]) != (
            run[1][0] - run[0][0],
            run[1][1] - run[0][1],
        ):
            yield run
            run = []
        run.append(pair)
    yield run


def covers(program: Program) -> bool:
    """Whether the program computes on numbers only: entries of vectors in, numbers and a vector put
    together from them out.
    """
    results = {out.index for out in outputs(program) if type(out) is Var and out.shape}
    if any(np.size(out) > LARGEST_WRITTEN for out in outputs(program) if type(out) is not Var):
        return False
    if any(var.dtype != float or len(var.shape) > 1 for var in program.inputs) or results & {
        var.index for var in program.inputs
    }:
        return False
    return all([_is_scalar_equation(equation, results) for equation in program.equations])


def _is_scalar_equation(equation: Equation, results: set[int]) -> bool:
    primitive, args, params, output = equation
    if type(output) is tuple:
        return False
    if primitive.name == "getitem":
        return type(params["index"]) is int and type(args[0]) is Var and len(args[0].shape) == 1
    if primitive.name == "assemble":
        plain = all([type(index) is int and index >= 0 for index in params["indices"]])
        return (
            output.index in results
            and len(output.shape) == 1
            and plain
            and not any([getattr(arg, "shape", ()) for arg in args])
        )
    return not output.shape and not any([getattr(arg, "shape", ()) for arg in args])


def template_of(equation: Equation) -> str:
    """The C expression of an elementwise primitive. Raises Unsupported for one that has none."""
    primitive, args, params, output = equation
    row = spelling(primitive.name)
    template = row.c
    dtypes = [output.dtype.char, *(arg.dtype.char for arg in args if hasattr(arg, "dtype"))]
    if primitive.name == "astype" and output.dtype == float:
        template, params = "{}", {}
    if not template or params or not set(dtypes) <= set("d?l"):
        raise Unsupported(
            f"{primitive.name} {''.join(dtypes)} is not written in C; NumPy computes it"
        )
    if row.operands == ("numbers" if output.dtype == bool else "truths"):
        raise Unsupported(
            f"{primitive.name} on {output.dtype} is not written in C; NumPy computes it"
        )
    return template


def guard(text: str, value: Any, k: str) -> str:
    """Leave the function where a value differs from the recorded one. Raises Unsupported for a
    guard on an array.
    """
    if isinstance(value, bool):
        return f"if (({text} != 0) != {int(value)}) {{ *seen = {text}; return {k}; }}"
    if type(value) is int:
        return f"if ({text} != {value}.0) {{ *seen = {text}; return {k}; }}"
    raise Unsupported(f"a guard on {value!r} is not written in C; NumPy computes it")


def finite_check(k: int, size: int) -> list[str]:
    """A derivative with an infinity or a NaN in it is left to Python."""
    return [
        "int bad = 0;",
        f"for (long i = 0; i < {size}; i++) bad |= y[{k}][i] - y[{k}][i] != 0;",
        "return bad ? -2 : -1;",
    ]


def kernel(lines: list[str]) -> str:
    """The one function that is seen from outside."""
    return f"int kernel({PARAMETERS}) {{\n    " + "\n    ".join(lines) + "\n}\n"


def outputs(program: Program) -> tuple[Any, ...]:
    return program.output if type(program.output) is tuple else (program.output,)


def _split(equations: tuple[Equation, ...]) -> Iterator[Chunk]:
    for at in range(0, len(equations), CHUNK):
        yield Chunk(equations[at : at + CHUNK])
