"""The peer `pytensor`: f as a graph of tensors, differentiated, optimised and compiled (by Numba or
C, as the package is configured).
"""

from functools import cache
from typing import Any

from diffbench.asking.derivations import Answer
from diffbench.differentiators.adapters.peer import Peer
from diffbench.differentiators.adapters.tools import Tools, require
from diffbench.interface import Function, Look, Operator
from diffbench.registry import register


@cache
def load() -> Tools:
    """pytensor.tensor knows NumPy's names, so f is handed that; x is a tensor of fixed shape."""
    pytensor, tensor = require("pytensor"), require("pytensor.tensor")
    gradient = pytensor.gradient
    operators: dict[Operator, Answer] = {
        Operator.VALUE_AND_GRADIENT: lambda y, x: (y, pytensor.grad(y, x)),
        Operator.JACOBIAN: lambda y, x: gradient.jacobian(y.ravel(), x).reshape(
            (*y.type.shape, *x.type.shape)
        ),
        Operator.HESSIAN: lambda y, x: gradient.jacobian(pytensor.grad(y, x).ravel(), x).reshape(
            (*x.type.shape, *x.type.shape)
        ),
        Operator.JVP: lambda y, x, x_dot: (y, gradient.pushforward(y, x, x_dot)),
        Operator.VJP: lambda y, x, y_bar: (y, gradient.pullback(y, x, y_bar)),
        Operator.HVP: lambda y, x, x_dot: pytensor.grad((pytensor.grad(y, x) * x_dot).sum(), x),
    }

    def derive(f: Function, operator: Operator, xs: tuple[Any, ...]) -> Answer:
        symbols = [tensor.tensor(shape=x.shape, dtype=x.dtype) for x in xs]
        answers = operators[operator](f(symbols[0]), *symbols)
        compiled = pytensor.function(
            symbols, list(answers) if isinstance(answers, tuple) else answers
        )
        # no checks of shape and dtype at each call, as its manual advises where speed matters
        compiled.trust_input = True
        compiled(*xs)
        return lambda *xs: tuple(compiled(*xs)) if isinstance(answers, tuple) else compiled(*xs)

    return Tools(tensor, derive)


register(
    "differentiators",
    "pytensor",
    Peer(
        "pytensor",
        load,
        "a graph of tensors, optimised and compiled",
        Look("#7c5cc4", "#b9a3f0", "P", "--"),
    ),
)
