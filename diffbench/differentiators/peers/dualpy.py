"""The peer `dualpy`: dual numbers under NumPy's own protocols; the value is a second call."""

from functools import cache, partial
from typing import Any

import numpy as np

from diffbench.asking.derivations import Answer
from diffbench.differentiators.adapters.peer import Peer
from diffbench.differentiators.adapters.tools import Tools, require
from diffbench.interface import Function, Look, Operator
from diffbench.registry import register


@cache
def load() -> Tools:
    """f keeps NumPy, whose protocols dualpy follows."""
    dualpy = require("dualpy")
    operators: dict[Operator, Answer] = {
        Operator.VALUE_AND_GRADIENT: lambda f: partial(_pair, f, dualpy.gradient(f)),
        Operator.JACOBIAN: dualpy.jacobian,
        Operator.HESSIAN: dualpy.hessian,
        Operator.JVP: lambda f: lambda x, x_dot: dualpy.jvp(f, x, x_dot),
        Operator.VJP: lambda f: lambda x, y_bar: (f(x), np.tensordot(y_bar, dualpy.jacobian(f)(x), np.ndim(y_bar))),
        Operator.HVP: lambda f: lambda x, x_dot: np.tensordot(dualpy.hessian(f)(x), x_dot, np.ndim(x_dot)),
    }  # fmt: skip
    return Tools(np, lambda f, operator, xs: operators[operator](f))


def _pair(f: Function, gradient: Answer, x: Any) -> tuple[Any, Any]:
    return f(x), gradient(x)


register(
    "differentiators",
    "dualpy",
    Peer(
        "dualpy",
        load,
        "dual numbers under NumPy's protocols",
        Look("#7f1d1d", "#fca5a5", "X", "--"),
        takes="NumPy itself, by its protocols, or f translated",
    ),
)
