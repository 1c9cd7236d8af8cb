"""The peer `torch`: PyTorch on the processor, eager: it follows Python's control flow, and nothing
is compiled. `torch-func` are its function transforms, `torch-compile` those traced and compiled.
"""

from functools import cache, partial
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
def package() -> Any:
    """PyTorch, in one thread. Arrays that f makes are doubles, as NumPy's are: its default is single
    precision.
    """
    torch = require("torch")
    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(1)
    return torch


@cache
def load() -> Tools:
    """f is handed torch itself, but for the names that differ from NumPy's."""
    torch = package()

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

    return _tools(torch, derive)


@cache
def functional(compiles: bool) -> Tools:
    """torch.func; compiled from the graph that `make_fx` traces, since the compiler of Python's code
    does not take the copies of functions that f is handed over by.
    """
    torch = package()
    func = torch.func

    def pair(f: Function) -> Answer:
        both = func.grad_and_value(f)
        return lambda x: both(x)[::-1]  # the gradient comes first

    operators: dict[Operator, Any] = {
        Operator.VALUE_AND_GRADIENT: pair,
        Operator.JACOBIAN: func.jacrev,
        Operator.HESSIAN: func.hessian,
        Operator.JVP: lambda f: lambda x, v: func.jvp(f, (x,), (v,)),
        Operator.VJP: lambda f: lambda x, y_bar: _pulled(func.vjp(f, x), y_bar),
        Operator.HVP: lambda f: lambda x, v: func.jvp(func.grad(f), (x,), (v,))[1],
    }

    def derive(f: Function, operator: Operator, xs: tuple[Any, ...]) -> Answer:
        transformed: Answer = operators[operator](f)
        if not compiles:
            return transformed
        graph = require("torch.fx.experimental.proxy_tensor").make_fx(transformed)(*xs)
        compiled: Answer = torch.compile(graph)
        compiled(*xs)
        return compiled

    return _tools(torch, derive)


def _pulled(linearised: tuple[Any, Answer], y_bar: Any) -> tuple[Any, Any]:
    y, vjp = linearised
    return y, vjp(y_bar)[0]


def _tools(torch: Any, derive: Any) -> Tools:
    def tensor(a: Any) -> Any:
        return torch.from_numpy(np.array(a))

    return Tools(Names(torch), derive, tensor, lambda y: y.detach().numpy(), data=tensor)


register(
    "differentiators",
    "torch",
    Peer("torch", load, "PyTorch, eager, on the processor", Look("#c2410c", "#fb923c", "^", "--")),
)
for _name, _compiles, _about, _marker in (
    ("torch-func", False, "PyTorch's function transforms", "<"),
    ("torch-compile", True, "PyTorch's function transforms, traced and compiled", ">"),
):
    register(
        "differentiators",
        _name,
        Peer(
            _name,
            partial(functional, _compiles),
            _about,
            Look("#c2410c", "#fb923c", _marker, "--"),
            package="torch",
            by_name_only=True,
        ),
    )
