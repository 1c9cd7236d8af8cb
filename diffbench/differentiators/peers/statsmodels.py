"""The peer `statsmodels`: its central differences with a fixed step, as its estimators use them."""

from typing import Any

import numpy as np

from diffbench.differentiators.adapters.outside import Outside
from diffbench.differentiators.adapters.tools import require
from diffbench.interface import Array, Function, Look
from diffbench.registry import register


def jacobian(f: Function, x: Array) -> Any:
    """Shape (m, n)."""
    numdiff = require("statsmodels.tools.numdiff")
    return np.atleast_2d(numdiff.approx_fprime(x, f, centered=True))


def hessian(f: Function, x: Array) -> Any:
    """Shape (n, n)."""
    numdiff = require("statsmodels.tools.numdiff")
    return numdiff.approx_hess(x, lambda v: float(f(v)[0]))


register(
    "differentiators",
    "statsmodels",
    Outside(
        "statsmodels",
        "central differences with a fixed step",
        Look("#4d7c0f", "#a3e635", "<", "--"),
        jacobian,
        hessian,
    ),
)
