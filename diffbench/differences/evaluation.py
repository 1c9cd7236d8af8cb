"""Calling a user's function safely at many points.

f may write into its argument, and may return the same output buffer every time: each call gets a
fresh copy of the point, and each value is copied before the next call. What can't be differenced
(NaN, jumps of an integer, complex values, changing shapes) is refused with the point where it
happened.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import partial
from itertools import islice
from math import isfinite
from os import cpu_count
from pickle import dumps
from typing import Any, Protocol

import numpy as np

from diffbench.asking.checks.checked import as_point
from diffbench.errors import BadInput, BadPoint, DiffbenchError, NotDifferentiable, Unsupported
from diffbench.interface import Array, Function

Map = Callable[[Callable[[Any], Any], Iterable[Any]], Iterable[Any]]

# what a function says of a point it can't take
OF_THE_POINT = (
    ArithmeticError,
    ValueError,
    LookupError,
    RuntimeError,
    AssertionError,
)


class Points(Protocol):
    """Points around x that can be iterated more than once; each iteration makes fresh arrays."""

    x: Array

    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[Array]: ...


@dataclass(slots=True)
class AxisPoints:
    """x with one coordinate replaced: the flat coordinate indices[k] by values[k]."""

    x: Array
    indices: Sequence[int]
    values: Sequence[Any]

    def __len__(self) -> int:
        return len(self.indices)

    def __iter__(self) -> Iterator[Array]:
        copy, is_flat = self.x.copy, self.x.ndim == 1
        for i, value in zip(self.indices, self.values, strict=True):
            point = copy()
            (point if is_flat else point.reshape(-1))[i] = value
            yield point


@dataclass(slots=True)
class ShiftedPoints:
    """x plus each of the displacements, shape (k, *x.shape)."""

    x: Array
    displacements: Array

    def __len__(self) -> int:
        return len(self.displacements)

    def __iter__(self) -> Iterator[Array]:
        return (np.asarray(self.x + shift, self.x.dtype) for shift in self.displacements)


def floating_point(x: Any) -> Array:
    """x as a float array of its own. Raises BadPoint for what can't be moved by a step."""
    point: Array = np.asarray(as_point(x))
    if not point.size:
        raise BadPoint(f"x has shape {point.shape} and no coordinate to move; pass at least one")
    return point


def value_at(f: Function, x: Array) -> Array:
    """A copy of f(x) as an array of floats; f gets a copy of x. Raises what f raises, and
    NotDifferentiable where f is not finite.
    """
    with np.errstate(all="ignore"):
        y = _as_floats(np.array(f(x.copy())))
    if not np.isfinite(y).all():
        raise NotDifferentiable(
            f"f is {y[~np.isfinite(y)].flat[0]} at x = {_shown(x)}, so it has no difference there; "
            "move x into the domain of f"
        )
    return y


def values_at(
    f: Function, points: Points, *, vectorized: bool = False, workers: int | Map = 1
) -> Array:
    """f at every point, shape (len(points), *f(x).shape), evaluated one by one, in one batch or by
    a map of workers.
    """
    with np.errstate(all="ignore"):
        if vectorized:
            values = _batch(f, points)
        elif workers == 1:
            values = _one_by_one(f, points)
        else:
            values = _mapped(f, points, workers)
        # the sum alone may overflow
        is_finite = isfinite(np.add.reduce(values, axis=None)) or np.isfinite(values).all()
    if not is_finite:
        raise _not_finite(points, values)
    return values


def _one_by_one(f: Function, points: Points) -> Array:
    fresh = iter(points)
    point = next(fresh)
    try:
        first = np.array(f(point))
        if first.dtype.kind != "f" or first.dtype.itemsize < point.dtype.itemsize:
            return _stacked([first, *(np.array(f(point)) for point in fresh)])
        shape, dtype = first.shape, first.dtype
        values = np.empty((len(points), *shape), dtype)
        values[0] = first
        for row, point in enumerate(fresh, 1):
            y = f(point)
            if getattr(y, "shape", ()) != shape or (
                type(y) is not float and getattr(y, "dtype", None) is not dtype
            ):
                y = _of_shape(shape, y)
            values[row] = y
    except DiffbenchError:
        raise
    except OF_THE_POINT as error:
        raise _raised(error, f"x = {_shown(point)}, a neighbour the stencil needs") from error
    return values


def _batch(f: Function, points: Points) -> Array:
    batch = np.stack(list(points))
    try:
        values = _as_floats(np.array(f(batch)))
    except DiffbenchError:
        raise
    except OF_THE_POINT as error:
        raise _raised(error, f"a batch of {len(points)} points, shape {batch.shape}") from error
    if values.shape[:1] != (len(points),):
        raise BadInput(
            f"f returned shape {values.shape} for a batch of {len(points)} points; with "
            "vectorized=True its first axis is the batch"
        )
    return values


def require_workers(workers: Any) -> None:
    """Raise BadInput unless this is a number of processes, -1, or callable."""
    is_number = isinstance(workers, int | np.integer) and (workers >= 1 or workers == -1)
    if not callable(workers) and not is_number:
        raise BadInput(
            f"workers is {workers!r}; give a number of processes, at least 1, or -1 for one a core, "
            "or a function that maps as `map` does"
        )


def mapped(call: Callable[[Any], Any], items: Sequence[Any], workers: int | Map) -> list[Any]:
    """call of every item: here, by that many processes (-1: one a core), or by a function that maps
    as `map` does.
    """
    if callable(workers):
        return list(workers(call, items))
    if workers == 1 or len(items) < 2:
        return list(map(call, items))
    return _by_processes(call, items, (cpu_count() or 1) if workers == -1 else workers)


def _mapped(f: Function, points: Points, workers: int | Map) -> Array:
    values = mapped(partial(_value, f), list(points), workers)
    if len(values) != len(points):
        raise BadInput(
            f"workers returned {len(values)} values for {len(points)} points; pass a function that "
            "maps as `map` does"
        )
    return _stacked([np.asarray(value) for value in values])


def _by_processes(call: Callable[[Any], Any], items: Sequence[Any], workers: int) -> list[Any]:
    try:
        dumps(call)
    except Exception as error:  # pickle raises whatever an object's own reduction raises
        raise Unsupported(
            f"f can't be sent to {workers} worker processes: {error}; define it at the top level "
            "of a module"
        ) from error
    try:
        with ProcessPoolExecutor(workers) as pool:
            return list(pool.map(call, items, chunksize=-(-len(items) // workers)))
    except BrokenProcessPool as error:
        raise Unsupported(
            "a worker process ended while it evaluated f; take workers=1 to see what f does"
        ) from error


def _value(f: Function, point: Array) -> Array:
    """f at a point as numbers of its own: buffers are shared between the calls of one worker,
    too.
    """
    where = f"x = {_shown(point)}, a neighbour the stencil needs"
    try:
        return _numbers(np.array(f(point)))
    except DiffbenchError:
        raise
    except OF_THE_POINT as error:
        raise _raised(error, where) from error


def _stacked(values: list[Array]) -> Array:
    shapes = {y.shape for y in values}
    if len(shapes) > 1:
        raise BadInput(
            f"f returned shapes {' and '.join(map(str, shapes))} at neighbouring points; return "
            "one shape"
        )
    stacked = np.stack(values)
    if stacked.dtype.kind in "biu" and (stacked != stacked[0]).any():
        raise NotDifferentiable(
            f"f returns {stacked.dtype} values that jump between neighbouring points; return floats"
        )
    return _as_floats(stacked)


def _of_shape(shape: tuple[int, ...], y: Any) -> Array:
    if np.shape(y) != shape:
        raise BadInput(
            f"f returned shapes {shape} and {np.shape(y)} at neighbouring points; return one shape"
        )
    return _numbers(np.asarray(y))


def _as_floats(y: Array) -> Array:
    return _numbers(y).astype(float) if y.dtype.kind in "biu" else _numbers(y)


def _numbers(y: Array) -> Array:
    if y.dtype.kind == "c":
        raise Unsupported(
            f"f returned dtype {y.dtype}, and differences need floats; return np.stack([y.real, "
            "y.imag])"
        )
    if y.dtype.kind not in "biuf":
        raise Unsupported(
            f"f returned dtype {y.dtype}, and differences need floats; return one array of numbers"
        )
    return y


def _raised(error: Exception, where: str) -> NotDifferentiable:
    return NotDifferentiable(
        f"f raised {type(error).__name__} ({error}) at {where}; give bounds=(lower, upper) or a "
        "smaller step"
    )


def _not_finite(points: Points, values: Array) -> NotDifferentiable:
    row = int(np.argmax(~np.isfinite(values).reshape(len(values), -1).all(axis=1)))
    point = next(islice(iter(points), row, None))
    value = values[row][~np.isfinite(values[row])].flat[0]
    return NotDifferentiable(
        f"f is {value} at x = {_shown(point)}, a neighbour the stencil needs; give bounds=(lower, "
        "upper) or a smaller step"
    )


def _shown(x: Array) -> str:
    return np.array2string(x, threshold=6, edgeitems=3, floatmode="unique").replace("\n", "")
