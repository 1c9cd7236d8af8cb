"""scipy.linalg."""

from diffbench.rules.scipy.linalg import banded, factors, matrix_equations

__all__ = ["banded", "factors", "matrix_equations"]
