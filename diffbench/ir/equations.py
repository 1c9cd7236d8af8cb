"""Equations: a primitive applied to arguments, and what a recording relied on."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from diffbench.ir.avals import Var

Rule = Callable[..., Any]
Partial = Rule | float


@dataclass(frozen=True, eq=False, slots=True)
class Primitive:
    """A function that is applied as a whole: one row of the rule table.

    evaluate(*xs, **params) is the NumPy call. jvp(x_dots, y, xs, params) -> y_dot, with None for an
    argument that does not vary; vjp(i, y_bar, y, xs, params) -> the cotangent of argument i, of its
    shape; vjps(positions, y_bar, y, xs, params) -> those of several arguments, one after another.
    """

    name: str
    evaluate: Rule
    arity: int | None  # how many leading arguments are arrays; None: all of them
    names: tuple[str, ...]  # the names of the parameters, arrays first
    jvp: Rule | None = None
    vjp: Rule | None = None
    vjps: Rule | None = None  # where the cotangents of many arguments are parts of one
    partials: tuple[Partial, ...] = ()  # elementwise rows only
    steps: bool = False  # piecewise constant: its value may steer control flow
    view: bool = False  # NumPy may return a view, so that writes go through
    kind: str = "general"
    complex_by_value: bool = False  # complex where its values ask for it: whether it is, is a guard
    smooth: bool = False  # elementwise and no step: on floats its partial derivatives say all
    affine: bool = (
        False  # its derivative is the same everywhere: of its operands only the shapes are needed
    )

    def __repr__(self) -> str:
        return f"<primitive {self.name}>"

    @property
    def may_raise(self) -> bool:
        """Whether NumPy raises at some values, as at a matrix that is singular or not definite."""
        return self.kind == "general" and not self.view

    @property
    def reads_result(self) -> bool:
        """Whether the pull-back may need the value y."""
        return not self.affine and self.kind != "multilinear"

    @property
    def differentiable(self) -> bool:
        """Whether results carry derivatives on."""
        return self.jvp is not None or self.vjp is not None


class Equation(NamedTuple):
    """output = primitive(*args, **params); args are variables or constants, output a variable or a
    tuple of them.
    """

    primitive: Primitive
    args: tuple[Any, ...]
    params: dict[str, Any]
    output: Any

    @property
    def outputs(self) -> tuple[Var, ...]:
        """What it makes, one variable or several."""
        return self.output if type(self.output) is tuple else (self.output,)


# made(Equation, (...)) is Equation(...) in half the time, where there are many
made = tuple.__new__


class Guard(NamedTuple):
    """The recording relied on `var` having this value: the program holds only where it has."""

    var: Var
    value: Any
    line: str


# the line of a guard on an input: whoever recorded solved with plain numbers, and must solve anew
# wherever the input is another
AT_ONE_POINT = "a solver"


def freeze(params: Any) -> Any:
    """Parameters as something hashable."""
    kind = type(params)
    if kind is dict:
        return tuple([(name, freeze(value)) for name, value in params.items()]) if params else ()
    if kind is slice:
        return (slice, freeze(params.start), freeze(params.stop), freeze(params.step))
    if kind in (tuple, list):
        return (kind, *map(freeze, params))
    if kind is np.ndarray:
        return (params.shape, params.dtype.str, params.tobytes())
    # x[True] is not x[1]
    return (kind, params) if kind in (bool, float, np.bool) else params
