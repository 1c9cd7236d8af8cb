"""The peer `scipy`: forward differences as SciPy's optimisers take them
(scipy.optimize.approx_fprime).
"""

from typing import Any

from diffbench.differentiators.adapters.outside import Outside
from diffbench.differentiators.adapters.tools import require
from diffbench.interface import Array, Function, Look
from diffbench.registry import register


def jacobian(f: Function, x: Array) -> Any:
    """Shape (m, n), by n + 1 evaluations with the step √eps."""
    return require("scipy.optimize").approx_fprime(x, f)


register(
    "differentiators",
    "scipy",
    Outside(
        "scipy",
        "forward differences, as SciPy's optimisers take them",
        Look("#4d5b9e", "#a5b4fc", "<", "--"),
        jacobian,
    ),
)
