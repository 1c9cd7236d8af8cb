"""Zeros among cotangents: those that say "does not depend on it", and those that stand for a limit
that is not known.
"""

from typing import Any

import numpy as np

from diffbench.arrays.traced import Traced, core

TINY = 5e-324  # stands for a zero that came out of a product


def matters(bar: Any) -> bool:
    """Whether a cotangent may be other than zero: the results of a primitive that nothing depends
    on may have infinite derivatives.
    """
    return type(bar) is Traced or bool(np.any(bar))


def may_move(bar: Any) -> Any:
    """A cotangent whose zeros do not count as strong ones where an outer level moves them:
    sum(eigvalsh(x)**2) at a zero matrix.
    """
    return bar + TINY * (core(bar) == 0) if type(bar) is Traced and not is_recorded(bar) else bar


def is_recorded(x: Any) -> bool:
    """Whether a level that x belongs to is a recording, whose operations must not depend on
    values.
    """
    while type(x) is Traced and not x.level.records:
        x = x.primal
    return type(x) is Traced
