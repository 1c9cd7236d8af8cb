"""Rewriting of sums and matrix products, so that as little as possible is computed entry by entry.

Sums are taken in another order here, with no more roundings than before. Where entries are
infinite, an inf may come out that NumPy's order would have made NaN; a zero may come out with the
other sign.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from diffbench.ir import Aval, Var, aval
from diffbench.program.passes.rewriting.identities import negated
from diffbench.program.passes.rewriting.patterns import row
from diffbench.program.passes.rewriting.sharing import Simpler
from diffbench.rules.table import primitives, reduced_axes


def _summed_axes(x: Any, params: Any, known: Aval) -> tuple[int, ...] | None:
    """The axes of a sum without further conditions; None for other sums."""
    if type(x) is not Var or params.keys() - {"axis", "keepdims"} or x.dtype is not known.dtype:
        return None
    return tuple(reduced_axes(params.get("axis"), x.ndim))


def _of_one_entry(draft: Simpler, args: Any, params: Any, known: Aval) -> Any:
    axes = _summed_axes(args[0], params, known)
    if axes is None or any([args[0].shape[a] != 1 for a in axes]):
        return None
    return draft.apply(primitives[np.reshape], args, {"shape": known.shape}, known)


def _over_all(draft: Simpler, args: Any, params: Any, known: Aval) -> Any:
    axes = _summed_axes(args[0], params, known)
    if not axes or len(axes) != args[0].ndim or params.get("keepdims") or not params:
        return None
    return draft.apply(primitives[np.sum], args, {}, known)


def _of_product(draft: Simpler, args: Any, params: Any, known: Aval) -> Any:
    axes = _summed_axes(args[0], params, known)
    if axes is None or params.get("keepdims"):
        return None
    return _sum_of_product(draft, args[0], axes, known)


def _of_factors(draft: Simpler, args: Any, params: Any, known: Aval) -> Any:
    axes = _summed_axes(args[0], params, known)
    if axes is None or params.get("keepdims"):
        return None
    return _factored_sum(draft, args[0], axes, known)


def _factored_sum(draft: Simpler, x: Var, axes: Sequence[int], known: Aval) -> Any:
    """The sum over rows of a matrix of products: what is the same in all rows goes in front, what
    is the same in all columns becomes the vector of a matrix-vector product. Fewer passes over the
    matrix, and fewer roundings.
    """
    if x.ndim != 2 or list(axes) != [0] or x.dtype != float or 1 in x.shape:
        return None
    matrices: list[Any] = []
    rows: list[tuple[Any, bool]] = []
    columns: list[Any] = []
    for factor, below in _factors(draft, x, 0):
        shape = np.shape(factor)
        if shape in ((), (1,), (1, 1), x.shape[1:], (1, *x.shape[1:])):
            rows.append((factor, below))
        elif shape == (x.shape[0], 1) and not below:
            columns.append(factor)
        elif below or shape != x.shape:
            return None
        else:
            matrices.append(factor)
    if not matrices or not (rows or columns):
        return None
    total = _weighted_sum(draft, _product(draft, matrices, x.aval), columns, known)
    for factor, below in rows:
        flat = _as_row(draft, factor) if np.ndim(factor) == 2 else factor
        total = draft.apply(
            primitives[np.divide if below else np.multiply], (total, flat), {}, known
        )
    return total


def _as_row(draft: Simpler, factor: Any) -> Any:
    """A matrix of one row, of all columns or of one, without its first axis."""
    row = aval(np.shape(factor)[1:], np.result_type(getattr(factor, "dtype", float)))
    return draft.apply(primitives[np.reshape], (factor,), {"shape": row.shape}, row)


def _factors(draft: Simpler, x: Any, depth: int) -> Iterator[tuple[Any, bool]]:
    """The factors of a product and, marked True, those it is divided by."""
    maker = draft.made.get(x.index) if type(x) is Var and depth < 5 else None
    name = maker.primitive.name if maker else ""
    if maker and name == "multiply":
        for arg in maker.args:
            yield from _factors(draft, arg, depth + 1)
    elif maker and name == "divide" and np.ndim(maker.args[1]) < 2:
        yield from _factors(draft, maker.args[0], depth + 1)
        yield maker.args[1], True
    else:
        yield x, False


def _product(draft: Simpler, factors: list[Any], known: Aval) -> Any:
    total = factors[0]
    for factor in factors[1:]:
        total = draft.apply(primitives[np.multiply], (total, factor), {}, known)
    return total


def _weighted_sum(draft: Simpler, matrix: Any, columns: list[Any], known: Aval) -> Any:
    if not columns:
        return draft.file(primitives[np.sum], (matrix,), {"axis": (0,)}, known)
    n = np.shape(columns[0])[0]
    weights = _product(draft, columns, aval((n, 1), known.dtype))
    vector = draft.apply(
        primitives[np.reshape], (weights,), {"shape": (n,)}, aval((n,), known.dtype)
    )
    return draft.apply(primitives[np.matmul], (vector, matrix), {}, known)


def _sum_of_product(draft: Simpler, x: Var, axes: Sequence[int], known: Aval) -> Any:
    """sum(A B) along the columns of B as A sum(B): a product with a vector instead of a matrix."""
    minus = draft.maker(x, "negative")
    if minus and draft.maker(minus.args[0], "matmul"):
        positive = _sum_of_product(draft, minus.args[0], axes, known)
        return None if positive is None else negated(draft, positive, known)
    maker = draft.maker(x, "matmul")
    if (
        maker is None
        or list(axes) != [x.ndim - 1]
        or draft.source.uses[x.index] > 1
        or np.ndim(maker.args[1]) < 2
    ):
        return None
    a, b = maker.args
    total = aval((*np.shape(b)[:-1], 1), known.dtype)
    column = draft.apply(primitives[np.sum], (b,), {"axis": -1, "keepdims": True}, total)
    product = draft.apply(
        primitives[np.matmul], (a, column), {}, aval((*x.shape[:-1], 1), known.dtype)
    )
    return draft.apply(primitives[np.reshape], (product,), {"shape": known.shape}, known)


def _by_a_column(draft: Simpler, args: Any, params: Any, known: Aval) -> Any:
    a, b = args
    column = draft.maker(b, "reshape")
    if not (column and np.ndim(a) == 2 and b.shape[1:] == (1,) and np.ndim(column.args[0]) == 1):
        return None
    product = draft.apply(
        primitives[np.matmul], (a, column.args[0]), {}, aval(known.shape[:1], known.dtype)
    )
    return draft.apply(primitives[np.reshape], (product,), {"shape": known.shape}, known)


def _by_a_symmetric_matrix(draft: Simpler, args: Any, params: Any, known: Aval) -> Any:
    for matrix, x in (args, args[::-1]):
        if (
            np.ndim(matrix) == 2
            and np.ndim(x) == 1
            and type(matrix) is np.ndarray
            and draft.is_symmetric(matrix)
        ):
            return _symmetric_product(draft, x, matrix, known)
    return None


def _symmetric_product(draft: Simpler, x: Any, a: Any, known: Aval) -> Any:
    """x A or A x as the A x that the function itself has often computed already; signs and scalar
    factors go in front.
    """
    minus, scaled = draft.maker(x, "negative"), draft.maker(x, "multiply")
    if minus:
        return negated(draft, _symmetric_product(draft, minus.args[0], a, known), known)
    for factor, y in (scaled.args, scaled.args[::-1]) if scaled else ():
        if not np.shape(factor) and draft.knows(primitives[np.matmul], (a, y)):
            product = draft.apply(primitives[np.matmul], (a, y), {}, known)
            return draft.apply(primitives[np.multiply], (factor, product), {}, known)
    return draft.file(primitives[np.matmul], (a, x), {}, known)


# fmt: off
ROWS = (
    row("sum",    _of_one_entry,          "a sum of one entry only changes its shape"),
    row("sum",    _over_all,              "whichever way it was asked for"),
    row("sum",    _of_product,            "a product with a vector instead of a matrix"),
    row("sum",    _of_factors,            "what is the same in all rows or columns is multiplied after the sum"),
    row("matmul", _by_a_column,           "a product with a vector instead of a matrix"),
    row("matmul", _by_a_symmetric_matrix, "x A is the A x that is there already"),
)
