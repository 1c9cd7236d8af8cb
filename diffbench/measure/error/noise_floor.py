"""The noise of a function at a point, as a number to plan by: no difference of f can be better than
about W * noise / h.
"""

from typing import Any

from diffbench.differences.adaptive.noise import any_direction, noise_along
from diffbench.differences.evaluation import floating_point
from diffbench.interface import Function


def noise_level(f: Function, x: Any) -> Any:
    """The standard deviation of the absolute noise of f near x, of f(x)'s shape; its rounding level
    where it is no noisier than that.

    From about 7 values of f on a line that moves every coordinate; more where the first spacing
    hides the noise. Noise is what varies without trend from point to point: rounding, float32
    inside, an iteration stopped early, random numbers.

    >>> import numpy as np
    >>> bool(1e-9 < noise_level(lambda x: float(np.float32(np.sin(x))), 1.0) < 1e-7)
    True
    """
    x = floating_point(x)
    return noise_along(f, x, any_direction(x))
