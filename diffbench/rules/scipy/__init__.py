"""SciPy beyond its special functions, one file a module of it; what stands under `late` in
rules/interception.py is imported when SciPy's module is.
"""

from diffbench.rules.scipy import banded, linalg, matrix_equations, sparse

__all__ = ["banded", "linalg", "matrix_equations", "sparse"]
