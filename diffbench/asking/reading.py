"""A recorded function as something to read: Python, the textbook's table, a graph, LaTeX, SymPy, a
count of operations.
"""

from collections import Counter
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from diffbench import ir
from diffbench.arrays import recorder
from diffbench.arrays.traced import Traced
from diffbench.errors import BadPoint
from diffbench.interface import Function
from diffbench.markup import MOST
from diffbench.program.read.counts import count_operations
from diffbench.program.read.printing import to_dot, to_html, to_latex, to_python
from diffbench.program.saved import from_json, to_json


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

    def to_json(self) -> str:
        """The program as text that another process reads, without any code (program/saved.py)."""
        return to_json(self)

    @classmethod
    def from_json(cls, text: str | bytes) -> "Program":
        """The program of such a text. Raises BadInput for what is none.

        >>> saved = record(lambda x: x**2, 3.0).to_json()
        >>> Program.from_json(saved)(4.0)
        16.0
        """
        return _readable(from_json(text))

    def __reduce__(self) -> Any:
        return Program.from_json, (self.to_json(),)

    def __call__(self, *xs: Any) -> Any:
        """The function's value at another point, by NumPy. Where x is being differentiated, it is
        looked at whether the program holds; without, `holds_at` does. Raises BadPoint.
        """
        values = self._run(xs, None)
        if any([type(x) is Traced for x in xs]):
            self._require(values)
        return _output(values, self.output)

    def _require(self, values: dict[int, Any]) -> None:
        """By truth values, which a recording guards in its turn."""
        for var, expected, line in self.guards:
            if not bool(np.array_equal(values[var.index], expected)):
                raise BadPoint(
                    f"the program of {self.name} was recorded where another branch is taken "
                    f"({line}); record the function at a point like this one"
                )

    def __str__(self) -> str:
        return to_python(self)

    def _repr_html_(self) -> str:
        return to_html(self)

    def _repr_latex_(self) -> str:
        return to_latex(self, MOST)


def record(f: Function, *xs: Any) -> Program:
    """The Program of f at xs (any number of arrays). Loops are unrolled, branches guarded,
    constants captured as they are.

    >>> import numpy as np
    >>> program = record(lambda x: np.sin(x[0]) * x[1], np.array([0.0, 2.0]))
    >>> program.operations().total(), program.to_sympy()
    (2, x2*sin(x1))
    """
    return _readable(recorder.record(f, *xs))


def _readable(program: ir.Program) -> Program:
    return Program(*[getattr(program, field.name) for field in fields(program)])


def _output(values: dict[int, Any], output: Any) -> Any:
    if type(output) is tuple:
        return tuple([_output(values, part) for part in output])
    return values[output.index] if type(output) is ir.Var else output
