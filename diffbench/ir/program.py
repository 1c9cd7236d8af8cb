"""The staged form of a function at a point: its Wengert list.

v1 = log(v0[0])            straight-line applications of primitives, in order;
v2 = v0[0] * v0[1]         a guard for every branch that was taken, so that it is known where the list holds
...
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from diffbench.ir.avals import Var
from diffbench.ir.equations import AT_ONE_POINT, Equation, Guard

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

    # ------------------------------------------------------------ evaluated

    def __call__(self, *xs: Any) -> Any:
        """The function's value at another point, by NumPy; guards are not looked at (`holds_at`
        does).
        """
        return self.evaluate(*xs)

    def evaluate(self, *xs: Any, arithmetic: Arithmetic | None = None) -> Any:
        """The output at xs. An arithmetic gives elementwise primitives by name, over object arrays
        of its numbers.
        """
        return _read(self._run(xs, arithmetic), self.output)

    @property
    def is_of_one_point(self) -> bool:
        """Whether it holds where it was recorded and nowhere else, as where a solver ran."""
        return any(guard.line == AT_ONE_POINT for guard in self.guards)

    def holds_at(self, *xs: Any) -> bool:
        """Whether every branch is taken at xs as it was when recorded, and nothing is raised."""
        try:
            values = self.values(*xs)
        except (ArithmeticError, ValueError):  # LinAlgError is one
            return False
        return all(np.array_equal(values[guard.var.index], guard.value) for guard in self.guards)

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
            found = apply(*(_read(values, arg) for arg in equation.args), **equation.params)
            parts = found if type(equation.output) is tuple else (found,)
            for var, value in zip(equation.outputs, parts, strict=True):
                values[var.index] = value
        return values

    # ------------------------------------------------------------ looked at

    @property
    def outputs(self) -> tuple[Any, ...]:
        """What it returns, one thing or several."""
        return self.output if type(self.output) is tuple else (self.output,)

    @property
    def count(self) -> int:
        """One more than the highest index of its variables."""
        outputs = [*self.inputs, *[output for _, _, _, output in self.equations]]
        return 1 + max(
            [
                int(var.index)
                for output in outputs
                for var in (output if type(output) is tuple else (output,))
            ]
        )

    @cached_property
    def uses(self) -> Counter[int]:
        """How often each variable is an argument, by its index."""
        return Counter([arg.index for e in self.equations for arg in e.args if type(arg) is Var])

    @cached_property
    def readers(self) -> dict[int, list[Equation]]:
        """The equations that read each variable, by its index."""
        found: dict[int, list[Equation]] = {}
        for equation in self.equations:
            for arg in equation.args:
                if type(arg) is Var:
                    found.setdefault(arg.index, []).append(equation)
        return found

    @cached_property
    def makers(self) -> dict[int, Equation]:
        """The equation that makes each variable but the inputs, by its index."""
        return {
            var.index: equation
            for equation in self.equations
            for var in (equation.output if type(equation.output) is tuple else (equation.output,))
        }

    @cached_property
    def read_outside(self) -> frozenset[int]:
        """Indices of the variables that are returned or guarded: whoever reads them is not among
        the equations.
        """
        guarded = [guard.var for guard in self.guards]
        return frozenset([v.index for v in (*self.outputs, *guarded) if type(v) is Var])


def _read(values: dict[int, Any], arg: Any) -> Any:
    if type(arg) is tuple:
        return tuple(_read(values, part) for part in arg)
    return values[arg.index] if type(arg) is Var else arg


def _with_dtype(output: Any) -> Any:
    """An output whose plain floats are NumPy's, which have a shape and a dtype as variables do."""
    if type(output) is tuple:
        return tuple([_with_dtype(part) for part in output])
    return np.float64(output) if type(output) in (float, int) else output
