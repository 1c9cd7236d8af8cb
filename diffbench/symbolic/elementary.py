"""The elementary functions of the symbolic methods: what each is in SymPy, on Python's floats and in NumPy.

They are the rows of `rules/spelling.py` that have a word of SymPy's, under NumPy's names, and the few below that only formulas need.
Derivatives are not stated here: they are SymPy's own, so that the symbolic methods share no derivative rule with automatic
differentiation, and one can check the other.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce
from types import CodeType
from typing import Any

import numpy as np
import scipy.special
import sympy as sp
from sympy.codegen import cfunctions
from sympy.codegen.numpy_nodes import logaddexp

from diffbench.program.python.float_functions import FLOAT_FUNCTIONS
from diffbench.rules.spelling import Spelling, alone, function, spelling, spellings
from diffbench.rules.table import named


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


# what takes any number of arguments in formulas, may leave one out, or occurs in derivatives only
OWN: Mapping[str, Elementary] = {
    "maximum": Elementary(maximum, _maximum, lambda *xs: reduce(np.maximum, xs)),
    "minimum": Elementary(minimum, _minimum, lambda *xs: reduce(np.minimum, xs)),
    "heaviside": Elementary(sp.Heaviside, _heaviside, _heaviside_of_scalars),
    "floor": Elementary(sp.floor, math.floor, np.floor),
    "ceil": Elementary(sp.ceiling, math.ceil, np.ceil),
    "tie_share": Elementary(tie_share, _tie_share, _tie_share),
    "gate": Elementary(gate, _gate, _gate),
    "polygamma": Elementary(sp.polygamma, _polygamma, _polygamma),
}
# functions of SymPy that do not lie at its top, and ours
_FUNCTIONS: Mapping[str, Any] = {
    "exp2": cfunctions.exp2,
    "expm1": cfunctions.expm1,
    "log2": cfunctions.log2,
    "log10": cfunctions.log10,
    "log1p": cfunctions.log1p,
    "hypot": cfunctions.hypot,
    "logaddexp": logaddexp,
    "cbrt": cbrt,
}
_known: dict[Spelling, Elementary] = {}
_names: dict[Any, str] = {}


def is_elementary(name: str) -> bool:
    """Whether the symbolic methods know a function of this name."""
    return bool(name in OWN or spelling(name).sympy)


def elementary(name: str) -> Elementary:
    """The function of this name, which `is_elementary`."""
    row = spelling(name)
    if name in OWN:
        return OWN[name]
    if row not in _known:
        _known[row] = Elementary(_of_symbols(row), _of_floats(row), named[name].evaluate)
    return _known[row]


def name_of(symbolic: Any) -> str | None:
    """What a function of SymPy is called here, if it is known."""
    if symbolic not in _names:
        _names.update({elementary(name).symbolic: name for name in (*OWN, *_in_rows())})
        _names.update({sp.Max: "maximum", sp.Min: "minimum"})
    return _names.get(symbolic)


def _in_rows() -> list[str]:
    return [name for name, row in spellings.items() if row.sympy and not row.is_operator]


def names_in(code: CodeType, of: Callable[[Elementary], Callable[..., Any]]) -> dict[str, Any]:
    """What the names of functions in generated code mean."""
    return {name: of(elementary(name)) for name in code.co_names if is_elementary(name)}


def _of_symbols(row: Spelling) -> Callable[..., Any]:
    word = alone(row.sympy)
    return _in_sympy(word) if word else function(row.sympy, row.arity, _in_sympy)


def _in_sympy(word: str) -> Any:
    return _FUNCTIONS[word] if word in _FUNCTIONS else getattr(sp, word)


def _of_floats(row: Spelling) -> Callable[..., Any]:
    word = alone(row.python)
    return FLOAT_FUNCTIONS[word] if word else named[row.name].evaluate
