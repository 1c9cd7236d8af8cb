"""Matrix products of power series, one product of ball matrices for each pair of coefficients.

(A_0 + A_1 t + ...)(B_0 + B_1 t + ...) has the coefficients C_k = sum_i A_i B_(k-i); flint
multiplies the A_i and B_j a hundred times faster than a loop over their entries does.
"""

from functools import lru_cache
from typing import Any

import numpy as np
from flint import arb_mat, arb_series, ctx

from diffbench.measure.reference.numbers.arithmetics import Objects, objects
from diffbench.measure.reference.numbers.series import Series


def matmul(a: Any, b: Any) -> Objects:
    """As numpy.matmul, of arrays of series and of numbers; stacks of matrices and series cut short
    go the long way.
    """
    a, b = np.asarray(a), np.asarray(b)
    if max(a.ndim, b.ndim) > 2 or not a.size or not (_is_full(a) and _is_full(b)):
        return objects(np.matmul(objects(a), objects(b)))
    left, right = np.atleast_2d(a), b.reshape(len(b), -1)
    rows = zip(*_cauchy(_coefficients(left), _coefficients(right)), strict=True)
    product = np.empty(left.shape[0] * right.shape[1], dtype=object)
    product[:] = [Series(arb_series(list(terms))) for terms in rows]
    return product.reshape(a.shape[:-1] + b.shape[1:])


def _cauchy(a: list[Any], b: list[Any]) -> list[list[Any]]:
    """The entries of C_0, C_1, ..., in the order of the product's rows."""
    zero = arb_mat(a[0].nrows(), b[0].ncols())
    pairs = [
        [a[i] * b[k - i] for i in range(k + 1) if i < len(a) and k - i < len(b)]
        for k in range(ctx.cap)
    ]
    return [sum(terms, start=zero).entries() for terms in pairs]


def _coefficients(matrix: Objects) -> list[Any]:
    """A_0, A_1, ... of a matrix; of machine numbers A_0 alone, kept for the next line through the
    same point.
    """
    if matrix.dtype != object:
        return [_constant(matrix.tobytes(), matrix.dtype.str, matrix.shape)]
    length = max(
        (entry.terms.length() for entry in matrix.flat if isinstance(entry, Series)), default=1
    )
    return [
        _ball_matrix(matrix.shape, [_term(entry, k) for entry in matrix.flat])
        for k in range(max(1, length))
    ]


@lru_cache(maxsize=16)
def _constant(content: bytes, dtype: str, shape: tuple[int, ...]) -> Any:
    """A constant of a program as a ball matrix; by content, since a user's array may have changed
    since the last line.
    """
    return _ball_matrix(shape, np.frombuffer(content, dtype=dtype).tolist())


def _ball_matrix(shape: tuple[int, ...], entries: list[Any]) -> Any:
    rows, columns = shape
    return arb_mat(rows, columns, entries)


def _term(entry: Any, k: int) -> Any:
    if isinstance(entry, Series):
        return entry.terms[k]
    return 0 if k else entry


def _is_full(matrix: Objects) -> bool:
    """Whether every series is known to the last coefficient."""
    return matrix.dtype != object or all(
        not isinstance(entry, Series) or entry.terms.prec >= ctx.cap for entry in matrix.flat
    )
