"""The theory step."""

from collections.abc import Callable

import numpy as np

from diffbench.differentiators.stencils import Stencil
from diffbench.interface import Array, Function

StepRule = Callable[[Function, Array, Stencil, Array], Array]


def theory(f: Function, x: Array, stencil: Stencil, scale: Array) -> Array:
    """The optimum for |f| = |f^(p+d)| = 1 and values of f rounded to nearest, times the scale. No evaluation of f."""
    return np.asarray(stencil.optimal_step(float(np.finfo(x.dtype).eps) / 2) * scale)


def relative(fraction: float) -> Callable[[Array], Array]:
    """A step rule to pass as `step`: fraction * |x|, so that it follows coordinates of any magnitude except 0."""
    return lambda x: fraction * np.abs(x)


RULES: dict[str, StepRule] = {"theory": theory}
