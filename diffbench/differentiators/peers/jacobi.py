"""The peer `jacobi`: central differences over shrinking steps, extrapolated until the estimated
error grows.
"""

from typing import Any

from diffbench.differentiators.adapters.outside import Outside
from diffbench.differentiators.adapters.tools import require
from diffbench.interface import Array, Function, Look
from diffbench.registry import register


def jacobian(f: Function, x: Array) -> Any:
    """Shape (m, n); the error estimate that comes with it is left aside."""
    return require("jacobi").jacobi(f, x)[0]


register(
    "differentiators",
    "jacobi",
    Outside(
        "jacobi",
        "central differences over shrinking steps, extrapolated",
        Look("#9f1239", "#fb7185", ">", "--"),
        jacobian,
    ),
)
