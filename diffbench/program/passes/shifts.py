"""Log-sum-exp without the derivative of its shift.

    m = max(b);  y = m + log(sum(exp(b - m)))          y is the same whatever m is: the maximum only keeps exp from overflowing

The derivative along m is 1 - sum(exp(b - m))/sum(exp(b - m)) = 0, which rounding would leave as
noise, spread over whichever entries are largest at the price of several passes over b. Where a
maximum is read by such an expression and by nothing else, it is taken as a constant.
"""

from dataclasses import replace
from typing import Any

import numpy as np

from diffbench.ir import Equation, Program
from diffbench.rules.table import primitives, reduced_axes

_CONSTANT_MAX = replace(primitives[np.max], jvp=None, vjp=None)
_PATH = ("subtract", "exp", "sum", "log", "add")


def without_shifts(program: Program) -> Program:
    """The program with the maxima that only shift a log-sum-exp as constants."""
    if not any([equation.primitive is primitives[np.max] for equation in program.equations]):
        return program
    equations = [
        e._replace(primitive=_CONSTANT_MAX) if _only_shifts(program, e) else e
        for e in program.equations
    ]
    return replace(program, equations=tuple(equations))


def _only_shifts(program: Program, equation: Equation) -> bool:
    """Whether an equation is a maximum m that nothing reads but b - m and the sum with
    log(sum(exp(b - m))).
    """
    m = equation.output
    if equation.primitive is not primitives[np.max] or m.index in program.read_outside:
        return False
    readers = program.readers.get(m.index, [])
    shift = next((reader for reader in readers if reader.primitive.name == "subtract"), None)
    if len(readers) != 2 or shift is None:
        return False
    if shift.args[0] is not equation.args[0] or shift.args[1] is not m:
        return False
    path = _path_from(program, shift)
    return len(path) == len(_PATH) and path[-1] in readers and _axes(path[2]) == _axes(equation)


def _path_from(program: Program, equation: Equation) -> list[Equation]:
    """What b - m turns into on its way to the sum, as long as nothing else reads any of it."""
    path = [equation]
    for name in _PATH[1:]:
        made = path[-1].output.index
        readers = program.readers.get(made, [])
        if len(readers) == 1 and made not in program.read_outside:
            path += [reader for reader in readers if reader.primitive.name == name]
    return path


def _axes(equation: Equation) -> Any:
    """Along which axes a reduction goes, and whether it keeps them; None where it is told more."""
    if equation.params.keys() - {"axis", "keepdims"}:
        return None
    axes = reduced_axes(equation.params.get("axis"), np.ndim(equation.args[0]))
    return sorted(axes), bool(equation.params.get("keepdims"))
