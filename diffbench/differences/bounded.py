"""Bounds on x, and the stencils that stay within them: a scheme's own where it fits, else a
one-sided one towards the roomier side.
"""

from collections.abc import Callable, Iterator, Sequence
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
        here, wanted = x[narrow][0], h[narrow][0]
        raise BadInput(
            f"the bounds leave no room for a difference at x = {here}: its steps are at most "
            f"{fitted[narrow][0]:.1g} and need {LEAST * wanted:.1g}, {wanted:.1g} for all digits; "
            "widen the bounds, or give the size of this coordinate as typical_x"
        )
    return fitted
