"""Mixed differences: f at the nodes of a lattice around x, spanned by one step along each
direction.
"""

from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any

import numpy as np

from diffbench.differences.evaluation import Points, ShiftedPoints
from diffbench.differences.stencils import Stencil
from diffbench.interface import Array

Key = tuple[tuple[int, Fraction], ...]  # (direction, offset) pairs


class Lattice:
    """Values of f at x + Σ o_k directions[k], each evaluated once however many differences need
    it.
    """

    def __init__(self, x: Array, directions: Array, evaluate: Callable[[Points], Array]) -> None:
        self.x, self.directions, self.evaluate = x, directions, evaluate
        self.shape: tuple[int, ...] = ()
        self._values: dict[Key, Array] = {}

    def need(self, keys: Iterable[Key]) -> None:
        """Evaluate f at the keys not yet known; a key is a tuple of (direction, offset)."""
        new = [key for key in dict.fromkeys(map(_without_zeros, keys)) if key not in self._values]
        if not new:
            return
        flat = np.array(
            [
                sum((float(o) * self.directions[k] for k, o in key), np.zeros(self.x.size))
                for key in new
            ],
            self.x.dtype,
        )
        points = ShiftedPoints(self.x, flat.reshape(-1, *self.x.shape))
        values = self.evaluate(points)
        self.shape = values.shape[1:]
        self._values.update(zip(new, values, strict=True))

    def __getitem__(self, key: Key) -> Array:
        return self._values[_without_zeros(key)]

    def mixed(self, i: int, along_i: Stencil, j: int, along_j: Stencil) -> Any:
        """Σ w_a w_b f(x + a directions[i] + b directions[j])."""
        rows = [
            along_j.combine([self[((i, a), (j, b))] for b in along_j.offsets], 1.0)
            for a in along_i.offsets
        ]
        return along_i.combine(rows, 1.0)


def _without_zeros(key: Key) -> Key:
    return tuple((k, o) for k, o in key if o)
