"""From a NumPy call on traced arrays to a primitive of the rule table.

    np.sin(x)            ->  __array_ufunc__     (NEP 13) \\
    np.stack([x, y])     ->  __array_function__  (NEP 18)  >  call(function, args, kwargs)  ->  apply(primitive, xs, params)
    x[1:], x.sum(), x.T  ->  methods.py                   /

`apply` evaluates the primitive one level down and lets the level note it. What has no row in the
rule table raises: never zeros, never a warning instead of an error.
"""

from array import array
from numbers import Rational
from typing import Any

import numpy as np

from diffbench.arrays.capture.blanks import function_of, settled, ufunc_of
from diffbench.arrays.capture.precision import as_precise_as_numpys
from diffbench.arrays.levels import user_line
from diffbench.arrays.traced import Traced, contains_traced, plain, trace
from diffbench.arrays.writing.aliasing import shared
from diffbench.arrays.writing.blank import BLANK, blank
from diffbench.errors import LostTrace, MissingRule
from diffbench.ir import Primitive
from diffbench.rules.table import composites, primitives, qualified_name, slopes

NO_PARAMETERS: dict[str, Any] = {}
# their dtype is that of constants
LIKE = (
    np.zeros_like,
    np.ones_like,
    np.empty_like,
    np.full_like,
)


# ---------------------------------------------------------------- NumPy's protocols


def array_ufunc(
    self: Traced, ufunc: np.ufunc, method: str, x1: Any, *others: Any, **kwargs: Any
) -> Any:
    """NumPy hands us every ufunc that meets a traced array (NEP 13). A smooth one of one argument
    takes a short way.
    """
    level = self.level
    if ufunc in slopes and level.takes_partials and method == "__call__" and not kwargs:
        x = self.primal
        y = ufunc(x)
        try:
            return level.enter(y, (self.link, slopes[ufunc](y, x)))
        except FloatingPointError:  # in a derivative, and f asked for those of its values
            with np.errstate(all="ignore"):
                return level.enter(y, (self.link, slopes[ufunc](y, x)))
    if level is BLANK:
        return ufunc_of(ufunc, method, (x1, *others), kwargs)
    if kwargs or method != "__call__":
        from diffbench.arrays.capture.ufunc_methods import ufunc_method

        return ufunc_method(ufunc, method, (x1, *others), kwargs)
    primitive = primitives.get(ufunc)
    return (
        call(ufunc, (x1, *others), kwargs)
        if primitive is None
        else apply(primitive, (x1, *others), kwargs)
    )


def array_function(self: Traced, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
    """NumPy hands us every function that meets a traced array (NEP 18)."""
    if self.level is BLANK:
        return function_of(function, args, kwargs, call)
    return call(function, args, kwargs)


Traced.__array_ufunc__ = array_ufunc  # type: ignore[attr-defined]
Traced.__array_function__ = array_function  # type: ignore[attr-defined]


# ---------------------------------------------------------------- from a NumPy call to a primitive


def call(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """A NumPy function on arguments of which at least one is traced."""
    primitive = primitives.get(function) or getattr(function, "row", None)
    if primitive is None:
        return _without_row(function, args, kwargs)
    if "out" in kwargs:
        return _into(function, args, dict(kwargs))
    arity = primitive.arity
    if arity is None or (len(args) == arity and not kwargs):
        y = apply(primitive, args, kwargs)
    elif (
        len(args) + len(kwargs) < arity and function in composites
    ):  # the short form of a function, as where(condition)
        return composites[function](*args, **kwargs)
    else:
        y = apply(primitive, *split(primitive, args, kwargs))
    return shared(y, primitive, args[0], args[1:], kwargs) if primitive.view else y


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
        _require_no_truncation(primitive.name, args, params["dtype"])
    return args[:arity], {name: plain(value) for name, value in params.items()}


def _without_row(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    if "out" in kwargs and function in composites:
        return _into(function, args, dict(kwargs))
    if function in composites:
        if "dtype" in kwargs and function not in LIKE:
            _require_no_truncation(qualified_name(function), args, kwargs["dtype"])
        return as_precise_as_numpys(function, args, kwargs, composites[function](*args, **kwargs))
    refusal = MissingRule(
        f"{qualified_name(function)} has no derivative rule ({user_line()}); write it with "
        "functions that have one, "
        "add a row to diffbench/rules/, or register it with diffbench.primitive"
    )
    for x in args:
        if type(x) is Traced:
            x.level.refused(refusal)
    raise refusal


def _require_no_truncation(name: str, args: Any, dtype: Any) -> None:
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


def _into(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """f(..., out=array): computed as usual, then written; a plain array can't take a traced
    value.
    """
    out = kwargs.pop("out")
    out = out[0] if isinstance(out, tuple) and len(out) == 1 else out
    y = call(function, args, kwargs)
    if out is None:
        return y
    from diffbench.arrays.writing.in_place import store

    return store(out, y, f"{qualified_name(function)}(out=...)")


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
        return (
            call(np.stack, ([as_operand(entry) for entry in x],), {})
            if contains_traced(x)
            else np.asarray(x)
        )
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
    return call(np.reshape, (call(np.stack, (list(x.ravel()),), {}), x.shape), {})
