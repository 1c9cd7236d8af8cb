"""The methods and attributes of traced arrays are the functions of NumPy; so is reading a part,
x[index].
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from diffbench.arrays.capture.application import apply
from diffbench.arrays.capture.dispatch import call
from diffbench.arrays.levels import user_line
from diffbench.arrays.traced import Traced, core, plain, plain_index
from diffbench.arrays.writing import writes
from diffbench.arrays.writing.aliasing import shared, view
from diffbench.arrays.writing.blank import BLANK
from diffbench.arrays.writing.blank import read as read_blank
from diffbench.arrays.writing.flat import Flat
from diffbench.errors import MissingAttribute
from diffbench.rules.entries.indexing import getitem
from diffbench.rules.entries.shaping import astype
from diffbench.rules.table import primitives

_getitem = primitives[getitem]


def read(self: Traced, index: Any) -> Any:
    """x[index]."""
    primal, level = self.primal, self.level
    if type(primal) is np.ndarray and level.takes_partials:
        if type(index) is int and primal.ndim == 1:
            return level.enter(primal[index], (self.link, index, primal))
        if type(index) is slice:
            return view(
                level.enter(primal[index], (self.link, index, primal)), _getitem, self, (index,), {}
            )
    elif (
        type(index) is int
        and level.records
        and level.open
        and type(primal) is np.ndarray
        and primal.ndim == 1
    ):
        return level.note(_getitem, (self,), [], {"index": index}, primal[index])
    index = plain_index(index)
    if level is BLANK:
        return read_blank(self, index)
    return shared(apply(_getitem, (self,), {"index": index}), _getitem, self, (index,), {})


def write(self: Traced, index: Any, value: Any) -> None:
    """x[index] = value."""
    writes.write(self, plain_index(index), value)


def entries(self: Traced) -> Any:
    """Iteration, along the first axis."""
    if not self.ndim:
        raise TypeError("iteration over a 0-d array")
    return (read(self, i) for i in range(len(self)))


def converted(self: Traced, dtype: Any, **options: Any) -> Any:
    """As ndarray.astype; an integer is data, and a recording notes that it relied on it."""
    kind = np.dtype(dtype).kind
    if not options.get("copy", True) and np.dtype(dtype) == self.dtype:
        return self
    if kind in "fc":
        return call(astype, (self, np.dtype(dtype)), {})
    how = f"astype({np.dtype(dtype)})"
    if kind == "b":
        return plain(call(np.not_equal, (self, 0), {}))
    if kind in "iu":
        return plain(self.whole(how)).astype(dtype)
    raise self.lost(how, "keep it an array of floats")


def method(function: Any) -> Callable[..., Any]:
    """A function of NumPy as a method."""
    return lambda self, *args, **kwargs: call(function, (self, *args), kwargs)


def of_numbers(function: Any) -> Callable[..., Any]:
    """x.reshape(2, 3) and x.reshape((2, 3)) alike."""
    return lambda self, *numbers, **kwargs: call(
        function, (self, numbers[0] if len(numbers) == 1 else numbers or None), kwargs
    )


def conjugate(self: Traced) -> Any:
    """The complex conjugate; of real numbers the array itself, as in NumPy."""
    return call(np.conjugate, (self,), {}) if self.dtype.kind == "c" else self


def copied(self: Traced, order: str = "C") -> Any:
    """A copy in row-major order, where np.copy keeps the order of the memory: ravel("F") is a view
    of the one and not of the other.
    """
    return call(
        np.copy, (self,), {} if order == "C" and core(self).flags.c_contiguous else {"order": order}
    )


def item(self: Traced, *index: Any) -> Any:
    """x.item(): a number, which is traced as the array is."""
    if index:
        return call(np.ravel, (self,), {})[index[0]] if len(index) == 1 else read(self, index)
    if self.size != 1:
        raise ValueError("can only convert an array of size 1 to a Python scalar")
    return call(np.reshape, (self, ()), {})[()]


def tolist(self: Traced) -> Any:
    """Nested lists of numbers, which are traced as the array is."""
    return [tolist(part) for part in entries(self)] if self.ndim else item(self)


def flat(self: Traced) -> Any:
    """The iterator x.flat."""
    return Flat(self)


def write_flat(self: Traced, value: Any) -> None:
    flat(self)[:] = value


def about_memory(name: str) -> property:
    """An attribute of NumPy's arrays that a traced one lacks. (A class with __getattr__ could say
    so too; it reads all others slower.)
    """

    def refuse(self: Traced) -> Any:
        value = self.level.settled(self)
        if type(value) is not Traced:
            return getattr(value, name)
        raise MissingAttribute(
            f"ndarray.{name} is about an array's memory, which a traced array has none of its own "
            f"({user_line()}); "
            "write it with NumPy's functions, which return new arrays"
        )

    return property(refuse)


def filled(self: Traced, value: Any) -> None:
    """x.fill(value); one of NumPy's numbers stays what it is."""
    if not isinstance(core(self), np.generic):
        write(self, Ellipsis, value)


def sorted_in_place(self: Traced, axis: int = -1, **options: Any) -> None:
    write(self, Ellipsis, call(np.sort, (self,), {"axis": axis}))


_METHODS = (
    "all", "any", "argmax", "argmin", "argsort", "clip", "cumprod", "cumsum", "diagonal", "dot", "max", "mean", "min",
    "nonzero", "prod", "ravel", "repeat", "round", "searchsorted", "squeeze", "std", "sum", "swapaxes", "take", "trace", "var",
    "choose", "argpartition", "put",
)  # fmt: skip
# np.sin of an object array, as np.array([x, x**2]) of traced numbers is, asks each entry for its
# method `sin`; these go by Python's operators
_BY_OPERATORS = {"absolute", "sign", "negative", "positive", "reciprocal", "conjugate", "floor", "ceil", "trunc"}  # fmt: skip
_OF_OBJECTS = {
    function.__name__
    for function, row in primitives.items()
    if row.differentiable and isinstance(function, np.ufunc) and "O->O" in function.types
} - _BY_OPERATORS
_OTHERS: dict[str, Any] = {
    "__getitem__": read,
    "__setitem__": write,
    "__iter__": entries,
    "__floor__": method(np.floor),
    "__ceil__": method(np.ceil),
    "__trunc__": method(np.trunc),
    "__round__": lambda self, n=0: call(np.round, (self, n), {}),
    "__divmod__": method(np.divmod),
    "__rdivmod__": lambda self, other: call(np.divmod, (other, self), {}),
    "__copy__": method(np.copy),
    "__deepcopy__": lambda self, memo: call(np.copy, (self,), {}),
    "T": property(method(np.transpose)),
    "mT": property(lambda self: call(np.swapaxes, (self, -1, -2), {})),
    "real": property(
        method(np.real), lambda self, value: write(call(np.real, (self,), {}), Ellipsis, value)
    ),
    "imag": property(
        method(np.imag), lambda self, value: write(call(np.imag, (self,), {}), Ellipsis, value)
    ),
    "flat": property(flat, write_flat),
    "item": item,
    "tolist": tolist,
    "conj": conjugate,
    "conjugate": conjugate,
    "reshape": of_numbers(np.reshape),
    "transpose": of_numbers(np.transpose),
    "copy": copied,
    "flatten": lambda self, order="C": call(np.copy, (call(np.ravel, (self, order), {}),), {}),
    "astype": converted,
    "flags": property(lambda self: core(self).flags),
    "strides": property(lambda self: core(self).strides),
    "device": property(lambda self: core(self).device),
    "compress": lambda self, condition, axis=None: call(np.compress, (condition, self, axis), {}),
    "sort": sorted_in_place,
    "partition": lambda self, kth, axis=-1, **options: write(
        self, Ellipsis, call(np.partition, (self, kth, axis), {})
    ),
    "fill": filled,
}
for _name in (*_METHODS, *_OF_OBJECTS):
    setattr(Traced, _name, method(getattr(np, _name)))
for _name, _function in _OTHERS.items():
    setattr(Traced, _name, _function)
for _name in dir(np.ndarray):
    if not (_name.startswith("_") or hasattr(Traced, _name)):
        setattr(Traced, _name, about_memory(_name))
