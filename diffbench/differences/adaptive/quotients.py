"""Difference quotients of one output of f along a line, by level, each with the noise it would have
if f were exact to rounding.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

EVALUATIONS = 64  # at most, for one derivative of one output along one line
OF_ALL_OUTPUTS = 256  # at most, for the derivatives of all outputs along one line


class Quotient(NamedTuple):
    """A difference quotient at the step h, and what one rounding in each value of f does to it."""

    h: Any
    value: Any
    rounding: Any


@dataclass
class Quotients:
    """q[k] is the quotient at level k, NaN where f is undefined.

    side: 0 for symmetric differences, otherwise the sign of the one side used. bits: the precision
    of x. eps: that of f(x).
    stairs: to how much the values of f are rounded, where that is more; the rounding of what f is
    made of.
    parts: the size of f over the steps at which the stairs were seen; they grow with f beyond it.
    tops: the levels at which the scouts may end, the next where f does not move below the last.
    highest: the level beyond which f is not asked.
    """

    sample: Callable[[float], tuple[Any, Any, Any]]  # level -> (h, f(x + h), f(x - h))
    center: Any
    spare: Callable[[], float]  # evaluations left
    scale: Any  # |x|
    derivative: int = 1
    side: int = 0
    bits: int = 53
    eps: Any = 2.0**-52
    stairs: Any = 0.0
    parts: Any = np.inf
    tops: tuple[int, ...] = (0,)
    highest: float = np.inf
    _known: dict[float, Quotient] = field(default_factory=dict)

    def __getitem__(self, k: float) -> Quotient:
        if k not in self._known:
            with np.errstate(all="ignore"):  # what overflows is not finite, and so not defined
                self._known[k] = (
                    self._one_sided_bend(k)
                    if self.side and self.derivative == 2
                    else self._quotient(*self.sample(k))
                )
        return self._known[k]

    def __contains__(self, k: float) -> bool:
        return k in self._known

    @property
    def whole_levels(self) -> list[int]:
        """The whole levels at which a quotient is known, ascending."""
        return sorted(int(k) for k in self._known if k == int(k))

    def _quotient(self, h: Any, plus: Any, minus: Any) -> Quotient:
        size = np.nanmax(np.abs([self.center, plus, minus]))
        weight = 1 if self.derivative == 1 else 4
        rounding = self.grain(size) * weight / h**self.derivative
        return Quotient(h, self._value(h, plus, minus), rounding)

    def _one_sided_bend(self, k: float) -> Quotient:
        """(f(x + 2h) - 2 f(x + h) + f(x)) / h², ahead or behind."""
        place = 1 if self.side > 0 else 2
        h, near, far = self.sample(k)[0], self.sample(k)[place], self.sample(k + 1)[place]
        size = np.nanmax(np.abs([self.center, near, far]))
        value = ((far - near) - (near - self.center)) / (h * h)
        return Quotient(h, value, self.grain(size) * 4 / h**2)

    @property
    def is_coarse(self) -> bool:
        """Whether the stairs are higher than what rounding to the dtype of f makes."""
        sizes = [np.nan_to_num(abs(side)) for side in (self.center, *self.sample(0)[1:])]
        return bool(self.stairs > 4 * self.eps * max(sizes))

    def grain(self, size: Any) -> Any:
        """One rounding of a value of this size."""
        return max(
            self.eps * size, self.stairs * max(1, size / self.parts), np.finfo(type(size)).tiny
        )

    def _value(self, h: Any, plus: Any, minus: Any) -> Any:
        if self.side:
            return ((plus if self.side > 0 else minus) - self.center) / (self.side * h)
        return (
            (plus - minus) / (2 * h)
            if self.derivative == 1
            else self.bend(h, plus, minus) * 2 / (h * h)
        )

    def bend(self, h: Any, plus: Any, minus: Any) -> Any:
        """(f(x + h) + f(x - h)) / 2 - f(x)."""
        return ((plus - self.center) + (minus - self.center)) / 2

    @property
    def base(self) -> int:
        """The factor by which halving the step divides the leading truncation error."""
        return 2 if self.side else 4

    @property
    def gap(self) -> int:
        """Levels between scouts: five of them span the steps from near the rounding limit to
        |x|.
        """
        return round(0.615 * (self.bits - 1) / 4)

    @property
    def floor(self) -> int:
        """The lowest level at which a step is still several spacings of x."""
        return 4 - self.bits

    def is_defined(self, k: float) -> bool:
        """Whether the quotient and its noise are numbers: f has a value at every point, and nothing
        over- or underflowed.
        """
        return k <= self.highest and bool(
            np.isfinite(self[k].value) and 0 < self[k].rounding < np.inf
        )

    def is_flat(self, k: int) -> bool:
        """Whether f does not move at all."""
        _, plus, minus = self.sample(k)
        sides = [plus, minus] if not self.side else [plus if self.side > 0 else minus]
        return all(value == self.center for value in sides)

    def agree(self, levels: tuple[int, ...]) -> bool:
        """Whether the quotients of two levels differ by no more than rounding of the values seen
        makes them.
        """
        return len(levels) < 2 or bool(self.disagreement(*levels) <= 2)

    def disagreement(self, a: int, b: int) -> Any:
        """How far the quotients of two levels are apart, in roundings."""
        return abs(self[b].value - self[a].value) / (self[a].rounding + self[b].rounding)
