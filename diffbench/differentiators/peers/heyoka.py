"""The peer `heyoka`: f as scalar expressions, differentiated and compiled by LLVM just in time."""

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
    """heyoka as an algebra. In compact mode, in which a hundred names compile in a tenth of a
    second.
    """

    def __init__(self) -> None:
        self.heyoka = require("heyoka")

    def symbols(self, names: list[str]) -> list[Any]:
        return [self.heyoka.expression(name) for name in names]

    def diff(self, outputs: list[Any], symbols: list[Any]) -> list[list[Any]]:
        tensors = self.heyoka.diff_tensors(list(map(self._expression, outputs)), diff_args=symbols)
        rows = tensors.jacobian if len(outputs) > 1 else [tensors.gradient]
        return [list(row) for row in rows]

    def compiled(self, symbols: list[Any], outputs: list[Any]) -> Callable[[Array], Array]:
        made = self.heyoka.cfunc(
            list(map(self._expression, outputs)), vars=symbols, compact_mode=True
        )
        return lambda x: made(np.ascontiguousarray(x, float))

    def _expression(self, value: Any) -> Any:
        is_number = isinstance(value, int | float)
        return self.heyoka.expression(float(value)) if is_number else value


@cache
def load() -> Tools:
    """f is translated: arrays are unknown to it."""
    return Tools(None, partial(scalars.derive, Expressions(), "heyoka"))


register(
    "differentiators",
    "heyoka",
    Peer(
        "heyoka",
        load,
        "scalar expressions, differentiated and compiled by LLVM",
        Look("#a16207", "#facc15", "d", "--"),
        takes="f translated into scalar expressions",
    ),
)
