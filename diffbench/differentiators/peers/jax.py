"""The peer `jax`: f traced into XLA and compiled for the shape of x, in double precision, and
waited for; `jax-eager` the same without compilation, an operation at a time.

Compilation is paid in `prepare`, by a first call. Branches on values can't be traced and are
refused; eager, they are followed.
"""

from functools import cache, partial
from typing import Any

import numpy as np

from diffbench.asking.derivations import Answer
from diffbench.differentiators.adapters.peer import Peer
from diffbench.differentiators.adapters.tools import Tools, require
from diffbench.interface import Function, Look, Operator
from diffbench.registry import register


@cache
def load(compiles: bool = True) -> Tools:
    """jax.numpy knows NumPy's names, so f is handed that. Switches JAX to 64 bits for the whole
    process: 32 is its default.
    """
    jax = require("jax")
    jax.config.update("jax_enable_x64", True)
    operators: dict[Operator, Answer] = {
        Operator.VALUE_AND_GRADIENT: jax.value_and_grad,
        Operator.JACOBIAN: jax.jacobian,
        Operator.HESSIAN: jax.hessian,
        Operator.JVP: lambda f: lambda x, x_dot: jax.jvp(f, (x,), (x_dot,)),
        Operator.VJP: lambda f: lambda x, y_bar: _pull(jax.vjp(f, x), y_bar),
        Operator.HVP: lambda f: lambda x, x_dot: jax.jvp(jax.grad(f), (x,), (x_dot,))[1],
    }

    def derive(f: Function, operator: Operator, xs: tuple[Any, ...]) -> Answer:
        if not compiles:
            return operators[operator](f)  # type: ignore[no-any-return]
        compiled = jax.jit(operators[operator](f))
        jax.block_until_ready(compiled(*xs))
        return compiled  # type: ignore[no-any-return]

    # np.asarray waits as well
    return Tools(jax.numpy, derive, jax.numpy.asarray, np.asarray, wait=jax.block_until_ready)


def _pull(linearised: tuple[Any, Answer], y_bar: Any) -> tuple[Any, Any]:
    y, vjp = linearised
    return y, vjp(y_bar)[0]


register(
    "differentiators",
    "jax",
    Peer(
        "jax",
        load,
        "traced into XLA and compiled for the shape of x",
        Look("#0f766e", "#4fd1c5", "s", "--"),
    ),
)
register(
    "differentiators",
    "jax-eager",
    Peer(
        "jax-eager",
        partial(load, False),
        "JAX without compilation, an operation at a time",
        Look("#0f766e", "#4fd1c5", "d", "--"),
        package="jax",
        by_name_only=True,
    ),
)
