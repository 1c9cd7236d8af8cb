"""The backward half of reverse mode: x_bar_i += vjp_i(y_bar) for every entry of a tape, last one first.

Numbers, of which scalar code is made, are swept in the loop itself; each other kind of entry has its function below.
"""

from typing import Any

import numpy as np
from numpy import float64, ndarray  # met at every step

from diffbench.arrays.cotangents import Cotangents
from diffbench.arrays.transpose import pull
from diffbench.rules.table import ONE

IN_CACHE = 4096  # entries of an array so small that a fresh buffer costs nothing


def sweep(entries: list[Any], last: int, y_bar: Any, first: int) -> Any:
    """The cotangent of entry `first`, given that of entry `last`; None where the one does not reach the other."""
    cotangents = Cotangents(last, y_bar)
    bars, mine = cotangents.bars, cotangents.mine
    for node in range(last, first, -1):
        bar = bars[node]
        if bar is None:
            continue
        bars[node] = None
        entry = entries[node]
        kind = len(entry)
        if kind == 3 and type(bar) is float64 and mine[entry[0]]:
            bars[entry[0]][entry[1]] += bar
        elif kind > 4 or kind == 3 or (type(bar) is ndarray and bar.size > IN_CACHE):
            _PULLS[kind](cotangents, node, bar, entry)
        elif kind == 2:
            parent, d = entry
            g, current = bar if d is ONE else bar * d, bars[parent]
            bars[parent] = g if current is None else current + g
        else:
            parent, d, parent2, d2 = entry
            g, current = bar if d is ONE else bar * d, bars[parent]
            bars[parent] = g if current is None else current + g
            g, current = bar if d2 is ONE else bar * d2, bars[parent2]
            bars[parent2] = g if current is None else current + g
    return bars[first]


def _of_one(cotangents: Cotangents, node: int, bar: Any, entry: tuple[Any, ...]) -> None:
    """The cotangent of this entry is done with, so that its memory may take the product."""
    parent, d = entry
    mine = bool(cotangents.mine[node])
    if d is ONE:
        cotangents.add(parent, bar, mine)
    elif mine and bar.size > IN_CACHE and (type(d) is float or (type(d) is ndarray and d.dtype is bar.dtype)):
        cotangents.add(parent, np.multiply(bar, d, bar), True)
    else:
        cotangents.add(parent, bar * d, True)


def _of_two(cotangents: Cotangents, node: int, bar: Any, entry: tuple[Any, ...]) -> None:
    parent1, d1, parent2, d2 = entry
    cotangents.add(parent1, bar if d1 is ONE else bar * d1, d1 is not ONE)
    cotangents.add(parent2, bar if d2 is ONE else bar * d2, d2 is not ONE)


def _read(cotangents: Cotangents, node: int, bar: Any, entry: tuple[Any, ...]) -> None:
    parent, index, array = entry
    cotangents.scatter(parent, bar, index, array)


def _general(cotangents: Cotangents, node: int, bar: Any, entry: tuple[Any, ...]) -> None:
    primitive, positions, parents, xs, params, y = entry
    for i, parent in zip(positions, parents, strict=True):
        cotangents.take(parent, pull(primitive, i, bar, y, xs, params))


_PULLS = {2: _of_one, 3: _read, 4: _of_two, 6: _general}
