"""Where the entries of an array are: a strided view of contiguous memory, whatever slices, reshapes
and transposes led to it.
"""

from dataclasses import dataclass, replace
from math import prod
from typing import Any

import numpy as np

from diffbench.ir import Equation

Shape = tuple[int, ...]
ALIASES = ("getitem", "reshape", "transpose", "broadcast_to")


@dataclass(frozen=True)
class View:
    """Entry i of the array is memory[offset + sum of i * strides]; `memory` is an expression in
    C.
    """

    memory: str
    shape: Shape
    strides: Shape
    offset: int = 0
    one_strip: bool = False  # memory for one strip, the same for every strip

    def over(self, shape: Shape) -> "View":
        """Broadcast to a shape."""
        strides = tuple(0 if n == 1 else s for n, s in zip(self.shape, self.strides, strict=True))
        return replace(self, shape=shape, strides=(0,) * (len(shape) - len(strides)) + strides)


def contiguous(memory: str, shape: Shape) -> View:
    """A whole array, row after row."""
    return View(memory, shape, tuple(prod(shape[k + 1 :]) for k in range(len(shape))))


def squeezed(shape: Shape) -> Shape:
    """Without axes of length 1, which no loop runs over."""
    return tuple(n for n in shape if n != 1)


def moved(view: View, equation: Equation) -> View | None:
    """The view that NumPy makes of it, found on an array of the same layout whose entries are never
    read; None where NumPy copies.
    """
    stand_in, first = _stand_in(view)
    name, params = equation.primitive.name, equation.params
    try:
        made = (
            np.reshape(stand_in, params["shape"], copy=False)
            if name == "reshape"
            else equation.primitive.evaluate(stand_in, **params)
        )
    except ValueError:
        return None
    return _as_view(view, made, first)


def part(view: View, index: Any) -> View:
    """view[index] for slices and whole numbers."""
    stand_in, first = _stand_in(view)
    return _as_view(view, stand_in[index], first)


def _stand_in(view: View) -> tuple[Any, int]:
    reach = sum((n - 1) * s for n, s in zip(view.shape, view.strides, strict=True) if s > 0)
    back = -sum((n - 1) * s for n, s in zip(view.shape, view.strides, strict=True) if s < 0)
    memory = np.empty(reach + back + 1, np.int8)
    array = np.lib.stride_tricks.as_strided(memory[back:], view.shape, view.strides)
    return array, array.__array_interface__["data"][0]


def _as_view(view: View, made: Any, first: int) -> View:
    made = made if isinstance(made, np.ndarray) else np.asarray(made)
    if not made.shape:  # a number, which NumPy copies out
        raise ValueError("a single entry is asked for as a slice")
    return replace(
        view,
        shape=made.shape,
        strides=made.strides,
        offset=view.offset + made.__array_interface__["data"][0] - first,
    )


def entry(view: View, index: tuple[int, ...]) -> View:
    """One number of an array."""
    offset = sum(i % n * s for i, n, s in zip(index, view.shape, view.strides, strict=True))
    return View(view.memory, (), (), view.offset + offset)


def cut(shape: Shape, place: int, length: int) -> Shape:
    """The strides of an array of which memory holds only so much of one axis."""
    held = (*shape[:place], length, *shape[place + 1 :])
    return contiguous("", held).strides


def collapsed(
    shape: Shape, all_strides: list[Shape], strip: int | None = None
) -> tuple[Shape, list[Shape], int | None]:
    """The same loops with neighbouring axes joined wherever every array runs through them as
    through one; and where the strip is now.

    An axis that is cut into strips is joined only as the outer one: of it some steps are taken, of
    an inner one all must be.
    """
    dims: list[int] = []
    rows: list[list[int]] = [[] for _ in all_strides]
    place = None
    for k, n in enumerate(shape):
        if n == 1:
            continue
        if (
            dims
            and k != strip
            and all(
                row[-1] == strides[k] * n for row, strides in zip(rows, all_strides, strict=True)
            )
        ):
            dims[-1] *= n
            for row, strides in zip(rows, all_strides, strict=True):
                row[-1] = strides[k]
        else:
            dims.append(n)
            for row, strides in zip(rows, all_strides, strict=True):
                row.append(strides[k])
        place = len(dims) - 1 if k == strip else place
    return tuple(dims), [tuple(row) for row in rows], place
