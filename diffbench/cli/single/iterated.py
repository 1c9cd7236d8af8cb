"""A formula of one name applied to itself: what `diffbench swell` looks at."""

from typing import TYPE_CHECKING, Any

import numpy as np

from diffbench.cli.point import read_point
from diffbench.errors import BadInput
from diffbench.formula import Formula, parse_formula
from diffbench.measure.expressions.families import FAMILIES
from diffbench.measure.expressions.swell import swell
from diffbench.measure.expressions.written_out import written_out
from diffbench.program import record
from diffbench.symbolic.to_sympy import to_sympy

if TYPE_CHECKING:
    import pandas as pd


def swell_of(text: str, last: int, at: str) -> "pd.DataFrame":
    """The operations of every form of the derivative of l_1 ... l_last; of a known family at the
    sizes up to there.
    """
    if text in FAMILIES:
        sizes = [n for n in range(1, last + 1) if n >= min(FAMILIES[text].sizes)]
        return swell(text, sizes or [min(FAMILIES[text].sizes)])
    formula, x = of_one_name(text), read_point(at, ("x",)).values
    if x.shape:
        raise BadInput(f"--at {at} is an array, and the formula is applied to a number; give one")

    def member(n: int) -> tuple[Any, Any]:
        return lambda t: iterated(formula, t, n), x

    member.__name__ = formula.text
    return swell(member, range(2, max(last, 2) + 1))


def iterated(formula: Formula, x: Any, n: int) -> Any:
    """l_n at x: l_1 is x itself."""
    for _ in range(n - 1):
        x = formula(x)
    return x


def expressions_of(text: str, last: int) -> list[dict[str, Any]]:
    """l_n, its derivative, and the same simplified, in words of mathematics."""
    formula = parse_formula("4*x*(1-x)") if text == "logistic" else of_one_name(text)
    expression = to_sympy(record(formula, np.array(0.2)))
    [symbol] = expression.free_symbols
    return list(written_out(lambda inner: expression.subs(symbol, inner), last))


def of_one_name(text: str) -> Formula:
    """The formula. Raises BadInput unless it takes one number to one."""
    formula = parse_formula(text)
    if len(formula.names) != 1 or np.shape(formula(np.array(0.2))):
        raise BadInput(
            f"only a formula of one name and one result can be applied to itself, and {text} has "
            f"{', '.join(formula.names)}; write 4*x*(1-x), or a family: {', '.join(FAMILIES)}"
        )
    return formula
