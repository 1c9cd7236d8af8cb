"""A primitive applied to traced arguments: evaluated one level below the deepest of them, whose level
notes it. What stands for arrays (lists, buffers, objects) becomes arrays first.
"""

from array import array
from numbers import Rational
from typing import Any

import numpy as np

from diffbench.arrays.levels import user_line
from diffbench.arrays.traced import Traced, contains_traced, plain, trace
from diffbench.arrays.writing.blank import BLANK, blank, settled
from diffbench.errors import LostTrace, MissingRule
from diffbench.ir import Primitive

NO_PARAMETERS: dict[str, Any] = {}
# operands that need no second look
_AS_THEY_ARE = frozenset((float, int, bool, complex, np.ndarray, *np.sctypeDict.values()))


def apply(primitive: Primitive, xs: tuple[Any, ...], params: dict[str, Any]) -> Any:
    """Evaluate a primitive one level below the deepest of its arguments, and let that level note
    it.
    """
    level: Any = None
    for x in xs:
        if type(x) is Traced:
            if x.level is BLANK:
                return _settled_first(primitive, xs, params)
            if level is not x.level and (level is None or x.level.depth > level.depth):
                level = x.level
        elif (type(x) not in _AS_THEY_ARE and is_array_like(x)) or (
            type(x) is np.ndarray and x.dtype.hasobject and x.size
        ):
            return apply(primitive, tuple(map(as_operand, xs)), params)
    if level is None:
        return primitive.evaluate(*xs, **params)
    if not level.open:
        level.require_open()
    primals = [x.primal if type(x) is Traced and x.level is level else x for x in xs]
    try:
        y = primitive.evaluate(*primals, **params)
    except Exception as error:
        level.raised(primitive, xs, params, error)
        raise
    try:
        return level.note(primitive, xs, primals, params, y)
    except FloatingPointError:  # in a derivative, and f asked for those of its values
        with np.errstate(all="ignore"):
            return level.note(primitive, xs, primals, params, y)


def _settled_first(primitive: Primitive, xs: tuple[Any, ...], params: dict[str, Any]) -> Any:
    """A primitive of new arrays: of their plain arrays, and new again where nothing was traced."""
    plain_xs = tuple([settled(x) for x in xs])
    y = apply(primitive, plain_xs, params)
    if primitive.view:
        return y if type(y) is not np.ndarray or y.dtype.kind not in "fc" else trace(y, BLANK, None)
    return tuple(map(blank, y)) if type(y) is tuple else blank(y)


def split(
    primitive: Primitive, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Arrays and parameters of a call, wherever they were written."""
    names, arity = primitive.names, primitive.arity or 0
    if len(args) < arity:
        missing = [name for name in names[len(args) : arity] if name not in kwargs]
        if missing:
            raise TypeError(f"{primitive.name}() missing argument {missing[0]!r}")
        args += tuple(kwargs[name] for name in names[len(args) : arity])
        kwargs = {name: value for name, value in kwargs.items() if name not in names[:arity]}
    params = dict(zip(names[arity:], args[arity:], strict=False)) | kwargs
    if "dtype" in params:
        require_no_truncation(primitive.name, args, params["dtype"])
    return args[:arity], {name: plain(value) for name, value in params.items()}


def require_no_truncation(name: str, args: Any, dtype: Any) -> None:
    """Raise where dtype=int would cut off the fractions of a traced value, and with them its
    derivative.
    """
    if np.dtype(dtype).kind in "biu" and any(map(_has_fractions, args)):
        raise LostTrace(
            f"{name} with dtype={np.dtype(dtype)} truncates a traced value at {user_line()}, which "
            "would cut the derivative off; "
            "leave the dtype out, or round with np.trunc, whose derivative is 0 and known to be"
        )


def _has_fractions(x: Any) -> bool:
    return (
        x.dtype.kind in "fc"
        if type(x) is Traced
        else type(x) in (list, tuple) and any(map(_has_fractions, x))
    )


def is_array_like(x: Any) -> bool:
    """Whether NumPy would make an array or a number of it: a list, a range, a buffer, a pandas
    Series, a fraction.
    """
    return isinstance(x, (list, tuple, range, memoryview, array, Rational)) or hasattr(
        type(x), "__array__"
    )


def as_operand(x: Any) -> Any:
    """Lists and object arrays of traced scalars become one traced array; what NumPy takes for an
    array becomes one, what is one stays.
    """
    if type(x) in (list, tuple):
        return np.stack([as_operand(entry) for entry in x]) if contains_traced(x) else np.asarray(x)
    if issubclass(type(x), np.ndarray) and type(x) not in (np.ndarray, np.memmap):
        raise MissingRule(
            f"{type(x).__name__} has arithmetic of its own, which has no derivative rule "
            f"({user_line()}); use np.asarray of it"
        )
    if type(x) is np.ndarray and x.dtype.hasobject:
        return _of_objects(x)
    if type(x) is Traced or type(x) in _AS_THEY_ARE or not is_array_like(x):
        return x
    return float(x) if isinstance(x, Rational) else np.asarray(x)


def _of_objects(x: Any) -> Any:
    if not contains_traced(x.ravel()):
        return x.astype(float) if x.dtype == object else x
    if not x.ndim:
        raise LostTrace(
            f"np.asarray was applied to a traced scalar before {user_line()}; use the scalar as it "
            "is"
        )
    return np.reshape(np.stack(list(x.ravel())), x.shape)
