"""What each primitive's derivative is. Importing the package fills the table."""

from diffbench.rules import elementwise, fft, indexing, linear_algebra, ordering, products, reductions, shaping, special
from diffbench.rules.table import composites, primitives

__all__ = [
    "composites", "elementwise", "fft", "indexing", "linear_algebra", "ordering", "primitives", "products", "reductions", "shaping", "special",
]  # fmt: skip
