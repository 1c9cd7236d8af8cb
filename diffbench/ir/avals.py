"""Abstract values: what is known of a value without computing it, and the variables that have it."""

from math import prod
from typing import Any

import numpy as np


class Aval:
    """A shape and a dtype. There is one object for each, so that `is` compares them."""

    __slots__ = ("dtype", "shape")

    def __init__(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
        self.shape = shape
        self.dtype = dtype

    def __repr__(self) -> str:
        return f"{self.dtype}{list(self.shape)}"


_avals: dict[tuple[tuple[int, ...], Any], Aval] = {}


def aval(shape: tuple[int, ...], dtype: Any) -> Aval:
    """The one Aval of a shape and a dtype."""
    known = _avals.get((shape, dtype))
    return known or _avals.setdefault((shape, dtype), Aval(shape, dtype))


SCALAR = aval((), np.dtype(float))
TRUTH = aval((), np.dtype(bool))


def aval_of(value: Any) -> Aval:
    """The Aval of an array, a number or whatever else has a shape and a dtype."""
    if type(value) is np.float64:
        return SCALAR
    try:
        return aval(value.shape, value.dtype)
    except AttributeError:  # a number of Python's
        return aval(np.shape(value), np.result_type(value))


class Var:
    """A variable of a program: v0 is the first. Equal only to itself."""

    __slots__ = ("aval", "index")

    def __init__(self, index: int, aval: Aval) -> None:
        self.index = index
        self.aval = aval

    @property
    def shape(self) -> tuple[int, ...]:
        return self.aval.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.aval.dtype

    @property
    def ndim(self) -> int:
        return len(self.aval.shape)

    @property
    def size(self) -> int:
        return prod(self.aval.shape)

    def __repr__(self) -> str:
        return f"v{self.index}"
