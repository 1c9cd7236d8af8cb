"""How large SymPy expressions are, written out: nodes and operations, in time proportional to their
distinct subexpressions.

SymPy's own count_ops walks the tree, which takes minutes where sharing hides millions of nodes; the
rules here are its rules, applied to each distinct subexpression once.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import sympy as sp
from sympy.core.function import _coeff_isneg
from sympy.core.operations import LatticeOp

from diffbench.symbolic.sympy_bridge import distinct

Parts = tuple[int, Sequence[Any]]


def count_nodes(roots: Sequence[sp.Basic]) -> tuple[int, int]:
    """(nodes of the expressions written out as trees, distinct subexpressions)."""
    trees: dict[sp.Basic, int] = {}
    for e in distinct(roots):
        trees[e] = 1 + sum(trees[a] for a in e.args)
    return sum(trees[root] for root in roots), len(trees)


def count_operations(roots: Iterable[sp.Expr]) -> int:
    """The sum of sympy.count_ops over the expressions."""
    known: dict[sp.Basic, int] = {}
    return sum(_count(sp.sympify(root), known) for root in roots)


def _count(root: sp.Basic, known: dict[sp.Basic, int]) -> int:
    stack: list[tuple[Any, Parts | None]] = [(root, None)]
    while stack:
        e, parts = stack.pop()
        if parts is not None:
            known[e] = parts[0] + sum(known[a] for a in parts[1])
        elif e not in known:
            parts = _parts(e)
            stack.append((e, parts))
            stack.extend((a, None) for a in parts[1])
    return known[root]


def _parts(e: Any) -> Parts:
    """Operations at the top of e, and what is left to count; the order of the cases is that of
    count_ops.
    """
    if e.is_Rational:
        return (e.p < 0) + (e.q != 1), ()
    sign = 0
    if e.is_Mul:
        sign, e = _without_sign(e)
        numerator, denominator = sp.fraction(e)
        if numerator.is_Integer:
            return sign + 1 + (int(numerator) < 0), (denominator,)
        if denominator is not sp.S.One:
            return sign + 1, (numerator,) if denominator.is_Integer else (numerator, denominator)
    elif e.is_Add:
        terms = [(-a, True) if _coeff_isneg(a) else (a, False) for a in e.args]
        return len(terms) - 1 + all(negative for _, negative in terms), [a for a, _ in terms]
    return _remaining_parts(sign, e)


def _without_sign(e: Any) -> tuple[int, Any]:
    if not _coeff_isneg(e):
        return 0, e
    return 1, e.as_two_terms()[1] if e.args[0] is sp.S.NegativeOne else -e


def _remaining_parts(sign: int, e: Any) -> Parts:
    if e.is_Pow and e.exp is sp.S.NegativeOne:
        return sign + 1, (e.base,)
    if e == sp.S.Exp1:
        return sign + 1, ()
    if e.is_Mul or isinstance(e, LatticeOp):
        return sign + len(e.args) - 1, e.args
    counts = bool(e.args) and (
        e.is_Pow or e.is_Function or isinstance(e, sp.Derivative | sp.Integral | sp.Sum)
    )
    return sign + counts, e.args
