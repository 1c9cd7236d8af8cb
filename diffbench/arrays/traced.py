"""The array a user's function meets: looks like NumPy's, remembers where it came from.

Here is what it is and what it looks like. What it does is in dispatch.py (NumPy's functions),
overloads.py and methods.py, which give the class its other half.
"""

import operator
from typing import Any

import numpy as np

from diffbench.arrays.capture.interception import losses
from diffbench.arrays.decisions import WRITERS, reads
from diffbench.arrays.levels import Level, user_line
from diffbench.errors import LostTrace, MissingRule


class Traced:
    """An array of a differentiation in progress.

    primal: its value one level down; link: what its level knows of it (a tangent, a tape position,
    a variable of a program);
    alias: the memory it shares with other traced arrays, if any. Made by `trace`: a class without
    __init__ is made in half the time.
    """

    __slots__ = ("__weakref__", "alias", "level", "link", "primal")
    primal: Any
    level: Level
    link: Any
    alias: Any
    __array_priority__ = 1000.0
    __hash__ = None  # type: ignore[assignment]  # == is elementwise, as in NumPy

    # ------------------------------------------------------------ what it looks like

    @property  # type: ignore[misc]  # type checkers do not foresee it
    def __class__(self) -> Any:
        """isinstance(x, np.ndarray) and np.isscalar(x) hold where they do for the value, so that f
        takes the same branch.
        """
        return type(core(self))

    @property
    def shape(self) -> tuple[int, ...]:
        primal = self.primal
        return primal.shape if type(primal) is np.ndarray else np.shape(primal)

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def size(self) -> int:
        return np.size(self.primal)

    @property
    def dtype(self) -> np.dtype[Any]:
        value = core(self)
        return value.dtype if isinstance(value, (np.ndarray, np.generic)) else np.result_type(value)

    @property
    def itemsize(self) -> int:
        return self.dtype.itemsize

    @property
    def nbytes(self) -> int:
        return self.size * self.dtype.itemsize

    def __len__(self) -> int:
        return len(self.primal)

    def __repr__(self) -> str:
        return self.written("repr")

    def __str__(self) -> str:
        return self.written("str")

    def __format__(self, spec: str) -> str:
        return self.written("format", spec)

    def written(self, how: str, *args: Any, **kwargs: Any) -> str:
        """The text that NumPy makes of the value, by which f may decide."""
        text = WRITERS[how](core(self), *args, **kwargs)
        params = {"how": how, "args": args, "kwargs": kwargs, "text": text}
        x: Any = self
        while type(x) is Traced:
            if x.level.open:
                x.level.decided(reads, (x,), params, True)
            x = x.primal
        return text

    # ------------------------------------------------------------ conversions: control flow may,
    # numbers may not

    def __bool__(self) -> bool:
        return bool(self.level.concrete(self, bool))

    def __float__(self) -> float:
        value = self.level.settled(self)
        if type(value) is not Traced:
            return float(value)
        raise self.lost(
            "float()",
            "np functions take it, and what C code calls (brentq, quad) becomes one with "
            "diffbench.primitive",
        )

    def __complex__(self) -> complex:
        value = self.level.settled(self)
        if type(value) is not Traced:
            return complex(value)
        raise self.lost("complex()", "use x + 0j")

    def __int__(self) -> int:
        return int(plain(self.whole("int()")))

    def __index__(self) -> int:
        if self.dtype.kind == "b":  # no place in an array, but one of NumPy's masks: see __array__
            raise TypeError("a truth value is not an index")
        if self.dtype.kind in "biu" or self.level.is_step(self):
            return int(self.level.concrete(self, int))
        # refused and no more: a plain float is no index either, and who tries (NumPy before 2.3,
        # in `x ** y`) goes on without
        raise self.not_plain("index()", "round it with int(), np.floor or np.trunc")

    def whole(self, how: str) -> Any:
        """The value without its fraction, which is a step: the integer that is made of it is data,
        and noted in case that nothing else depends on x.
        """
        if self.dtype.kind in "biu" or self.level.is_step(self):
            return self
        self.level.hidden = f"an integer ({how} at {user_line()})"
        return np.trunc(self)

    def lost(self, how: str, cure: str) -> LostTrace:
        """The error of a conversion to plain numbers, which is a loss even if f catches it."""
        error = self.not_plain(how, cure)
        self.level.refused(error)
        return error

    def not_plain(self, how: str, cure: str) -> LostTrace:
        """The error of a conversion to plain numbers, and how to do without it."""
        return LostTrace(
            f"{how} was applied to a traced value at {user_line()}, which would cut the derivative "
            f"off; {cure}. "
            "If it was written into an array that was made outside of the function, make it inside, "
            "with np.zeros_like(x) or np.copy"
        )

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        value = self.level.settled(self)
        if type(value) is not Traced:
            return np.array(value, dtype) if copy else np.asarray(value, dtype)
        if self.dtype.kind in "biu":  # a mask or an index, which a recording relies on
            return self._settled(dtype, bool(copy))
        if self.ndim or dtype not in (None, object) or not losses.boxes():
            error = self._read_by_dot() or LostTrace(
                f"np.asarray or np.array was applied to a traced array at {user_line()}, which "
                "would cut the derivative off; "
                "use the array as it is, x.copy(), or np.stack for a list of arrays; make an array "
                "to write into inside the function, with np.zeros_like(x) or np.copy; "
                "a library's compiled function (an integrator, a spline) becomes one with "
                "diffbench.primitive"
            )
            self.level.refused(error)
            raise error
        # np.array([x, x**2]) of traced scalars keeps the traced scalars
        boxed = np.empty((), dtype=object)
        boxed[()] = self
        return boxed

    def _read_by_dot(self) -> LostTrace | None:
        """The error of A.dot(x), if that is what the user wrote: no function of NumPy's asks x."""
        line = user_line()
        return (
            LostTrace(
                f"the method dot of a plain array reads the memory of its argument at {line}, "
                "which would cut the derivative off; write A @ x, or np.dot(A, x)"
            )
            if ".dot(" in line and "np.dot(" not in line
            else None
        )

    def _settled(self, dtype: Any, writeable: bool) -> Any:
        value = np.array(plain(self), dtype)
        value.flags.writeable = writeable  # what is written to it, self would not show
        return value

    def view(self, *args: Any) -> Any:
        value = self.level.settled(self)
        if type(value) is not Traced:
            return value.view(*args)
        raise MissingRule(
            f"ndarray.view reinterprets memory and has no derivative ({user_line()}); use astype "
            "or reshape"
        )

    def __reduce__(self) -> Any:
        value = self.level.settled(self)
        if type(value) is not Traced:
            return value.__reduce__()
        raise LostTrace(
            "a traced value can't be pickled or sent to another process; return it from the "
            "function instead"
        )


def trace(primal: Any, level: Level, link: Any) -> Traced:
    """A value of a level."""
    made = Traced()
    made.primal = primal
    made.level = level
    made.link = link
    made.alias = None
    return made


# ---------------------------------------------------------------- looking through traced values


def core(x: Any) -> Any:
    """The plain NumPy value at the bottom."""
    while type(x) is Traced:
        x = x.primal
    return x


def plain(value: Any) -> Any:
    """A parameter (an axis, a shape, an index) as plain numbers, as it is now; a recording notes
    that it relied on them.
    """
    if type(value) is Traced:
        return value.level.concrete(value, plain)
    if type(value) is np.ndarray:
        return value.copy()  # an index that is changed after use was read as it was before
    if type(value) in (tuple, list):
        return type(value)(map(plain, value))
    if type(value) is slice:
        return slice(plain(value.start), plain(value.stop), plain(value.step))
    return value


def plain_index(index: Any) -> Any:
    """An index with no traced entries. A float that varies can't be an index: NumPy's IndexError
    says so.
    """
    if type(index) is Traced and index.dtype.kind not in "biu":
        index = operator.index(index)
    return plain(index)


def alike(x: Any, y: Any) -> bool:
    """Whether x has y's shape and dtype, so that what x passed on to y comes back to it as it
    is.
    """
    return x.shape == y.shape and x.dtype is y.dtype


def contains_traced(values: Any) -> bool:
    """Whether a traced value is anywhere in a nest of lists, or in an array of objects."""
    return any(type(v) is Traced or (_may_hold_traced(v) and contains_traced(v)) for v in values)


def _may_hold_traced(value: Any) -> bool:
    return type(value) in (list, tuple) or (
        type(value) is np.ndarray and value.dtype.hasobject and value.ndim > 0
    )
