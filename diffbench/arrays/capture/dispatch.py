"""From a NumPy call on traced arrays to a primitive of the rule table.

    np.sin(x)            ->  __array_ufunc__     (NEP 13) \\
    np.stack([x, y])     ->  __array_function__  (NEP 18)  >  call(function, args, kwargs)  ->  apply(primitive, xs, params)
    x[1:], x.sum(), x.T  ->  methods.py                   /

The protocols are in protocols.py, `apply` in application.py. What has no row in the rule table
raises: never zeros, never a warning instead of an error.
"""

from typing import Any

import numpy as np

from diffbench.arrays.capture.application import apply, require_no_truncation, split
from diffbench.arrays.capture.precision import as_precise_as_numpys
from diffbench.arrays.levels import user_line
from diffbench.arrays.traced import Traced
from diffbench.arrays.writing.aliasing import shared
from diffbench.arrays.writing.in_place import store
from diffbench.errors import MissingRule
from diffbench.rules.entries.index_builders import vectorized
from diffbench.rules.entries.shaping import astype
from diffbench.rules.table import composites, primitives, qualified_name

# their dtype is that of constants
LIKE = (
    np.zeros_like,
    np.ones_like,
    np.empty_like,
    np.full_like,
)


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


def _without_row(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    if "out" in kwargs and function in composites:
        return _into(function, args, dict(kwargs))
    if function in composites:
        if "dtype" in kwargs and function not in LIKE:
            require_no_truncation(qualified_name(function), args, kwargs["dtype"])
        y = composites[function](*args, **kwargs)
        return as_precise_as_numpys(function, args, kwargs, _as_asked(y, kwargs.get("dtype")))
    written = getattr(getattr(function, "_dispatcher", None), "py_func", None)
    if written is not None:  # by numba.vectorize
        return vectorized(np.vectorize(written), written, args)
    refusal = MissingRule(
        f"{qualified_name(function)} has no derivative rule ({user_line()}); write it with "
        "functions that have one, "
        "add a row to diffbench/rules/, or register it with diffbench.primitive"
    )
    for x in args:
        if type(x) is Traced:
            x.level.refused(refusal)
    raise refusal


def _as_asked(y: Any, dtype: Any) -> Any:
    """y as complex numbers where dtype= says so, which a definition need not look at."""
    asked = dtype is not None and np.dtype(dtype).kind == "c"
    if asked and type(y) is Traced and y.dtype.kind != "c":
        return call(astype, (y, np.dtype(dtype)), {})
    return y


def _into(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """f(..., out=array): computed as usual, then written; a plain array can't take a traced
    value.
    """
    out = kwargs.pop("out")
    out = out[0] if isinstance(out, tuple) and len(out) == 1 else out
    y = call(function, args, kwargs)
    if out is None:
        return y
    return store(out, y, f"{qualified_name(function)}(out=...)")
