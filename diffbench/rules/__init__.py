"""What each primitive's derivative is. Importing the package fills the table."""

from diffbench.rules import elementwise, indexing, linear_algebra, reductions, shaping
from diffbench.rules.table import composites, primitives

__all__ = ["composites", "elementwise", "indexing", "linear_algebra", "primitives", "reductions", "shaping"]
