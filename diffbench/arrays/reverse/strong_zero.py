"""The reverse sweep with a strong zero, for derivatives that came out NaN: 0 * inf is 0 where the 0
says "does not depend on it".

A cotangent of exactly 0 stays 0 whatever it is multiplied by: what the result does not depend on
can't spoil it. A zero that came out of a product is another matter (sqrt(x) * sqrt(x) at 0): it
stands for a limit that is not known; so does one in which contributions cancel (the shares of a tie
in max(y, -y), behind which y may jump). It is kept apart as a number next to 0 (zeros.py), which
times infinity is infinite and not 0.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from diffbench.arrays.reverse.cotangents import Cotangents, Part, Pulls
from diffbench.arrays.reverse.zeros import as_of_product, matters, moves
from diffbench.arrays.traced import Traced, core
from diffbench.ir import Primitive
from diffbench.rules.elementwise import jumping_at_0
from diffbench.rules.entries.indexing import Scatter
from diffbench.rules.table import unbroadcast

# kinds of rows whose zeros come out of products, and do not mean that nothing depends on it; the
# slope of |y| at 0 is the middle of what it may be
OF_PRODUCTS = ("multilinear", "several")
Contributions = Iterator[tuple[int, Any]]


class Meeting(Cotangents):
    """Cotangents whose sums are of no strong zero where they cancel."""

    __slots__ = ()

    def take(self, node: int, g: Any) -> None:
        before = self.bars[node]
        if before is None or type(g) is Part:
            return super().take(node, g)
        before = np.copy(before)  # the sum may be made in its place
        super().take(node, g)
        total = self.bars[node]
        self.bars[node] = as_of_product(total, (total == 0) & (before != 0))
        self.mine[node] = False


def sweep_strongly(entries: list[Any], last: int, y_bar: Any, first: int, pulls: Pulls) -> Any:
    """The cotangent of entry `first`, given that of entry `last`; None where the one does not reach
    the other.
    """
    cotangents = Meeting(last, y_bar, pulls)
    for entry in reversed(entries[first + 1 : last + 1]):
        bar = cotangents.bars.pop()
        if bar is not None:
            for parent, g in _contributions(entry, bar, pulls):
                cotangents.take(parent, g)
    x_bar = cotangents.bars.pop()
    return None if x_bar is None else _of_whole_zeros(x_bar)


def _of_whole_zeros(x_bar: Any) -> Any:
    """Zeros as such again; how a level outside moves them stays."""
    apart = core(x_bar)
    is_zero = np.abs(apart) < np.finfo(np.result_type(apart)).smallest_normal
    return np.where(is_zero, x_bar - np.where(is_zero, apart, 0.0), x_bar)


def _contributions(entry: tuple[Any, ...], bar: Any, pulls: Pulls) -> Contributions:
    """What an entry passes on to each of its parents; the entries are those of `Level.enter` and of
    `Tape.note`.
    """
    match entry:
        case (parent, d):
            yield parent, _times(bar, d)
        case (parent, index, array):
            yield parent, Scatter(bar, index, array)
        case (parent1, d1, parent2, d2):
            yield parent1, _times(bar, d1)
            yield parent2, _times(bar, d2)
        case (primitive, positions, parents, xs, params, y) if _is_there(bar):
            for i, parent in zip(positions, parents, strict=True):
                yield parent, _general(primitive, i, bar, y, xs, params, pulls)


def _is_there(bar: Any) -> bool:
    """Whether the cotangent of a result, or of several in a list, is not a strong zero."""
    return isinstance(bar, list) or matters(bar)


def _times(bar: Any, partial: Any) -> Any:
    zero = bar == 0
    endless = zero & ~np.isfinite(partial)
    g = bar * np.where(endless, 0.0, partial)
    if type(bar) is Traced:  # if it moves, 0 times infinity is not 0
        unknown = jumping_at_0(bar)  # type: ignore[no-untyped-call]  # a rule
        g = g + np.where(endless & moves(bar), unknown, 0.0)
    return as_of_product(g, (g == 0) & ~zero)


def _general(
    primitive: Primitive, i: int, bar: Any, y: Any, xs: Any, params: Any, pulls: Pulls
) -> Any:
    if primitive.partials:
        partial = primitive.partials[i]
        return unbroadcast(_times(bar, partial(y, *xs) if callable(partial) else partial), xs[i])
    [g] = pulls(primitive, (i,), bar, y, xs, params)
    if primitive.evaluate is np.abs:
        return as_of_product(g, (g == 0) & (bar != 0))
    return as_of_product(g, g == 0) if primitive.kind in OF_PRODUCTS else g
