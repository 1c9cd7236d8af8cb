"""The elementary functions of the symbolic methods: what each is called in SymPy, in `math` and in NumPy.

A function goes by its NumPy name. Derivatives are not stated here: they are SymPy's own, so that the symbolic methods share no
derivative rule with automatic differentiation, and one can check the other.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
import scipy.special
import sympy as sp
from sympy.codegen import cfunctions
from sympy.codegen.numpy_nodes import logaddexp


class cbrt(sp.Function):  # type: ignore[misc]  # SymPy ships no types
    """The real cube root, also of negative numbers."""

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        return 1 / (3 * self**2)


class maximum(sp.Function):  # type: ignore[misc]  # SymPy ships no types
    """The largest of its arguments. Unlike SymPy's Max it compares no symbols, which takes quadratic time, and ties share equally."""

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        return tie_share(argindex - 1, *self.args)


class minimum(sp.Function):  # type: ignore[misc]  # SymPy ships no types
    """The smallest of its arguments."""

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        return tie_share(argindex - 1, *(-a for a in self.args))


class tie_share(sp.Function):  # type: ignore[misc]  # SymPy ships no types
    """tie_share(i, x1, ..., xn): the derivative of the maximum in argument i, 1/k if it is one of the k largest and else 0."""

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        return sp.Integer(0)  # constant, except where the winner changes


class gate(sp.Function):  # type: ignore[misc]  # SymPy ships no types
    """gate(a, b): the product a*b that is 0 where either factor is, even if the other is infinite or NaN."""


@dataclass(frozen=True)
class Elementary:
    """A function in three worlds. `of_floats` is fast on Python floats, and raises where `of_scalars`, NumPy's, gives inf or NaN."""

    symbolic: Callable[..., Any]
    of_floats: Callable[..., Any]
    of_scalars: Callable[..., Any]


def _sign(x: Any) -> Any:
    return x if x != x else (x > 0) - (x < 0)


def _heaviside(x: Any, at_zero: Any = 0.5) -> Any:
    return x if x != x else at_zero if x == 0 else int(x > 0)


def _heaviside_of_scalars(x: Any, at_zero: Any = 0.5) -> Any:
    return np.heaviside(x, at_zero)


def _maximum(*xs: Any) -> Any:
    return sum(xs) if any(x != x for x in xs) else max(xs)  # NaN wins, as in NumPy


def _minimum(*xs: Any) -> Any:
    return sum(xs) if any(x != x for x in xs) else min(xs)


def _tie_share(i: int, *xs: Any) -> Any:
    return (xs[i] == max(xs)) / xs.count(max(xs))


def _gate(a: Any, b: Any) -> Any:
    return a * b if a and b else 0.0


def _polygamma(order: int, x: Any) -> Any:
    return scipy.special.polygamma(order, x)[()]


def _special(symbolic: Any, of_both: Callable[..., Any]) -> Elementary:
    return Elementary(symbolic, of_both, of_both)


FUNCTIONS: dict[str, Elementary] = {
    "sin": Elementary(sp.sin, math.sin, np.sin),
    "cos": Elementary(sp.cos, math.cos, np.cos),
    "tan": Elementary(sp.tan, math.tan, np.tan),
    "arcsin": Elementary(sp.asin, math.asin, np.arcsin),
    "arccos": Elementary(sp.acos, math.acos, np.arccos),
    "arctan": Elementary(sp.atan, math.atan, np.arctan),
    "arctan2": Elementary(sp.atan2, math.atan2, np.arctan2),
    "sinh": Elementary(sp.sinh, math.sinh, np.sinh),
    "cosh": Elementary(sp.cosh, math.cosh, np.cosh),
    "tanh": Elementary(sp.tanh, math.tanh, np.tanh),
    "arcsinh": Elementary(sp.asinh, math.asinh, np.arcsinh),
    "arccosh": Elementary(sp.acosh, math.acosh, np.arccosh),
    "arctanh": Elementary(sp.atanh, math.atanh, np.arctanh),
    "exp": Elementary(sp.exp, math.exp, np.exp),
    "exp2": Elementary(cfunctions.exp2, math.exp2, np.exp2),
    "expm1": Elementary(cfunctions.expm1, math.expm1, np.expm1),
    "log": Elementary(sp.log, math.log, np.log),
    "log2": Elementary(cfunctions.log2, math.log2, np.log2),
    "log10": Elementary(cfunctions.log10, math.log10, np.log10),
    "log1p": Elementary(cfunctions.log1p, math.log1p, np.log1p),
    "logaddexp": _special(logaddexp, np.logaddexp),
    "sqrt": Elementary(sp.sqrt, math.sqrt, np.sqrt),
    "cbrt": Elementary(cbrt, math.cbrt, np.cbrt),
    "hypot": Elementary(cfunctions.hypot, math.hypot, np.hypot),
    "power": Elementary(sp.Pow, math.pow, np.power),
    "absolute": Elementary(sp.Abs, abs, np.abs),
    "sign": Elementary(sp.sign, _sign, np.sign),
    "heaviside": Elementary(sp.Heaviside, _heaviside, _heaviside_of_scalars),
    "floor": Elementary(sp.floor, math.floor, np.floor),
    "ceil": Elementary(sp.ceiling, math.ceil, np.ceil),
    "maximum": Elementary(maximum, _maximum, lambda *xs: reduce(np.maximum, xs)),
    "minimum": Elementary(minimum, _minimum, lambda *xs: reduce(np.minimum, xs)),
    "tie_share": _special(tie_share, _tie_share),
    "gate": _special(gate, _gate),
    "erf": Elementary(sp.erf, math.erf, scipy.special.erf),
    "erfc": Elementary(sp.erfc, math.erfc, scipy.special.erfc),
    "erfinv": _special(sp.erfinv, scipy.special.erfinv),
    "gamma": Elementary(sp.gamma, math.gamma, scipy.special.gamma),
    "gammaln": Elementary(sp.loggamma, math.lgamma, scipy.special.gammaln),
    "polygamma": _special(sp.polygamma, _polygamma),
    "jv": _special(sp.besselj, scipy.special.jv),
    "iv": _special(sp.besseli, scipy.special.iv),
}

FLOATS: dict[str, Callable[..., Any]] = {name: f.of_floats for name, f in FUNCTIONS.items()}
SCALARS: dict[str, Callable[..., Any]] = {name: f.of_scalars for name, f in FUNCTIONS.items()}
NAME_OF: dict[Any, str] = {f.symbolic: name for name, f in FUNCTIONS.items()} | {
    sp.Max: "maximum",
    sp.Min: "minimum",
}
