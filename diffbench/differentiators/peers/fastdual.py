"""The peer `fastdual`: dual numbers in C under NumPy's own functions, for first derivatives of numbers."""

from functools import cache
from typing import Any

import numpy as np

from diffbench.asking.derivations import Answer
from diffbench.differentiators.adapters.peer import Peer
from diffbench.differentiators.adapters.tools import Tools, require
from diffbench.errors import Unsupported
from diffbench.interface import Function, Look, Operator
from diffbench.registry import register


@cache
def load() -> Tools:
    """f keeps NumPy, whose functions take arrays of dual numbers."""
    fastdual = require("fastdual")

    def derive(f: Function, operator: Operator, xs: tuple[Any, ...]) -> Answer:
        if operator is not Operator.VALUE_AND_GRADIENT or xs[0].ndim != 1:
            raise Unsupported(
                f"fastdual is asked for gradients of vectors here, not for {operator}"
            )

        def pair(x: Any) -> tuple[Any, Any]:
            duals = fastdual.DualArray(x)
            y = f(duals)
            return np.asarray(fastdual.val(y)), np.array([fastdual.der(y, e) for e in duals])

        return pair

    return Tools(np, derive)


register(
    "differentiators",
    "fastdual",
    Peer(
        "fastdual",
        load,
        "dual numbers in C",
        Look("#831843", "#f9a8d4", "P", "--"),
        takes="NumPy itself, by its protocols, or f translated",
    ),
)
