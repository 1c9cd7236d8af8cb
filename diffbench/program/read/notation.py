"""How an equation reads: as Python, as the textbook writes it, and in LaTeX.

A text carries the precedence of its outermost operation, so that only the parentheses that matter are written.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from diffbench.arrays.recorder import Equation, Var
from diffbench.rules.entries.indexing import is_basic

SUM, PRODUCT, SIGN, POWER, ATOM = range(5)


class Text(NamedTuple):
    """Written mathematics and how tightly it binds."""

    text: str
    binds: int = ATOM

    def within(self, least: int) -> str:
        """In parentheses, unless it binds at least so tightly."""
        return self.text if self.binds >= least else f"({self.text})"


def _infix(pattern: str, binds: int, left: int, right: int) -> Callable[..., Text]:
    return lambda a, b: Text(pattern.format(a.within(left), b.within(right)), binds)


PYTHON: Mapping[str, Callable[..., Text]] = {
    "add": _infix("{} + {}", SUM, SUM, SUM), "subtract": _infix("{} - {}", SUM, SUM, PRODUCT),
    "multiply": _infix("{}*{}", PRODUCT, PRODUCT, PRODUCT), "divide": _infix("{}/{}", PRODUCT, PRODUCT, SIGN),
    "matmul": _infix("{} @ {}", PRODUCT, PRODUCT, SIGN), "power": _infix("{}**{}", POWER, ATOM, SIGN),
    "negative": lambda a: Text("-" + a.within(PRODUCT), SIGN), "positive": lambda a: a,
    **{name: _infix("{} " + sign + " {}", -1, SUM, SUM) for name, sign in {
        "greater": ">", "greater_equal": ">=", "less": "<", "less_equal": "<=", "equal": "==", "not_equal": "!="}.items()},
}  # fmt: skip
LATEX: Mapping[str, Callable[..., Text]] = {
    "add": PYTHON["add"], "subtract": PYTHON["subtract"], "positive": PYTHON["positive"], "negative": PYTHON["negative"],
    "multiply": _infix(r"{} \, {}", PRODUCT, PRODUCT, SIGN), "matmul": _infix(r"{} \, {}", PRODUCT, PRODUCT, SIGN),
    "divide": lambda a, b: Text(rf"\frac{{{a.text}}}{{{b.text}}}"), "sqrt": lambda a: Text(rf"\sqrt{{{a.text}}}"),
    "power": lambda a, b: Text(f"{a.within(ATOM)}^{{{b.text}}}", POWER), "abs": lambda a: Text(rf"\left|{a.text}\right|"),
    "sum": lambda a: Text(rf"\sum {a.within(PRODUCT)}", PRODUCT), "transpose": lambda a: Text(f"{a.within(ATOM)}^T", POWER),
    **{name: (lambda a, name=name: Text(rf"\{name}\left({a.text}\right)")) for name in (
        "exp", "log", "sin", "cos", "tan", "sinh", "cosh", "tanh", "arcsin", "arccos", "arctan", "max", "min", "det")},
}  # fmt: skip


@dataclass(frozen=True)
class Notation:
    """A way of writing: operators by the name of the primitive, and how any other function is called."""

    operators: Mapping[str, Callable[..., Text]]
    function: Callable[[Any], str]
    constant: Callable[[Any], str]

    def write(self, equation: Equation, atoms: list[Text]) -> Text:
        """The right-hand side of an equation, given its arguments."""
        primitive, _, params, _ = equation
        if primitive.name == "getitem":
            return Text(f"{atoms[0].within(ATOM)}[{index_text(params['index'])}]")
        if primitive.name in self.operators and not params:
            return self.operators[primitive.name](*atoms)
        options = [f"{name}={self.constant(value)}" for name, value in params.items()]
        return Text(
            f"{self.function(primitive)}({', '.join([atom.text for atom in atoms] + options)})"
        )

    def atom(self, arg: Any, names: Mapping[int, Text]) -> Text:
        """An argument: the name (or the text) of a variable, or a constant."""
        if type(arg) is Var:
            return names[arg.index]
        text = self.constant(arg)
        return Text(text, SIGN if text.startswith("-") else ATOM)


def number(value: Any) -> str:
    """A number as the shortest decimal that reads back, without the .0 of whole ones; an array by its shape."""
    if isinstance(value, np.ndarray) and value.ndim:
        return f"<{' x '.join(map(str, value.shape))}>"
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, float, np.number)):
        return str(value)
    short = repr(np.asarray(value).item())
    return short.removesuffix(".0")


def index_text(index: Any) -> str:
    """What stands between the brackets."""
    if type(index) is tuple:
        return (
            ", ".join(map(index_text, index)) + ("," if len(index) == 1 else "") if index else "()"
        )
    if type(index) is slice:
        parts = [
            "" if part is None else str(int(part)) for part in (index.start, index.stop, index.step)
        ]
        return ":".join(parts if parts[2] else parts[:2])
    if not is_basic(index):
        return f"np.{np.asarray(index)!r}"
    return "None" if index is None else "..." if index is Ellipsis else str(int(index))


TEXTBOOK = Notation(PYTHON, lambda primitive: primitive.name, number)
TYPESET = Notation(LATEX, lambda primitive: rf"\mathrm{{{primitive.name}}}", number)
