"""NumPy calls on new arrays that have met nothing traced (writing/blank.py): NumPy itself runs on
the plain arrays, and what it returns is new again.
"""

from typing import Any

import numpy as np

from diffbench.arrays.capture.ufunc_methods import ufunc_method
from diffbench.arrays.traced import Traced
from diffbench.arrays.writing.blank import BLANK, blank, settled
from diffbench.errors import MissingRule

Call = Any


def ufunc_of(ufunc: np.ufunc, method: str, inputs: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """A ufunc of which some inputs are blanks, none of them ordinary traced arrays, or all."""
    target = inputs[0] if method == "at" else None
    out = kwargs.pop("out", None)
    rest = [settled(x) for x in inputs[target is not None :]]
    if target is None and out is None:
        y = getattr(ufunc, method)(*rest, **kwargs)
        return tuple(map(blank, y)) if type(y) is tuple else blank(y)
    if target is not None:
        return ufunc_method(ufunc, method, (target, *rest), kwargs)
    # the plain array of a blank that is both read and written to is read as it was before
    rest = [np.copy(x) if type(x) is np.ndarray else x for x in rest]
    return ufunc_method(ufunc, method, tuple(rest), kwargs | {"out": out})


def function_of(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any], call: Call) -> Any:
    """A function of NumPy of which an argument is a blank. Where others are traced, and where a view
    is returned, through which may be written, it is one of the table.
    """
    if _has_traced(args) or _has_traced(tuple(kwargs.values())):
        return call(function, args, kwargs)
    out = kwargs.get("out")
    arrays, options = settled(args), {name: settled(value) for name, value in kwargs.items()}
    y = function(*arrays, **options)
    if out is not None:
        return out
    if _may_share(y, arrays):
        try:
            return call(function, args, kwargs)
        except MissingRule:
            return y  # a write of a traced value into what it is a view of is refused then
    return _new(y)


def _has_traced(values: Any) -> bool:
    return any(
        x.level is not BLANK or x.level.settled(x) is x
        if type(x) is Traced
        else type(x) in (list, tuple) and _has_traced(x)
        for x in values
    )


def _may_share(y: Any, arrays: Any) -> bool:
    if type(y) in (list, tuple):
        return any(_may_share(part, arrays) for part in y)
    if type(arrays) in (list, tuple):
        return any(_may_share(y, part) for part in arrays)
    return type(y) is type(arrays) is np.ndarray and np.may_share_memory(y, arrays)


def _new(y: Any) -> Any:
    if type(y) in (list, tuple):
        return type(y)(map(_new, y))
    return blank(y)
