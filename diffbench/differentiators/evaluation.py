"""Calling a user's function safely at many points.

f may write into its argument, and may return the same output buffer every time: each call gets a fresh copy of the point, and each
value is copied before the next call. What can't be differenced (NaN, jumps of an integer, complex values, changing shapes) is refused
with the point where it happened.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import islice
from math import isfinite
from typing import Any, Protocol

import numpy as np

from diffbench.errors import BadInput, BadPoint, NotDifferentiable, Unsupported
from diffbench.interface import Array, Function
from diffbench.operators import as_point

Map = Callable[[Function, Iterable[Array]], Iterable[Any]]


class Points(Protocol):
    """Points that can be iterated more than once; each iteration makes fresh arrays."""

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
    """A copy of f(x) as an array of floats; f gets a copy of x. Raises what f raises, and NotDifferentiable where f is not finite."""
    with np.errstate(all="ignore"):
        y = _as_floats(np.array(f(x.copy())))
    if not np.isfinite(y).all():
        raise NotDifferentiable(
            f"f is {y[~np.isfinite(y)].flat[0]} at x = {_shown(x)}, so it has no difference there; move x into the domain of f"
        )
    return y


def values_at(f: Function, points: Points, *, vectorized: bool = False, workers: int | Map = 1) -> Array:
    """f at every point, shape (len(points), *f(x).shape), evaluated one by one, in one batch or by a map of workers."""
    with np.errstate(all="ignore"):
        if vectorized:
            values = _batch(f, points)
        elif workers == 1:
            values = _one_by_one(f, points)
        else:
            values = _mapped(f, points, workers)
        is_finite = isfinite(values.sum()) or np.isfinite(values).all()  # the sum alone may overflow
    if not is_finite:
        raise _not_finite(points, values)
    return values


def _one_by_one(f: Function, points: Points) -> Array:
    fresh = iter(points)
    point = next(fresh)
    try:
        first = np.array(f(point))
        if first.dtype.kind != "f":
            return _stacked([first, *(np.array(f(point)) for point in fresh)])
        shape = first.shape
        values = np.empty((len(points), *shape), first.dtype)
        values[0] = first
        for row, point in enumerate(fresh, 1):
            y = f(point)
            if getattr(y, "shape", ()) != shape:
                y = _of_shape(shape, y)
            values[row] = y
    except (ArithmeticError, ValueError, IndexError) as error:
        if isinstance(error, BadInput | NotDifferentiable):
            raise
        raise _raised(point, error) from error
    return values


def _batch(f: Function, points: Points) -> Array:
    values = _as_floats(np.array(f(np.stack(list(points)))))
    if values.shape[:1] != (len(points),):
        raise BadInput(
            f"f returned shape {values.shape} for a batch of {len(points)} points; with vectorized=True its first axis is the batch"
        )
    return values


def _mapped(f: Function, points: Points, workers: int | Map) -> Array:
    if callable(workers):
        return _stacked([np.asarray(y) for y in workers(f, points)])
    chunk = -(-len(points) // workers)
    with ProcessPoolExecutor(workers) as pool:
        try:
            return _stacked([np.asarray(y) for y in pool.map(f, points, chunksize=chunk)])
        except (AttributeError, TypeError) as error:
            raise Unsupported(f"f can't be sent to {workers} worker processes: {error}; define it at the top level of a module") from error


def _stacked(values: list[Array]) -> Array:
    shapes = {y.shape for y in values}
    if len(shapes) > 1:
        raise BadInput(f"f returned shapes {' and '.join(map(str, shapes))} at neighbouring points; return one shape")
    stacked = np.stack(values)
    if stacked.dtype.kind in "biu" and (stacked != stacked[0]).any():
        raise NotDifferentiable(f"f returns {stacked.dtype} values that jump between neighbouring points; return floats")
    return _as_floats(stacked)


def _of_shape(shape: tuple[int, ...], y: Any) -> Array:
    if np.shape(y) != shape:
        raise BadInput(f"f returned shapes {shape} and {np.shape(y)} at neighbouring points; return one shape")
    return np.asarray(y)


def _as_floats(y: Array) -> Array:
    if y.dtype.kind in "biu":
        return y.astype(float)
    if y.dtype.kind != "f":
        raise Unsupported(f"f returned dtype {y.dtype}, and differences need floats; return np.stack([y.real, y.imag]) or convert")
    return y


def _raised(point: Array, error: Exception) -> NotDifferentiable:
    where = f"x = {_shown(point)}, a neighbour the stencil needs"
    return NotDifferentiable(f"f raised {type(error).__name__} ({error}) at {where}; give bounds=(lower, upper) or a smaller step")


def _not_finite(points: Points, values: Array) -> NotDifferentiable:
    row = int(np.argmax(~np.isfinite(values).reshape(len(values), -1).all(axis=1)))
    point = next(islice(iter(points), row, None))
    value = values[row][~np.isfinite(values[row])].flat[0]
    return NotDifferentiable(
        f"f is {value} at x = {_shown(point)}, a neighbour the stencil needs; give bounds=(lower, upper) or a smaller step"
    )


def _shown(x: Array) -> str:
    return np.array2string(x, threshold=6, edgeitems=3, floatmode="unique").replace("\n", "")
