"""What each primitive's derivative is. Importing the package fills the table."""

from diffbench.rules import (
    bessel,
    conveniences,
    distributions,
    elementwise,
    fft,
    grids,
    indexing,
    integrals,
    linear_algebra,
    order_statistics,
    ordering,
    polynomials,
    products,
    reductions,
    scipy_linalg,
    shaping,
    sparse_matrices,
    special,
)
from diffbench.rules.table import composites, primitives

__all__ = [
    "bessel", "composites", "conveniences", "distributions", "elementwise", "fft", "grids", "indexing", "integrals", "linear_algebra", "order_statistics", "ordering",
    "polynomials", "primitives", "products", "reductions", "scipy_linalg", "shaping", "sparse_matrices", "special",
]  # fmt: skip
