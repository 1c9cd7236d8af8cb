"""NumPy functions that change an array in place: a traced array takes the write as it takes x[i] =
v, a plain one refuses.
"""

from typing import Any

import numpy as np

from diffbench.arrays.levels import user_line
from diffbench.arrays.traced import Traced, plain_index
from diffbench.arrays.writing.writes import write
from diffbench.errors import WriteRefused
from diffbench.rules.entries.indexing import add_at
from diffbench.rules.entries.ordering import along_axis
from diffbench.rules.table import axis_of, composite


def require_traced(array: Any, name: str) -> None:
    """Raise for a plain target, which would lose the derivative of what is written."""
    if type(array) is not Traced:
        raise WriteRefused(
            f"{name} at {user_line()} would write a traced value into a plain array, which can't "
            "hold a derivative; "
            "make that array inside the function, with np.zeros_like(x) or np.copy"
        )


def store(out: Any, y: Any, name: str) -> Any:
    """f(..., out=array): the result written into a traced array."""
    require_traced(out, name)
    write(out, Ellipsis, y, in_place=True)
    return out


def fill_diagonal(a: Any, val: Any, wrap: bool = False) -> None:
    require_traced(a, "np.fill_diagonal")
    positions = np.zeros(a.shape, dtype=bool)
    np.fill_diagonal(positions, True, wrap=wrap)
    write(a, np.nonzero(positions), val)


def copyto(dst: Any, src: Any, casting: str = "same_kind", where: Any = True) -> None:
    require_traced(dst, "np.copyto")
    write(dst, Ellipsis, np.where(where, src, dst) if where is not True else src)


def put(a: Any, ind: Any, v: Any, mode: str = "raise") -> None:
    require_traced(a, "np.put")
    write(
        a,
        np.unravel_index(np.ravel(plain_index(ind)) % a.size, a.shape),
        np.resize(v, np.size(ind)) if np.ndim(v) else v,
    )


def put_along_axis(arr: Any, indices: Any, values: Any, axis: int) -> None:
    require_traced(arr, "np.put_along_axis")
    write(arr, along_axis(np.shape(arr), plain_index(indices), axis_of(axis, arr)), values)  # type: ignore[no-untyped-call]


def putmask(a: Any, mask: Any, values: Any) -> None:
    require_traced(a, "np.putmask")
    write(a, Ellipsis, np.where(mask, np.resize(values, a.shape) if np.ndim(values) else values, a))


def place(arr: Any, mask: Any, vals: Any) -> None:
    require_traced(arr, "np.place")
    # of numbers, a mask would be an index
    chosen = np.reshape(plain_index(mask), np.shape(arr)).astype(bool)
    write(arr, chosen, np.resize(vals, np.count_nonzero(chosen)))


def at(ufunc: np.ufunc, target: Any, index: Any, value: Any = None) -> None:
    """np.add.at and its kin: unbuffered, so that a repeated index counts every time."""
    require_traced(target, f"np.{ufunc.__name__}.at")
    index = plain_index(index)
    if ufunc in (np.add, np.subtract):
        return write(target, Ellipsis, add_at(target, value if ufunc is np.add else -value, index))
    positions = np.arange(target.size).reshape(target.shape)[index].ravel()
    if len(set(positions.tolist())) < len(positions):
        raise WriteRefused(
            f"np.{ufunc.__name__}.at with a repeated index has no rule ({user_line()}); loop over "
            "the repetitions"
        )
    write(target, index, ufunc(target[index]) if value is None else ufunc(target[index], value))


_WRITERS: dict[Any, Any] = {
    np.fill_diagonal: fill_diagonal, np.copyto: copyto, np.put: put,
    np.put_along_axis: put_along_axis, np.putmask: putmask, np.place: place,
}  # fmt: skip
for _function, _definition in _WRITERS.items():
    composite(_function, _definition)
