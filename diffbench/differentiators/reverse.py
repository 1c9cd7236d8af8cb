"""The method `reverse`: a tape, swept backwards."""

from typing import Any

import numpy as np

from diffbench.arrays import dual
from diffbench.arrays.reverse import pullback
from diffbench.differentiators.forward import Forward
from diffbench.errors import NotScalar
from diffbench.interface import Function, Kind, Look
from diffbench.registry import register


class Reverse:
    """Reverse-mode automatic differentiation: value and gradient in a few times the operations of
    f, whatever the number of inputs.
    """

    name = "reverse"
    kind = Kind.TRACING
    look = Look("#1658b0", "#0191ff", "s")
    about = "a tape of what the function computes, swept backwards"
    traces = True  # f is run on traced values, in whatever precision they are

    def vjp(self, f: Function, x: Any, y_bar: Any) -> tuple[Any, Any]:
        """(f(x), J^T y_bar)."""
        return pullback.vjp(f, x, y_bar)

    def value_and_gradient(self, f: Function, x: Any) -> tuple[Any, Any]:
        """(f(x), gradient) of f(x) of shape ()."""
        y, x_bar = pullback.vjp(f, x)
        if type(y) is not np.float64 and np.shape(y) != ():
            raise NotScalar(np.shape(y))
        return y, x_bar

    def jacobian(self, f: Function, x: Any) -> Any:
        """J, shape f(x).shape + x.shape; one sweep a row."""
        return pullback.jacobian_rows(f, x)[1]

    def hessian(self, f: Function, x: Any) -> Any:
        """H, shape x.shape + x.shape: all columns in one forward pass over one reverse sweep."""
        return Forward().jacobian(self._gradient_of(f), x)

    def hvp(self, f: Function, x: Any, x_dot: Any) -> Any:
        """H x_dot: forward over reverse, a small multiple of the cost of f."""
        return dual.jvp(self._gradient_of(f), x, x_dot)[1]

    def _gradient_of(self, f: Function) -> Function:
        return lambda x: self.value_and_gradient(f, x)[1]


register("differentiators", "reverse", Reverse())
