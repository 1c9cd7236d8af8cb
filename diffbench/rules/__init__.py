"""What each primitive's derivative is. Importing the package fills the table."""

from diffbench.rules import (
    elementwise,
    entries,
    fft,
    linear_algebra,
    order_statistics,
    polynomials,
    products,
    reductions,
    scipy,
    special,
)
from diffbench.rules.table import composites, primitives

__all__ = [
    "composites", "elementwise", "entries", "fft", "linear_algebra", "order_statistics", "polynomials", "primitives", "products", "reductions", "scipy", "special",
]  # fmt: skip
