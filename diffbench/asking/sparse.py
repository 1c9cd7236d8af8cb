"""Sparse Jacobians and Hessians: as many products as the pattern has colours, whatever the method
(see program/compression.py).
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.sparse as sparse

from diffbench.arrays.reverse.pullback import vjp
from diffbench.errors import BadInput
from diffbench.interface import Function
from diffbench.ir import Program
from diffbench.program import record
from diffbench.program.derive.compression import (
    Compression,
    by_columns,
    by_rows,
    directions,
    of_hessian,
)
from diffbench.program.derive.sparsity import detect

Product = Callable[..., Any]  # jvp, vjp or hvp as (f, x, direction)


def pattern_of(
    sparsity: Any, program: Callable[[], Program], x: Any, shape: tuple[int, int] | None = None
) -> Any:
    """The pattern given, or the one detected in a program."""
    if isinstance(sparsity, str):
        if sparsity != "detect":
            raise BadInput(
                f"sparsity={sparsity!r} is not understood; pass a matrix whose nonzeros are the "
                'pattern, or "detect"'
            )
        return detect(program())
    pattern = sparse.csr_array(sparsity).astype(bool)
    if pattern.shape[1] != np.size(x) or (shape and pattern.shape != shape):
        raise BadInput(
            f"the sparsity pattern has shape {pattern.shape} and x has {np.size(x)} entries; pass "
            "one row an output, one column an input"
        )
    return pattern


def sparse_jacobian(
    f: Function, x: Any, sparsity: Any, *, jvp: Product | None, pull: Product | None
) -> sparse.csr_array:
    """The Jacobian, shape (m, n) over the flattened output and input. With jvp columns are
    coloured, with a vjp alone rows are.
    """
    pattern = pattern_of(sparsity, lambda: record(f, x), x)
    if jvp is not None:
        return _read_off(by_columns(pattern), x, lambda x_dot: jvp(f, x, x_dot)[1])
    y = np.asarray(f(x.copy()))
    _require_rows(pattern, y.size)
    return _read_off(by_rows(pattern), y, lambda y_bar: pull(f, x, y_bar)[1])  # type: ignore[misc]


def sparse_hessian(f: Function, x: Any, sparsity: Any, *, hvp: Product) -> sparse.csr_array:
    """The Hessian, shape (n, n) over the flattened input."""
    pattern = pattern_of(
        sparsity, lambda: record(lambda x: vjp(f, x)[1], x), x, (np.size(x), np.size(x))
    )
    return _read_off(of_hessian(pattern), x, lambda x_dot: hvp(f, x, x_dot))


def _read_off(
    compression: Compression, like: Any, product: Callable[[Any], Any]
) -> sparse.csr_array:
    """The matrix, from products with directions of the shape and dtype of `like`."""
    found = [np.ravel(product(direction)) for direction in directions(compression, like)]
    if compression.of_columns and found:
        _require_rows(compression, found[0].size)
    return compression.sparse(np.array(found, dtype=np.result_type(like)))


def _require_rows(pattern: Any, m: int) -> None:
    if pattern.shape[0] != m:
        raise BadInput(
            f"the sparsity pattern has shape {pattern.shape} and f returns {m} numbers; pass one "
            "row an output"
        )
