"""Expression graphs as straight-line Python code: one assignment for each shared node, single-use
nodes written where they are used.

The same code runs on Python floats with the functions of `math`, which is fast, and on NumPy
scalars with NumPy's functions, which has NumPy's inf and NaN and keeps float32.
"""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from types import CodeType, FunctionType
from typing import Any

import numpy as np
import sympy as sp

from diffbench.arrays.traced import Traced
from diffbench.rules.spelling import spelling
from diffbench.symbolic.elementary import names_in
from diffbench.symbolic.expression_graph.nodes import Expression, count_uses

DEEPEST_NESTING = 40  # Python's parser refuses 200 nested parentheses


@dataclass(frozen=True, eq=False)
class ScalarCode:
    """Code of a function of n scalars that returns a list of m; called with an array of the n."""

    code: CodeType
    source: str

    def __call__(self, flat: Any) -> Any:
        """The m results at n coordinates, in their dtype; inf and NaN arise as in NumPy, without
        warnings.
        """
        coordinates: Any = flat
        if type(flat) is Traced:
            return np.stack(self._of_scalars(*coordinates))
        if flat.dtype.char == "d":
            try:
                return np.fromiter(self._of_floats(*flat.tolist()), np.float64)
            except (ArithmeticError, ValueError):
                pass  # math raises where NumPy gives inf or NaN: ask NumPy
        with np.errstate(all="ignore"):
            return np.fromiter(self._of_scalars(*flat), flat.dtype)

    @cached_property
    def _of_floats(self) -> Callable[..., list[float]]:
        return FunctionType(self.code, names_in(self.code, lambda f: f.of_floats) | CONSTANTS)

    @cached_property
    def _of_scalars(self) -> Callable[..., list[Any]]:
        return FunctionType(self.code, names_in(self.code, lambda f: f.of_scalars) | CONSTANTS)


CONSTANTS = {"inf": math.inf, "nan": math.nan, "pi": math.pi, "e": math.e}


def compile_expressions(
    variables: Sequence[Expression], outputs: Sequence[Expression]
) -> ScalarCode:
    """Code that computes `outputs` from values of `variables`, every node once."""
    source = python_source(variables, outputs)
    return ScalarCode(code_of(source), source)


def code_of(source: str) -> CodeType:
    """The code object of the one function that `source` defines."""
    module = compile(source, "<diffbench symbolic>", "exec")
    return next(constant for constant in module.co_consts if isinstance(constant, CodeType))


def python_source(
    variables: Sequence[Expression], outputs: Sequence[Expression], name: str = "evaluate"
) -> str:
    """def evaluate(x0, x1, ...): returning the list of outputs."""
    texts = {variable.node: f"x{i}" for i, variable in enumerate(variables)}
    lines = _assignments(outputs, texts)
    results = ", ".join(texts[output.node] for output in outputs)
    parameters = ", ".join(f"x{i}" for i in range(len(variables)))
    return "\n    ".join([f"def {name}({parameters}):", *lines, f"return [{results}]"]) + "\n"


def _assignments(outputs: Sequence[Expression], texts: dict[int, str]) -> list[str]:
    """Fill `texts` with what each node is written as; the lines that give names to the shared
    ones.
    """
    graph, lines, depths = outputs[0].graph, [], Counter[int]()
    nodes, uses = graph.reachable(outputs), count_uses(outputs)
    for node in nodes:
        if node in texts:
            continue
        arguments = graph.arguments[node]
        texts[node] = _written(Expression(graph, node), [texts[a] for a in arguments])
        depths[node] = 1 + max((depths[a] for a in arguments), default=-1)
        if arguments and (uses[node] > 1 or depths[node] > DEEPEST_NESTING):
            lines.append(f"v{node} = {texts[node]}")
            texts[node], depths[node] = f"v{node}", 0
    return lines


def _written(e: Expression, arguments: list[str]) -> str:
    if e.operation == "constant":
        return number_text(e.value)
    if e.operation == "power" and isinstance(e.arguments[1].value, int):
        return f"({arguments[0]}**{arguments[1]})"
    row = spelling(e.operation)
    return (
        row.python.format(*arguments)
        if row.is_operator
        else f"{e.operation}({', '.join(arguments)})"
    )


def number_text(value: Any) -> str:
    """A number as Python source that reads back as the nearest float, or as the same integer."""
    if isinstance(value, Fraction):
        return f"({value.numerator} / {value.denominator})"
    plain = float(sp.N(value, 17)) if isinstance(value, sp.Basic) else value
    return f"({plain!r})" if isinstance(plain, (int, float)) and plain < 0 else repr(plain)
