"""What automatic differentiation costs on a tape, in operations: every arithmetic operation and
elementary function counts as one.

    forward   the increment of one tangent pass: a product takes x'y + xy', three operations
    reverse   the increment of one cotangent pass: a product takes two multiplications, and one addition for each factor
              whose cotangent has begun already
Sums are free in reverse; a difference costs its sign. Source: Griewank & Walther (2008), chapter 3,
for the counting.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from diffbench.rules.spelling import spelling
from diffbench.symbolic.expression_graph.nodes import Expression, ExpressionGraph

_POWER_OF_CONSTANT_EXPONENT = (3, 3)
_SCALING = (1, 1)


@dataclass(frozen=True)
class TapeCosts:
    """Operations of the function itself, and what a forward or a reverse pass adds."""

    function: int
    forward: int
    reverse: int


def tape_costs(outputs: Sequence[Expression], variables: Sequence[Expression]) -> TapeCosts:
    """Unit costs of a tape (a graph that does not share) of `outputs` in `variables`."""
    graph = outputs[0].graph
    steps, active = _steps(outputs, variables)
    costs = [_cost(graph, node, active) for node in steps]
    return TapeCosts(
        len(steps),
        sum(f for f, _ in costs),
        sum(r for _, r in costs) + _additions(graph, steps, active),
    )


def taylor_cost(outputs: Sequence[Expression], variables: Sequence[Expression], order: int) -> int:
    """Operations of one pass in Taylor polynomials: f and its derivatives along a line up to
    `order`, which cost order^2 times f.

    Recurrences for the coefficients: Griewank & Walther (2008), table 13.2. Order 1 is the function
    and one forward pass.
    """
    graph = outputs[0].graph
    steps, active = _steps(outputs, variables)
    return sum(_taylor_step(graph, node, active, order) for node in steps)


def _steps(
    outputs: Sequence[Expression], variables: Sequence[Expression]
) -> tuple[list[int], set[int]]:
    """The operations in order, and the nodes that depend on the variables."""
    graph = outputs[0].graph
    active = {v.node for v in variables}
    steps = [node for node in graph.reachable(outputs) if graph.arguments[node]]
    for node in steps:
        if active.intersection(graph.arguments[node]):
            active.add(node)
    return steps, active


def _taylor_step(graph: ExpressionGraph, node: int, active: set[int], d: int) -> int:
    operation, moving = graph.operations[node], [a in active for a in graph.arguments[node]]
    if operation == "add" and not all(moving):
        return 1  # only the constant coefficient changes
    if operation in ("add", "subtract", "negative") or (
        operation in ("multiply", "divide") and not all(moving)
    ):
        return d + 1 if operation != "divide" or moving[0] else (d + 1) ** 2
    return _TAYLOR_COSTS.get(operation, _TAYLOR_OTHER)(d)


def _recurrence(d: int) -> int:
    """y_k = 1/k sum_j (j x_j) z_(k-j) for k = 1, ..., d, the j x_j apart."""
    return d * d + max(d - 1, 0)


# like sine: with a companion
_TAYLOR_OTHER: Callable[[int], int] = lambda d: (
    2 + _recurrence(d) + _recurrence(d - 1) + max(d - 1, 0)
)
_TAYLOR_COSTS: dict[str, Callable[[int], int]] = {
    "multiply": lambda d: (d + 1) ** 2,
    "divide": lambda d: (d + 1) ** 2,
    "exp": lambda d: 1 + _recurrence(d) + max(d - 1, 0),
    "log": lambda d: 1 + _recurrence(d) + max(d - 1, 0),
    "tanh": lambda d: 1 + d * d + d + _recurrence(d) + max(d - 1, 0),
    "power": lambda d: 2 * (1 + _recurrence(d) + max(d - 1, 0)) + (d + 1) ** 2,  # exp(y log x)
}


def _cost(graph: ExpressionGraph, node: int, active: set[int]) -> tuple[int, int]:
    operation, arguments = graph.operations[node], graph.arguments[node]
    moving = [a in active for a in arguments]
    if operation == "power":
        return spelling(operation).costs if moving[1] else _POWER_OF_CONSTANT_EXPONENT
    if operation == "add" and not all(moving):
        return (0, 0)
    if operation == "multiply" and not all(moving):
        return _SCALING
    return spelling(operation).costs


def _additions(graph: ExpressionGraph, steps: list[int], active: set[int]) -> int:
    begun: set[int] = set()
    count = 0
    for node in reversed(steps):
        for argument in graph.arguments[node]:
            if argument in active:
                count += graph.operations[node] == "multiply" and argument in begun
                begun.add(argument)
    return count
