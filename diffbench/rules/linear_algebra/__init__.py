"""Linear algebra of dense matrices, in the last two axes."""

from diffbench.rules.linear_algebra import dense

__all__ = ["dense"]
