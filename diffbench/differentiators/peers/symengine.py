"""The peer `symengine`: f as scalar expressions, differentiated symbolically and compiled by LLVM,
with common subexpressions taken out.
"""

from collections.abc import Callable
from functools import cache, partial
from typing import Any

import numpy as np

from diffbench.differentiators.adapters import scalars
from diffbench.differentiators.adapters.peer import Peer
from diffbench.differentiators.adapters.tools import Tools, require
from diffbench.interface import Array, Look
from diffbench.registry import register


class Expressions:
    """SymEngine as an algebra."""

    def __init__(self) -> None:
        self.symengine = require("symengine")

    def symbols(self, names: list[str]) -> list[Any]:
        return [self.symengine.Symbol(name) for name in names]

    def diff(self, outputs: list[Any], symbols: list[Any]) -> list[list[Any]]:
        return [[self.symengine.sympify(y).diff(s) for s in symbols] for y in outputs]

    def compiled(self, symbols: list[Any], outputs: list[Any]) -> Callable[[Array], Array]:
        backend = "llvm" if self.symengine.have_llvm else "lambda"
        function = self.symengine.Lambdify(symbols, outputs, backend=backend, cse=True)
        return lambda x: np.atleast_1d(function(x))


@cache
def load() -> Tools:
    """f is translated: arrays are unknown to it."""
    return Tools(None, partial(scalars.derive, Expressions(), "symengine"))


register(
    "differentiators",
    "symengine",
    Peer(
        "symengine",
        load,
        "scalar expressions, differentiated and compiled by LLVM",
        Look("#15803d", "#4ade80", "h", "--"),
        takes="f translated into scalar expressions",
    ),
)
