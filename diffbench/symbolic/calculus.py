"""What each operator asks for, answered in formulas: by SymPy's diff, or by accumulation on a
shared graph.

Both calculi offer the same three functions of lists of formulas, so that an operator is one line,
whichever of the two answers it:
    jacobian(ys, xs)     every dy/dx, row by row
    push(ys, xs, x_dot)  J x_dot
    pull(ys, xs, y_bar)  J^T y_bar
"""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import sympy as sp

from diffbench.interface import Operator
from diffbench.symbolic.expression_graph.accumulation import (
    linearize,
    preaccumulate,
    pull_back,
    push_forward,
)
from diffbench.symbolic.expression_graph.nodes import Expression

Formula = Any  # a SymPy expression, or an Expression of a graph
Shape = tuple[int, ...]


class Calculus(Protocol):
    """Derivatives of formulas as formulas."""

    def jacobian(self, ys: Sequence[Formula], xs: Sequence[Formula]) -> list[Formula]: ...
    def push(
        self, ys: Sequence[Formula], xs: Sequence[Formula], x_dot: Sequence[Formula]
    ) -> list[Formula]: ...
    def pull(
        self, ys: Sequence[Formula], xs: Sequence[Formula], y_bar: Sequence[Formula]
    ) -> list[Formula]: ...


class ByDiff:
    """SymPy's diff, one entry at a time; `differentiate` may be another engine's."""

    def __init__(self, differentiate: Callable[[Any, Any], Any] = sp.diff) -> None:
        self.differentiate = differentiate

    def jacobian(self, ys: Sequence[Formula], xs: Sequence[Formula]) -> list[Formula]:
        return [self.differentiate(y, x) for y in ys for x in xs]

    def push(
        self, ys: Sequence[Formula], xs: Sequence[Formula], x_dot: Sequence[Formula]
    ) -> list[Formula]:
        return [
            sum(self.differentiate(y, x) * dot for x, dot in zip(xs, x_dot, strict=True))
            for y in ys
        ]

    def pull(
        self, ys: Sequence[Formula], xs: Sequence[Formula], y_bar: Sequence[Formula]
    ) -> list[Formula]:
        return [
            sum(self.differentiate(y, x) * bar for y, bar in zip(ys, y_bar, strict=True))
            for x in xs
        ]


class ByAccumulation:
    """Forward or reverse accumulation over the graph, after preaccumulation; a Jacobian takes the
    direction with fewer passes.
    """

    def jacobian(self, ys: Sequence[Expression], xs: Sequence[Expression]) -> list[Expression]:
        units = [
            [ys[0].graph.constant(int(i == j)) for j in range(min(len(xs), len(ys)))]
            for i in range(min(len(xs), len(ys)))
        ]
        if len(xs) < len(ys):
            columns = [self.push(ys, xs, unit) for unit in units]
            return [column[i] for i in range(len(ys)) for column in columns]
        return [entry for unit in units for entry in self.pull(ys, xs, unit)]

    def push(
        self, ys: Sequence[Expression], xs: Sequence[Expression], x_dot: Sequence[Expression]
    ) -> list[Expression]:
        linear = preaccumulate(linearize(ys, xs), [*xs, *ys])
        tangents = push_forward(linear, {x.node: dot for x, dot in zip(xs, x_dot, strict=True)})
        return [tangents.get(y.node, linear.zero()) for y in ys]

    def pull(
        self, ys: Sequence[Expression], xs: Sequence[Expression], y_bar: Sequence[Expression]
    ) -> list[Expression]:
        linear = preaccumulate(linearize(ys, xs), [*xs, *ys])
        cotangents = pull_back(linear, _seeds(ys, y_bar))
        return [cotangents.get(x.node, linear.zero()) for x in xs]


def _seeds(ys: Sequence[Expression], y_bar: Sequence[Expression]) -> dict[int, Expression]:
    seeds: dict[int, Expression] = {}
    for y, bar in zip(ys, y_bar, strict=True):
        # two outputs may be the same node
        seeds[y.node] = seeds[y.node] + bar if y.node in seeds else bar
    return seeds


def answer(
    calculus: Calculus,
    operator: Operator,
    ys: Sequence[Formula],
    xs: Sequence[Formula],
    direction: Sequence[Formula],
    one: Formula,
) -> list[list[Formula]]:
    """The arrays an operator returns, each as the list of its entries in C order."""
    match operator:
        case Operator.DERIVATIVE | Operator.GRADIENT | Operator.JACOBIAN:
            return [calculus.jacobian(ys, xs)]
        case Operator.VALUE_AND_GRADIENT:
            return [list(ys), calculus.jacobian(ys, xs)]
        case Operator.HESSIAN:
            return [calculus.jacobian(calculus.pull(ys, xs, [one]), xs)]
        case Operator.JVP:
            return [list(ys), calculus.push(ys, xs, direction)]
        case Operator.VJP:
            return [list(ys), calculus.pull(ys, xs, direction)]
        case Operator.HVP:
            return [calculus.push(calculus.pull(ys, xs, [one]), xs, direction)]


def shapes(operator: Operator, n: Shape, m: Shape) -> list[Shape]:
    """Shapes of the arrays an operator returns, x of shape n and f(x) of shape m."""
    return {
        Operator.VALUE_AND_GRADIENT: [m, n],
        Operator.HESSIAN: [n + n],
        Operator.JVP: [m, m],
        Operator.VJP: [m, n],
        Operator.HVP: [n],
    }.get(operator, [m + n])
