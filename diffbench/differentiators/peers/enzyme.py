"""The peer `enzyme`: f traced by JAX, differentiated by Enzyme on LLVM's code (the package enzyme-ad,
imported as enzyme_ad), in double precision.
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
    """jax.numpy knows NumPy's names, so f is handed that."""
    jax, enzyme = require("jax"), require("enzyme_ad.jax")
    jax.config.update("jax_enable_x64", True)

    def derive(f: Function, operator: Operator, xs: tuple[Any, ...]) -> Answer:
        if operator is not Operator.VALUE_AND_GRADIENT:
            raise Unsupported(f"enzyme is asked for gradients here, and not for a {operator}")
        compiled = jax.jit(jax.value_and_grad(enzyme.enzyme_jax_ir()(f)))
        jax.block_until_ready(compiled(*xs))
        return compiled  # type: ignore[no-any-return]

    return Tools(jax.numpy, derive, jax.numpy.asarray, np.asarray, wait=jax.block_until_ready)


register(
    "differentiators",
    "enzyme",
    Peer(
        "enzyme",
        load,
        "Enzyme on LLVM's code, behind JAX",
        Look("#166534", "#86efac", "*", "--"),
        package="enzyme_ad",
    ),
)
