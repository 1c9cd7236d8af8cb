"""SciPy beyond its special functions, one file or folder a module of it; what stands under `late` in
rules/interception.py is imported when SciPy's module is.
"""

from diffbench.rules.scipy import linalg, sparse

__all__ = ["linalg", "sparse"]
