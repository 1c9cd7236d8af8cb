"""The peer `tangent` (the package tangent-ad): source transformation. It reads f's own source and
writes the gradient as Python over NumPy, which `inspect.getsource` of the answer shows.
"""

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
    """f keeps NumPy, whose names tangent reads in the source."""
    tangent = require("tangent")

    def derive(f: Function, operator: Operator, xs: tuple[Any, ...]) -> Answer:
        if operator is not Operator.VALUE_AND_GRADIENT:
            raise Unsupported(f"tangent writes gradients only, no {operator}")
        written = tangent.grad(f, preserve_result=True)

        def answer(x: Any) -> tuple[Any, Any]:
            gradient, value = written(x)
            return np.asarray(value), np.asarray(gradient)

        return answer

    return Tools(np, derive)


register(
    "differentiators",
    "tangent",
    Peer(
        "tangent",
        load,
        "source transformation: the gradient as Python code",
        Look("#6d28d9", "#c4b5fd", "X", "--"),
        takes="f's source, or f translated",
    ),
)
