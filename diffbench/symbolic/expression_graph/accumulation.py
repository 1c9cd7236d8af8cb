"""Derivatives on an expression graph: first the partial derivative along every edge, then sums of
products over all paths.

    linearize       one edge from every active result to every active argument, weighted by the partial derivative
    preaccumulate   drop vertices with one way in and one way out: it never costs an operation and joins parallel edges
    push_forward    tangents, from the variables to the results
    pull_back       cotangents, from the results to the variables

The partial derivatives are SymPy's, so the result is symbolic differentiation; what makes it cheap
is that no product is multiplied out.
Sources: Griewank & Walther (2008), chapter 9 (edge weights, elimination); Laue (2019).
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import sympy as sp

from diffbench.errors import Unsupported
from diffbench.symbolic.elementary import elementary
from diffbench.symbolic.expression_graph.nodes import Expression, ExpressionGraph
from diffbench.symbolic.sympy_bridge import into_graph

Edges = dict[int, dict[int, Expression]]  # result -> argument -> weight
Partials = Callable[[Expression], Sequence[Expression | None]]

# a weight of 0 here must hide an infinite or NaN derivative behind it
SELECTING = frozenset({"where", "maximum", "minimum"})
FLAT = frozenset(
    {
        "tie_share",
        "less",
        "less_equal",
        "equal",
        "not_equal",
        "logical_and",
        "logical_or",
        "logical_not",
    }
)


@dataclass(frozen=True, eq=False)
class Linearization:
    """The edges between nodes that depend on the variables, and how weights are multiplied."""

    graph: ExpressionGraph
    edges: Edges
    multiply: Callable[[Expression, Expression], Expression]

    def zero(self) -> Expression:
        return self.graph.constant(0)


def linearize(
    outputs: Sequence[Expression], variables: Sequence[Expression], partials: Partials | None = None
) -> Linearization:
    """Edges from every node between `variables` and `outputs` to its active arguments, weighted by
    partial derivatives.
    """
    graph, partials = outputs[0].graph, partials or accurate_partials
    active = {v.node for v in variables}
    edges: Edges = {}
    nodes = graph.reachable(outputs)
    for node in nodes:
        if node not in active and active.intersection(graph.arguments[node]):
            edges[node] = _edges_of(Expression(graph, node), active, partials)
            active.add(node)
    selects = any(graph.operations[node] in SELECTING for node in nodes)
    return Linearization(graph, edges, _gated_product if selects else _product)


def _edges_of(e: Expression, active: set[int], partials: Partials) -> dict[int, Expression]:
    weights: dict[int, Expression] = {}
    for argument, partial in zip(e.arguments, partials(e), strict=True):
        if argument.node in active and partial is not None and partial.value != 0:
            weights[argument.node] = (
                weights[argument.node] + partial if argument.node in weights else partial
            )
    return weights


def _product(a: Expression, b: Expression) -> Expression:
    return a * b


def _gated_product(a: Expression, b: Expression) -> Expression:
    return a * b if a.value is not None or b.value is not None else a.graph.apply("gate", a, b)


def preaccumulate(linear: Linearization, keep: Iterable[Expression]) -> Linearization:
    """Eliminate every vertex with one edge in and one edge out, except those in `keep` (variables
    and outputs).
    """
    edges = {result: dict(weights) for result, weights in linear.edges.items()}
    users = _users(edges)
    kept = {e.node for e in keep}
    for vertex in list(edges):
        if vertex not in kept and len(edges[vertex]) == 1 and len(users[vertex]) == 1:
            _eliminate(vertex, edges, users, linear.multiply)
    return Linearization(linear.graph, edges, linear.multiply)


def _users(edges: Edges) -> dict[int, set[int]]:
    users: dict[int, set[int]] = defaultdict(set)
    for result, weights in edges.items():
        for argument in weights:
            users[argument].add(result)
    return users


def _eliminate(
    vertex: int,
    edges: Edges,
    users: dict[int, set[int]],
    multiply: Callable[[Expression, Expression], Expression],
) -> None:
    (argument, inner), (user,) = edges.pop(vertex).popitem(), users.pop(vertex)
    path = multiply(edges[user].pop(vertex), inner)
    parallel = edges[user].get(argument)
    edges[user][argument] = path if parallel is None else parallel + path
    users[argument].discard(vertex)
    users[argument].add(user)


def push_forward(linear: Linearization, seeds: Mapping[int, Expression]) -> dict[int, Expression]:
    """Tangents by node, given those of the variables."""
    tangents = dict(seeds)
    for result in sorted(linear.edges):
        terms = [
            linear.multiply(weight, tangents[a])
            for a, weight in linear.edges[result].items()
            if a in tangents
        ]
        if terms:
            tangents[result] = _sum(terms)
    return tangents


def pull_back(linear: Linearization, seeds: Mapping[int, Expression]) -> dict[int, Expression]:
    """Cotangents by node, given those of the outputs."""
    cotangents = dict(seeds)
    for result in sorted(linear.edges, reverse=True):
        if result in cotangents:
            for argument, weight in linear.edges[result].items():
                term = linear.multiply(cotangents[result], weight)
                cotangents[argument] = (
                    cotangents[argument] + term if argument in cotangents else term
                )
    return cotangents


def _sum(terms: list[Expression]) -> Expression:
    return sum(terms[1:], start=terms[0])


# Partial derivatives


def textbook_partials(e: Expression) -> Sequence[Expression | None]:
    """The partial derivatives of one operation in its arguments as SymPy states them; None where
    there is nothing to differentiate.
    """
    if e.operation in FLAT:
        return [None] * len(e.arguments)
    own = _ARITHMETIC.get(e.operation)
    return own(e, *e.arguments) if own else _by_sympy(e)


def accurate_partials(e: Expression) -> Sequence[Expression | None]:
    """The same, with 1/cosh^2 for tanh: 1 - tanh^2 cancels and loses eight digits at x = 10."""
    if e.operation == "tanh":
        return (1 / e.graph.apply("cosh", *e.arguments) ** 2,)
    return textbook_partials(e)


def _power_partials(y: Expression, a: Expression, b: Expression) -> Sequence[Expression | None]:
    if b.value is not None:
        return (b * a ** (b - 1), None)
    # 0**b is flat in b, though log(0) is infinite
    return (
        b * a ** (b - 1),
        y.graph.apply("gate", y, y.graph.apply("log", a)),
    )


def _where_partials(
    y: Expression, condition: Expression, a: Expression, b: Expression
) -> Sequence[Expression | None]:
    return (None, y.graph.apply("where", condition, 1, 0), y.graph.apply("where", condition, 0, 1))


def _gate_partials(y: Expression, a: Expression, b: Expression) -> Sequence[Expression | None]:
    return (b, a)


_ARITHMETIC: dict[str, Callable[..., Sequence[Any]]] = {
    "add": lambda y, a, b: (y.graph.constant(1), y.graph.constant(1)),
    "subtract": lambda y, a, b: (y.graph.constant(1), y.graph.constant(-1)),
    "multiply": lambda y, a, b: (b, a),
    "divide": lambda y, a, b: (1 / b, -(y / b)),
    "negative": lambda y, a: (y.graph.constant(-1),),
    "power": _power_partials,
    "sqrt": lambda y, a: (1 / (2 * y),),
    "tanh": lambda y, a: (1 - y * y,),
    "where": _where_partials,
    "gate": _gate_partials,
    "maximum": lambda y, *xs: [_share(i, xs) for i in range(len(xs))],
    "minimum": lambda y, *xs: [_share(i, [-x for x in xs]) for i in range(len(xs))],
}


def _share(i: int, xs: Sequence[Expression]) -> Expression:
    return xs[0].graph.apply("tie_share", i, *xs)


def _by_sympy(e: Expression) -> list[Expression | None]:
    return [None if a.value is not None else _instance(e, i) for i, a in enumerate(e.arguments)]


def _instance(e: Expression, i: int) -> Expression:
    symbols, derivative = _derivative_of(e.operation, len(e.arguments), i)
    return into_graph(e.graph, [derivative], dict(zip(symbols, e.arguments, strict=True)))[0]


@cache
def _derivative_of(operation: str, arity: int, i: int) -> tuple[tuple[sp.Symbol, ...], sp.Expr]:
    symbols = tuple(sp.Symbol(f"a{k}", real=True) for k in range(arity))
    return symbols, _derivative(elementary(operation).symbolic(*symbols), symbols[i])


def _derivative(function: sp.Expr, symbol: sp.Symbol) -> sp.Expr:
    derivative = sp.diff(function, symbol)
    if derivative.has(sp.Derivative, sp.DiracDelta, sp.Subs):
        raise Unsupported(
            f"the derivative of {function} is {derivative}, which is not a function and can't be "
            "evaluated; "
            "use an automatic method, or np.where if the steps are meant to be flat"
        )
    return derivative
