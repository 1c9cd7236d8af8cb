"""x.flat of a traced array: its entries row after row, read as copies and written through to x
whatever its layout.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from diffbench.arrays.traced import Traced, core, plain_index
from diffbench.arrays.writing.writes import write


class Flat:
    """A one-dimensional iterator over an array; NumPy's functions take it as the vector of its
    entries.
    """

    __slots__ = ("array",)

    def __init__(self, array: Traced) -> None:
        self.array = array

    def __len__(self) -> int:
        return self.array.size

    def __iter__(self) -> Iterator[Any]:
        return iter(_entries(self))

    def __getitem__(self, index: Any) -> Any:
        found = _entries(self)[index]
        return np.copy(found) if np.ndim(found) else found

    def __setitem__(self, index: Any, value: Any) -> None:
        if isinstance(core(self.array), np.generic):
            return  # NumPy's numbers hand out an iterator over a copy
        positions = np.arange(self.array.size)[plain_index(index)]
        # a short value is repeated, as in NumPy
        value = np.resize(value, positions.shape) if np.ndim(value) else value
        write(self.array, np.unravel_index(positions, self.array.shape), value)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return function(*map(_entries, args), **kwargs)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        return getattr(ufunc, method)(*map(_entries, inputs), **kwargs)


def _entries(x: Any) -> Any:
    if type(x) in (list, tuple):
        return type(x)(map(_entries, x))
    return np.ravel(x.array) if type(x) is Flat else x
