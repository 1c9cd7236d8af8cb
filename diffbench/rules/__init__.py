"""What each primitive's derivative is. Importing the package fills the table."""

from diffbench.rules import (
    bessel,
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
    special,
)
from diffbench.rules.table import composites, primitives

__all__ = [
    "bessel", "composites", "distributions", "elementwise", "fft", "grids", "indexing", "integrals", "linear_algebra", "order_statistics", "ordering",
    "polynomials", "primitives", "products", "reductions", "scipy_linalg", "shaping", "special",
]  # fmt: skip
