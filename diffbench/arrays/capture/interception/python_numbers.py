"""math.sin(x), float(x) and complex(x) of traced numbers. Each raises where Python's does: f may
catch the error.
"""

import cmath
import math
from collections.abc import Callable
from functools import reduce, wraps
from typing import Any

import numpy as np
import scipy.special as sp

from diffbench.arrays.capture.interception.conversions import as_array, holds_traced, number_of
from diffbench.arrays.traced import Traced, contains_traced, core
from diffbench.ir.equations import Primitive

Function = Callable[..., Any]


def log(x: Any, base: Any = None) -> Any:
    return np.log(x) if base is None else np.log(x) / np.log(base)


def hypot(*coordinates: Any) -> Any:
    return reduce(np.hypot, coordinates[1:], np.abs(coordinates[0]))


def distance(p: Any, q: Any) -> Any:
    return hypot(*[a - b for a, b in zip(p, q, strict=True)])


def product(iterable: Any, *, start: Any = 1) -> Any:
    return reduce(lambda y, x: y * x, iterable, start)


def sum_of_products(p: Any, q: Any) -> Any:
    return sum(a * b for a, b in zip(p, q, strict=True))


def is_close(a: Any, b: Any, *, rel_tol: float = 1e-09, abs_tol: float = 0.0) -> bool:
    if a == b:
        return True
    size = np.maximum(np.abs(a), np.abs(b))
    return bool(np.isfinite(size) and np.abs(a - b) <= np.maximum(rel_tol * size, abs_tol))


def parts(x: Any) -> tuple[Any, Any]:
    """math.modf: the fraction and the whole, both with the sign of x."""
    whole = np.trunc(x)
    return x - whole, whole


# of math, by name: Python 3.11 lacks some
_MATH: dict[str, Function] = {
    "acos": np.arccos, "acosh": np.arccosh, "asin": np.arcsin, "asinh": np.arcsinh, "atan": np.arctan, "atan2": np.arctan2,
    "atanh": np.arctanh, "cbrt": np.cbrt, "copysign": np.copysign, "cos": np.cos, "cosh": np.cosh, "degrees": np.degrees,
    "dist": distance, "erf": sp.erf, "erfc": sp.erfc, "exp": np.exp, "exp2": np.exp2, "expm1": np.expm1, "fabs": np.abs,
    "fma": lambda x, y, z: x * y + z, "fmod": np.fmod, "fsum": sum, "gamma": sp.gamma, "hypot": hypot, "isclose": is_close,
    "isfinite": lambda x: bool(np.isfinite(x)), "isinf": lambda x: bool(np.isinf(x)), "isnan": lambda x: bool(np.isnan(x)),
    "ldexp": lambda x, i: x * 2.0**i, "lgamma": sp.gammaln, "log": log, "log10": np.log10, "log1p": np.log1p, "log2": np.log2,
    "modf": parts, "pow": np.power, "prod": product, "radians": np.radians, "sin": np.sin, "sinh": np.sinh, "sqrt": np.sqrt,
    "sumprod": sum_of_products, "tan": np.tan, "tanh": np.tanh,
}  # fmt: skip
_CMATH = (
    "acos", "acosh", "asin", "asinh", "atan", "atanh", "cos", "cosh", "exp", "log10", "sin", "sinh", "sqrt", "tan", "tanh",
)  # fmt: skip


def of_numbers(function: Function, rule: Function) -> Function:
    """A function of math that looks at its arguments first."""

    row = Primitive(f"math.{function.__name__}", function, None, (), kind="nondifferentiable")

    @wraps(function)
    def look_first(*args: Any, **kwargs: Any) -> Any:
        if not any(map(holds_traced, args)):
            return function(*args, **kwargs)
        try:
            function(*map(_values, args), **kwargs)
        except (ValueError, OverflowError) as error:  # Python's own: of a domain, of an overflow
            for x in args:
                if type(x) is Traced:
                    x.level.raised(row, args, kwargs, error)
            raise
        return rule(*map(_numbers, args), **kwargs)

    return look_first


def _values(x: Any) -> Any:
    return [core(v) for v in x] if type(x) in (list, tuple) and contains_traced(x) else core(x)


def _numbers(x: Any) -> Any:
    return number_of(x) if type(x) is Traced and x.size == 1 and not _is_vector(x) else x


def _is_vector(x: Traced) -> bool:
    """An argument of math.dist, fsum, prod."""
    return x.ndim == 1


def replacements() -> dict[Function, Function]:
    """What stands for each function of math and cmath."""
    of_math = {
        getattr(math, name): of_numbers(getattr(math, name), rule)
        for name, rule in _MATH.items()
        if hasattr(math, name)
    }
    return of_math | {
        getattr(cmath, name): of_numbers(
            getattr(cmath, name), lambda x, rule=_MATH[name]: rule(x + 0j)
        )
        for name in _CMATH
    }


# ---------------------------------------------------------------- the types


class Looking(type):
    """The type of what stands for float: called with a traced number it passes it on; for all else
    it is float.
    """

    original: type
    convert: Function

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        if args and any(map(holds_traced, args)):
            return cls.convert(*args, **kwargs)
        return cls.original(*args, **kwargs)

    def __instancecheck__(cls, x: Any) -> bool:
        return isinstance(x, cls.original)

    def __subclasscheck__(cls, other: type) -> bool:
        return other is cls or issubclass(other, cls.original)

    def __eq__(cls, other: object) -> bool:
        return other is cls or other is cls.original

    def __hash__(cls) -> int:
        return hash(cls.original)

    def __getattr__(cls, name: str) -> Any:
        return getattr(cls.original, name)


def to_float(x: Any) -> Any:
    """float(x): a number of double precision."""
    y = number_of(as_array(x))
    if y.dtype.kind == "c":
        float(core(y))  # Python's own error
    return y if y.dtype == float else y.astype(float)


def to_complex(real: Any, imag: Any = 0) -> Any:
    """complex(x) and complex(x, y)."""
    return (number_of(as_array(real)) if holds_traced(real) else real) + 1j * imag


def to_scalar_type(kind: type) -> Function:
    """np.float64(x) and its kin: a number of a number, an array of an array."""

    def convert(x: Any) -> Any:
        y = as_array(x)
        y = y if y.dtype == kind else y.astype(kind)
        return y if np.ndim(y) else number_of(y)

    return convert


def looking(original: type, convert: Function) -> type:
    """What stands for a type of numbers."""
    return Looking(
        original.__name__,
        (),
        {
            "__doc__": original.__doc__,
            "original": original,
            "convert": staticmethod(convert),
            "dtype": np.dtype(original),
        },
    )


TYPES: dict[type, type] = {
    float: looking(float, to_float),
    complex: looking(complex, to_complex),
    **{
        kind: looking(kind, to_scalar_type(kind))
        for kind in (np.float64, np.float32, np.complex128, np.longdouble)
    },
}
