"""The backward half of reverse mode: x_bar_i += vjp_i(y_bar) for every entry of a tape, last one
first.

Numbers, of which scalar code is made, are swept in the loop itself; each other kind of entry has
its function below.
"""

from collections.abc import Iterable, Iterator
from itertools import repeat
from typing import Any

import numpy as np
from numpy import float64, ndarray  # met at every step

from diffbench.arrays.reverse.cotangents import Cotangents, Pulls
from diffbench.rules.table import ONE

IN_CACHE = 4096  # entries of an array so small that a fresh buffer costs nothing


def sweep(
    entries: Iterable[Any], last: int, y_bar: Any, pulls: Pulls, *, small: bool = False
) -> Any:
    """The cotangent of the entry before `entries`, which come last one first, given that of entry
    `last`; None where they do not meet.

    `small` says that none is larger than IN_CACHE, so that none is asked for its size.
    """
    cotangents = Cotangents(last, y_bar, pulls)
    bars, mine = cotangents.bars, cotangents.mine
    for entry in entries:
        bar = bars.pop()  # that of the entry: all that come later are done with
        if bar is None:
            continue
        kind = len(entry)
        if kind == 2 and (small or type(bar) is not ndarray or bar.size <= IN_CACHE):
            parent, d = entry
            if d is not ONE:
                bar = bar * d
            current = bars[parent]
            bars[parent] = bar if current is None else current + bar
        elif kind == 4 and (small or type(bar) is not ndarray or bar.size <= IN_CACHE):
            parent, d, parent2, d2 = entry
            g, current = bar if d is ONE else bar * d, bars[parent]
            bars[parent] = g if current is None else current + g
            g, current = bar if d2 is ONE else bar * d2, bars[parent2]
            bars[parent2] = g if current is None else current + g
        elif kind == 3 and type(bar) is float64 and mine[entry[0]]:
            bars[entry[0]][entry[1]] += bar
        else:
            _PULLS[kind](cotangents, bar, entry)
    return bars.pop()


def taken_off(entries: list[Any], first: int, last: int) -> Iterator[Any]:
    """The entries from `last` back to the one after `first`, each forgotten by the tape: what it
    held is freed once it is swept.
    """
    del entries[last + 1 :]
    return map(entries.pop, repeat(-1, last - first))


def _of_one(cotangents: Cotangents, bar: Any, entry: tuple[Any, ...]) -> None:
    """The cotangent of this entry is done with, so that its memory may take the product."""
    parent, d = entry
    mine = bool(cotangents.mine[len(cotangents.bars)])
    if d is ONE:
        cotangents.add(parent, bar, mine)
    elif (
        mine
        and bar.size > IN_CACHE
        and (type(d) is float or (type(d) is ndarray and d.dtype is bar.dtype))
    ):
        cotangents.add(parent, np.multiply(bar, d, bar), True)
    else:
        cotangents.add(parent, bar * d, True)


def _of_two(cotangents: Cotangents, bar: Any, entry: tuple[Any, ...]) -> None:
    """The two are one and the same in x * x: then the product is found once, and doubled."""
    parent1, d1, parent2, d2 = entry
    if parent1 == parent2 and d1 is d2 is not ONE:
        g = bar * d1
        cotangents.add(parent1, np.add(g, g, g) if type(g) is ndarray else g + g, True)
        return
    for parent, d in ((parent1, d1), (parent2, d2)):
        cotangents.add(parent, bar if d is ONE else bar * d, d is not ONE)


def _read(cotangents: Cotangents, bar: Any, entry: tuple[Any, ...]) -> None:
    parent, index, array = entry
    cotangents.scatter(parent, bar, index, array)


def _general(cotangents: Cotangents, bar: Any, entry: tuple[Any, ...]) -> None:
    primitive, positions, parents, xs, params, y = entry
    if primitive is None:
        return  # a constant that was made to be written to
    pulled = cotangents.pulls(primitive, positions, bar, y, xs, params)
    for parent, g in zip(parents, pulled, strict=True):
        cotangents.take(parent, g)


_PULLS = {2: _of_one, 3: _read, 4: _of_two, 6: _general}
