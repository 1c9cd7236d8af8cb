"""The peer `autograd`: a NumPy of its own that tapes what it computes. It follows Python's control
flow; nothing is compiled.
"""

from functools import cache
from typing import Any

from diffbench.asking.derivations import Answer
from diffbench.differentiators.adapters.peer import Peer
from diffbench.differentiators.adapters.tools import Tools, require
from diffbench.interface import Look, Operator
from diffbench.registry import register


@cache
def load() -> Tools:
    """autograd.numpy knows NumPy's names, so f is handed that."""
    autograd = require("autograd")
    operators: dict[Operator, Answer] = {
        Operator.VALUE_AND_GRADIENT: autograd.value_and_grad,
        Operator.JACOBIAN: autograd.jacobian,
        Operator.HESSIAN: autograd.hessian,
        Operator.HVP: autograd.hessian_vector_product,
        Operator.JVP: lambda f: lambda x, x_dot: autograd.make_jvp(f)(x)(x_dot),
        Operator.VJP: lambda f: lambda x, y_bar: _pull(autograd.make_vjp(f)(x), y_bar),
    }
    return Tools(require("autograd.numpy"), lambda f, operator, xs: operators[operator](f))


def _pull(linearised: tuple[Answer, Any], y_bar: Any) -> tuple[Any, Any]:
    vjp, y = linearised
    return y, vjp(y_bar)


register(
    "differentiators",
    "autograd",
    Peer(
        "autograd",
        load,
        "a NumPy of its own, which tapes what it computes",
        Look("#6b7280", "#a3adba", "o", "--"),
    ),
)
