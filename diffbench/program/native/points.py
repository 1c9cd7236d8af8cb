"""Many points in one call: the native code of a program at one point, in a loop over points.

    short straight lines of numbers      the lines themselves in a loop that is vectorised across points
    anything else                        the kernel of one point, called for each

The first argument (and the direction) of the program has a leading axis of points, other arguments
are the same for all. Where a guard fails or the derivative is not finite the point is flagged; the
kernel goes on with the others. Flags and their sum are doubles, as all else in the loop: with other
types, or with branches, it would not be vectorised. A flag is 0, or more, or NaN.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from diffbench.errors import Unsupported
from diffbench.ir import Equation, Program, Var
from diffbench.program.native import build, scipy_functions
from diffbench.program.native.answer import (
    APART,
    LOOPS,
    OPTIMISED,
    require_numbers,
)
from diffbench.program.native.array_programs import ArrayWriter
from diffbench.program.native.c_functions import PRELUDE, number, vector_prelude
from diffbench.program.native.kernels.matrix_products import TYPES
from diffbench.program.native.scalar_programs import (
    PARAMETERS,
    Chunk,
    ScalarWriter,
    covers,
    outputs,
)

LONGEST = 250  # equations that are written into a loop across points
# In the place of a function of which only its being finite matters: 0 where it is, NaN or inf elsewhere.
# The true values are below 1000, which the sum of anything that overflows would not feel.
AS_FINITE = {
    "sin": "0.0 * {0}",
    "cos": "0.0 * {0}",
}
STRIDED = "#pragma omp simd reduction(+:any)"


class PointsKernel:
    """The code of one program for any number of points."""

    def __init__(self, program: Program, along: tuple[bool, ...]) -> None:
        """along: which of the inputs have an axis of points."""
        require_numbers(program)
        self.along, self.inputs = along, [var.shape for var in program.inputs]
        self.shapes = [out.shape if type(out) is Var else np.shape(out) for out in outputs(program)]
        writer, source, options = _written(program, along)
        of_scipy = scipy_functions.called_in(source)
        declared = scipy_functions.declarations(of_scipy)
        self.loaded = build.load(
            build.extension(source.replace(PRELUDE, PRELUDE + declared, 1), *options)
        )
        scipy_functions.link(self.loaded, of_scipy)
        self.constants, self.work = tuple(writer.constants), writer.work
        self.blas = build.blas() if isinstance(writer, ArrayWriter) else (0, 0)

    def answer(self, count: int, otherwise: Callable[..., Any], insists: bool = False) -> Any:
        """answer(*xs) for so many points, and the array in which it flags those that it could not
        answer. otherwise(*xs) answers where there are any, unless it insists on the others.
        """
        flags = np.zeros(max(count, 1))
        control = np.array([float(count), float(insists)])
        points = [(count,) if along else () for along in self.along]
        given = tuple([(*p, *shape) for p, shape in zip(points, self.inputs, strict=True)])
        results = tuple([(count, *shape) for shape in self.shapes])
        made = build.answer_type()(
            build.address_of(self.loaded, "points"),
            *(given, results, (*self.constants, control, flags), self.work, self.blas),
            *(otherwise, otherwise, "native", self.loaded, 1),
        )
        return made, flags


def _written(program: Program, along: tuple[bool, ...]) -> tuple[Any, str, tuple[str, ...]]:
    if covers(program) and len(program.equations) <= LONGEST:
        of_points = PointsWriter(program, along)
        return of_points, PRELUDE + vector_prelude() + of_points.write(), LOOPS
    if covers(program):
        of_numbers = ScalarWriter(program)
        text = of_numbers.write() + _one_by_one(program, along, 0)
        return of_numbers, PRELUDE + text, (*OPTIMISED, *APART)
    of_arrays = ArrayWriter(program, 1)
    text = of_arrays.write() + _one_by_one(program, along, len(of_arrays.constants))
    return of_arrays, PRELUDE + vector_prelude() + TYPES + text, LOOPS


def _one_by_one(program: Program, along: tuple[bool, ...], constants: int) -> str:
    """The kernel of one point, called for each."""
    steps = [var.size if one else 0 for var, one in zip(program.inputs, along, strict=True)]
    xs = ", ".join(f"x[{i}] + p * {step}" for i, step in enumerate(steps))
    sizes = [int(np.size(out)) if type(out) is not Var else out.size for out in outputs(program)]
    ys = ", ".join(f"y[{k}] + p * {size}" for k, size in enumerate(sizes))
    body = f"""
        const double *const at[] = {{{xs}}};
        double *const to[] = {{{ys}}};
        flags[p] = kernel(constants, at, to, work, blas, seen) + 1;
        any += flags[p];"""
    return _loop(body, constants, "")


def _loop(body: str, constants: int, pragma: str, before: str = "") -> str:
    return f"""
int points({PARAMETERS}) {{
    const long count = (long)constants[{constants}][0];
    double *restrict flags = (double *)constants[{constants + 1}];
    {before}
    double any = 0;
    {pragma}
    for (long p = 0; p < count; p++) {{{body}
    }}
    return any != 0 && constants[{constants}][1] == 0 ? -2 : -1;
}}
"""


def only_finite(program: Program) -> set[int]:
    """The variables that are terms of a sum, and the sum is looked at for being finite and for
    nothing else.
    """
    found: set[int] = set()
    waiting = [
        e.args[0]
        for e in program.equations
        if e.primitive.name == "isfinite" and not program.uses[e.output.index]
    ]
    kept = {guard.var.index for guard in program.guards}
    kept |= {out.index for out in outputs(program) if type(out) is Var}
    while waiting:
        var = waiting.pop()
        if type(var) is not Var or program.uses[var.index] != 1 or var.index in kept:
            continue
        found.add(var.index)
        maker = program.makers.get(var.index)
        if maker is not None and maker.primitive.name in ("add", "subtract", "negative"):
            waiting += maker.args
    return found


class PointsWriter(ScalarWriter):
    """Straight lines of numbers, in a loop across points; nothing leaves the loop early."""

    def __init__(self, program: Program, along: tuple[bool, ...]) -> None:
        super().__init__(program)
        self.along = along
        self.only_finite = only_finite(program)
        if self.names.loops or len(self.chunks) > 1:
            raise Unsupported("the program is too long for a loop across points")

    def write(self) -> str:
        """The loop across points."""
        [chunk] = self.chunks
        pointers = [
            f"const double *restrict x{i} = from{i}{f' + p * {var.size}' if one else ''};"
            for i, (var, one) in enumerate(zip(self.program.inputs, self.along, strict=True))
        ]
        on_inputs = [
            self._guard_line(f"x{i}[0]", k)
            for i, var in enumerate(self.program.inputs)
            for k in self.guards.get(var.index, ())
        ]
        lines = [*pointers, "double bad = 0;", *on_inputs, *self._lines(chunk), *self._results()]
        lines += ["flags[p] = bad;", "any += bad;"]
        results = range(len(outputs(self.program)))
        before = " ".join(
            f"const double *restrict from{i} = x[{i}];" for i in range(len(self.along))
        )
        before += " ".join(f"double *restrict to{k} = y[{k}];" for k in results)
        return _loop("".join(f"\n        {line}" for line in lines), 0, STRIDED, before)

    def _lines(self, chunk: Chunk) -> Iterator[str]:
        for equation in chunk.equations:
            if equation.primitive.name == "assemble":
                continue
            output = equation.output
            yield f"const double v{output.index} = {self._text(equation)};"
            for k in self.guards.get(output.index, ()):
                yield self._guard_line(f"v{output.index}", k)

    def _text(self, equation: Equation) -> str:
        form = AS_FINITE.get(equation.primitive.name)
        if form is not None and equation.output.index in self.only_finite:
            return form.format(self._atom(equation.args[0], 0))
        if equation.primitive.name != "isfinite" or self.program.uses[equation.output.index]:
            return self._expression(equation, 0)
        [arg] = [self._atom(arg, 0) for arg in equation.args]
        return f"1.0 + ({arg} - {arg})"  # 1 or NaN, for a guard: the macro has branches

    def _guard_line(self, text: str, k: int) -> str:
        var, value, _ = self.program.guards[k]
        if isinstance(value, (bool, np.bool_)) and var.dtype == bool:  # 0 or 1, without a branch
            return f"bad += 1.0 - {text};" if value else f"bad += {text};"
        if isinstance(value, (bool, np.bool_)):
            return f"bad += ({text} != 0) == {int(value)} ? 0.0 : 1.0;"
        if type(value) is int:
            return f"bad += {text} == {value}.0 ? 0.0 : 1.0;"
        raise Unsupported(f"a guard on {value!r} is not written in C; NumPy computes it")

    def _results(self) -> Iterator[str]:
        last = len(outputs(self.program)) - 1
        for k, out in enumerate(outputs(self.program)):
            for i, text in enumerate(self._entries(out)):
                yield f"const double y{k}_{i} = {text};"
                yield f"to{k}[p * {np.size(out) if type(out) is not Var else out.size} + {i}] = y{k}_{i};"
                if k == last:
                    yield f"bad += y{k}_{i} - y{k}_{i};"

    def _entries(self, out: Any) -> list[str]:
        if type(out) is not Var:
            return [number(value) for value in np.ravel(out)]
        if not out.shape:
            return [self._atom(out, 0)]
        maker: Equation = self.program.makers[out.index]
        made = dict(zip(maker.params["indices"], maker.args, strict=True))
        return [self._atom(made[i], 0) if i in made else "0.0" for i in range(out.shape[0])]
