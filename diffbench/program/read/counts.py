"""How many scalar operations a program performs: the one cost that is the same on every machine.

Every entry of every array counts. + - * / have their signs as names (a change of sign is a -),
every other function its own name. Comparing, choosing and moving entries about is not arithmetic
and is free.
"""

from collections import Counter
from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np

from diffbench.ir import Equation
from diffbench.rules.spelling import spelling

MOVING = frozenset(
    {"broadcast_to", "reshape", "transpose", "join", "getitem", "set_at", "zeros_like"}
)


def count_operations(equations: tuple[Equation, ...]) -> Counter[str]:
    """Operations by name, in the order in which they first occur; .total() adds them up."""
    counts: Counter[str] = Counter()
    for equation in equations:
        count = _COUNTS.get(equation.primitive.name, _once_an_entry)
        counts.update(count(equation))
    return +counts


def _once_an_entry(equation: Equation) -> dict[str, int]:
    primitive = equation.primitive
    counted = spelling(primitive.name).counted
    if counted == "" or primitive.name in MOVING or not primitive.differentiable:
        return {}
    return {counted or primitive.name: _size(equation.output)}


def _sum(equation: Equation) -> dict[str, int]:
    return {"+": _size(equation.args[0]) - _size(equation.output)}


def _mean(equation: Equation) -> dict[str, int]:
    return _sum(equation) | {"/": _size(equation.output)}


def _matmul(equation: Equation) -> dict[str, int]:
    inner = np.shape(equation.args[0])[-1]
    return {"*": inner * _size(equation.output), "+": (inner - 1) * _size(equation.output)}


def _extreme(equation: Equation) -> dict[str, int]:
    return {equation.primitive.name: _size(equation.args[0]) - _size(equation.output)}


def _cumulative(equation: Equation) -> dict[str, int]:
    x, y = np.shape(equation.args[0]), _size(equation.output)
    axis = equation.params.get("axis")
    return {"+": y - y // (y if axis is None else x[axis])} if y else {}


def _power(equation: Equation) -> dict[str, int]:
    exponent = equation.args[1]
    return {
        "*"
        if np.ndim(exponent) == 0 and _is_number(exponent) and exponent == 2
        else "power": _size(equation.output)
    }


def _add_at(equation: Equation) -> dict[str, int]:
    return {"+": _size(equation.args[1])}


def _is_number(arg: Any) -> bool:
    return isinstance(arg, (int, float, np.generic))


def _size(arg: Any) -> int:
    return sum(map(_size, arg)) if type(arg) is tuple else prod(np.shape(arg))


_COUNTS: dict[str, Callable[[Equation], dict[str, int]]] = {
    "sum": _sum, "mean": _mean, "matmul": _matmul, "max": _extreme, "min": _extreme, "cumsum": _cumulative, "power": _power,
    "add_at": _add_at,
}  # fmt: skip
