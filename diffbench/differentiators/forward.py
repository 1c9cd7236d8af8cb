"""The method `forward`: dual numbers, all seeds in one pass."""

from typing import Any

import numpy as np

from diffbench.arrays import dual
from diffbench.arrays.traced import core
from diffbench.interface import Function, Kind, Look
from diffbench.registry import register


class Forward:
    """Forward-mode automatic differentiation: one pass of f, about 1 + 1.5 p times its operations
    for p directions.
    """

    name = "forward"
    kind = Kind.TRACING
    look = Look("#1798e1", "#8accfb", "^")
    about = "dual numbers, all directions in one pass of the function"
    traces = True  # f is run on traced values, in whatever precision they are

    def jvp(self, f: Function, x: Any, x_dot: Any) -> tuple[Any, Any]:
        """(f(x), J x_dot)."""
        return dual.jvp(f, x, x_dot)

    def jacobian(self, f: Function, x: Any) -> Any:
        """J, shape f(x).shape + x.shape; n directions in one pass."""
        n = np.size(x)
        if not n:
            y, _ = dual.jvp(f, x, np.zeros_like(x))
            return np.zeros(np.shape(y) + np.shape(x), np.result_type(core(x)))
        seeds = np.eye(n, dtype=np.result_type(core(x))).reshape((n, *np.shape(x)))
        y, columns = dual.jacobian_columns(f, x, seeds)
        return np.reshape(np.moveaxis(columns, 0, -1), np.shape(y) + np.shape(x))


register("differentiators", "forward", Forward())
