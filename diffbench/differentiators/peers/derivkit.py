"""The peer `derivkit`: finite differences of high order with extrapolation, coordinate by coordinate."""

from typing import Any

import numpy as np

from diffbench.differentiators.adapters.outside import Outside
from diffbench.differentiators.adapters.tools import require
from diffbench.interface import Array, Function, Look
from diffbench.registry import register


def jacobian(f: Function, x: Array) -> Any:
    """Shape (m, n)."""
    kit = require("derivkit").CalculusKit(f, x)
    return np.atleast_2d(kit.jacobian(method="finite"))


register(
    "differentiators",
    "derivkit",
    Outside(
        "derivkit",
        "finite differences with extrapolation",
        Look("#0369a1", "#38bdf8", "8", "--"),
        jacobian,
    ),
)
