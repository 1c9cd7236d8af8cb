"""Reverse mode: a tape of the primitives applied, swept once backwards.

    forward   y = primitive(x1, x2)      entry: where x1 and x2 came from, and what their partial derivatives are found with
    backward  x_bar_i += vjp_i(y_bar)    for every entry, last one first

Entries are tuples, told apart by their length: those of `Level.enter`, and (primitive, positions,
links, values, parameters, y) for all that is neither smooth and elementwise nor a plain read, or
that was stretched by broadcasting. There is no recursion: a loop of a million steps is a list of a
million entries.
"""

from math import isfinite
from typing import Any

import numpy as np
from numpy import float64, ndarray  # met at every step

from diffbench.arrays.capture.interception.escalation import as_written
from diffbench.arrays.capture.returned import has_no_value, result
from diffbench.arrays.levels import Level, leaked
from diffbench.arrays.reverse.cotangents import Part
from diffbench.arrays.reverse.strong_zero import sweep_strongly
from diffbench.arrays.reverse.sweep import IN_CACHE, sweep, taken_off
from diffbench.arrays.traced import Traced, alike, core
from diffbench.ir import Primitive
from diffbench.rules.table import linear, outline, primitives

GENERAL = 6  # the length of an entry that names its primitive


class Ended(list[Any]):
    """What a tape has in the place of its entries when it is over: whoever asks used a traced value
    too late.
    """

    def __len__(self) -> int:
        raise leaked()

    def __getitem__(self, node: Any) -> Any:
        raise leaked()


ENDED = Ended()


class Tape(Level):
    """One reverse differentiation. link: the position of the entry that made the value.

    small: whether all arrays are. They grow only in what `input` and `note` see: what is entered
    with its partials is no larger than x.
    """

    __slots__ = ("entries", "small")
    takes_partials = True

    def __init__(self) -> None:
        self.entries: list[Any] = []
        self.small = True

    def __exit__(self, *exception: object) -> None:
        self.entries = ENDED
        Level.__exit__(self, *exception)

    def input(self, x: Any) -> Traced:
        """A variable to differentiate with respect to: an entry without parents."""
        self.small = self.small and _is_small(x)
        return self.enter(x, (None, (), (), (), {}, x))

    def constant(self, value: Any) -> Traced:
        return self.input(value)

    def is_step(self, x: Traced) -> bool:
        entry = self.entries[x.link]
        return len(entry) == GENERAL and entry[0] is not None and entry[0].steps

    def enter(self, y: Any, entry: tuple[Any, ...]) -> Traced:
        entries = self.entries
        made = Traced()  # as `trace` does, which is a call more
        made.primal = y
        made.level = self
        made.link = len(entries)
        made.alias = None
        entries.append(entry)
        return made

    def note(
        self,
        primitive: Primitive,
        xs: tuple[Any, ...],
        primals: list[Any],
        params: dict[str, Any],
        y: Any,
    ) -> Any:
        if not primitive.differentiable:
            return self.end(primitive, y)
        varying = [i for i, x in enumerate(xs) if type(x) is Traced and x.level is self]
        if (
            primitive.smooth
            and len(varying) <= 2
            and (type(y) is float64 or all([alike(primals[i], y) for i in varying]))
        ):
            return self.enter(y, self._with_partials(primitive, xs, primals, varying, y))
        self.small = self.small and _is_small(y)
        values = self._values(primitive, primals, varying)
        made = self.enter(
            y,
            (
                primitive,
                varying,
                [xs[i].link for i in varying],
                values,
                params,
                y if primitive.reads_result else None,
            ),
        )
        if type(y) is tuple:
            return tuple(
                self.enter(part, (_part, (0,), (made.link,), (y,), {"k": k}, part))
                for k, part in enumerate(y)
            )
        return made

    def _values(self, primitive: Primitive, primals: list[Any], varying: list[int]) -> list[Any]:
        """What the pull-back needs of the operands, as they are now: of what varies in an affine
        map the shape, of the rest nothing.
        """
        if primitive.affine:
            return [
                (x if self.small else outline(x)) if i in varying else None
                for i, x in enumerate(primals)
            ]
        return [
            self.keep(x) if type(x) is ndarray and i not in varying else x
            for i, x in enumerate(primals)
        ]

    def _with_partials(
        self, primitive: Primitive, xs: Any, primals: list[Any], varying: list[int], y: Any
    ) -> tuple[Any, ...]:
        entry: tuple[Any, ...] = ()
        for i in varying:
            d = primitive.partials[i]
            if callable(d):
                d = d(y, *primals)
                if type(d) is ndarray and (d.base is not None or any([d is x for x in primals])):
                    d = self.keep(d)  # what may be the user's own memory
            entry += (xs[i].link, d)
        return entry

    def pull(self, y: Traced, y_bar: Any, x: int) -> Any:
        """J^T y_bar, where x is the entry of the input. A NaN from 0 * inf is not believed: the
        sweep is repeated with a strong zero.
        """
        like = self.entries[x][-1]
        if not _is_finite(core(y)) and np.any(np.where(has_no_value(core(y)), core(y_bar), 0)):
            return (
                like + np.sum(y.primal)
            ) * np.nan  # log(-1) is NaN, although 1 / x has a value there
        x_bar = sweep(reversed(self.entries[x + 1 : y.link + 1]), y.link, y_bar, small=self.small)
        if x_bar is not None and not _is_finite(core(x_bar)):
            x_bar = sweep_strongly(self.entries, y.link, y_bar, x)
        return np.zeros_like(like) if x_bar is None else x_bar

    def pull_once(self, y: Traced, y_bar: Any, x: int) -> Any:
        """As `pull`, and large arrays are freed as the sweep is done with them; None where it would
        have to be repeated.
        """
        if self.small or not _is_finite(core(y)):
            return self.pull(y, y_bar, x)
        like = self.entries[x][-1]
        x_bar = sweep(taken_off(self.entries, x, y.link), y.link, y_bar)
        if x_bar is None:
            return np.zeros_like(like)
        return x_bar if _is_finite(core(x_bar)) else None


_part = linear(lambda y, k: y[k], transpose=lambda y_bar, y, k: Part(y_bar, k, y))
del primitives[_part.evaluate]


def _is_small(x: Any) -> bool:
    return type(x) is not tuple and (type(x) is not ndarray or x.size <= IN_CACHE)


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


@as_written
def vjp(f: Any, x: Any, y_bar: Any = None) -> tuple[Any, Any]:
    """(f(x), J^T y_bar); y_bar = 1 where it is left out. f is run again where a tape that is used
    up did not lead to finite numbers.
    """
    # a number is computed with in a fraction of the time of an array
    x = x[()] if type(x) is ndarray and not x.ndim else x
    y, x_bar = _pulled(Tape.pull_once, f, x, y_bar)
    return _pulled(Tape.pull, f, x, y_bar) if x_bar is None else (y, x_bar)


def _pulled(pull: Any, f: Any, x: Any, y_bar: Any) -> tuple[Any, Any]:
    with Tape() as tape:
        variable = tape.input(x)
        entry = variable.link  # f may write to its argument, which then stands for another value
        y = result(f(variable), tape)
        if type(y) is not Traced or y.level is not tape:
            return y, np.zeros_like(x)
        return y.primal, pull(tape, y, _one(y.primal) if y_bar is None else y_bar, entry)


@as_written
def jacobian_rows(f: Any, x: Any) -> tuple[Any, Any]:
    """(f(x), J), J of shape f(x).shape + x.shape: one pass of f, one sweep a row."""
    with Tape() as tape:
        variable = tape.input(x)
        entry = variable.link
        y = result(f(variable), tape)
        if type(y) is not Traced or y.level is not tape:
            return y, np.zeros(np.shape(y) + np.shape(x))
        seeds = np.eye(y.size, dtype=y.dtype).reshape((y.size, *y.shape))
        rows = [tape.pull(y, seed, entry) for seed in seeds]
    return y.primal, np.reshape(np.stack(rows), np.shape(y) + np.shape(x)) if rows else np.zeros(
        np.shape(y) + np.shape(x)
    )
