"""Bounds on x, and the stencils that stay within them: a scheme's own where it fits, else a
one-sided one towards the roomier side.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from diffbench.differences import stencils
from diffbench.differences.stencils import Stencil
from diffbench.errors import BadInput, BadPoint
from diffbench.interface import Array

Scheme = Callable[[int, int], Stencil]  # of an order of accuracy and a derivative
# a scheme, the flat coordinates it serves, and their steps
Side = tuple[Scheme, Sequence[int], Array]
Room = tuple[Array, Array]  # below and above each coordinate, flat

LEAST = 2.0**-28  # of the step that suits: a shorter one leaves hardly a digit
# of |x|, or of 1 where x is 0: at a tenth of it there is one more step that several floats take
NARROWEST = 2.0**-40
SHORT = 2.0**-4  # of a step along a direction
ONE_SIDED = 2.0**-24  # of the step that suits: with less on its nearer side, x is at that bound
FARTHEST = 4  # steps that a one-sided stencil of order 2, of a second derivative, may reach
UNBOUNDED = (-np.inf, np.inf)


def require_pair(bounds: Any) -> None:
    """Raise BadInput unless the bounds are (lower, upper)."""
    if not (isinstance(bounds, tuple | list) and len(bounds) == 2):
        raise BadInput(
            f"the bounds are {bounds!r}; give (lower, upper), with -np.inf and np.inf where there "
            "is none"
        )


def room(bounds: Any, x: Array) -> Room:
    """How far each coordinate may move. Raises BadPoint where x is outside."""
    try:
        lower, upper = (
            np.broadcast_to(np.asarray(bound, x.dtype), x.shape).reshape(-1) for bound in bounds
        )
    except ValueError:
        shapes = " and ".join(str(np.shape(bound)) for bound in bounds)
        raise BadInput(
            f"the bounds have shapes {shapes} and x has shape {x.shape}; give one bound a "
            "coordinate, or one"
        ) from None
    below, above = x.reshape(-1) - lower, upper - x.reshape(-1)
    if not ((below >= 0).all() and (above >= 0).all()):
        raise BadPoint(
            f"x = {x} lies outside the bounds [{bounds[0]}, {bounds[1]}]; move x or the bounds"
        )
    shorter = 1 - 4 * np.finfo(x.dtype).eps  # the differences are rounded
    return below * shorter, above * shorter


def contains(bounds: Any, point: Array) -> bool:
    """Whether no coordinate of the point is outside."""
    lower, upper = bounds
    return bool(np.all(point >= lower) and np.all(point <= upper))


def along(direction: Array, room: Room) -> Room:
    """How far x may move against and along a direction that is not zero, in units of it; each of
    shape (1,).
    """
    moves = direction.reshape(-1)
    below, above = (side[moves != 0] / np.abs(moves[moves != 0]) for side in room)
    forwards = moves[moves != 0] > 0
    return np.where(forwards, below, above).min(keepdims=True), np.where(
        forwards, above, below
    ).min(keepdims=True)


@dataclass(frozen=True)
class Walls:
    """Which coordinates have differences on one side only, because x stands at a bound; the most
    that each may step; and bounds that let only those turn one-sided.
    """

    bounds: Any
    most: Array
    is_one_sided: Array

    def along(self, direction: Array) -> "Walls":
        """The same for a difference along a direction, which every coordinate in it turns."""
        return replace(self, is_one_sided=(self.is_one_sided & (direction != 0)).any())

    def of_pairs(self) -> "Walls":
        """The same for every pair of coordinates."""
        return replace(self, is_one_sided=np.logical_or.outer(self.is_one_sided, self.is_one_sided))


def walls(x: Array, room: Room, h: Array) -> Walls:
    """Symmetric differences as far as the nearer bound, one-sided ones where that is next to
    nothing of the step h. Raises BadInput where there is no room on either side.
    """
    below, above = (side.reshape(x.shape) for side in room)
    nearer, farther = np.minimum(below, above), np.maximum(below, above)
    is_one_sided = nearer < ONE_SIDED * h
    most = np.where(is_one_sided, farther / FARTHEST, nearer)
    if (narrow := most < NARROWEST * h).any():
        raise _no_room(x[narrow][0], most[narrow][0], NARROWEST * h[narrow][0], h[narrow][0])
    lower, upper = (
        np.where(is_one_sided & (side == nearer), x, end)
        for side, end in ((below, -np.inf), (above, np.inf))
    )
    is_walled = bool(is_one_sided.any())
    return Walls((lower, upper) if is_walled else UNBOUNDED, most, is_one_sided)


def inwards(direction: Array, room: Room) -> Array:
    """The same with the coordinates that a bound is near to turned away from it."""
    below, above = (side.reshape(direction.shape) for side in room)
    size = np.abs(direction)
    short = np.minimum(below, above) < size
    return np.where(short & (below != above), np.where(above > below, size, -size), direction)


def require_room(x: Array, direction: Array, room: Room, unit: Any) -> None:
    """Raise BadInput unless x may move along the direction, one way or the other, by that share of a
    unit at which two quotients can be compared.
    """
    farthest = max(side.max() for side in along(direction, room))
    if farthest < NARROWEST * unit:
        i = int(np.argmax(np.abs(direction)))
        reach = np.abs(direction).max()
        most, needed, best = (reach * t for t in (farthest, NARROWEST * unit, unit))
        raise _no_room(x.reshape(-1)[i], most, needed, best)


def cut_short(direction: Array, room: Room, t: Any) -> bool:
    """Whether bounds cut the step t along a direction so short that its coordinates are better
    moved one by one, each away from its own bound.
    """
    return bool(max(side.max() for side in along(direction, room)) < SHORT * t)


def sides(
    scheme: Scheme, order: int, derivative: int, x: Array, h: Array, room: Room
) -> Iterator[Side]:
    """Which scheme serves which coordinates, at which steps. Raises BadInput where there is no
    room.
    """
    below, above = room
    own = scheme(order, derivative).floats[0]
    fits = (above >= h * max(own)) & (below >= -h * min(own))
    ahead = ~fits & (above >= below)
    reach = order + derivative - 1
    for one, chosen, far in (
        (scheme, fits, None),
        (stencils.forward, ahead, above),
        (stencils.backward, ~fits & ~ahead, below),
    ):
        if chosen.any():
            steps = h[chosen] if far is None else _fitted(x[chosen], h[chosen], far[chosen] / reach)
            yield one, np.flatnonzero(chosen).tolist(), steps


def _fitted(x: Array, h: Array, far: Array) -> Array:
    """Steps no longer than the room on the chosen side, representable beside x."""
    grain = np.spacing(np.abs(x) + np.minimum(far, h))
    fitted: Array = np.where(h <= far, h, np.floor(np.minimum(far, h) / grain) * grain)
    if (narrow := fitted < LEAST * h).any():
        wanted = h[narrow][0]
        raise _no_room(x[narrow][0], fitted[narrow][0], LEAST * wanted, wanted)
    return fitted


def _no_room(here: Any, most: Any, needed: Any, best: Any) -> BadInput:
    return BadInput(
        f"the bounds leave no room for a difference at x = {here}: its steps are at most "
        f"{most:.1g} and need {needed:.1g}, {best:.1g} for all digits; widen the bounds, or give "
        "the size of this coordinate as typical_x"
    )
