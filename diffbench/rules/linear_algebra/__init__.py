"""Products, and linear algebra of dense matrices in the last two axes."""

from diffbench.rules.linear_algebra import dense, products

__all__ = ["dense", "products"]
