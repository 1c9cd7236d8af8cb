"""A user's own primitive: a solver, a compiled function, anything whose inside can't or shouldn't
be traced.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from diffbench.errors import BadInput
from diffbench.rules.table import own_row


def primitive(
    function: Callable[..., Any] | None = None,
    *,
    jvp: Callable[..., Any] | None = None,
    vjp: Callable[..., Any] | None = None,
) -> Any:
    """Make `function`, of array arguments, a primitive with its own derivative; use it as a
    decorator or call it.

    jvp(x_dots, y, *xs) -> y_dot, where x_dots has None for an argument that does not vary.
    vjp(y_bar, y, *xs) -> the cotangents of all arguments: a tuple, or one array for one argument.
    One of the two is enough: the other is its transpose, found by differentiating it, so it must be
    written with functions that have rules.

        @db.primitive(vjp=lambda y_bar, y, u1, u2: (u2 * y_bar, u1 * y_bar))
        def product(u1, u2): return u1 * u2

    >>> import numpy as np
    >>> from diffbench.asking.operators import gradient
    >>> cube = primitive(lambda x: x**3, jvp=lambda x_dots, y, x: 3 * x**2 * x_dots[0])
    >>> gradient(lambda x: np.sum(cube(x)), np.array([1.0, 2.0]))
    array([ 3., 12.])
    """
    if function is None:
        return lambda f: primitive(f, jvp=jvp, vjp=vjp)
    if jvp is None and vjp is None:
        raise BadInput(
            f"primitive {function.__name__} has neither jvp nor vjp; give at least one, as in "
            "db.primitive(f, vjp=...)"
        )
    return own_row(function, jvp=jvp, vjp=vjp and _one_of(vjp))


def _one_of(vjp: Callable[..., Any]) -> Callable[..., Any]:
    def pull(i: int, y_bar: Any, y: Any, *xs: Any) -> Any:
        x_bars = vjp(y_bar, y, *xs)
        x_bar = x_bars[i] if isinstance(x_bars, (tuple, list)) else x_bars
        return np.real(x_bar) if np.iscomplexobj(x_bar) and np.isrealobj(xs[i]) else x_bar

    return pull
