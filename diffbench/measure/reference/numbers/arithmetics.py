"""What is common to all numbers that a recorded function can be run in: the four operations,
comparison and selection.

An arithmetic is a mapping {primitive name -> function of scalars}. There are two, `ball_arithmetic`
and `mpmath_arithmetic`, which share nothing but this. Neither knows a derivative rule, so what they
give can be held against every method under test.
"""

import operator
from collections.abc import Callable, Mapping
from typing import Any

import mpmath
import numpy as np
from mpmath import mp
from numpy.typing import NDArray

Arithmetic = Mapping[str, Callable[..., Any]]
# of dtype object; NumPy's own object_ hides the entries from the type checker
Objects = NDArray[Any]


def _extreme(prefers: Callable[[Any, Any], bool]) -> Callable[[Any, Any], Any]:
    return lambda x, y: x if prefers(x, y) else y


def _clip(x: Any, low: Any = None, high: Any = None) -> Any:
    raised = low if low is not None and x < low else x
    return high if high is not None and raised > high else raised


def sign(x: Any) -> int:
    return int(x > 0) - int(x < 0)


def divide(x: Any, y: Any) -> Any:
    try:
        return x / y
    except ZeroDivisionError:
        return x * mp.inf  # as NumPy: ±inf, and NaN for 0/0


COMMON: dict[str, Callable[..., Any]] = {
    # arithmetic
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": divide,
    "negative": operator.neg,
    "positive": operator.pos,
    "square": lambda x: x * x,
    "reciprocal": lambda x: divide(1, x),
    # comparison: decided at the point, an undecidable one raises
    "greater": operator.gt,
    "greater_equal": operator.ge,
    "less": operator.lt,
    "less_equal": operator.le,
    "equal": operator.eq,
    "not_equal": operator.ne,
    "logical_and": lambda x, y: bool(x) and bool(y),
    "logical_or": lambda x, y: bool(x) or bool(y),
    "logical_not": lambda x: not x,
    "logical_xor": lambda x, y: bool(x) != bool(y),
    # selection
    "absolute": abs,
    "abs": abs,
    "fabs": abs,
    "maximum": _extreme(operator.ge),
    "fmax": _extreme(operator.ge),
    "minimum": _extreme(operator.le),
    "fmin": _extreme(operator.le),
    "clip": _clip,
    "where": lambda condition, x, y: x if condition else y,
    "sign": sign,
    "copysign": lambda x, y: abs(x) if y >= 0 else -abs(x),
    "heaviside": lambda x, at_zero: at_zero if x == 0 else int(x > 0),
    # parts of real numbers
    "conjugate": lambda x: x.conjugate() if isinstance(x, mpmath.mpc) else x,
    "isnan": lambda x: False,
    "isfinite": lambda x: True,
    "isinf": lambda x: False,
}


def objects(values: Any) -> Objects:
    """An object array; NumPy itself turns one of shape () into its only entry at the first
    operation.
    """
    return np.asarray(values, dtype=object)


def elementwise(function: Callable[..., Any], *arrays: Any) -> Objects:
    """`function` of scalars over broadcast arrays of any numbers."""
    return objects(np.frompyfunc(function, len(arrays), 1)(*arrays))
