"""Checkpointing: keep less of the forward pass, and compute it again on the way back.

`checkpoint(f)` keeps only f's arguments; its inside is recomputed when the sweep reaches it.
`checkpoint(step, steps=l, snapshots=s)` is a chain of l equal steps that never keeps more than s
states, by the binomial schedule, which needs the fewest forward steps possible: t*l - C(s+t, t-1),
with t the least number for which C(s+t, s) >= l. Source: Griewank and Walther (2000), "Revolve",
ACM TOMS 26(1).
"""

from collections.abc import Callable
from functools import cache
from math import comb
from typing import Any

from diffbench.arrays import dual
from diffbench.arrays.reverse import pullback
from diffbench.rules.table import own_row


def checkpoint(
    f: Callable[..., Any], *, steps: int | None = None, snapshots: int = 1
) -> Callable[..., Any]:
    """f with its inside forgotten after the forward pass; or the function that applies f `steps`
    times, keeping `snapshots` states.

    Every array that is differentiated must be an argument: what f only closes over is treated as a
    constant.

    >>> import numpy as np
    >>> from diffbench.asking.operators import gradient
    >>> step = checkpoint(lambda x: np.sin(x) * x)
    >>> f = lambda x: np.sum(step(step(x)))
    >>> plain = lambda x: np.sum(np.sin(np.sin(x) * x) * np.sin(x) * x)
    >>> bool(np.allclose(gradient(f, np.ones(2)), gradient(plain, np.ones(2))))
    True
    """
    if steps is None:
        return _recomputed(
            f, lambda i, y_bar, xs: pullback.vjp(_of_argument(f, i, xs), xs[i], y_bar)[1]
        )
    return _recomputed(
        _repeated(f, steps), lambda i, y_bar, xs: _reverse_chain(f, xs[0], y_bar, steps, snapshots)
    )


def _recomputed(f: Callable[..., Any], pull: Callable[..., Any]) -> Callable[..., Any]:
    def jvp(x_dots: Any, y: Any, *xs: Any) -> Any:
        moving = [i for i, x_dot in enumerate(x_dots) if x_dot is not None]
        return sum(dual.jvp(_of_argument(f, i, xs), xs[i], x_dots[i])[1] for i in moving)

    return own_row(f, jvp=jvp, vjp=lambda i, y_bar, y, *xs: pull(i, y_bar, xs))


def _of_argument(f: Callable[..., Any], i: int, xs: tuple[Any, ...]) -> Callable[[Any], Any]:
    return lambda x: f(*xs[:i], x, *xs[i + 1 :])


def _repeated(step: Callable[[Any], Any], steps: int) -> Callable[[Any], Any]:
    def chain(x: Any) -> Any:
        for _ in range(steps):
            x = step(x)
        return x

    return chain


def _reverse_chain(
    step: Callable[[Any], Any], x: Any, y_bar: Any, steps: int, snapshots: int
) -> Any:
    """The cotangent of x, with at most `snapshots` states alive: a stack of (state, steps from
    there) still to be reversed.
    """
    pending = [(x, steps, snapshots)]
    while pending:
        x, steps, snapshots = pending.pop()
        if steps == 1:
            y_bar = pullback.vjp(step, x, y_bar)[1]
        elif steps:
            ahead = best_split(steps, snapshots)
            pending.append((x, ahead, snapshots))
            for _ in range(ahead):
                x = step(x)
            pending.append((x, steps - ahead, snapshots - 1))
    return y_bar


@cache
def forward_steps(steps: int, snapshots: int) -> int:
    """Forward steps of the cheapest schedule that reverses `steps` steps with `snapshots` states.

    >>> [forward_steps(100, s) for s in (2, 3, 5, 10)]
    [845, 490, 316, 222]
    """
    repeats, reach = 0, 1
    while reach < steps:
        repeats += 1
        reach = _binomial(snapshots + repeats, snapshots)
    return repeats * steps - _binomial(snapshots + repeats, repeats - 1)


@cache
def best_split(steps: int, snapshots: int) -> int:
    """How far to advance before the next snapshot."""
    if snapshots <= 1:
        return steps - 1
    costs = {
        ahead: ahead + forward_steps(ahead, snapshots) + forward_steps(steps - ahead, snapshots - 1)
        for ahead in range(1, steps)
    }
    return min(costs, key=costs.__getitem__)


def _binomial(n: int, k: int) -> int:
    return comb(n, k) if k >= 0 else 0
