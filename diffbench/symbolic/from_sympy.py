"""A SymPy expression as a NumPy function that every method can differentiate."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import FunctionType
from typing import Any

import numpy as np
import sympy as sp

from diffbench.errors import BadInput, BadPoint
from diffbench.symbolic.elementary import names_in
from diffbench.symbolic.expression_graph.folding import CONCISE
from diffbench.symbolic.expression_graph.nodes import ExpressionGraph
from diffbench.symbolic.expression_graph.straight_line import CONSTANTS, code_of, python_source
from diffbench.symbolic.sympy_bridge import into_graph


def from_sympy(expr: Any, symbols: Sequence[sp.Symbol]) -> "SymbolicFunction":
    """f(x) of x with one entry for each symbol, in their order; `expr` is one expression, or a list
    or matrix of them.

    Whatever the symbols are called and assumed to be, they stand for real numbers.

    >>> a, b = sp.symbols("a b")
    >>> from_sympy(a * sp.sin(b), [a, b])(np.array([2.0, 0.0]))
    np.float64(0.0)
    """
    entries = np.array(expr.tolist() if isinstance(expr, sp.MatrixBase) else expr, dtype=object)
    return SymbolicFunction(entries, _checked(symbols, entries))


@dataclass(frozen=True, eq=False)
class SymbolicFunction:
    """An array of expressions in some symbols, callable at a point of as many coordinates. The
    symbolic methods take it as it is.
    """

    expressions: Any  # object array of SymPy expressions
    symbols: tuple[sp.Symbol, ...]

    def __call__(self, x: Any, xp: Any = np) -> Any:
        if np.size(x) != len(self.symbols):
            raise BadPoint(
                f"the point has {np.size(x)} coordinates and the expression {len(self.symbols)} "
                "symbols; give one each"
            )
        flat = xp.reshape(x, (-1,))
        values = self._on(xp)(*(flat[i] for i in range(len(self.symbols))))
        return (
            values[0]
            if self.expressions.shape == ()
            else xp.reshape(xp.stack(values), self.expressions.shape)
        )

    @property
    def __name__(self) -> str:
        return "expression"

    @cached_property
    def source(self) -> str:
        """Python source of the function of scalars, in NumPy's names."""
        graph = ExpressionGraph(CONCISE)
        variables = [graph.variable() for _ in self.symbols]
        outputs = into_graph(
            graph, list(self.expressions.flat), dict(zip(self.symbols, variables, strict=True))
        )
        return python_source(variables, outputs)

    def _on(self, xp: Any) -> Callable[..., list[Any]]:
        code = code_of(self.source)
        functions = names_in(code, lambda f: f.of_scalars)
        if xp is not np:
            functions = {name: getattr(xp, name, f) for name, f in functions.items()}
        return FunctionType(code, functions | CONSTANTS)


def _checked(symbols: Sequence[sp.Symbol], entries: Any) -> tuple[sp.Symbol, ...]:
    listed = tuple(symbols)
    strangers = [s for s in listed if not isinstance(s, sp.Symbol)]
    if strangers:
        raise BadInput(
            f"{strangers[0]!r} is a {type(strangers[0]).__name__} and not a SymPy symbol; pass "
            "sympy.Symbol objects, not names"
        )
    if len(set(listed)) != len(listed):
        raise BadInput(
            f"the symbols {listed} repeat one; list each once, in the order of the coordinates of x"
        )
    free = set().union(*(sp.sympify(e).free_symbols for e in entries.flat)) - set(listed)
    if free:
        raise BadInput(
            f"the expression depends on {', '.join(sorted(map(str, free)))}, not among the "
            "symbols; list it, or give it a value"
        )
    return listed
