"""Products with a matrix of scipy.sparse, and solutions of its systems, direct or by iteration: linear
in the dense operand; the sparse matrix is a constant.
"""

# fmt: off
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse
import scipy.sparse.linalg

from diffbench.errors import MissingRule
from diffbench.rules.interception import caught
from diffbench.rules.scipy.solving import bare, refusal, valued
from diffbench.rules.table import composite, dispatched, general, unbroadcast


@dataclass(frozen=True, eq=False, slots=True)
class Positions:
    """Where a matrix in the format csr or csc has its entries; the transposed matrix has the same
    arrays in the other format.
    """

    format: str
    indices: Any
    indptr: Any
    shape: tuple[int, int]

    @property
    def transposed(self) -> "Positions":
        return Positions("csc" if self.format == "csr" else "csr", self.indices, self.indptr, self.shape[::-1])

    def filled(self, data: Any) -> Any:
        """The matrix with these entries."""
        make = scipy.sparse.csr_array if self.format == "csr" else scipy.sparse.csc_array
        return make((data, self.indices, self.indptr), shape=self.shape)


def split(matrix):
    """(entries, positions): apart, so that the entries are guarded against changes like any other
    operand.
    """
    if matrix.ndim != 2:
        raise MissingRule("a one-dimensional array of scipy.sparse has no derivative rule; use its "
                          ".toarray()")
    compressed = matrix if matrix.format in ("csr", "csc") else matrix.tocsr()
    return compressed.data, Positions(compressed.format, compressed.indices, compressed.indptr, compressed.shape)


@dispatched
def sparse_product(data, x, positions):
    return positions.filled(data) @ x


@dispatched
def sparse_solution(data, b, positions):
    return np.reshape(scipy.sparse.linalg.spsolve(positions.filled(data), b), np.shape(b))


for _function in (sparse_product, sparse_solution):
    general(_function, arity=2,
            jvp=lambda x_dots, y, data, x, positions, f=_function: f(data, x_dots[1], positions=positions),
            vjp=lambda i, y_bar, y, data, x, positions, f=_function: unbroadcast(f(data, y_bar, positions=positions.transposed), x))


# ---------------------------------------------------------------- A @ x, x @ A, A.dot(x), and
# spsolve(A, b)
def matmul(self, other):
    if not np.ndim(other):
        raise MissingRule("a matrix of scipy.sparse can't hold traced entries; multiply what it is "
                          "applied to: A @ (c * x) instead of (c * A) @ x")
    data, positions = split(self)
    return sparse_product(data, other, positions=positions)


def spsolve(A, b, permc_spec=None, use_umfpack=True):
    data, positions = split(A)
    x = sparse_solution(data, b, positions=positions)
    # as SciPy's, of a single column
    return np.ravel(x) if np.shape(b)[-1] == 1 else x


composite(caught(scipy.sparse.csr_array._matmul_dispatch), matmul)
composite(caught(scipy.sparse.coo_array._matmul_dispatch), matmul)
composite(caught(scipy.sparse.linalg.spsolve), spsolve)


# ---------------------------------------------------------------- iterations: the system that they solve,
# solved exactly; SciPy's value, so that a recording holds at one point only
def iterative(name):
    original = getattr(scipy.sparse.linalg, name)

    def run(A, b, *args, **options):
        x, info = original(bare(A), bare(b), *args, **options)
        if info:
            raise refusal(f"scipy.sparse.linalg.{name} has not converged, so its result has no derivative: info={info}")
        if scipy.sparse.issparse(A):
            data, positions = split(A)
            y = sparse_solution(data, b, positions=positions)
        elif isinstance(A, scipy.sparse.linalg.LinearOperator):
            raise refusal(f"scipy.sparse.linalg.{name} with a LinearOperator has no derivative rule; give it the matrix")
        else:
            y = np.linalg.solve(A, b)
        return valued(y, x), info

    return original, run


for _name in ("cg", "bicg", "bicgstab", "cgs", "gmres", "lgmres", "minres", "qmr", "gcrotmk", "tfqmr"):
    _original, _definition = iterative(_name)
    composite(caught(_original), _definition)
