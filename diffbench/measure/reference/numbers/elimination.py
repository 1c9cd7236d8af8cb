"""Dense linear algebra over any numbers that add, multiply and divide: object arrays of power
series, mpmath floats, fractions.

NumPy's linear algebra calls LAPACK, which knows machine floats only. Gaussian elimination with
partial pivoting and Cholesky's factorisation need nothing but the field operations and an order for
the pivots; everything else here is built on the two. Shapes follow numpy.linalg, stacks of matrices
included.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from diffbench.measure.reference.numbers.arithmetics import Objects
from diffbench.measure.reference.numbers.series import Series

Sqrt = Callable[[Any], Any]


def eliminate(matrix: Any, right: Any) -> tuple[Objects, Any]:
    """(matrix⁻¹ @ right, det matrix) by Gaussian elimination on the pair; matrix (n, n), right (n,
    k). A zero pivot divides by zero.
    """
    a, b = _copy(matrix), _copy(right)
    determinant = 1
    for column in range(len(a)):
        pivot = _largest(a[column:, column]) + column
        if pivot != column:
            a[[column, pivot]], b[[column, pivot]] = a[[pivot, column]], b[[pivot, column]]
            determinant = -determinant
        determinant = determinant * a[column, column]
        factors = a[column + 1 :, column] / a[column, column]
        a[column + 1 :] = a[column + 1 :] - np.multiply.outer(factors, a[column])
        b[column + 1 :] = b[column + 1 :] - np.multiply.outer(factors, b[column])
    return _back_substitute(a, b), determinant


def solve(matrix: Any, right: Any) -> Objects:
    """As numpy.linalg.solve: a right side of one dimension is a vector, of more a stack of
    matrices.
    """
    matrix, right = np.asarray(matrix, dtype=object), np.asarray(right, dtype=object)
    if right.ndim == 1:
        return solve(matrix, right[:, None])[..., 0]
    batch = np.broadcast_shapes(matrix.shape[:-2], right.shape[:-2])
    return _over_stack(lambda a, b: eliminate(a, b)[0], _stack(matrix, batch), _stack(right, batch))


def inverse(matrix: Any) -> Objects:
    """As numpy.linalg.inv."""
    return solve(matrix, np.eye(np.shape(matrix)[-1], dtype=int).astype(object))


def determinant(matrix: Any) -> Objects:
    """As numpy.linalg.det. Up to 8 x 8 without division, so that the derivative of a singular
    matrix's determinant exists.
    """
    small = np.shape(matrix)[-1] <= 8
    return _over_stack(
        _division_free_determinant if small else _determinant_by_elimination, _copy(matrix)
    )


def cholesky(matrix: Any, sqrt: Sqrt) -> Objects:
    """As numpy.linalg.cholesky: the lower triangular L with L L^T = matrix. `sqrt` is the square
    root of the numbers in use.
    """
    return _over_stack(lambda a: _cholesky(a, sqrt), np.asarray(matrix, dtype=object))


def least_squares(matrix: Any, right: Any) -> Objects:
    """The x of numpy.linalg.lstsq for full column rank, by the normal equations: exact enough at
    the precision of a reference.
    """
    matrix = np.asarray(matrix, dtype=object)
    return solve(matrix.T @ matrix, matrix.T @ np.asarray(right, dtype=object))


def pseudo_inverse(matrix: Any) -> Objects:
    """As numpy.linalg.pinv for a matrix of full rank."""
    a = np.asarray(matrix, dtype=object)
    a_t = np.swapaxes(a, -1, -2)
    return solve(a_t @ a, a_t) if a.shape[-2] >= a.shape[-1] else a_t @ inverse(a @ a_t)


def triangular_solve(matrix: Any, right: Any, lower: bool) -> Objects:
    """matrix⁻¹ @ right, of a triangular matrix whose other half is not read. Shapes (n, n) and (n,)
    or (n, k).
    """
    return solve(np.tril(matrix) if lower else np.triu(matrix), right)


def matrix_power(matrix: Any, exponent: int) -> Objects:
    """As numpy.linalg.matrix_power."""
    if exponent < 0:
        return matrix_power(inverse(matrix), -exponent)
    result = np.eye(np.shape(matrix)[-1], dtype=int).astype(object)
    for _ in range(exponent):
        result = result @ matrix
    return result


def _back_substitute(upper: Objects, right: Objects) -> Objects:
    x = _copy(right)
    for row in reversed(range(len(upper))):
        x[row] = (right[row] - (upper[row, row + 1 :, None] * x[row + 1 :]).sum(axis=0)) / upper[
            row, row
        ]
    return x


def _determinant_by_elimination(matrix: Objects) -> Objects:
    return np.asarray(eliminate(matrix, np.zeros((len(matrix), 0), dtype=object))[1], dtype=object)


def _division_free_determinant(matrix: Objects) -> Objects:
    """Bird's algorithm (2011), n⁴ multiplications and no division: a singular matrix has its
    cofactors all the same.
    """
    x = matrix
    for _ in range(len(matrix) - 1):
        x = _minus_trailing_trace(x) @ matrix
    return np.asarray(x[0, 0] * (-1) ** (len(matrix) - 1), dtype=object)


def _minus_trailing_trace(x: Objects) -> Objects:
    upper = np.triu(x, 1)
    for row in range(len(x) - 1):
        upper[row, row] = -sum(np.diagonal(x)[row + 1 :])
    return upper


def _cholesky(matrix: Objects, sqrt: Sqrt) -> Objects:
    lower = np.zeros(matrix.shape, dtype=object)
    for j in range(len(matrix)):
        rest = matrix[j:, j] - (lower[j:, :j] @ lower[j, :j] if j else 0)
        lower[j, j] = sqrt(rest[0])
        lower[j + 1 :, j] = rest[1:] / lower[j, j]
    return lower


def _over_stack(function: Callable[..., Objects], *stacks: Objects) -> Objects:
    """Apply a function of matrices along the leading axes of stacks that share them."""
    batch = stacks[0].shape[:-2]
    if not batch:
        return function(*stacks)
    results = [function(*(stack[index] for stack in stacks)) for index in np.ndindex(*batch)]
    return np.stack(results).reshape(batch + results[0].shape)


def _stack(matrix: Objects, batch: tuple[int, ...]) -> Objects:
    return np.broadcast_to(matrix, batch + matrix.shape[-2:])


def _copy(values: Any) -> Objects:
    return np.array(values, dtype=object)


def _largest(column: Objects) -> int:
    return max(range(len(column)), key=lambda row: _magnitude(column[row]))


def _magnitude(value: Any) -> Any:
    """The size that pivots are chosen by; of a series its centre, where a wrong choice costs digits
    and never correctness.
    """
    return value.magnitude() if isinstance(value, Series) else abs(value)
