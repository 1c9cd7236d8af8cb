"""Sums of multiples as few calls of NumPy: each array as number * scalar * core + ..., written out
only where something else reads it.

    -(s a) - s a + 200 (b * 2 c)     ->    (-2 s) a + 400 (b * c)        like terms meet, numbers move to the front
    sum(100 (b * b) + c * c)         ->    100 b.dot(b) + c.dot(c)       and out of sums, where a product becomes a dot product

In NumPy every operation is a call and a pass over memory. (Native code does a chain of them in one
pass, and is not rewritten so.) Numbers move because that takes no more roundings, and only numbers
near 1, so that what overflows or vanishes for it was within a factor 2**20 of doing so; scalars
that vary stay with their array. What was added first is added first: a + (b - c) may be written so
because b - c is small. Only the sum over all entries of a product is taken in another order, as in
contractions.py.
"""

import string
from typing import Any

import numpy as np

from diffbench.ir import Equation, Program, Var
from diffbench.program.passes.rewriting.simplify import share
from diffbench.program.passes.sums.collecting import Collect, Collector
from diffbench.program.passes.sums.terms import Term, is_near_one, scaled
from diffbench.rules.linear_algebra.products import contract
from diffbench.rules.table import primitives, reduced_axes

_LARGE_PRODUCT = 1 << 15  # entries, from where on einsum pays
_CONTRACT = primitives[contract]


def collect_terms(program: Program) -> Program:
    """The program with its sums of multiples of float arrays collected."""
    collected = Collector(program, TERMS)
    for equation in program.equations:
        collected.take(equation)
    return share(collected.rewritten())


# ---------------------------------------------------------------- what an equation makes of its arguments


def _negative(collector: Collector, equation: Equation) -> list[Term] | None:
    return scaled(collector.terms(equation.args[0]), -1.0)


def _add(collector: Collector, equation: Equation) -> list[Term] | None:
    a, b = equation.args
    if np.shape(a) != equation.output.shape or np.shape(b) != equation.output.shape:
        return None
    sign = -1.0 if equation.primitive.name == "subtract" else 1.0
    left, right = collector.terms(a), scaled(collector.terms(b), sign)
    if len(left) > 1 and len(right) > 1:
        right = [Term(1.0, collector.written(right, equation.output.aval))]
    return left + right if len(right) == 1 else right + left  # what was added first is added first


def _multiply(collector: Collector, equation: Equation) -> list[Term] | None:
    for x, other in (equation.args, equation.args[::-1]):
        if not np.shape(x):
            return _times(collector, x, other, False)
    if any([np.shape(arg) != equation.output.shape for arg in equation.args]):
        return None
    a, b = map(collector.bare, equation.args)
    if not is_near_one(a.number * b.number):
        a, b = (Term(1.0, collector.product(term, equation.output.aval)) for term in (a, b))
    return [Term(a.number * b.number, a.core, b.core)]


def _divide(collector: Collector, equation: Equation) -> list[Term] | None:
    x, by = equation.args
    return _times(collector, by, x, True) if type(by) is Var and not by.shape else None


def _times(collector: Collector, x: Any, array: Any, below: bool) -> list[Term]:
    """An array times a number, or times or over a scalar."""
    term = collector.multiple_of(array)
    if type(x) is Var:
        return [term._replace(scalar=collector.atom(x), below=below)]
    if not is_near_one(x * term.number):
        term = Term(1.0, collector.product(term, array.aval))
    return [term._replace(number=float(x * term.number))]


def _moved(collector: Collector, equation: Equation) -> list[Term] | None:
    """A reshape, a transpose or a sum along an axis of a multiple, as the multiple of what comes
    out.
    """
    return _moved_term(collector, equation, collector.bare(equation.args[0]))


def _moved_term(collector: Collector, equation: Equation, term: Term) -> list[Term] | None:
    if term.number == 1:
        return None
    if not is_near_one(term.number):
        collector.write([term], equation.args[0])
        return None
    return [
        Term(
            term.number,
            collector.emit(equation.primitive, (term.core,), equation.output.aval, equation.params),
        )
    ]


def _summed(collector: Collector, equation: Equation) -> list[Term] | None:
    """A sum along axes; of a large product in one pass that never writes the product, and adds in
    the order of NumPy's sum.
    """
    x, n = equation.args[0], np.ndim(equation.args[0])
    if x.size < _LARGE_PRODUCT or equation.params.keys() != {"axis"}:
        return _moved(collector, equation)
    axes, letters = reduced_axes(equation.params["axis"], n), string.ascii_letters[:n]
    if n - 1 in axes:  # there NumPy adds pairwise
        return _moved(collector, equation)
    term = collector.multiple_of(x)
    if term.factor is None:
        return _moved_term(collector, equation, term)
    kept = "".join([letter for k, letter in enumerate(letters) if k not in axes])
    params = {"subscripts": f"{letters},{letters}->{kept}"}
    return [
        Term(
            term.number,
            collector.emit(_CONTRACT, (term.core, term.factor), equation.output.aval, params),
        )
    ]


TERMS: dict[str, Collect] = {
    "negative": _negative, "add": _add, "subtract": _add, "multiply": _multiply, "divide": _divide,
    "sum": _summed, "reshape": _moved, "transpose": _moved,
}  # fmt: skip
