"""The names that generated arithmetic on Python's floats may use: the functions of `math`, and what
NumPy has beyond them.

Python raises where NumPy returns inf or NaN (1/0, exp(1000), log(-1)); generated code therefore
runs under a handler that answers such a point in NumPy. Where Python would silently give something
else (a complex power), the function of `math` is used, which raises.
"""

import math
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


FLOAT_FUNCTIONS: dict[str, Any] = {
    name: value for name, value in vars(math).items() if not name.startswith("_")
} | {"maximum": maximum, "minimum": minimum, "sign": sign}
