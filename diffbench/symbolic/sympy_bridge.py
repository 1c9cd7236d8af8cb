"""Between expression graphs and SymPy, in both directions, without recursion.

A graph keeps the order of operations of the code it came from. SymPy flattens sums and products and
sorts them as soon as an expression is built, so that a round trip keeps the value and loses the
order, and with it the sharing.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import reduce
from typing import Any

import sympy as sp
from sympy.functions.elementary.piecewise import ExprCondPair

from diffbench.errors import Unsupported
from diffbench.symbolic.elementary import elementary, name_of
from diffbench.symbolic.expression_graph.nodes import Expression, ExpressionGraph, count_uses


def to_sympy(roots: Sequence[Expression], symbols: Mapping[int, sp.Symbol]) -> list[sp.Expr]:
    """The expressions in SymPy; `symbols` names the variables by node."""
    known: dict[int, Any] = dict(symbols)
    for node in roots[0].graph.reachable(roots) if roots else []:
        if node not in known:
            known[node] = _translate(Expression(roots[0].graph, node), known)
    return [known[root.node] for root in roots]


def _translate(e: Expression, known: Mapping[int, Any]) -> Any:
    if e.operation == "constant":
        return _number(e.value)
    truths = _TRUTHS.get(e.operation, ())
    operands = [
        (_truth if k in truths else _value)(known[a.node]) for k, a in enumerate(e.arguments)
    ]
    return elementary(e.operation).symbolic(*operands)


# which operands are read as truths; all others are numbers, which SymPy keeps apart
_TRUTHS = {"where": (0,), "logical_not": (0,), "logical_and": (0, 1), "logical_or": (0, 1)}


def _truth(operand: Any) -> Any:
    return sp.Ne(operand, 0) if isinstance(operand, sp.Expr) else operand


def _value(operand: Any) -> Any:
    return operand if isinstance(operand, sp.Expr) else sp.Piecewise((1, operand), (0, True))


def _number(value: Any) -> Any:
    if isinstance(value, Fraction):
        return sp.Rational(value.numerator, value.denominator)
    return sp.true if value is True else sp.false if value is False else sp.sympify(value)


def into_graph(
    graph: ExpressionGraph, roots: Sequence[sp.Basic], known: Mapping[sp.Basic, Expression]
) -> list[Expression]:
    """SymPy expressions as nodes of the graph; `known` says what the symbols stand for. Sums and
    products are taken from left to right.
    """
    table, numbers = dict(known), set[sp.Basic]()
    for e in distinct(roots, stop=table):
        if isinstance(e, ExprCondPair):
            continue  # read by the Piecewise it belongs to
        if not isinstance(e, sp.Symbol) and numbers.issuperset(e.args):
            numbers.add(e)
        table[e] = graph.constant(_plain(e)) if e in numbers else _enter(graph, e, table)
    return [table[root] for root in roots]


def distinct(roots: Iterable[sp.Basic], stop: Iterable[sp.Basic] = ()) -> Iterator[sp.Basic]:
    """Every distinct subexpression once, arguments before results, in time proportional to their
    number.
    """
    seen = set(stop)
    stack = [(root, False) for root in reversed(list(roots))]
    while stack:
        e, arguments_done = stack.pop()
        if e in seen:
            continue
        if arguments_done:
            seen.add(e)
            yield e
        else:
            stack.append((e, True))
            stack.extend((a, False) for a in reversed(e.args) if a not in seen)


def _enter(graph: ExpressionGraph, e: sp.Basic, table: Mapping[sp.Basic, Expression]) -> Expression:
    if isinstance(e, sp.Symbol):
        raise Unsupported(
            f"the symbol {e} is not one of the function's variables; list it among the symbols"
        )
    for kind, enter in _FROM_SYMPY.items():
        if isinstance(e, kind):
            entered: Expression = enter(graph, e, table)
            return entered
    name = name_of(e.func)
    if name is None:
        raise Unsupported(
            f"{e.func.__name__} in {_short(e)} has no counterpart in NumPy; rewrite it in "
            "elementary functions"
        )
    return graph.apply(name, *(table[a] for a in e.args))


def _plain(e: sp.Basic) -> Any:
    if e in (sp.true, sp.false):
        return bool(e)
    if isinstance(e, sp.Float):
        return float(e)
    if isinstance(e, sp.Rational):
        return int(e) if e.is_Integer else Fraction(int(e.p), int(e.q))
    return e


def _short(e: sp.Basic) -> str:
    text = str(e)
    return text if len(text) <= 60 else text[:57] + "..."


def _enter_power(
    graph: ExpressionGraph, e: sp.Pow, table: Mapping[sp.Basic, Expression]
) -> Expression:
    base = table[e.base]
    if e.exp == -1:
        return 1 / base
    if e.exp == sp.S.Half:
        return graph.apply("sqrt", base)
    if e.exp == -sp.S.Half:
        return 1 / graph.apply("sqrt", base)
    return base ** table[e.exp]


def _enter_choice(
    graph: ExpressionGraph, e: sp.Piecewise, table: Mapping[sp.Basic, Expression]
) -> Expression:
    *branches, (last, otherwise) = [(table[value], condition) for value, condition in e.args]
    start = (
        last if otherwise == sp.true else graph.apply("where", table[otherwise], last, float("nan"))
    )
    return reduce(
        lambda rest, branch: graph.apply("where", table[branch[1]], branch[0], rest),
        reversed(branches),
        start,
    )


def _enter_swapped(operation: str) -> Any:
    return lambda graph, e, table: graph.apply(operation, table[e.args[1]], table[e.args[0]])


def _enter_all(operation: str) -> Any:
    return lambda graph, e, table: reduce(
        lambda a, b: graph.apply(operation, a, b), (table[a] for a in e.args)
    )


_FROM_SYMPY: dict[type, Any] = {
    sp.Add: _enter_all("add"),
    sp.Mul: _enter_all("multiply"),
    sp.Pow: _enter_power,
    sp.Piecewise: _enter_choice,
    sp.StrictLessThan: _enter_all("less"),
    sp.LessThan: _enter_all("less_equal"),
    sp.StrictGreaterThan: _enter_swapped("less"),
    sp.GreaterThan: _enter_swapped("less_equal"),
    sp.Equality: _enter_all("equal"),
    sp.Unequality: _enter_all("not_equal"),
    sp.And: _enter_all("logical_and"),
    sp.Or: _enter_all("logical_or"),
    sp.Not: lambda graph, e, table: graph.apply("logical_not", table[e.args[0]]),
}


def share(
    roots: Sequence[Expression], symbols: Mapping[int, sp.Symbol]
) -> tuple[list[tuple[sp.Symbol, sp.Expr]], list[sp.Expr]]:
    """As SymPy's cse: what is used more than once gets a symbol t0, t1, ... of its own; the order
    of operations is the graph's.
    """
    graph, known = roots[0].graph, dict[int, Any](symbols)
    replacements: list[tuple[sp.Symbol, sp.Expr]] = []
    nodes, uses = graph.reachable(roots), count_uses(roots)
    for node in nodes:
        if node not in known:
            known[node] = _translate(Expression(graph, node), known)
            if graph.arguments[node] and uses[node] > 1:
                symbol = sp.Symbol(f"t{len(replacements)}", real=True)
                replacements.append((symbol, known[node]))
                known[node] = symbol
    return replacements, [known[root.node] for root in roots]
