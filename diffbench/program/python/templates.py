"""How a primitive is written in generated code: as Python arithmetic on floats, as a NumPy call on arrays.

Python raises where NumPy returns inf or NaN (1/0, exp(1000), log(-1)); generated code therefore runs under a handler that answers such a
point in NumPy. Where Python would silently give something else (a complex power), the function of `math` is used, which raises.
"""

import math
from collections.abc import Mapping
from typing import Any


def maximum(a: float, b: float) -> float:
    """The larger one; NaN if either is."""
    return a if a >= b or a != a else b


def minimum(a: float, b: float) -> float:
    """The smaller one; NaN if either is."""
    return a if a <= b or a != a else b


def sign(x: float) -> float:
    """-1, 0 or 1; NaN for NaN."""
    return 1.0 if x > 0 else -1.0 if x < 0 else x * 0.0


INFIX: dict[str, str] = {
    "add": "({} + {})", "subtract": "({} - {})", "multiply": "({} * {})", "divide": "({} / {})", "negative": "(-{})",
    "greater": "({} > {})", "greater_equal": "({} >= {})", "less": "({} < {})", "less_equal": "({} <= {})",
    "equal": "({} == {})", "not_equal": "({} != {})",
}  # fmt: skip
SCALAR: Mapping[str, str] = INFIX | {
    "reciprocal": "(1.0 / {})", "positive": "{}", "conjugate": "{}", "real": "{}",
    "where": "({1} if {0} else {2})", "logical_not": "(not {})", "invert": "(not {})", "logical_and": "({} and {})",
    "logical_or": "({} or {})", "bitwise_and": "({} & {})", "bitwise_or": "({} | {})",
    "maximum": "maximum({}, {})", "minimum": "minimum({}, {})", "sign": "sign({})",
} | {name: f"{function}({{}})" for name, function in {
    "exp": "exp", "exp2": "exp2", "expm1": "expm1", "log": "log", "log2": "log2", "log10": "log10", "log1p": "log1p", "sqrt": "sqrt",
    "cbrt": "cbrt", "sin": "sin", "cos": "cos", "tan": "tan", "arcsin": "asin", "arccos": "acos", "arctan": "atan", "sinh": "sinh",
    "cosh": "cosh", "tanh": "tanh", "arcsinh": "asinh", "arccosh": "acosh", "arctanh": "atanh", "abs": "fabs", "absolute": "fabs",
    "fabs": "fabs", "isnan": "isnan", "isinf": "isinf", "isfinite": "isfinite", "radians": "radians", "degrees": "degrees",
}.items()} | {"power": "pow({}, {})", "float_power": "pow({}, {})", "arctan2": "atan2({}, {})", "copysign": "copysign({}, {})"}  # fmt: skip

SCALAR_NAMESPACE: dict[str, Any] = {name: value for name, value in vars(math).items() if not name.startswith("_")} | {
    "maximum": maximum, "minimum": minimum, "sign": sign, "inf": math.inf, "nan": math.nan,
}  # fmt: skip
