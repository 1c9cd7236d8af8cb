"""A composite may compute in double precision (with a matrix of zeros, a count) what NumPy keeps
narrow: then NumPy is asked.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np

from diffbench.arrays.traced import Traced, core
from diffbench.rules.entries.shaping import astype
from diffbench.rules.interception import holdings

WIDE, NARROW = "dD", "efF"  # characters of dtypes


def as_precise_as_numpys(
    function: Any, args: tuple[Any, ...], kwargs: dict[str, Any], y: Any
) -> Any:
    """y in the dtype that NumPy's function gives these arguments, which matters where some are
    narrower than y.
    """
    if function in holdings:  # an object of SciPy's, which computes with doubles
        return y
    if _has(WIDE, (y,)) and _has(NARROW, (args, tuple(kwargs.values()))):
        return _cast(
            y, function(*_values(args), **{name: _values(value) for name, value in kwargs.items()})
        )
    return y


def _has(chars: str, values: Iterable[Any]) -> bool:
    for value in values:
        if type(value) in (list, tuple):
            if _has(chars, value):
                return True
        elif isinstance(value, (Traced, np.ndarray, np.generic)) and value.dtype.char in chars:
            return True
    return False


def _values(x: Any) -> Any:
    if type(x) in (list, tuple):
        return type(x)(map(_values, x))
    return np.copy(core(x))[()] if isinstance(x, (Traced, np.ndarray)) else x


def _cast(y: Any, numpys: Any) -> Any:
    if type(y) in (list, tuple):
        return type(y)(_cast(part, like) for part, like in zip(y, numpys, strict=True))
    return astype(y, np.asarray(numpys).dtype) if type(y) is Traced and y.dtype.char in WIDE else y
