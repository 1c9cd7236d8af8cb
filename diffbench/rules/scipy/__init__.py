"""SciPy beyond its special functions, one file a module of it."""

from diffbench.rules.scipy import linalg, sparse

__all__ = ["linalg", "sparse"]
