"""A recorded function as something to read: Python, the textbook's table, a graph, LaTeX, SymPy, a
count of operations.
"""

from collections import Counter
from dataclasses import dataclass, fields
from typing import Any

from diffbench import ir
from diffbench.arrays import recorder
from diffbench.interface import Function
from diffbench.program.read.counts import count_operations
from diffbench.program.read.printing import to_dot, to_html, to_latex, to_python


@dataclass(frozen=True, eq=False)
class Program(ir.Program):
    """A program that can be read. What is derived from it can be read, too."""

    def operations(self) -> Counter[str]:
        """How often + - * / and each elementary function is applied to a number, by name;
        `.total()` adds them up.
        """
        return count_operations(self.equations)

    def trace_table(self, mode: Any = "reverse", seed: Any = None) -> Any:
        """The textbook's table of values and tangents ("forward") or adjoints ("reverse") at the
        point of recording.
        """
        from diffbench.program.read.trace_table import trace_table

        return trace_table(self, mode, seed)

    def to_sympy(self, symbols: Any = None) -> Any:
        """The output as SymPy expressions in `symbols`, by default x1, x2, ..."""
        from diffbench.symbolic.to_sympy import to_sympy

        return to_sympy(self, symbols)

    def to_dot(self) -> str:
        """The computational graph in Graphviz' language."""
        return to_dot(self)

    def to_latex(self) -> str:
        """The equations as a LaTeX align* environment."""
        return to_latex(self)

    def __str__(self) -> str:
        return to_python(self)

    def _repr_html_(self) -> str:
        return to_html(self)


def record(f: Function, *xs: Any) -> Program:
    """The Program of f at xs (any number of arrays). Loops are unrolled, branches guarded,
    constants captured as they are.
    """
    recorded = recorder.record(f, *xs)
    return Program(*[getattr(recorded, field.name) for field in fields(recorded)])
