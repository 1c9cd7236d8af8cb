"""The operators of traced arrays: + - * / ** and their kin are the ufuncs of NumPy.

They are all that scalar code consists of. So a smooth one on two values of the same level, or on a
value and a Python number, takes a
short way: its partial derivatives are found at once, and all that its level is told.
"""

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy import float64

from diffbench.arrays.capture.application import NO_PARAMETERS, apply
from diffbench.arrays.capture.dispatch import call
from diffbench.arrays.levels import HELD
from diffbench.arrays.traced import Traced, alike, core
from diffbench.arrays.writing.writes import write
from diffbench.ir import Primitive
from diffbench.rules.special.branch_cuts import off_the_cut
from diffbench.rules.table import primitives

BINARY = {
    "add": np.add, "sub": np.subtract, "mul": np.multiply, "truediv": np.divide, "floordiv": np.floor_divide, "mod": np.remainder,
    "pow": np.power, "matmul": np.matmul, "and": np.bitwise_and, "or": np.bitwise_or, "xor": np.bitwise_xor,
}  # fmt: skip
COMPARISONS = {
    "lt": np.less,
    "le": np.less_equal,
    "gt": np.greater,
    "ge": np.greater_equal,
    "eq": np.equal,
    "ne": np.not_equal,
}
UNARY = {"neg": np.negative, "pos": np.positive, "abs": np.abs, "invert": np.invert}
Operator = Callable[[Any, Any], Any]


def smooth(primitive: Primitive, evaluate: Operator) -> tuple[Operator, Operator]:
    """x1 * x2, and the same with an x1 that is not traced. `evaluate` is Python's operator, on
    numbers ten times as fast as the ufunc.
    """
    by_x1: Any
    by_x2: Any
    by_x1, by_x2 = primitive.partials
    varies1, varies2 = callable(by_x1), callable(by_x2)

    def operate(self: Any, other: Any) -> Any:
        level, kind = self.level, type(other)
        try:
            if kind is Traced and other.level is level and level.takes_partials:
                x1, x2 = self.primal, other.primal
                y = evaluate(x1, x2)
                if type(y) is float64 or (alike(x1, y) and alike(x2, y)):
                    d1 = by_x1(y, x1, x2) if varies1 else by_x1
                    return level.enter(
                        y, (self.link, d1, other.link, by_x2(y, x1, x2) if varies2 else by_x2)
                    )
            elif (kind is float or kind is int) and level.takes_partials:
                x1 = self.primal
                y = evaluate(x1, other)
                return level.enter(y, (self.link, by_x1(y, x1, other) if varies1 else by_x1))
            elif (
                level.records
                and level.open
                and (kind is float or kind is int or (kind is Traced and other.level is level))
            ):
                y = evaluate(self.primal, other.primal if kind is Traced else other)
                return level.note(primitive, (self, other), [], NO_PARAMETERS, y)
        except FloatingPointError:  # f set np.errstate: the long way knows values from derivatives
            pass
        return apply(primitive, (self, other), NO_PARAMETERS)

    def reflected(self: Any, other: Any) -> Any:
        level, kind = self.level, type(other)
        try:
            if (kind is float or kind is int) and level.takes_partials:
                x2 = self.primal
                y = evaluate(other, x2)
                return level.enter(y, (self.link, by_x2(y, other, x2) if varies2 else by_x2))
            if (kind is float or kind is int) and level.records and level.open:
                return level.note(
                    primitive, (other, self), [], NO_PARAMETERS, evaluate(other, self.primal)
                )
        except FloatingPointError:
            pass
        return apply(primitive, (other, self), NO_PARAMETERS)

    return operate, reflected


def other(primitive: Primitive) -> tuple[Operator, Operator]:
    """The operators that are not smooth, or not elementwise; x @ A with a matrix of scipy.sparse is
    A's own affair, as in NumPy.
    """

    def operate(self: Any, other: Any) -> Any:
        if hasattr(other, "__array_priority__") and not hasattr(other, "__array_ufunc__"):
            return NotImplemented
        return apply(primitive, (self, other), NO_PARAMETERS)

    return operate, lambda self, other: apply(primitive, (other, self), NO_PARAMETERS)


def comparison(primitive: Primitive, evaluate: Operator) -> Operator:
    """x1 < x2: a plain truth value, or one that a recording guards. Whether they are equal is told
    to the level.
    """
    asks_for_order = primitive.name not in HELD

    def compare(self: Any, other: Any) -> Any:
        level, x1, kind = self.level, self.primal, type(other)
        if kind is str:  # bw_method == "scott", of a number or a word
            return NotImplemented
        if asks_for_order and type(x1) is float64 and level.takes_partials and level.open:
            if kind is float or kind is int:
                return evaluate(x1, other)
            if kind is Traced and other.level is level and type(other.primal) is float64:
                return evaluate(x1, other.primal)
        return apply(primitive, (self, other), NO_PARAMETERS)

    return compare


def unary(primitive: Primitive) -> Callable[[Any], Any]:
    return lambda self: apply(primitive, (self,), NO_PARAMETERS)


def in_place(ufunc: np.ufunc) -> Operator:
    """x += v changes the memory that x stands for; a number is immutable, and its name is bound
    anew, as NumPy's scalars are.
    """

    def operate(self: Any, other: Any) -> Any:
        if not self.ndim and type(core(self)) is not np.ndarray:
            return call(ufunc, (self, other), {})
        write(self, Ellipsis, call(ufunc, (self, other), {}), in_place=True)
        return self

    return operate


def of_complex_base(operate: Operator) -> Operator:
    """x ** y, whose base of complex numbers may be on the cut."""

    def power(self: Any, other: Any) -> Any:
        if self.dtype.kind == "c":
            self = off_the_cut(np.power, self, other)
        return operate(self, other)

    return power


for _name, _ufunc in BINARY.items():
    _primitive = primitives[_ufunc]
    _pair = (
        smooth(_primitive, getattr(operator, f"__{_name}__"))
        if _primitive.smooth
        else other(_primitive)
    )
    if _ufunc is np.power:
        _pair = (of_complex_base(_pair[0]), _pair[1])
    for _prefix, _operator in zip(("", "r", "i"), (*_pair, in_place(_ufunc)), strict=True):
        setattr(Traced, f"__{_prefix}{_name}__", _operator)
for _name, _ufunc in COMPARISONS.items():
    setattr(
        Traced, f"__{_name}__", comparison(primitives[_ufunc], getattr(operator, f"__{_name}__"))
    )
for _name, _ufunc in UNARY.items():
    setattr(Traced, f"__{_name}__", unary(primitives[_ufunc]))
