"""Zeros among cotangents: those that say "does not depend on it", and those that stand for a limit
that is not known.
"""

from typing import Any

import numpy as np

from diffbench.arrays.generic import is_generic
from diffbench.arrays.traced import Traced, core

# stands for a zero that came out of a product: less than any normal number, which it is told by in
# the end, and enough above the least one to survive factors like a half
TINY = 5e-324 * 2.0**20


def of_product() -> float:
    """What a zero that came out of a product is kept as: at a point taken at random it is 0."""
    return 0.0 if is_generic() else TINY


def matters(bar: Any) -> bool:
    """Whether a cotangent may be other than zero: the results of a primitive that nothing depends
    on may have infinite derivatives.
    """
    return type(bar) is Traced or bool(np.any(bar))


def moves(x: Any) -> Any:
    """Entry by entry, whether a level outside may move x: a zero that moves is no strong one."""
    found: Any = False
    while type(x) is Traced:
        found = found | x.level.drives(x)
        x = x.primal
    return found


def as_of_product(g: Any, zeros: Any) -> Any:
    """A cotangent, the zeros among it that came out of products kept apart; what a level outside
    knows of them stays.
    """
    return g + of_product() * zeros


def may_move(bar: Any) -> Any:
    """A cotangent whose zeros do not count as strong ones where an outer level moves them:
    sum(eigvalsh(x)**2) at a zero matrix.
    """
    moves = type(bar) is Traced and not is_recorded(bar)
    return bar + of_product() * (core(bar) == 0) if moves else bar


def is_recorded(x: Any) -> bool:
    """Whether a level that x belongs to is a recording, whose operations must not depend on
    values.
    """
    while type(x) is Traced and not x.level.records:
        x = x.primal
    return type(x) is Traced
