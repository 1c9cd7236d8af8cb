"""SymPy's expressions in the words of another system, and back. Floats go as exact ratios, and what comes
back is evaluated only if it consists of numbers, our symbols and functions that SymPy has.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy as sp
from sympy.printing.str import StrPrinter

from diffbench.errors import Unsupported

FUNCTIONS = ("exp", "log", "sqrt", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh",
             "asinh", "acosh", "atanh")  # fmt: skip
# what systems answer with, and SymPy writes by others
RECIPROCALS: dict[str, Any] = {
    "sec": lambda z: 1 / sp.cos(z),
    "csc": lambda z: 1 / sp.sin(z),
    "cot": lambda z: 1 / sp.tan(z),
    "sech": lambda z: 1 / sp.cosh(z),
    "csch": lambda z: 1 / sp.sinh(z),
    "coth": lambda z: 1 / sp.tanh(z),
}
_WORD = re.compile(r"%?[A-Za-z_]\w*")
_ALLOWED = re.compile(r"[\w\s.+\-*/^()%]*")


@dataclass(frozen=True)
class Dialect:
    """The words that differ from SymPy's."""

    e: str
    pi: str
    functions: Mapping[str, str]  # SymPy's name: the system's


class _Printer(StrPrinter):  # type: ignore[misc]  # SymPy ships no types
    """Sums, products, powers and functions of one argument; all else is refused by name."""

    def __init__(self, dialect: Dialect, names: Mapping[sp.Basic, str]) -> None:
        super().__init__({"order": "none"})
        self.dialect, self.names = dialect, names

    def _print_Symbol(self, e: Any) -> str:
        return self.names[e]

    def _print_Float(self, e: Any) -> str:
        exact = Fraction(float(e))
        return f"({exact.numerator}/{exact.denominator})"

    def _print_Rational(self, e: Any) -> str:
        return f"({e.p}/{e.q})"

    def _print_Pow(self, e: Any, rational: bool = False) -> str:
        return f"({self._print(e.base)})^({self._print(e.exp)})"

    def _print_Exp1(self, e: Any) -> str:
        return self.dialect.e

    def _print_Pi(self, e: Any) -> str:
        return self.dialect.pi

    def _print_Function(self, e: Any) -> str:
        name = e.func.__name__
        if name not in FUNCTIONS or len(e.args) != 1:
            raise Unsupported(
                f"{name} is not handed to another computer algebra system; use engine='sympy'"
            )
        return f"{self.dialect.functions.get(name, name)}({self._print(e.args[0])})"

    def emptyPrinter(self, expr: Any) -> str:
        raise Unsupported(
            f"{type(expr).__name__} is not handed to another computer algebra system; use "
            "engine='sympy'"
        )

    _print_Piecewise = _print_Max = _print_Min = _print_Abs = _print_Relational = emptyPrinter


def written(
    entries: Sequence[sp.Expr], dialect: Dialect, names: Mapping[sp.Basic, str]
) -> list[str]:
    """Each expression as text."""
    printer = _Printer(dialect, names)
    return [printer.doprint(sp.sympify(e)) for e in entries]


def read(text: str, dialect: Dialect, symbols: Mapping[str, sp.Basic]) -> sp.Expr:
    """The expression of a text. Raises Unsupported for words that SymPy has none for, such as an
    unevaluated derivative.
    """
    known = {dialect.e: sp.E, dialect.pi: sp.pi, **symbols}
    known |= RECIPROCALS
    known |= {dialect.functions.get(name, name): getattr(sp, name) for name in FUNCTIONS}
    strange = [word for word in _WORD.findall(text) if word not in known]
    if strange or not _ALLOWED.fullmatch(text):
        raise Unsupported(
            f"the derivative holds {strange[0] if strange else text[:40]!r}, which has no formula "
            "here; use engine='sympy'"
        )
    python = _WORD.sub(lambda word: f"w_{word[0].lstrip('%')}", text).replace("^", "**")
    exact = re.sub(r"(?<![\w.])(\d+)(?![\w.])", r"Integer(\1)", python)
    names = {f"w_{word.lstrip('%')}": value for word, value in known.items()}
    try:
        return sp.sympify(eval(exact, {"__builtins__": {}, "Integer": sp.Integer}, names))
    except (SyntaxError, MemoryError, RecursionError) as error:
        raise Unsupported(
            f"the answer is no formula that can be read ({type(error).__name__}); use "
            "engine='sympy'"
        ) from None
