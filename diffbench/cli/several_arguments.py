"""A function of several arguments as a function of one array: the arguments one after another, each
in its own shape. A function of one argument stays as it is.
"""

import inspect
from dataclasses import dataclass
from typing import Any

import numpy as np

from diffbench.cli.point import Point, all_of
from diffbench.formula import Formula
from diffbench.interface import Function

POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


@dataclass(frozen=True)
class Packed:
    """function(*arguments, **keywords), called with the array of all that are named."""

    function: Function
    names: tuple[str, ...]
    shapes: tuple[tuple[int, ...], ...]

    def __call__(self, x: Any, **xp: Any) -> Any:
        """The value at x, the arguments one after another in one array."""
        parts, start = {}, 0
        for name, shape in zip(self.names, self.shapes, strict=True):
            size = int(np.prod(shape))
            part = x[start : start + size]
            parts[name] = part.reshape(shape) if shape else x[start]
            start += size
        return self.function(**parts, **xp)

    @property
    def __name__(self) -> str:
        return str(getattr(self.function, "__name__", type(self.function).__name__))


def arguments_of(function: Function) -> tuple[str, ...] | None:
    """The names that a point may use: a formula's variables, a function's parameters; None where
    they can't be told.
    """
    if isinstance(function, Formula):
        return function.names
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return None
    return tuple(p.name for p in parameters if p.kind in POSITIONAL and p.name != "xp")


def required(function: Function) -> tuple[str, ...]:
    """The parameters that have no default."""
    parameters = inspect.signature(function).parameters.values()
    return tuple(p.name for p in parameters if p.kind in POSITIONAL and p.default is p.empty)


def packed(function: Function, point: Point) -> Function:
    """The function of one array that the point belongs to."""
    if isinstance(function, Formula):
        return of_formula(function, point)
    names, shapes = point.names, point.shapes
    if not names:
        names, shapes = _in_order(function, point)
    if not names or names == (arguments_of(function) or ())[:1]:
        return function
    all_of(required(function), names)
    return Packed(function, names, shapes)


def of_formula(formula: Formula, point: Point) -> Formula:
    """The formula with its names standing for arrays where the point says so."""
    if point.names:
        all_of(formula.names, point.names)
        return formula.of_shapes(point.shapes)
    if len(formula.names) == 1 and point.values.shape not in ((), (1,)):
        return formula.of_shapes((point.values.shape,))
    return formula


def _in_order(function: Function, point: Point) -> tuple[tuple[str, ...], Any]:
    """One number an argument, where the function takes more than one and that many were given."""
    try:
        needed = required(function)
    except (TypeError, ValueError):
        return (), ()
    if len(needed) < 2 or point.values.shape != (len(needed),):
        return (), ()
    return needed, ((),) * len(needed)
