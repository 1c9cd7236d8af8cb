"""The peer `torch`: PyTorch on the processor, eager: it follows Python's control flow, and nothing
is compiled.
"""

from functools import cache
from typing import Any

import numpy as np

from diffbench.asking.derivations import Answer
from diffbench.differentiators.adapters.peer import Peer
from diffbench.differentiators.adapters.tools import Tools, require
from diffbench.interface import Function, Look, Operator
from diffbench.registry import register


class Names:
    """PyTorch's module under NumPy's names. Some differ: torch.max over an axis also returns
    positions, torch.transpose exchanges two axes, and torch.logaddexp and torch.maximum take no
    plain numbers.
    """

    def __init__(self, torch: Any) -> None:
        self._torch = torch

    def __getattr__(self, name: str) -> Any:
        return getattr(self._torch, name)

    def max(self, x: Any, axis: Any = None) -> Any:
        return self._torch.max(x) if axis is None else self._torch.amax(x, axis)

    def transpose(self, x: Any, axes: Any) -> Any:
        return self._torch.permute(x, axes)

    def logaddexp(self, a: Any, b: Any) -> Any:
        return self._torch.logaddexp(*self._tensors(a, b))

    def maximum(self, a: Any, b: Any) -> Any:
        return self._torch.maximum(*self._tensors(a, b))

    def _tensors(self, *values: Any) -> list[Any]:
        like = next(value for value in values if isinstance(value, self._torch.Tensor))
        return [self._torch.as_tensor(value, dtype=like.dtype) for value in values]


@cache
def load() -> Tools:
    """f is handed torch itself, but for the names that differ from NumPy's. Arrays that f makes are
    doubles, as NumPy's are: PyTorch's default is single precision.
    """
    torch = require("torch")
    torch.set_default_dtype(torch.float64)

    def pull(f: Function, x: Any, *y_bar: Any) -> tuple[Any, Any]:
        x = x.detach().requires_grad_()
        y = f(x)
        return y.detach(), torch.autograd.grad(y, x, *y_bar, materialize_grads=True)[0]

    functional = torch.autograd.functional
    operators = {
        Operator.VALUE_AND_GRADIENT: pull,
        Operator.VJP: pull,
        Operator.JVP: functional.jvp,
        Operator.JACOBIAN: functional.jacobian,
        Operator.HESSIAN: functional.hessian,
        Operator.HVP: lambda f, x, x_dot: functional.hvp(f, x, x_dot)[1],
    }

    def derive(f: Function, operator: Operator, xs: tuple[Any, ...]) -> Answer:
        return lambda *xs: operators[operator](f, *xs)

    def tensor(a: Any) -> Any:
        return torch.from_numpy(np.array(a))

    return Tools(Names(torch), derive, tensor, lambda result: result.numpy(), data=tensor)


register(
    "differentiators",
    "torch",
    Peer("torch", load, "PyTorch, eager, on the processor", Look("#c2410c", "#fb923c", "^", "--")),
)
