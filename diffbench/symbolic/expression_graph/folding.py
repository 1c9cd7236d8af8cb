"""What an expression graph simplifies as it grows: constants, zeros and ones, and, where asked for,
signs and reciprocals.

None of these changes the order of operations or adds a rounding, so that the graph stays the
function that was written.
"""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from diffbench.symbolic.expression_graph.nodes import Expression, ExpressionGraph, exact


def fold_constants(
    graph: ExpressionGraph, operation: str, operands: tuple[Expression, ...]
) -> Expression | None:
    """Arithmetic of two constants; quotients of integers stay exact fractions."""
    fold = _CONSTANT_FOLDS.get(operation)
    if fold is None or any([e.node not in graph.values for e in operands]):
        return None
    values = [e.value for e in operands]
    return None if operation == "divide" and values[1] == 0 else graph.constant(fold(*values))


def fold_zeros_and_ones(
    graph: ExpressionGraph, operation: str, operands: tuple[Expression, ...]
) -> Expression | None:
    """x+0, x-0, x*0, x*1, x/1, 0/x, x**1, 0-x."""
    fold = _FOLDS.get(operation)
    return fold(graph, *operands) if fold else None


def fold_signs_and_reciprocals(
    graph: ExpressionGraph, operation: str, operands: tuple[Expression, ...]
) -> Expression | None:
    """Move minus signs outwards until a sum absorbs them, and write x*(1/y) as x/y: fewer
    operations, never another rounding.
    """
    fold = _SIGN_FOLDS.get(operation)
    return fold(*operands) if fold else None


ZERO_ONE = (fold_constants, fold_zeros_and_ones)
CONCISE = (*ZERO_ONE, fold_signs_and_reciprocals)


def _divide(a: Any, b: Any) -> Any:
    return (
        exact(Fraction(a, b))
        if isinstance(a, (int, Fraction)) and isinstance(b, (int, Fraction))
        else a / b
    )


_CONSTANT_FOLDS: dict[str, Callable[..., Any]] = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "divide": _divide,
    "negative": lambda a: -a,
    "less": lambda a, b: bool(a < b),
    "less_equal": lambda a, b: bool(a <= b),
    "equal": lambda a, b: bool(a == b),
    "not_equal": lambda a, b: bool(a != b),
    "logical_and": lambda a, b: bool(a and b),
    "logical_or": lambda a, b: bool(a or b),
    "logical_not": lambda a: not a,
}


def _fold_add(graph: ExpressionGraph, a: Expression, b: Expression) -> Expression | None:
    return b if a.value == 0 else a if b.value == 0 else None


def _fold_sub(graph: ExpressionGraph, a: Expression, b: Expression) -> Expression | None:
    return a if b.value == 0 else -b if a.value == 0 else None


def _fold_mul(graph: ExpressionGraph, a: Expression, b: Expression) -> Expression | None:
    x, y = a.value, b.value
    if x is None and y is None:
        return None
    return graph.constant(0) if x == 0 or y == 0 else b if x == 1 else a if y == 1 else None


def _fold_div(graph: ExpressionGraph, a: Expression, b: Expression) -> Expression | None:
    return a if b.value == 1 or a.value == 0 else None


def _fold_power(graph: ExpressionGraph, a: Expression, b: Expression) -> Expression | None:
    return a if b.value == 1 else graph.constant(1) if b.value == 0 else None


def _fold_where(
    graph: ExpressionGraph, condition: Expression, a: Expression, b: Expression
) -> Expression | None:
    return (
        a if a.node == b.node else None if condition.value is None else a if condition.value else b
    )


_FOLDS: dict[str, Callable[..., Expression | None]] = {
    "where": _fold_where,
    "add": _fold_add,
    "subtract": _fold_sub,
    "multiply": _fold_mul,
    "divide": _fold_div,
    "power": _fold_power,
}


_MOVABLE = frozenset({"negative", "divide", "constant"})


def _is_negated(e: Expression) -> bool:
    return e.operation == "negative" or bool(e.value == -1)


def _without_sign(e: Expression) -> Expression:
    return (
        e
        if not _is_negated(e)
        else e.arguments[0]
        if e.operation == "negative"
        else e.graph.constant(1)
    )


def _sign_of_sum(a: Expression, b: Expression) -> Expression | None:
    return (
        a - _without_sign(b) if _is_negated(b) else b - _without_sign(a) if _is_negated(a) else None
    )


def _sign_of_difference(a: Expression, b: Expression) -> Expression | None:
    return (
        a + _without_sign(b)
        if _is_negated(b)
        else -(_without_sign(a) + b)
        if a.operation == "negative"
        else None
    )


def _sign_of_product(a: Expression, b: Expression) -> Expression | None:
    if a.operation not in _MOVABLE and b.operation not in _MOVABLE:
        return None
    if _is_reciprocal(a) or _is_reciprocal(b):
        return b / a.arguments[1] if _is_reciprocal(a) else a / b.arguments[1]
    if not _is_negated(a) and not _is_negated(b):
        return None
    product = _without_sign(a) * _without_sign(b)
    return product if _is_negated(a) and _is_negated(b) else -product


def _sign_of_quotient(a: Expression, b: Expression) -> Expression | None:
    return -(a.arguments[0] / b) if a.operation == "negative" else None


def _sign_of_negation(a: Expression) -> Expression | None:
    return a.arguments[0] if a.operation == "negative" else None


def _is_reciprocal(e: Expression) -> bool:
    return e.operation == "divide" and bool(e.arguments[0].value == 1)


_SIGN_FOLDS: dict[str, Callable[..., Expression | None]] = {
    "add": _sign_of_sum,
    "subtract": _sign_of_difference,
    "multiply": _sign_of_product,
    "divide": _sign_of_quotient,
    "negative": _sign_of_negation,
}
