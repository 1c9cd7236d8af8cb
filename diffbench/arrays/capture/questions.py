"""NumPy functions that ask about an array, or make a new one like it: answered from its value."""

from functools import partial
from typing import Any

import numpy as np

from diffbench.arrays.traced import Traced, contains_traced, core, plain
from diffbench.rules.table import composite, settled


def _of_value(function: Any) -> Any:
    """The function on plain values: shapes, dtypes and truths carry no derivative."""
    return lambda *args, **kwargs: function(
        *map(core, args), **{name: core(value) for name, value in kwargs.items()}
    )


def _written(how: str, a: Any, *args: Any, **kwargs: Any) -> str:
    """The text of an array: f may decide by it."""
    return a.written(how, *args, **kwargs)  # type: ignore[no-any-return]


QUESTIONS: tuple[Any, ...] = (
    np.shape, np.ndim, np.size, np.result_type, np.iscomplexobj, np.isrealobj, np.may_share_memory, np.shares_memory, np.can_cast,
    np.min_scalar_type, np.common_type, np.broadcast_shapes, np.einsum_path,
)  # fmt: skip
for _function in QUESTIONS:
    composite(_function, _of_value(_function))
for _name in ("array2string", "array_repr", "array_str"):
    composite(getattr(np, _name), partial(_written, _name))


composite(settled, plain)


def _like(function: Any) -> Any:
    """zeros_like and its kin: constant, and ready to be written to."""

    def make(a: Any, *args: Any, dtype: Any = None, **kwargs: Any) -> Any:
        value = function(a.primal if type(a) is Traced else a, *args, dtype=dtype, **kwargs)
        return a.level.constant(value) if type(a) is Traced else value

    return make


for _function in (np.zeros_like, np.ones_like, np.empty_like):
    composite(_function, _like(_function))


_filled = _like(np.full_like)


def _full_like(a: Any, fill_value: Any, dtype: Any = None, **options: Any) -> Any:
    if not contains_traced([fill_value]):
        return _filled(a, fill_value, dtype=dtype, **options)
    blank = np.zeros_like(a, dtype=dtype, **options)
    if np.result_type(blank).kind in "biu":
        raise blank.lost("np.full_like of integers", "leave the dtype out")
    return blank + fill_value


composite(np.full_like, _full_like)
