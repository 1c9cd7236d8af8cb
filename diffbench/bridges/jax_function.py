"""A plain NumPy function inside a JAX program."""

from collections.abc import Callable
from typing import Any

import numpy as np

from diffbench.asking.operators import vjp
from diffbench.asking.words import Method
from diffbench.errors import NotInstalled
from diffbench.interface import Function


def as_jax(
    f: Function, *, shape: tuple[int, ...] = (), method: Method = "reverse"
) -> Callable[..., Any]:
    """f of floating-point arrays as a function of JAX's arrays, which grad, jit and vmap take;
    `shape` is that of f's result, by default a number. f runs on the host, its derivative is ours.

    Of first order: a second derivative through it is refused by JAX. Raises NotInstalled without
    JAX.

    >>> import jax                                                          # doctest: +SKIP
    >>> jax.jit(jax.grad(as_jax(lambda x: np.sum(np.sin(x)))))(np.ones(2))  # doctest: +SKIP
    """
    try:
        import jax as jax_
    except ImportError as error:
        raise NotInstalled("JAX is not installed; pip install jax") from error
    jax: Any = jax_  # with its types or without

    def on_host(work: Callable[..., Any], result: Any, *xs: Any) -> Any:
        return jax.pure_callback(work, result, *xs, vmap_method="sequential")

    def value(*xs: Any) -> Any:
        dtype = jax.numpy.result_type(*xs)
        return on_host(
            lambda *xs: np.asarray(f(*map(np.array, xs)), dtype),
            *(jax.ShapeDtypeStruct(shape, dtype), *xs),
        )

    def pulled(y_bar: Any, *xs: Any) -> Any:
        first, *rest = map(np.array, xs)
        _, found = vjp(
            f, first, np.array(y_bar), *rest, argnums=tuple(range(len(xs))), method=method
        )
        return tuple([np.asarray(part, x.dtype) for part, x in zip(found, xs, strict=True)])

    def backward(xs: Any, y_bar: Any) -> Any:
        like = tuple([jax.ShapeDtypeStruct(np.shape(x), x.dtype) for x in xs])
        return on_host(pulled, like, y_bar, *xs)

    made: Any = jax.custom_vjp(value)
    made.defvjp(lambda *xs: (value(*xs), tuple(map(jax.numpy.asarray, xs))), backward)
    differentiated: Callable[..., Any] = made
    return differentiated
