"""A primitive that states only one of jvp and vjp gets the other by transposing it: both are
linear, and a linear map is transposed by reverse differentiation.
"""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import numpy as np

from diffbench.arrays.traced import Traced, core
from diffbench.ir import Primitive
from diffbench.rules.table import pulled_back

TINY = 5e-324  # stands for a zero that came out of a product


def transpose(linear_map: Callable[[Any], Any], like: Any, y_bar: Any) -> Any:
    """The transpose of a linear map, applied to y_bar; `like` has the shape of the map's
    argument.
    """
    from diffbench.arrays.reverse.tape import vjp

    return vjp(linear_map, np.zeros_like(like), y_bar)[1]


def pull(primitive: Primitive, i: int, y_bar: Any, y: Any, xs: Any, params: dict[str, Any]) -> Any:
    """The pull-back of argument i: from the row's partial derivatives, the row's own, or deduced
    from its push-forward.
    """
    if primitive.partials:
        return pulled_back(y_bar, primitive.partials[i], y, xs, xs[i])
    return (primitive.vjp or partial(vjp_of_jvp, primitive))(i, y_bar, y, xs, params)


def pulls(
    primitive: Primitive, positions: Any, y_bar: Any, y: Any, xs: Any, params: dict[str, Any]
) -> Iterable[Any]:
    """The pull-backs of several arguments: together where the row hands out parts of y_bar, so that
    n of them cost n steps and not n * n.
    """
    if primitive.vjps:
        return primitive.vjps(positions, y_bar, y, xs, params)  # type: ignore[no-any-return]
    return (pull(primitive, i, y_bar, y, xs, params) for i in positions)


def vjp_of_jvp(
    primitive: Primitive, i: int, y_bar: Any, y: Any, xs: Any, params: dict[str, Any]
) -> Any:
    """The pull-back of argument i, from the push-forward, which is linear in x_dot."""

    def push(x_dot: Any) -> Any:
        x_dots = [x_dot if k == i else None for k in range(len(xs))]
        y_dot = primitive.jvp(x_dots, y, xs, params)  # type: ignore[misc]
        return (
            sum(np.sum(bar * part) for bar, part in zip(y_bar, y_dot, strict=True) if matters(bar))
            if isinstance(y, tuple)
            else y_dot
        )

    if isinstance(y, tuple):
        if not any(map(matters, y_bar)):
            return np.zeros_like(xs[i])
        y_bar = list(map(may_move, y_bar))
        return transpose(push, xs[i], 1.0)
    return transpose(push, xs[i], may_move(y_bar))


def matters(bar: Any) -> bool:
    """Whether a cotangent may be other than zero: the results of a primitive that nothing depends
    on may have infinite derivatives.
    """
    return type(bar) is Traced or bool(np.any(bar))


def may_move(bar: Any) -> Any:
    """A cotangent whose zeros do not count as strong ones where an outer level moves them:
    sum(eigvalsh(x)**2) at a zero matrix.
    """
    return bar + TINY * (core(bar) == 0) if type(bar) is Traced and not is_recorded(bar) else bar


def is_recorded(x: Any) -> bool:
    """Whether a level that x belongs to is a recording, whose operations must not depend on
    values.
    """
    while type(x) is Traced and not x.level.records:
        x = x.primal
    return type(x) is Traced
