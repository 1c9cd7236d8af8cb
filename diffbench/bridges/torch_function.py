"""A plain NumPy function inside a PyTorch program."""

from collections.abc import Callable
from typing import Any

import numpy as np

from diffbench.asking.operators import vjp
from diffbench.asking.words import Method
from diffbench.errors import NotInstalled
from diffbench.interface import Function


def as_torch(f: Function, *, method: Method = "reverse") -> Callable[..., Any]:
    """f of arrays as a function of tensors, which PyTorch's autograd differentiates by ours. f gets
    NumPy arrays and returns one; the tensor has the device and the type of the first argument.

    Of first order: a second derivative through it is refused by PyTorch. Raises NotInstalled
    without PyTorch.

    >>> import torch                                                        # doctest: +SKIP
    >>> x = torch.tensor([1.0, 2.0], requires_grad=True)                    # doctest: +SKIP
    >>> as_torch(lambda x: np.sum(np.sin(x)))(x).backward()                 # doctest: +SKIP
    """
    try:
        import torch as torch_
        from torch.autograd.function import once_differentiable as once
    except ImportError as error:
        raise NotInstalled("PyTorch is not installed; pip install torch") from error
    torch: Any = torch_  # with its types or without
    once_differentiable: Any = once

    class Differentiated(torch.autograd.Function):  # type: ignore[misc]
        @staticmethod
        def forward(ctx: Any, *xs: Any) -> Any:
            ctx.save_for_backward(*xs)
            return _tensor(torch, f(*[_array(x) for x in xs]), xs[0])

        @staticmethod
        @once_differentiable  # type: ignore[untyped-decorator]
        def backward(ctx: Any, y_bar: Any) -> Any:
            xs = ctx.saved_tensors
            wanted = tuple([k for k, needed in enumerate(ctx.needs_input_grad) if needed])
            first, *rest = [_array(x) for x in xs]
            _, x_bars = vjp(f, first, _array(y_bar), *rest, argnums=wanted, method=method)
            found = dict(zip(wanted, x_bars, strict=True))
            return tuple(
                [_tensor(torch, found[k], x) if k in found else None for k, x in enumerate(xs)]
            )

    return lambda *xs: Differentiated.apply(*xs)


def _array(tensor: Any) -> Any:
    return tensor.detach().cpu().numpy().copy()


def _tensor(torch: Any, value: Any, like: Any) -> Any:
    return torch.as_tensor(np.asarray(value), dtype=like.dtype, device=like.device)
