"""What np.asarray and its kin do with traced arrays, and with lists that hold some: what NumPy does
with arrays, so that the derivative goes on.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np
from numpy import ndarray

from diffbench.arrays.capture.application import as_operand
from diffbench.arrays.capture.dispatch import call
from diffbench.arrays.traced import Traced, contains_traced, core, trace

Function = Callable[..., Any]


def holds_traced(x: Any) -> bool:
    """Whether x is traced, or a nest of lists or an array of objects with something traced."""
    kind = type(x)
    if kind is Traced:
        return True
    if kind is ndarray:
        return x.dtype.hasobject and contains_traced(x.ravel())
    return kind in (list, tuple) and contains_traced(x)


def as_array(x: Any) -> Any:
    """x as np.asarray would return it: a traced number stands for an array without axes then."""
    y = as_operand(x)
    return y if isinstance(core(y), ndarray) else _without_axes(y)


def _without_axes(x: Any) -> Any:
    """A traced number as an array of shape (): the same entry of the tape, another type."""
    if type(x) is not Traced:
        return np.asarray(x)
    return trace(_without_axes(x.primal), x.level, x.link)


def number_of(x: Any) -> Any:
    """A traced array of one entry as the number, as float(x) does; the same entry of the tape."""
    if x.ndim:
        x = call(np.reshape, (x, ()), {})
    return _as_number(x)


def _as_number(x: Any) -> Any:
    if type(x) is not Traced:
        return x[()] if type(x) is ndarray else x
    return trace(_as_number(x.primal), x.level, x.link)


def converted(
    x: Any,
    dtype: Any = None,
    order: str | None = None,
    *,
    copy: Any = None,
    ndmin: int = 0,
    **options: Any,
) -> Any:
    """np.array(x, dtype, ...) of what holds traced values; a view or x itself where NumPy gives
    that.
    """
    if dtype is not None and np.dtype(dtype) == object:
        return _objects(x)
    y = as_array(x)
    if dtype is not None and np.dtype(dtype) != y.dtype:
        y = as_array(y.astype(dtype))
    # copy may also be SciPy's own word for None, which is neither true nor false
    if y is x and copy in (True, np._CopyMode.ALWAYS):
        y = as_array(y.copy(order if order in ("C", "F") else "C"))
    elif order == "F" and not y.flags.f_contiguous:
        y = call(np.copy, (y,), {"order": "F"})
    return call(np.reshape, (y, (1,) * (ndmin - y.ndim) + y.shape), {}) if y.ndim < ndmin else y


def _objects(x: Any) -> Any:
    """An array of objects, each a traced number."""
    shape = np.shape(x) if type(x) is Traced else (len(x),)
    boxed = np.empty(shape, dtype=object)
    entries: Any = x
    for place in np.ndindex(shape):
        boxed[place] = entries[place] if type(x) is Traced else entries[place[0]]
    return boxed


def array(object: Any, dtype: Any = None, *, copy: Any = True, **options: Any) -> Any:
    return converted(object, dtype, copy=copy, **options)


def ascontiguousarray(a: Any, dtype: Any = None, **options: Any) -> Any:
    y = converted(a, dtype, ndmin=1)
    return y if y.flags.c_contiguous else y.copy()


def require(a: Any, dtype: Any = None, requirements: Any = None, **options: Any) -> Any:
    wanted = {str(requirement).upper()[0] for requirement in requirements or ()}
    y = converted(a, dtype, "F" if "F" in wanted else None)
    return y.copy() if "C" in wanted and not y.flags.c_contiguous else y


def checked_finite(a: Any, dtype: Any = None, order: Any = None) -> Any:
    y = converted(a, dtype, order)
    if not np.all(np.isfinite(y)):
        raise ValueError("array must not contain infs or NaNs")
    return y


CONVERSIONS: dict[Function, Function] = {
    np.array: array,
    np.asarray: converted,
    np.asanyarray: converted,
    np.ascontiguousarray: ascontiguousarray,
    np.asfortranarray: lambda a, dtype=None, **options: converted(a, dtype, "F", ndmin=1),
    np.require: require,
    np.asarray_chkfinite: checked_finite,
}
# functions that NumPy's protocol hands us for traced arrays, but not for lists of them
OF_LISTS: tuple[Any, ...] = (
    np.atleast_1d, np.atleast_2d, np.atleast_3d, np.copy, np.sum, np.prod, np.mean, np.max, np.min, np.average, np.std, np.var,
    np.dot, np.inner, np.outer, np.vdot, np.cross, np.cumsum, np.cumprod, np.diff, np.ravel, np.reshape, np.transpose, np.squeeze,
    np.sort, np.clip, np.real, np.imag, np.trapezoid, np.diag, np.trace, np.repeat, np.tile, np.flip, np.roll,
)  # fmt: skip


def of_arrays(function: Function, convert: Function) -> Function:
    """A conversion that looks at its argument first."""

    @wraps(function)
    def look_first(*args: Any, **kwargs: Any) -> Any:
        x = args[0] if args else kwargs.get("a", kwargs.get("object"))
        return (convert if holds_traced(x) else function)(*args, **kwargs)

    return look_first


def of_lists(function: Function) -> Function:
    """A function of NumPy that takes lists of traced arrays, too."""

    @wraps(function)
    def look_first(*args: Any, **kwargs: Any) -> Any:
        return function(*map(_from_list, args), **kwargs)

    return look_first


def _from_list(x: Any) -> Any:
    return as_operand(x) if type(x) in (list, tuple) and contains_traced(x) else x


def replacements() -> dict[Function, Function]:
    """What stands for each function of NumPy."""
    return {function: of_arrays(function, convert) for function, convert in CONVERSIONS.items()} | {
        function: of_lists(function) for function in OF_LISTS
    }
