"""How an equation reads: as Python, as the textbook writes it, and in LaTeX.

A text carries the precedence of its outermost operation, so that only the parentheses that matter are written.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from diffbench.ir import Equation, Var
from diffbench.rules.entries.indexing import is_basic
from diffbench.rules.spelling import BINDS, Written, spelling

SIGN, ATOM = BINDS["sign"], BINDS["atom"]


class Text(NamedTuple):
    """Written mathematics and how tightly it binds."""

    text: str
    binds: int = ATOM

    def __format__(self, least: str) -> str:
        """In a template's slot: in parentheses, unless it binds at least so tightly."""
        return self.text if not least or self.binds >= BINDS[least] else f"({self.text})"


# functions of whole arrays; those of entries stand in rules/spelling.py
PRODUCT = Written(r"{:product} \, {:sign}", "product")
LATEX: Mapping[str, Written] = {
    "matmul": PRODUCT,
    "sum": Written(r"\sum {:product}", "product"),
    "transpose": Written("{:atom}^T", "power"),
    "max": Written(r"\max\left({}\right)"),
    "min": Written(r"\min\left({}\right)"),
    "linalg.det": Written(r"\det\left({}\right)"),
}
PYTHON: Mapping[str, Written] = {"matmul": Written("{:product} @ {:sign}", "product")}


def in_python(name: str) -> Written | None:
    """How Python and the textbook write a primitive that has a sign."""
    return spelling(name).written or PYTHON.get(name)


def in_latex(name: str) -> Written | None:
    """How LaTeX writes a primitive, where it has something of its own for it."""
    return spelling(name).latex or LATEX.get(name)


@dataclass(frozen=True)
class Notation:
    """A way of writing: what has a form of its own, by the name of the primitive, and how any other
    function is called.
    """

    form: Callable[[str], Written | None]
    function: Callable[[Any], str]
    constant: Callable[[Any], str]

    def write(self, equation: Equation, atoms: list[Text]) -> Text:
        """The right-hand side of an equation, given its arguments."""
        primitive, _, params, _ = equation
        if primitive.name == "getitem":
            return Text(f"{atoms[0]:atom}[{index_text(params['index'])}]")
        form = None if params else self.form(primitive.name)
        if form is not None:
            return _filled(form, atoms)
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


def _filled(form: Written, atoms: list[Text]) -> Text:
    binds = atoms[0].binds if form.binds == "inner" else BINDS[form.binds]
    return Text(form.template.format(*atoms), binds)


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


def upright(name: str) -> str:
    """A name of several letters in LaTeX, which reads _ as the beginning of an index."""
    escaped = name.replace("_", r"\_")
    return rf"\mathrm{{{escaped}}}"


TEXTBOOK = Notation(in_python, lambda primitive: primitive.name, number)
TYPESET = Notation(in_latex, lambda primitive: upright(primitive.name), number)
