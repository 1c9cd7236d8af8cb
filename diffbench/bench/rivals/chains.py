"""A thousand applications of one primitive in a row: what a tape costs for each of them. Not
problems of any suite.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from diffbench.interface import Operator, Problem

LENGTH = 1000


def _chain(name: str, step: Callable[..., Any], scalar: bool) -> Problem:
    def f(x: Any, xp: Any = np) -> Any:
        y = x
        for _ in range(LENGTH):
            y = step(y, x, xp)
        return y if scalar else xp.sum(y)

    tags = frozenset({"floats"} if scalar else set())
    point = (lambda n, rng: 0.9995) if scalar else (lambda n, rng: 1 - 1e-3 * rng.uniform(size=n))
    return Problem(name, f, point, operator=Operator.GRADIENT, tags=tags)


CHAINS = {
    chain.name: chain
    for chain in (
        _chain("multiply numbers", lambda y, x, xp: y * x, scalar=True),
        _chain("sine of numbers", lambda y, x, xp: xp.sin(y), scalar=True),
        _chain("multiply arrays", lambda y, x, xp: y * x, scalar=False),
        _chain("sine of arrays", lambda y, x, xp: xp.sin(y), scalar=False),
    )
}
