"""The tape of reverse mode: the primitives applied, to be swept once backwards.

    forward   y = primitive(x1, x2)      entry: where x1 and x2 came from, and what their partial derivatives are found with
    backward  x_bar_i += vjp_i(y_bar)    for every entry, last one first

Entries are tuples, told apart by their length: those of `Level.enter`, and (primitive, positions,
links, values, parameters, y) for all that is neither smooth and elementwise nor a plain read, or
that was stretched by broadcasting. There is no recursion: a loop of a million steps is a list of a
million entries.
"""

from typing import Any

from numpy import float64, ndarray  # met at every step

from diffbench.arrays.levels import Level, leaked, require_no_jump_of
from diffbench.arrays.reverse.cotangents import Part
from diffbench.arrays.reverse.sweep import IN_CACHE
from diffbench.arrays.traced import Traced, alike
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
        if len(entry) != GENERAL or entry[0] is None or not entry[0].steps:
            return False
        primitive, positions, _, xs, _, y = entry
        require_no_jump_of(primitive, positions, y, xs)
        return True

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


_part = linear(lambda y, k: y[k], transpose=lambda y_bar, y, k: Part(y_bar, k, y))
del primitives[_part.evaluate]


def _is_small(x: Any) -> bool:
    return type(x) is not tuple and (type(x) is not ndarray or x.size <= IN_CACHE)
