"""Log-sum-exp without the derivative of its shift.

    m = max(b);  y = m + log(sum(exp(b - m)))          y is the same whatever m is: the maximum only keeps exp from overflowing

The derivative along m is 1 - sum(exp(b - m))/sum(exp(b - m)) = 0, which rounding would leave as
noise, spread over whichever entries are largest at the price of several passes over b. Where a
maximum is read by such an expression and by nothing else, it is taken as a constant.
"""

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np

from diffbench.arrays.recorder import Equation, Var
from diffbench.program.program import Program
from diffbench.rules.table import primitives, reduced_axes

_CONSTANT_MAX = replace(primitives[np.max], jvp=None, vjp=None)
_PATH = ("subtract", "exp", "sum", "log", "add")


def without_shifts(program: Program) -> Program:
    """The program with the maxima that only shift a log-sum-exp as constants."""
    if not any([equation.primitive is primitives[np.max] for equation in program.equations]):
        return program
    readers = _Readers(program)
    equations = [
        e._replace(primitive=_CONSTANT_MAX) if readers.only_shift(e) else e
        for e in program.equations
    ]
    return replace(program, equations=tuple(equations))


class _Readers:
    """Which equations read a variable."""

    def __init__(self, program: Program) -> None:
        self.of: dict[int, list[Equation]] = {}
        for equation in program.equations:
            for arg in equation.args:
                if type(arg) is Var:
                    self.of.setdefault(arg.index, []).append(equation)
        outputs = program.output if type(program.output) is tuple else (program.output,)
        self.seen = Counter(
            [
                var.index
                for var in (*outputs, *[guard.var for guard in program.guards])
                if type(var) is Var
            ]
        )

    def only_shift(self, equation: Equation) -> bool:
        """Whether an equation is a maximum m that nothing reads but b - m and the sum with
        log(sum(exp(b - m))).
        """
        m = equation.output
        readers = self.of.get(getattr(m, "index", -1), [])
        if equation.primitive is not primitives[np.max] or len(readers) != 2 or self.seen[m.index]:
            return False
        shift = next((reader for reader in readers if reader.primitive.name == "subtract"), None)
        if shift is None or shift.args[0] is not equation.args[0] or shift.args[1] is not m:
            return False
        last = self._end_of_path(shift)
        return (
            last in readers
            and last is not shift
            and _axes(self._sum_after(shift)) == _axes(equation)
        )

    def _end_of_path(self, equation: Equation) -> Any:
        """The equation that adds what b - m turns into on its way, if nothing else reads any of
        it.
        """
        for name in _PATH[1:]:
            readers = self.of.get(equation.output.index, [])
            if (
                len(readers) != 1
                or self.seen[equation.output.index]
                or readers[0].primitive.name != name
            ):
                return None
            equation = readers[0]
        return equation

    def _sum_after(self, shift: Equation) -> Equation:
        return self.of[self.of[shift.output.index][0].output.index][0]


def _axes(equation: Equation) -> Any:
    """Along which axes a reduction goes, and whether it keeps them; None where it is told more."""
    if equation.params.keys() - {"axis", "keepdims"}:
        return None
    axes = reduced_axes(equation.params.get("axis"), np.ndim(equation.args[0]))
    return sorted(axes), bool(equation.params.get("keepdims"))
