"""Recording: every primitive becomes an equation of a straight-line program, every decision on a
value a guard.
"""

import sys
from math import prod
from typing import Any, NamedTuple

import numpy as np

from diffbench.arrays.decisions import raises, succeeds
from diffbench.arrays.levels import (
    Level,
    catches,
    errors_are_set,
    errors_that_raise,
    user_line,
)
from diffbench.arrays.traced import Traced, core, trace
from diffbench.rules.table import Primitive


class Aval:
    """What is known of a value without computing it. There is one object for each shape and dtype,
    so that `is` compares them.
    """

    __slots__ = ("dtype", "shape")

    def __init__(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
        self.shape = shape
        self.dtype = dtype

    def __repr__(self) -> str:
        return f"{self.dtype}{list(self.shape)}"


_avals: dict[tuple[tuple[int, ...], Any], Aval] = {}


def aval(shape: tuple[int, ...], dtype: Any) -> Aval:
    """The one Aval of a shape and a dtype."""
    known = _avals.get((shape, dtype))
    return known or _avals.setdefault((shape, dtype), Aval(shape, dtype))


SCALAR = aval((), np.dtype(float))
TRUTH = aval((), np.dtype(bool))


def aval_of(value: Any) -> Aval:
    """The Aval of an array, a number or a traced value."""
    if type(value) is np.float64:
        return SCALAR
    value = core(value)
    return aval(np.shape(value), np.result_type(value))


class Var:
    """A variable of a program: v0 is the first. Equal only to itself."""

    __slots__ = ("aval", "index")

    def __init__(self, index: int, aval: Aval) -> None:
        self.index = index
        self.aval = aval

    @property
    def shape(self) -> tuple[int, ...]:
        return self.aval.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.aval.dtype

    @property
    def ndim(self) -> int:
        return len(self.aval.shape)

    @property
    def size(self) -> int:
        return prod(self.aval.shape)

    def __repr__(self) -> str:
        return f"v{self.index}"


class Equation(NamedTuple):
    """output = primitive(*args, **params); args are variables or constants, output a variable or a
    tuple of them.
    """

    primitive: Primitive
    args: tuple[Any, ...]
    params: dict[str, Any]
    output: Any


# made(Equation, (...)) is Equation(...) in half the time, where there are many
made = tuple.__new__


class Guard(NamedTuple):
    """The recording relied on `var` having this value: the program holds only where it has."""

    var: Var
    value: Any
    line: str


class Recorder(Level):
    """One recording. link: the variable that stands for the value."""

    __slots__ = ("asked_by", "count", "equations", "guards")
    records = True

    def __init__(self) -> None:
        self.asked_by = id(sys._getframe(1))  # the frame that is there while f runs
        self.equations: list[Equation] = []
        self.guards: list[Guard] = []
        self.count = 0

    def input(self, x: Any) -> Traced:
        """An argument of the program."""
        return trace(x, self, self._var(x))

    def constant(self, value: Any) -> Traced:
        from diffbench.rules.table import primitives

        return self.note(primitives[np.copy], (value,), [value], {}, value)  # type: ignore[no-any-return]

    def note(
        self,
        primitive: Primitive,
        xs: tuple[Any, ...],
        primals: list[Any],
        params: dict[str, Any],
        y: Any,
    ) -> Any:
        args = self._atoms(xs)
        if isinstance(y, tuple):
            outputs = tuple(map(self._var, y))
            self.equations.append(Equation(primitive, args, params, outputs))
            traced: Any = tuple(
                trace(part, self, var) for part, var in zip(y, outputs, strict=True)
            )
        else:
            output = Var(self.count, SCALAR if type(y) is np.float64 else aval_of(y))
            self.count += 1
            self.equations.append(made(Equation, (primitive, args, params, output)))
            traced = trace(y, self, output)
        if primitive.may_raise or errors_are_set():
            self._came_through(primitive, xs, params, traced)
        return traced

    def _atoms(self, xs: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(
            [
                x.link
                if type(x) is Traced and x.level is self
                else x
                if type(x) is float
                else self.keep(x)
                for x in xs
            ]
        )

    def _came_through(
        self, primitive: Primitive, xs: tuple[Any, ...], params: dict[str, Any], y: Any
    ) -> None:
        """Guard that nothing was raised, where f could have caught it."""
        if primitive.may_raise and catches(self.asked_by):
            self.decided(succeeds, y if type(y) is tuple else (y,), {}, True)
        errors = errors_that_raise()
        if errors:
            self.decided(raises(primitive, FloatingPointError, errors), xs, params, False)

    def raised(
        self, primitive: Primitive, xs: tuple[Any, ...], params: dict[str, Any], error: Exception
    ) -> None:
        kind: Any = type(error)
        self.decided(raises(primitive, kind, errors_that_raise()), xs, params, True)

    def decided(
        self, primitive: Primitive, xs: tuple[Any, ...], params: dict[str, Any], answer: bool
    ) -> None:
        var = self._var(np.bool_(answer))
        self.equations.append(Equation(primitive, self._atoms(xs), params, var))
        self.guards.append(Guard(var, answer, user_line()))

    def concrete(self, x: Traced, convert: Any) -> Any:
        value = convert(x.primal)
        self.guards.append(Guard(x.link, value, user_line()))
        return value

    def is_step(self, x: Traced) -> bool:
        return any(
            equation.output is x.link and equation.primitive.steps
            for equation in reversed(self.equations)
        )

    def _var(self, value: Any) -> Var:
        self.count += 1
        return Var(self.count - 1, aval_of(value))
