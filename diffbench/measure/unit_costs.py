"""What automatic differentiation costs on a tape, in operations: every arithmetic operation and elementary function counts as one.

    forward   the increment of one tangent pass: a product takes x'y + xy', three operations
    reverse   the increment of one cotangent pass: a product takes two multiplications, and one addition for each factor
              whose cotangent has begun already
Sums are free in reverse; a difference costs its sign. Source: Griewank & Walther (2008), chapter 3, for the counting.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from diffbench.program.expression_graph import Expression, ExpressionGraph

#                 forward, reverse
_COSTS: dict[str, tuple[int, int]] = {
    "add": (1, 0),
    "sub": (1, 1),
    "neg": (1, 1),
    "mul": (3, 2),
    "div": (3, 3),
    "sin": (2, 2),
    "exp": (1, 1),
    "log": (1, 1),
    "tanh": (3, 3),
    "sqrt": (2, 2),
}
_POWER, _POWER_OF_CONSTANT_EXPONENT = (6, 7), (3, 3)
_OTHER = (2, 2)  # one for the derivative, one for the product
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
    active = {v.node for v in variables}
    steps = [node for node in graph.reachable(outputs) if graph.arguments[node]]
    for node in steps:
        if active.intersection(graph.arguments[node]):
            active.add(node)
    costs = [_cost(graph, node, active) for node in steps]
    return TapeCosts(len(steps), sum(f for f, _ in costs), sum(r for _, r in costs) + _additions(graph, steps, active))


def _cost(graph: ExpressionGraph, node: int, active: set[int]) -> tuple[int, int]:
    operation, arguments = graph.operations[node], graph.arguments[node]
    moving = [a in active for a in arguments]
    if operation == "power":
        return _POWER if moving[1] else _POWER_OF_CONSTANT_EXPONENT
    if operation == "add" and not all(moving):
        return (0, 0)
    if operation == "mul" and not all(moving):
        return _SCALING
    return _COSTS.get(operation, _OTHER)


def _additions(graph: ExpressionGraph, steps: list[int], active: set[int]) -> int:
    begun: set[int] = set()
    count = 0
    for node in reversed(steps):
        for argument in graph.arguments[node]:
            if argument in active:
                count += graph.operations[node] == "mul" and argument in begun
                begun.add(argument)
    return count
