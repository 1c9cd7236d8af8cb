"""The methods and options of ufuncs: np.add.reduce, np.multiply.outer, np.exp(x, out=y,
where=mask).
"""

from typing import Any

import numpy as np

from diffbench.arrays.capture.dispatch import call
from diffbench.arrays.levels import user_line
from diffbench.arrays.writing.in_place import at, store
from diffbench.errors import MissingRule

REDUCTIONS: dict[Any, Any] = {
    np.add: np.sum,
    np.multiply: np.prod,
    np.maximum: np.max,
    np.minimum: np.min,
    np.logical_and: np.all,
    np.logical_or: np.any,
}
SCANS: dict[Any, Any] = {np.add: np.cumsum, np.multiply: np.cumprod}


def ufunc_method(
    ufunc: np.ufunc, method: str, inputs: tuple[Any, ...], options: dict[str, Any]
) -> Any:
    """One call of a ufunc that is not plainly ufunc(*inputs)."""
    out = options.pop("out", None)
    if method == "at":
        return at(ufunc, *inputs)
    where = options.pop("where", True) if method == "__call__" else True
    y = _value(ufunc, method, inputs, options)
    if where is not True:
        y = _where(ufunc, where, y, out)
    return y if out is None else store(out[0], y, f"np.{ufunc.__name__}(out=...)")


def _value(ufunc: np.ufunc, method: str, inputs: tuple[Any, ...], options: dict[str, Any]) -> Any:
    if method == "__call__":
        return _call(ufunc, inputs, options)
    if method == "outer":
        a, b = inputs
        return call(ufunc, (np.reshape(a, np.shape(a) + (1,) * np.ndim(b)), b), {})
    if method == "reduce":
        return _reduce(ufunc, inputs[0], options)
    if method == "accumulate":
        return _accumulate(ufunc, inputs[0], **options)
    if method == "reduceat":
        return _reduceat(ufunc, *inputs, **options)
    raise MissingRule(
        f"np.{ufunc.__name__}.{method} has no derivative rule ({user_line()}); write it with "
        "slices and sums"
    )


def _where(ufunc: np.ufunc, where: Any, y: Any, out: Any) -> Any:
    """y where it was asked for, and elsewhere what was in `out` before."""
    if out is None:
        raise MissingRule(
            f"np.{ufunc.__name__} with where= and without out= leaves the other entries undefined "
            f"({user_line()}); "
            "pass out=np.zeros_like(x), or use np.where(mask, ..., ...)"
        )
    return np.where(where, y, out[0])


def _call(ufunc: np.ufunc, inputs: tuple[Any, ...], options: dict[str, Any]) -> Any:
    dtype = options.pop("dtype", None)
    options = {
        name: value for name, value in options.items() if name not in ("casting", "order", "subok")
    }
    kept = {"axis": options.pop("axis")} if ufunc is np.vecdot and "axis" in options else {}
    if options:
        raise MissingRule(
            f"np.{ufunc.__name__} with {', '.join(options)} has no derivative rule "
            f"({user_line()}); leave that out"
        )
    y = call(ufunc, inputs, kept)
    if dtype is None:
        return y
    return tuple(part.astype(dtype) for part in y) if type(y) is tuple else y.astype(dtype)


def _reduce(ufunc: np.ufunc, x: Any, options: dict[str, Any]) -> Any:
    options = {"axis": 0} | {
        name: value for name, value in options.items() if name != "dtype" or value is not None
    }
    if ufunc in REDUCTIONS:
        return REDUCTIONS[ufunc](x, **options)
    if options.keys() - {"axis", "keepdims"}:
        raise MissingRule(
            f"np.{ufunc.__name__}.reduce with {', '.join(options)} has no derivative rule "
            f"({user_line()}); reduce without it"
        )
    axis = options["axis"]
    parts = np.reshape(x, (-1,)) if axis is None else np.moveaxis(x, axis, 0)
    y = parts[0]
    for part in parts[1:]:
        y = call(ufunc, (y, part), {})
    if options.get("keepdims"):
        return np.reshape(
            y,
            tuple(
                1 if axis is None or i == axis % np.ndim(x) else n
                for i, n in enumerate(np.shape(x))
            ),
        )
    return y


def _accumulate(ufunc: np.ufunc, x: Any, axis: int = 0, dtype: Any = None) -> Any:
    if ufunc in SCANS:
        return SCANS[ufunc](x, axis=axis, dtype=dtype)
    _require_no_dtype(ufunc, "accumulate", dtype)
    parts = np.moveaxis(x, axis, 0)
    if not len(parts):
        return x
    running = [parts[0]]
    for part in parts[1:]:
        running.append(call(ufunc, (running[-1], part), {}))
    return np.stack(running, axis=axis)


def _reduceat(ufunc: np.ufunc, x: Any, indices: Any, axis: int = 0, dtype: Any = None) -> Any:
    """The reductions of the stretches that begin at `indices`; where an index does not rise, the
    entry there.
    """
    _require_no_dtype(ufunc, "reduceat", dtype)
    parts = np.moveaxis(x, axis, 0)
    stretches = zip(indices, [*indices[1:], len(parts)], strict=True)
    return np.stack(
        [ufunc.reduce(parts[i:j]) if i < j else parts[i] for i, j in stretches], axis=axis
    )


def _require_no_dtype(ufunc: np.ufunc, method: str, dtype: Any) -> None:
    if dtype is not None:
        raise MissingRule(
            f"np.{ufunc.__name__}.{method} with dtype has no derivative rule ({user_line()}); use "
            "astype on what it is applied to"
        )
