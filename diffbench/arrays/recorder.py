"""Recording: every primitive becomes an equation of a straight-line program, every decision on a value a guard."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from diffbench.arrays.levels import Level, user_line
from diffbench.arrays.traced import Traced, core
from diffbench.rules.table import Primitive


@dataclass(frozen=True, eq=False, slots=True)
class Var:
    """A variable of a program: v0 is the first."""

    index: int
    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    def __repr__(self) -> str:
        return f"v{self.index}"


@dataclass(frozen=True, eq=False, slots=True)
class Equation:
    """output = primitive(*args, **params); args are variables or constants, output a variable or a tuple of them."""

    primitive: Primitive
    args: tuple[Any, ...]
    params: dict[str, Any]
    output: Any


@dataclass(frozen=True, eq=False, slots=True)
class Guard:
    """The recording relied on `var` having this value: the program holds only where it has."""

    var: Var
    value: Any
    line: str


class Recorder(Level):
    """One recording. link: the variable that stands for the value."""

    __slots__ = ("count", "equations", "guards")

    def __init__(self) -> None:
        self.equations: list[Equation] = []
        self.guards: list[Guard] = []
        self.count = 0

    def input(self, x: Any) -> Traced:
        """An argument of the program."""
        return Traced(x, self, self._var(x))

    def constant(self, value: Any) -> Traced:
        from diffbench.rules.table import primitives

        return self.note(primitives[np.positive], (value,), [value], {}, value)  # type: ignore[no-any-return]

    def note(self, primitive: Primitive, xs: tuple[Any, ...], primals: list[Any], params: dict[str, Any], y: Any) -> Any:
        args = tuple(x.link if type(x) is Traced and x.level is self else self.keep(x) for x in xs)
        output = tuple(map(self._var, y)) if isinstance(y, tuple) else self._var(y)
        self.equations.append(Equation(primitive, args, params, output))
        if isinstance(y, tuple):
            return tuple(Traced(part, self, var) for part, var in zip(y, output, strict=True))
        return Traced(y, self, output)

    def concrete(self, x: Traced, convert: Any) -> Any:
        value = convert(x.primal)
        self.guards.append(Guard(x.link, value, user_line()))
        return value

    def is_step(self, x: Traced) -> bool:
        return any(equation.output is x.link and equation.primitive.steps for equation in reversed(self.equations))

    def _var(self, value: Any) -> Var:
        value = core(value)
        self.count += 1
        return Var(self.count - 1, np.shape(value), np.result_type(value))
