"""The peer `advect`: a tape under NumPy's own protocols. It wants Python 3.12, so that it stands in an
environment of its own where this one is older.
"""

from functools import cache, partial
from typing import Any

import numpy as np

from diffbench.asking.derivations import Answer
from diffbench.differentiators.adapters.peer import Peer
from diffbench.differentiators.adapters.tools import Tools, require
from diffbench.differentiators.processes.environments import HereOrThere
from diffbench.errors import Unsupported
from diffbench.interface import Function, Look, Operator
from diffbench.registry import register


@cache
def load() -> Tools:
    """f keeps NumPy, whose protocols advect follows."""
    advect = require("advect")

    def derive(f: Function, operator: Operator, xs: tuple[Any, ...]) -> Answer:
        if operator is not Operator.VALUE_AND_GRADIENT:
            raise Unsupported(f"advect is asked for gradients here, and not for a {operator}")
        return partial(_plain, advect.value_and_grad(f))

    return Tools(np, derive)


def _plain(pair: Answer, x: Any) -> tuple[Any, Any]:
    value, gradient = pair(x)
    return np.asarray(value), np.asarray(gradient)


register(
    "differentiators",
    "advect",
    HereOrThere(
        Peer(
            "advect",
            load,
            "a tape under NumPy's protocols",
            Look("#0e7490", "#67e8f9", "<", "--"),
            takes="NumPy itself, by its protocols, or f translated",
        ),
        "advect",
    ),
)
