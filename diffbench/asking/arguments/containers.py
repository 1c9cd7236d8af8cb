"""What holds arrays, and what is one.

A list or tuple of numbers is an array where it stands alone, as np.array makes one; within a
structure it is a list of numbers, as in JAX.
"""

import dataclasses
from typing import Any

import numpy as np

from diffbench.arrays.traced import Traced

_SINGLE = {np.ndarray, np.float64, float, int, Traced}


def is_structure(x: Any) -> bool:
    """Whether x holds arrays, rather than being one."""
    kind = type(x)
    if kind in _SINGLE:
        return False
    if kind is list or kind is tuple:
        return not _is_of_numbers(x)
    return isinstance(x, (dict, tuple, list)) or is_dataclass(x)


def _is_of_numbers(values: Any) -> bool:
    """Whether NumPy makes one array of it without any that is there already."""
    return all(
        [
            _is_of_numbers(v) if type(v) in (list, tuple) else _is_number(v) or type(v) is str
            for v in values
        ]
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float, complex, np.generic)) or getattr(value, "ndim", -1) == 0


def is_dataclass(x: Any) -> bool:
    """Whether x is an object of a dataclass, and no array."""
    return dataclasses.is_dataclass(x) and not isinstance(x, type) and not hasattr(x, "__array__")
