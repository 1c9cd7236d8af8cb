"""Reverse mode: f is run on a tape, and the tape is swept backwards.

A primitive that states only its push-forward gets its pull-back by transposing it: both are linear,
and a linear map is transposed by reverse differentiation, of the push-forward.
"""

from collections.abc import Callable, Iterable
from functools import partial
from math import isfinite
from typing import Any

import numpy as np
from numpy import float64, ndarray  # met at every step

from diffbench.arrays.capture.interception.escalation import as_written
from diffbench.arrays.capture.returned import has_no_value, result, undriven
from diffbench.arrays.reverse.strong_zero import sweep_strongly
from diffbench.arrays.reverse.sweep import sweep, taken_off
from diffbench.arrays.reverse.tape import Tape
from diffbench.arrays.reverse.zeros import matters, may_move
from diffbench.arrays.traced import Traced, core
from diffbench.ir import Primitive
from diffbench.rules.table import pulled_back


@as_written
def vjp(f: Any, x: Any, y_bar: Any = None) -> tuple[Any, Any]:
    """(f(x), J^T y_bar); y_bar = 1 where it is left out. f is run again where a tape that is used
    up did not lead to finite numbers.
    """
    # a number is computed with in a fraction of the time of an array
    x = x[()] if type(x) is ndarray and not x.ndim else x
    y, x_bar = _run(_pulled_once, f, x, y_bar)
    return _run(pulled, f, x, y_bar) if x_bar is None else (y, x_bar)


def _run(pull: Any, f: Any, x: Any, y_bar: Any) -> tuple[Any, Any]:
    with Tape() as tape:
        variable = tape.input(x)
        entry = variable.link  # f may write to its argument, which then stands for another value
        y = result(f(variable), tape)
        if type(y) is not Traced or y.level is not tape:
            return y, undriven(x, y)
        return y.primal, pull(tape, y, _one(y.primal) if y_bar is None else y_bar, entry)


@as_written
def jacobian_rows(f: Any, x: Any) -> tuple[Any, Any]:
    """(f(x), J), J of shape f(x).shape + x.shape: one pass of f, one sweep a row."""
    with Tape() as tape:
        variable = tape.input(x)
        entry = variable.link
        y = result(f(variable), tape)
        if type(y) is not Traced or y.level is not tape:
            return y, undriven(np.zeros(np.shape(y) + np.shape(x)), y)
        seeds = np.eye(y.size, dtype=y.dtype).reshape((y.size, *y.shape))
        rows = [pulled(tape, y, seed, entry) for seed in seeds]
    return y.primal, np.reshape(np.stack(rows), np.shape(y) + np.shape(x)) if rows else np.zeros(
        np.shape(y) + np.shape(x)
    )


# ---------------------------------------------------------------- from the tape's end to its beginning


def pulled(tape: Tape, y: Traced, y_bar: Any, x: int) -> Any:
    """J^T y_bar, where x is the entry of the input. A NaN from 0 * inf is not believed: the
    sweep is repeated with a strong zero.
    """
    like = tape.entries[x][-1]
    if not _is_finite(core(y)) and np.any(np.where(has_no_value(core(y)), core(y_bar), 0)):
        return (
            like + np.sum(y.primal)
        ) * np.nan  # log(-1) is NaN, although 1 / x has a value there
    x_bar = sweep(
        reversed(tape.entries[x + 1 : y.link + 1]), y.link, y_bar, pulls, small=tape.small
    )
    if x_bar is not None and not _is_finite(core(x_bar)):
        x_bar = sweep_strongly(tape.entries, y.link, y_bar, x, pulls)
    return np.zeros_like(like) if x_bar is None else x_bar


def _pulled_once(tape: Tape, y: Traced, y_bar: Any, x: int) -> Any:
    """As `pulled`, and large arrays are freed as the sweep is done with them; None where it would
    have to be repeated.
    """
    if tape.small or not _is_finite(core(y)):
        return pulled(tape, y, y_bar, x)
    like = tape.entries[x][-1]
    x_bar = sweep(taken_off(tape.entries, x, y.link), y.link, y_bar, pulls)
    if x_bar is None:
        return np.zeros_like(like)
    return x_bar if _is_finite(core(x_bar)) else None


def _is_finite(x: Any) -> bool:
    if isinstance(x, float):
        return isfinite(x)
    if x.ndim == 1 and isfinite(
        abs(x.dot(x))
    ):  # reads x once; the square of a large number may overflow
        return True
    return bool(np.isfinite(x).all())


def _one(y: Any) -> Any:
    return float64(1.0) if type(y) is float64 else np.ones_like(y)


# ---------------------------------------------------------------- the pull-back of a primitive


def transpose(linear_map: Callable[[Any], Any], like: Any, y_bar: Any) -> Any:
    """The transpose of a linear map, applied to y_bar; `like` has the shape of the map's
    argument.
    """
    return vjp(linear_map, np.zeros_like(like), y_bar)[1]


def pull(primitive: Primitive, i: int, y_bar: Any, y: Any, xs: Any, params: dict[str, Any]) -> Any:
    """The pull-back of argument i: from the row's partial derivatives, the row's own, or deduced
    from its push-forward.
    """
    if primitive.partials:
        return pulled_back(y_bar, primitive.partials[i], y, xs, xs[i])
    return (primitive.vjp or partial(vjp_of_jvp, primitive))(i, y_bar, y, xs, params)


def pulls(
    primitive: Primitive, positions: Any, y_bar: Any, y: Any, xs: Any, params: dict[str, Any]
) -> Iterable[Any]:
    """The pull-backs of several arguments: together where the row hands out parts of y_bar, so that
    n of them cost n steps and not n * n.
    """
    if primitive.vjps:
        return primitive.vjps(positions, y_bar, y, xs, params)  # type: ignore[no-any-return]
    return (pull(primitive, i, y_bar, y, xs, params) for i in positions)


def vjp_of_jvp(
    primitive: Primitive, i: int, y_bar: Any, y: Any, xs: Any, params: dict[str, Any]
) -> Any:
    """The pull-back of argument i, from the push-forward, which is linear in x_dot."""

    def push(x_dot: Any) -> Any:
        x_dots = [x_dot if k == i else None for k in range(len(xs))]
        y_dot = primitive.jvp(x_dots, y, xs, params)  # type: ignore[misc]
        return (
            sum(np.sum(bar * part) for bar, part in zip(y_bar, y_dot, strict=True) if matters(bar))
            if isinstance(y, tuple)
            else y_dot
        )

    if isinstance(y, tuple):
        if not any(map(matters, y_bar)):
            return np.zeros_like(xs[i])
        y_bar = list(map(may_move, y_bar))
        return transpose(push, xs[i], 1.0)
    return transpose(push, xs[i], may_move(y_bar))
