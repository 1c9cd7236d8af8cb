"""f along a line through x, sampled in pairs at steps that are powers of two of a unit, each pair
once.
"""

from dataclasses import dataclass, field
from math import floor
from typing import Any, NamedTuple

import numpy as np

from diffbench.differences import bounded
from diffbench.differences.terms import Terms
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
    # where the scouts end: at |x|; where x is as good as 0 for f, at the largest coordinate; at 1
    tops: tuple[int, ...] = (0,)
    terms: Terms = field(default_factory=Terms)
    nfev: int = 0
    _pairs: dict[float, Pair] = field(default_factory=dict)

    def __contains__(self, level: float) -> bool:
        return level in self._pairs

    def __getitem__(self, level: float) -> Pair:
        if level not in self._pairs:
            t = np.ldexp(self.unit * (1 + self.x.dtype.type(level % 1)), floor(level))
            ahead, behind = self._point(t), self._point(-t)
            taken = np.abs(ahead - behind).max() / (2 * np.abs(self.direction).max())
            values = (
                self._undefined if self._is_lost(side) else self._value(point)
                for side, point in (("plus", ahead), ("minus", behind))
            )
            self._pairs[level] = Pair(taken, *values)
        return self._pairs[level]

    @property
    def whole_levels(self) -> list[int]:
        """The whole levels sampled so far, ascending."""
        return sorted(int(level) for level in self._pairs if level == int(level))

    def repeats(self, level: float) -> bool:
        """Whether f, called again behind x, gives what it gave right after it was called ahead; or
        ahead, where it has no value behind.
        """
        t = np.ldexp(self.unit * (1 + self.x.dtype.type(level % 1)), floor(level))
        pair = self[level]
        t, before = (t, pair.plus) if self._is_lost("minus") else (-t, pair.minus)
        return np.array_equal(self._value(self._point(t)), before, equal_nan=True)

    def _is_lost(self, side: str) -> bool:
        """Whether f had no value on that side at any of many steps, and is not asked there any
        more.
        """
        tried = self._pairs.values()
        return len(tried) >= TRIED and all(np.isnan(getattr(p, side)).all() for p in tried)

    @property
    def _undefined(self) -> Array:
        return np.full(self.center.shape, np.nan, self.center.dtype)

    def _point(self, t: Any) -> Array:
        return np.asarray(self.x + t * self.direction, self.x.dtype)

    def _value(self, point: Array) -> Array:
        """f there, copied, or NaN where f raises, is infinite or complex, or changes shape, and
        outside of the bounds. The point is f's own to overwrite.
        """
        undefined = self._undefined
        if self.terms.is_bounded and not bounded.contains(self.terms.bounds, point):
            return undefined
        self.nfev += 1
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


def along(
    f: Function,
    x: Array,
    direction: Array,
    center: Array,
    terms: Terms | None = None,
) -> Line:
    """The line through x, its unit near the largest coordinate that moves. Raises BadInput where
    bounds leave it no room.
    """
    terms = terms or Terms()
    sizes = terms.sizes(x)
    moving = direction != 0
    reach = np.abs(direction).max()
    own = np.frexp(sizes[moving].max() / reach)
    others = np.frexp(min(x.dtype.type(1), sizes.max()) / reach)
    one = np.frexp(1 / reach)
    # so that level 0 does not reach across 0, where f may not even end
    exponents = [int(exponent) - 1 for size, exponent in (own, others, one) if size]
    # so that the lowest level does not underflow
    least = np.finfo(x.dtype).minexp + np.finfo(x.dtype).nmant
    first = max(exponents[0], least)
    tops = tuple(sorted({0, *(max(0, exponent - first) for exponent in exponents[1:])}))
    unit = np.ldexp(x.dtype.type(UNIT), first)
    if terms.is_bounded:
        bounded.require_room(x, direction, terms.room(x), unit)
    return Line(f, x, direction, unit, center, tops, terms)


TRIED = 5  # steps, those of the scouts
# twelve bits, so that x ± h is a float; odd, so that no period, grid or slope of f falls in step
# with it
UNIT = 2997 / 4096
