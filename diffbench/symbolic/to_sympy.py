"""A recorded Program in symbols: the program is run once more, on arrays of expressions instead of
arrays of floats.

Elementwise primitives take the functions below; what only moves or adds up entries (indexing, sum,
matmul, stack, ...) is NumPy itself on arrays of objects. Every entry becomes its own scalar
expression, so this is for functions with up to some ten thousand operations.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import sympy as sp

from diffbench.arrays.traced import Traced
from diffbench.errors import Unsupported
from diffbench.ir import Arithmetic, Primitive, Program
from diffbench.rules.spelling import function, spelling
from diffbench.rules.table import reduced_axes
from diffbench.symbolic.elementary import is_elementary
from diffbench.symbolic.expression_graph.folding import CONCISE
from diffbench.symbolic.expression_graph.nodes import Expression, ExpressionGraph
from diffbench.symbolic.sympy_bridge import to_sympy as graph_to_sympy


@dataclass(frozen=True, eq=False)
class ScalarProgram:
    """Every entry of the output as an expression in the entries of the input, both in C order."""

    variables: list[Expression]
    outputs: list[Expression]
    output_shape: tuple[int, ...]


def expressions(program: Program, graph: ExpressionGraph | None = None) -> ScalarProgram:
    """A program of one input as nodes of the graph, by default a new one. Raises Unsupported where
    a primitive has no scalar form.
    """
    if any(isinstance(a, Traced) for equation in program.equations for a in equation.args):
        raise Unsupported(
            f"{program.name} depends on a variable of an outer differentiation, and a formula "
            "can't; "
            "make that variable part of x, or use forward or reverse for the inner derivative"
        )
    graph = ExpressionGraph(CONCISE) if graph is None else graph
    (x,) = program.inputs
    variables = [graph.variable() for _ in range(int(np.prod(x.shape)))]
    output = program.evaluate(as_array(variables, x.shape), arithmetic=_arithmetic(program, graph))
    return ScalarProgram(
        variables,
        [graph.lift(e) for e in np.ravel(np.asarray(output, dtype=object))],
        np.shape(output),
    )


def to_sympy(program: Program, symbols: Sequence[sp.Symbol] | None = None) -> Any:
    """The output as a SymPy expression, or an object array of them; symbols default to
    `real_symbols` of the input's shape.

    Where the program has guards, this is the branch that was recorded.
    """
    scalars = expressions(program)
    symbols = real_symbols(program.inputs[0].shape) if symbols is None else symbols
    named = {
        variable.node: symbol for variable, symbol in zip(scalars.variables, symbols, strict=True)
    }
    return as_array(graph_to_sympy(scalars.outputs, named), scalars.output_shape)


def real_symbols(shape: tuple[int, ...], name: str = "x") -> list[sp.Symbol]:
    """One real symbol for every entry: x for a scalar, otherwise x1, x2, ... in C order."""
    if shape == ():
        return [sp.Symbol(name, real=True)]
    return [sp.Symbol(f"{name}{i + 1}", real=True) for i in range(int(np.prod(shape)))]


def as_array(entries: Sequence[Any], shape: tuple[int, ...]) -> Any:
    """An object array of that shape, or the one entry of shape ()."""
    array = np.empty(len(entries), dtype=object)
    array[:] = entries
    return array.reshape(shape)[()]


# Primitives in symbols


def _arithmetic(program: Program, graph: ExpressionGraph) -> Arithmetic:
    return {
        equation.primitive.name: partial(_apply, graph, equation.primitive)
        for equation in program.equations
    }


def _apply(graph: ExpressionGraph, primitive: Primitive, *arguments: Any, **params: Any) -> Any:
    """The primitive on arrays of expressions, or its plain value where no argument is symbolic."""
    of_entries = _of_entries(graph, primitive.name)
    if of_entries:
        return np.frompyfunc(of_entries, len(arguments), 1)(*arguments)
    if primitive.name in _WHOLE:
        return _WHOLE[primitive.name](graph, *arguments, **params)
    try:
        found = primitive.evaluate(*map(_objects, arguments), **params)
        # an array of shape () would be stored in an array of objects as what it is
        return found[()] if type(found) is np.ndarray and not found.ndim else found
    except (TypeError, ValueError, AttributeError, np.linalg.LinAlgError) as error:
        raise Unsupported(
            f"symbolic differentiation can't see into numpy.{_known_as(primitive)} ({error}); "
            "write it in elementwise functions, sums and products, or use an automatic method"
        ) from error


# rows that a function of NumPy's is made of
_PARTS = {
    "eigen": "linalg.eigh",
    "eigenvalues": "linalg.eigvalsh",
    "singular": "linalg.svd",
    "singular_values": "linalg.svdvals",
    "nuclear": "linalg.norm",
}


def _known_as(primitive: Primitive) -> str:
    """What a user calls it."""
    return _PARTS.get(primitive.name, primitive.name)


def _objects(constant: Any) -> Any:
    return (
        constant.astype(object)
        if isinstance(constant, np.ndarray) and constant.dtype.kind == "f"
        else constant
    )


def _of_entries(graph: ExpressionGraph, name: str) -> Callable[..., Any] | None:
    """A primitive that works entry by entry, on expressions; None for any other."""
    row = spelling(name)
    if row.terms:
        in_terms = function(row.terms, row.arity, lambda other: partial(graph.apply, other))
        return lambda *xs: in_terms(*map(graph.lift, xs))
    return partial(graph.apply, name) if is_elementary(name) else None


def _extreme(name: str) -> Callable[..., Any]:
    def reduce(
        graph: ExpressionGraph, x: Any, axis: Any = None, keepdims: bool = False, **options: Any
    ) -> Any:
        if options:
            raise Unsupported(
                f"symbolic differentiation has no {name} with {', '.join(options)}; write it with "
                f"np.{name} of two"
            )
        x = np.asarray(x, dtype=object)
        axes = reduced_axes(axis, x.ndim)
        rest = [a for a in range(x.ndim) if a not in axes]
        rows = np.transpose(x, [*rest, *axes]).reshape([x.shape[a] for a in rest] + [-1])
        chosen = as_array(
            [graph.apply(name, *rows[index]) for index in np.ndindex(rows.shape[:-1])],
            rows.shape[:-1],
        )
        return np.expand_dims(chosen, axes) if keepdims else chosen

    return reduce


_WHOLE: dict[str, Callable[..., Any]] = {
    "max": _extreme("maximum"),
    "min": _extreme("minimum"),
    "astype": lambda graph, x, dtype: x,
}
