"""f along a line through x, sampled in pairs at steps that are powers of two of a unit, each pair
once.
"""

from dataclasses import dataclass, field
from math import floor
from typing import Any, NamedTuple

import numpy as np

from diffbench.interface import Array, Function


class Pair(NamedTuple):
    """f at x + h v and x - h v, flat, with the h really taken; NaN where f is undefined."""

    h: Any
    plus: Array
    minus: Array


@dataclass
class Line:
    """g(t) = f(x + t v), flattened. Level k is the step unit * 2^k, taken in both directions; level
    k + 1/2 is half way to the next.
    """

    f: Function
    x: Array
    direction: Array
    unit: Any
    center: Array
    nfev: int = 0
    _pairs: dict[float, Pair] = field(default_factory=dict)

    def __getitem__(self, level: float) -> Pair:
        if level not in self._pairs:
            t = np.ldexp(self.unit * (1 + self.x.dtype.type(level % 1)), floor(level))
            ahead, behind = self._point(t), self._point(-t)
            taken = np.abs(ahead - behind).max() / (2 * np.abs(self.direction).max())
            self._pairs[level] = Pair(taken, self._value(ahead), self._value(behind))
        return self._pairs[level]

    def _point(self, t: Any) -> Array:
        return np.asarray(self.x + t * self.direction, self.x.dtype)

    def _value(self, point: Array) -> Array:
        """f there, copied, or NaN where f raises, is infinite or complex, or changes shape. The
        point is f's own to overwrite.
        """
        self.nfev += 1
        undefined = np.full(self.center.shape, np.nan, self.center.dtype)
        with np.errstate(all="ignore"):
            try:
                y: Array = np.array(self.f(point)).reshape(-1)
            except Exception:  # whatever f raises here, it has a value at x and none here
                return undefined
        return (
            np.where(np.isfinite(y), y, undefined)
            if y.shape == undefined.shape and y.dtype.kind in "fbiu"
            else undefined
        )


def along(f: Function, x: Array, direction: Array, center: Array) -> Line:
    """The line through x, its unit near the largest coordinate that moves."""
    moving = direction != 0
    size = np.abs(x[moving]).max() / np.abs(direction).max()
    # so that the lowest level does not underflow
    smallest = np.finfo(x.dtype).minexp + np.finfo(x.dtype).nmant
    # so that level 0 does not reach across 0, where f may not even end
    exponent = max(np.frexp(size)[1] - 1, smallest) if size else 0
    return Line(f, x, direction, np.ldexp(x.dtype.type(UNIT), exponent), center)


# twelve bits, so that x ± h is a float; odd, so that no period, grid or slope of f falls in step
# with it
UNIT = 2997 / 4096
