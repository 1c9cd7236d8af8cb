"""Sparse Jacobians and Hessians: as many directions as colours, whatever the method.

pattern  --colour-->  seeds, one a colour  --jvp, vjp or hvp-->  compressed matrix  --read off-->  scipy.sparse
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.sparse as sparse

from diffbench.arrays.tape import vjp
from diffbench.errors import BadInput
from diffbench.interface import Function
from diffbench.program import record
from diffbench.program.colouring import colour_columns, colour_star
from diffbench.program.sparsity import detect

Product = Callable[..., Any]  # jvp, vjp or hvp as (f, x, direction)


def pattern_of(sparsity: Any, f: Function, x: Any, shape: tuple[int, int] | None = None) -> Any:
    """The pattern given, or the one detected by recording f at x."""
    if isinstance(sparsity, str):
        if sparsity != "detect":
            raise BadInput(f'sparsity={sparsity!r} is not understood; pass a matrix whose nonzeros are the pattern, or "detect"')
        return detect(record(f, x))
    pattern = sparse.csr_array(sparsity).astype(bool)
    if pattern.shape[1] != np.size(x) or (shape and pattern.shape != shape):
        raise BadInput(
            f"the sparsity pattern has shape {pattern.shape} and x has {np.size(x)} entries; pass one row an output, one column an input"
        )
    return pattern


def sparse_jacobian(f: Function, x: Any, sparsity: Any, *, jvp: Product | None, pull: Product | None) -> sparse.csr_array:
    """The Jacobian, shape (m, n) over the flattened output and input. With jvp columns are coloured, with a vjp alone rows are."""
    pattern = pattern_of(sparsity, f, x)
    if jvp is not None:
        push = lambda seed: np.ravel(jvp(f, x, np.reshape(seed, np.shape(x)))[1])
        return _read_off(pattern, colour_columns(pattern), push, np.result_type(x))
    y_shape = np.shape(f(x))
    back = lambda seed: np.ravel(pull(f, x, np.reshape(seed, y_shape))[1])  # type: ignore[misc]
    return sparse.csr_array(_read_off(sparse.csr_array(pattern.T), colour_columns(pattern.T), back, np.result_type(x)).T)


def _read_off(pattern: Any, colours: Any, push: Callable[[Any], Any], dtype: Any) -> sparse.csr_array:
    compressed = [push((colours == colour).astype(dtype)) for colour in range(np.max(colours, initial=-1) + 1)]
    rows, columns = pattern.nonzero()
    values = np.array([compressed[colours[j]][i] for i, j in zip(rows, columns, strict=True)], dtype=dtype)
    return sparse.csr_array((values, (rows, columns)), shape=pattern.shape)


def sparse_hessian(f: Function, x: Any, sparsity: Any, *, hvp: Product) -> sparse.csr_array:
    """The Hessian, shape (n, n) over the flattened input, by a star colouring: an entry is read off where its column's colour is alone."""
    n = np.size(x)
    pattern = pattern_of(sparsity, lambda x: vjp(f, x)[1], x, (n, n))
    pattern = sparse.csr_array((pattern + pattern.T).astype(bool))
    colours = colour_star(pattern)
    compressed = [np.ravel(hvp(f, x, np.reshape((colours == c) * 1.0, np.shape(x)))) for c in range(np.max(colours, initial=-1) + 1)]
    rows, columns = pattern.nonzero()
    alone = _times_met(pattern, colours)
    values = [
        compressed[colours[j]][i] if alone[i, colours[j]] == 1 else compressed[colours[i]][j] for i, j in zip(rows, columns, strict=True)
    ]
    return sparse.csr_array((np.array(values, dtype=np.result_type(x)), (rows, columns)), shape=(n, n))


def _times_met(pattern: Any, colours: Any) -> Any:
    """How many columns of each colour each row meets, shape (rows, colours)."""
    members = sparse.csr_array((np.ones(colours.size, int), (np.arange(colours.size), colours)))
    return (pattern.astype(int) @ members).toarray()
