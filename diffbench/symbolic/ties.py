"""Where the larger of two is neither: formulas share first derivatives at a tie, as every method
does, but their second ones are made of shares too, and no longer those of the function.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from diffbench.ir import Equation, Program, Var


def _equal(a: Any, b: Any) -> Any:
    return a == b


def _shared(a: Any, axis: Any = None, **_: Any) -> Any:
    """Whether the largest or the smallest stands there more than once."""
    ends = (np.max(a, axis=axis, keepdims=True), np.min(a, axis=axis, keepdims=True))
    return [np.sum(a == end, axis=axis) > 1 for end in ends]


TIES: Mapping[str, Callable[..., Any]] = {
    **dict.fromkeys(("maximum", "minimum", "fmax", "fmin"), _equal),
    **dict.fromkeys(("max", "min"), _shared),
}


def chooses(program: Program) -> bool:
    """Whether a largest or a smallest is looked for."""
    return any([equation.primitive.name in TIES for equation in program.equations])


def is_tied(program: Program, x: Any) -> bool:
    """Whether at x one of its choices is between equals."""
    values = program.values(x)
    return any(
        np.any(TIES[equation.primitive.name](*_arguments(equation, values), **equation.params))
        for equation in program.equations
        if equation.primitive.name in TIES
    )


def _arguments(equation: Equation, values: Mapping[int, Any]) -> list[Any]:
    return [values[arg.index] if type(arg) is Var else arg for arg in equation.args]
