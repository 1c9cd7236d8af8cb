"""The noise of a function at a point, as a number to plan by: no difference of f can be better than
about W * noise / h.
"""

from typing import Any

from diffbench.differences.adaptive.noise import any_direction, noise_along
from diffbench.differences.bounded import UNBOUNDED
from diffbench.differences.evaluation import Map, floating_point
from diffbench.differences.terms import Terms, with_arguments
from diffbench.interface import Function


def noise_level(
    f: Function,
    x: Any,
    *args: Any,
    bounds: tuple[Any, Any] = UNBOUNDED,
    typical_x: Any = 0.0,
    workers: int | Map = 1,
    **kwargs: Any,
) -> Any:
    """The standard deviation of the absolute noise of f near x, of f(x)'s shape; its rounding level
    where it is no noisier than that.

    From about 7 values of f on a line that moves every coordinate; more where the first spacing
    hides the noise. Noise is what varies without trend from point to point: rounding, float32
    inside, an iteration stopped early, random numbers.

    args, kwargs: f's further arguments. bounds: (lower, upper), broadcast to x, which no evaluation
    leaves. typical_x: the size of coordinates smaller than this. workers: that many processes for
    the values, -1 for one a core, or a function that maps as `map` does.

    >>> import numpy as np
    >>> bool(1e-9 < noise_level(lambda x: float(np.float32(np.sin(x))), 1.0) < 1e-7)
    True
    """
    f, x, terms = (
        with_arguments(f, args, kwargs),
        floating_point(x),
        Terms(bounds, typical_x, workers),
    )
    return noise_along(f, x, any_direction(x, terms), terms)
