"""The peer `numdifftools`: central differences over a ladder of steps, extrapolated."""

from typing import Any

from diffbench.differentiators.adapters.outside import Outside
from diffbench.differentiators.adapters.tools import require
from diffbench.interface import Array, Function, Look
from diffbench.registry import register


def jacobian(f: Function, x: Array) -> Any:
    """Shape (m, n)."""
    return require("numdifftools").Jacobian(f)(x)


def hessian(f: Function, x: Array) -> Any:
    """Shape (n, n)."""
    return require("numdifftools").Hessian(lambda v: f(v)[0])(x)


register(
    "differentiators",
    "numdifftools",
    Outside(
        "numdifftools",
        "central differences over a ladder of steps, extrapolated",
        Look("#92400e", "#e0a070", "p", "--"),
        jacobian,
        hessian,
    ),
)
