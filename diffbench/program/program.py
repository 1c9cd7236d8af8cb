"""The staged form of a function at a point: its Wengert list.

    v1 = log(v0[0])            straight-line applications of primitives, in order;
    v2 = v0[0] * v0[1]         a guard for every branch that was taken, so that it is known where the list holds
    ...

A Program can be read (trace_table, str, to_dot), counted (operations), evaluated again in another
arithmetic, differentiated into another Program and compiled.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from diffbench.arrays.capture.interception.escalation import as_written
from diffbench.arrays.capture.returned import result
from diffbench.arrays.recorder import Equation, Guard, Recorder, Var
from diffbench.arrays.traced import Traced
from diffbench.interface import Function
from diffbench.program.read.counts import count_operations
from diffbench.program.read.printing import to_dot, to_html, to_latex, to_python

Arithmetic = Mapping[str, Callable[..., Any]]


@dataclass(frozen=True, eq=False)
class Program:
    """inputs -> equations -> output. `point` is where it was recorded, and the guards say where
    else it holds.
    """

    name: str
    inputs: tuple[Var, ...]
    equations: tuple[Equation, ...]
    output: Any  # a Var, a constant (a NumPy array or scalar), or a tuple of them
    guards: tuple[Guard, ...]
    point: tuple[Any, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "output", _with_dtype(self.output))

    def __call__(self, *xs: Any) -> Any:
        """The function's value at another point, by NumPy; guards are not looked at (`holds_at`
        does).
        """
        return self.evaluate(*xs)

    def evaluate(self, *xs: Any, arithmetic: Arithmetic | None = None) -> Any:
        """The output at xs. An arithmetic gives elementwise primitives by name, over object arrays
        of its numbers.
        """
        return self._read(self._run(xs, arithmetic), self.output)

    def holds_at(self, *xs: Any) -> bool:
        """Whether every branch is taken at xs as it was when recorded, and nothing is raised."""
        try:
            values = self.values(*xs)
        except (ArithmeticError, ValueError):  # LinAlgError is one
            return False
        return all(np.array_equal(values[guard.var.index], guard.value) for guard in self.guards)

    def operations(self) -> Counter[str]:
        """How often + - * / and each elementary function is applied to a number, by name;
        `.total()` adds them up.
        """
        return count_operations(self.equations)

    def trace_table(self, mode: str = "reverse", seed: Any = None) -> Any:
        """The textbook's table of values and tangents ("forward") or adjoints ("reverse") at the
        point of recording.
        """
        from diffbench.program.read.trace_table import trace_table

        return trace_table(self, mode, seed)  # type: ignore[arg-type]

    def to_sympy(self, symbols: Any = None) -> Any:
        """The output as SymPy expressions in `symbols`, by default x1, x2, ..."""
        from diffbench.symbolic.to_sympy import to_sympy

        return to_sympy(self, symbols)

    def to_dot(self) -> str:
        """The computational graph in Graphviz' language."""
        return to_dot(self)

    def to_latex(self) -> str:
        """The equations as a LaTeX align* environment."""
        return to_latex(self)

    def __str__(self) -> str:
        return to_python(self)

    def _repr_html_(self) -> str:
        return to_html(self)

    @property
    def count(self) -> int:
        """One more than the highest index of its variables."""
        outputs = [output for _, _, _, output in self.equations]
        variables = [
            var
            for output in (*self.inputs, *outputs)
            for var in (output if type(output) is tuple else (output,))
        ]
        return 1 + max([int(var.index) for var in variables])

    def values(self, *xs: Any) -> dict[int, Any]:
        """The value of every variable at xs, by its index."""
        with np.errstate(all="ignore"):
            return self._run(xs, None)

    def _run(self, xs: tuple[Any, ...], arithmetic: Arithmetic | None) -> dict[int, Any]:
        values = {var.index: x for var, x in zip(self.inputs, xs, strict=True)}
        for equation in self.equations:
            apply = equation.primitive.evaluate
            if arithmetic is not None and equation.primitive.name in arithmetic:
                apply = arithmetic[equation.primitive.name]
            made = apply(*(self._read(values, arg) for arg in equation.args), **equation.params)
            outputs = equation.output if isinstance(equation.output, tuple) else (equation.output,)
            for var, value in zip(
                outputs, made if isinstance(equation.output, tuple) else (made,), strict=True
            ):
                values[var.index] = value
        return values

    def _read(self, values: dict[int, Any], arg: Any) -> Any:
        if type(arg) is tuple:
            return tuple(self._read(values, part) for part in arg)
        return values[arg.index] if type(arg) is Var else arg


@as_written
def record(f: Function, *xs: Any) -> Program:
    """The Program of f at xs (any number of arrays). Loops are unrolled, branches guarded,
    constants captured as they are.
    """
    with Recorder() as recorder:
        points = tuple(x if type(x) is Traced else np.array(x)[()] for x in xs)
        variables = [recorder.input(x) for x in points]
        # f may write to its argument, which then stands for another value
        inputs = tuple(variable.link for variable in variables)
        returned = f(*variables)
        parts = (
            tuple(result(y, recorder) for y in returned)
            if type(returned) is tuple
            else result(returned, recorder)
        )
        return finish(
            recorder, getattr(f, "__name__", "f").replace("<lambda>", "f"), inputs, parts, points
        )


def finish(
    recorder: Recorder, name: str, inputs: tuple[Var, ...], output: Any, point: tuple[Any, ...]
) -> Program:
    """What was recorded between `inputs` and `output`, as a program."""
    return Program(
        name,
        inputs,
        tuple(recorder.equations),
        _atom(output, recorder),
        tuple(recorder.guards),
        point,
    )


def _with_dtype(output: Any) -> Any:
    """An output whose plain floats are NumPy's, which have a shape and a dtype as variables do."""
    if type(output) is tuple:
        return tuple([_with_dtype(part) for part in output])
    return np.float64(output) if type(output) in (float, int) else output


def _atom(y: Any, recorder: Recorder) -> Any:
    if type(y) is tuple:
        return tuple(_atom(part, recorder) for part in y)
    return y.link if type(y) is Traced and y.level is recorder else y


__all__ = ["Arithmetic", "Equation", "Guard", "Program", "Var", "finish", "record"]
