"""What each primitive's derivative is. Importing the package fills the table."""

from diffbench.rules import (
    elementwise,
    entries,
    fft,
    linear_algebra,
    polynomials,
    reductions,
    scipy,
    special,
)
from diffbench.rules.table import composites, primitives

__all__ = [
    "composites", "elementwise", "entries", "fft", "linear_algebra", "polynomials", "primitives", "reductions", "scipy", "special",
]  # fmt: skip
