"""Arrays made while f runs take traced values, where the module that makes them asks for it: y =
np.zeros(n), then y[0] = x[0].
"""

import sys
from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from diffbench.arrays.capture.interception.conversions import as_array, holds_traced
from diffbench.arrays.capture.interception.losses import creates
from diffbench.arrays.traced import core, plain
from diffbench.arrays.writing.blank import blank

Function = Callable[..., Any]


def full(shape: Any, fill_value: Any, dtype: Any = None, order: str = "C", **options: Any) -> Any:
    """np.full of a traced value."""
    value = as_array(fill_value)
    value = value if dtype is None else value.astype(dtype)
    return np.copy(np.broadcast_to(value, plain(shape)))


def arange(*args: Any, dtype: Any = None, **options: Any) -> Any:
    """np.arange between traced numbers: how many there are is data."""
    start, step = (0, 1) if len(args) == 1 else (args[0], args[2] if len(args) > 2 else 1)
    places = np.arange(len(np.arange(*map(plain, args))))
    y = start + step * places
    return y if dtype is None else y.astype(dtype)


# each with what stands for it where an argument is traced
CREATIONS: dict[Function, Function | None] = {
    np.full: full, np.arange: arange, np.zeros: None, np.ones: None, np.empty: None, np.eye: None, np.identity: None,
    np.linspace: None, np.logspace: None, np.geomspace: None, np.zeros_like: None, np.ones_like: None, np.empty_like: None,
    np.full_like: None, np.copy: None, np.tile: None, np.repeat: None, np.array: None, np.asarray: None, np.asanyarray: None,
    np.ascontiguousarray: None, np.asfortranarray: None,
}  # fmt: skip


def creating(function: Function, rule: Function | None, look: Function) -> Function:
    """A function of NumPy that makes a new array; look: what it is otherwise exchanged for."""

    @wraps(function)
    def make(*args: Any, **kwargs: Any) -> Any:
        if rule is not None and any(map(holds_traced, args)):
            return rule(*args, **kwargs)
        y = look(*args, **kwargs)
        if type(y) is np.ndarray and creates(sys._getframe(1).f_globals) and _is_new(y, args):
            return blank(y)
        return y

    return make


def _is_new(y: Any, args: tuple[Any, ...]) -> bool:
    """Whether nobody else's memory is written to, when y is."""
    return not any(
        type(core(x)) is np.ndarray and np.may_share_memory(core(x), y) for x in args
    ) and (y.base is None or all(type(x) in (int, float, tuple, list, str, type) for x in args))


def replacements(looking: dict[Function, Function]) -> dict[Function, Function]:
    """What stands for each function of NumPy that makes a new array."""
    return {
        function: creating(function, rule, looking.get(function, function))
        for function, rule in CREATIONS.items()
    }
