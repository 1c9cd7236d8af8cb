"""The peer `mygrad`: a tape under NumPy's own functions, for first derivatives."""

from functools import cache
from typing import Any

import numpy as np

from diffbench.asking.derivations import Answer
from diffbench.differentiators.adapters.peer import Peer
from diffbench.differentiators.adapters.tools import Tools, require
from diffbench.errors import Unsupported
from diffbench.interface import Array, Function, Look, Operator
from diffbench.registry import register


@cache
def load() -> Tools:
    """mygrad knows NumPy's names, so f is handed that."""
    mygrad = require("mygrad")

    def pull(f: Function, x: Array, *y_bar: Array) -> tuple[Any, Any]:
        tensor = mygrad.tensor(x, copy=True)
        y = f(tensor)
        if not isinstance(y, mygrad.Tensor):
            raise Unsupported("mygrad was given back a plain number, whose derivative is lost")
        y.backward(*y_bar)
        return y.data, np.zeros_like(x) if tensor.grad is None else tensor.grad

    def jacobian(f: Function, x: Array) -> Any:
        y = np.asarray(pull_value(f, x))
        rows = [pull(f, x, seed)[1] for seed in np.eye(y.size).reshape(-1, *y.shape)]
        return np.reshape(rows, y.shape + x.shape)

    def pull_value(f: Function, x: Array) -> Any:
        return mygrad.asarray(f(mygrad.tensor(x)))

    answers: dict[Operator, Answer] = {
        Operator.VALUE_AND_GRADIENT: pull,
        Operator.VJP: pull,
        Operator.JACOBIAN: jacobian,
        Operator.JVP: lambda f, x, x_dot: (
            pull_value(f, x),
            np.tensordot(jacobian(f, x), x_dot, np.ndim(x_dot)),
        ),
    }

    def derive(f: Function, operator: Operator, xs: tuple[Any, ...]) -> Answer:
        if operator not in answers:
            raise Unsupported("mygrad has no second derivatives")
        return lambda *xs: answers[operator](f, *xs)

    return Tools(mygrad, derive)


register(
    "differentiators",
    "mygrad",
    Peer("mygrad", load, "a tape under NumPy's functions", Look("#be185d", "#f472b6", "v", "--")),
)
