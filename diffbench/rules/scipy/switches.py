"""Where a function of a number changes its formula: by a comparison, a floor, a sign, a maximum.

Between two points at which it decides alike no jump and no kink is looked for; between two at which
it does not, the place is found by bisection. Differentiating under an integral is right at kinks,
and wrong at jumps that move with the parameters, of whose slope it knows nothing.
"""

# fmt: off
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from diffbench.arrays import dual
from diffbench.arrays.levels import Level
from diffbench.arrays.traced import Traced, core, trace
from diffbench.rules.scipy.solving import Plainly

KINKED = ("absolute", "fabs", "maximum", "minimum", "fmax", "fmin")


class Formula(NamedTuple):
    """The decisions that a function took at a point, and whether any depends on enclosed values."""

    decisions: tuple[Any, ...]
    moves: bool


class Deciding(Level):
    """A level that carries a value on and notes what is decided by it. link: whether traced values
    of other levels went in.
    """

    __slots__ = ("decisions", "moves")

    def __init__(self) -> None:
        self.decisions: list[Any] = []
        self.moves = False

    def input(self, x: Any) -> Traced:
        return trace(x, self, False)

    def constant(self, value: Any) -> Traced:
        return trace(value, self, False)

    def is_step(self, x: Traced) -> bool:
        return True

    def concrete(self, x: Traced, convert: Any) -> Any:
        value = convert(x.primal)
        self._decided(value, bool(x.link))
        return value

    def note(self, primitive: Any, xs: Any, primals: Any, params: Any, y: Any) -> Any:
        other = any(type(x) is Traced and (x.level is not self or x.link) for x in xs)
        if primitive.name in KINKED:
            first = core(primals[0])
            self._decided(np.asarray(first > (core(primals[1]) if len(primals) > 1 else 0)), False)
        elif primitive.steps or not primitive.differentiable:
            self._decided(core(y), other)
            if not primitive.differentiable:
                return self._ended(y, other)
        return tuple(trace(part, self, other) for part in y) if type(y) is tuple else trace(y, self, other)

    def _ended(self, y: Any, other: bool) -> Any:
        return y

    def _decided(self, value: Any, moves: bool) -> None:
        value = plain_bytes(value)
        self.decisions.append(value)
        self.moves |= moves


def plain_bytes(value: Any) -> Any:
    value = core(value)
    return value if isinstance(value, (bool, int, float)) else tuple(map(plain_bytes, value)) if type(value) is tuple else np.asarray(value).tobytes()


def formula(function: Callable[..., Any], x: Any) -> Formula:
    """What the function decides at x; nothing where it does not take traced numbers."""
    with Deciding() as level:
        Plainly(function).alone(function, level.input(np.float64(x)))
        return Formula(tuple(level.decisions), level.moves)


class Switch(NamedTuple):
    """Two neighbouring numbers at which a function decides otherwise, and whether that may move."""

    before: float
    after: float
    moves: bool


def switches(function: Callable[..., Any], places: Any) -> Iterator[Switch]:
    """Those between sorted places, at each of which a decision is looked at."""
    known = [formula(function, x) for x in places]
    for (x, here), (z, there) in zip(zip(places, known, strict=True), list(zip(places, known, strict=True))[1:], strict=False):
        if here.decisions != there.decisions:
            yield from between(function, x, here, z, there)


def between(function: Callable[..., Any], x: float, here: Formula, z: float, there: Formula, depth: int = 8) -> Iterator[Switch]:
    """By bisection; what is decided in a third way between the two is looked at on both sides."""
    while True:
        y = x + (z - x) / 2
        if not x < y < z:
            yield Switch(float(x), float(z), here.moves or there.moves)
            return
        middle = formula(function, y)
        if middle.decisions == here.decisions:
            x, here = y, middle
        elif middle.decisions == there.decisions:
            z, there = y, middle
        elif depth == 0:
            yield Switch(float(x), float(z), True)
            return
        else:
            yield from between(function, x, here, y, middle, depth - 1)
            x, here, depth = y, middle, depth - 1


def moving(f: Callable[..., Any], switch: Switch, aside: float) -> Any:
    """Where the formulas on both sides, taken a little aside, have the same value: the kink, which may move."""
    places = np.float64(switch.before - aside), np.float64(switch.after + aside)
    (left, slope), (right, other) = (dual.jvp(f, t, np.ones(())) for t in places)
    gap = np.ravel(left + (switch.before - places[0]) * slope - right - (switch.before - places[1]) * other)
    bend = np.ravel(slope - other)
    sharpest = int(np.argmax(np.abs(core(bend))))
    if not abs(core(bend[sharpest])) > 1e-6 * np.max(np.abs(core(slope)) + np.abs(core(other))):
        return switch.before
    return switch.before - gap[sharpest] / bend[sharpest]
