"""The terms on which f is evaluated around x, the same for every difference: bounds that no evaluation
leaves, the sizes of coordinates that are small, who evaluates, and how exact a value of f is.

f's further arguments are given to it here as well.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

import numpy as np

from diffbench.differences import bounded
from diffbench.differences.bounded import UNBOUNDED, Room
from diffbench.differences.evaluation import Map, Points, mapped, require_workers, values_at
from diffbench.errors import BadInput
from diffbench.interface import Array, Function


@dataclass(frozen=True)
class Terms:
    """bounds: (lower, upper), broadcast to x. typical_x: coordinates smaller than this are treated
    as being of this size. workers: a number of processes, -1 for one a core, or a function that
    maps as `map` does. accuracy: the relative error of a value of f, where it is known to be more
    than a rounding, as an integrator's rtol.
    """

    bounds: tuple[Any, Any] = UNBOUNDED
    typical_x: Any = 0.0
    workers: int | Map = 1
    accuracy: float = 0.0

    def __post_init__(self) -> None:
        bounded.require_pair(self.bounds)
        require_workers(self.workers)
        if not np.all(np.asarray(self.typical_x) >= 0):
            raise BadInput(
                f"typical_x is {self.typical_x}, and sizes are not negative; pass the magnitude of "
                "x that matters"
            )
        if not 0 <= self.accuracy < 1:
            raise BadInput(
                f"accuracy is {self.accuracy}, and a relative error is between 0 and 1; pass that "
                "of f, as an integrator's rtol"
            )

    @cached_property
    def is_bounded(self) -> bool:
        """Whether there are bounds."""
        return any(np.isfinite(np.asarray(bound, float)).any() for bound in self.bounds)

    @property
    def alone(self) -> "Terms":
        """The same for one process: what a worker is sent."""
        return replace(self, workers=1)

    def room(self, x: Array) -> Room:
        """How far each coordinate may move. Raises BadPoint where x is outside."""
        return bounded.room(self.bounds, x)

    def sizes(self, x: Array) -> Array:
        """|x|, or the typical size where that is larger; shape x.shape."""
        try:
            sizes: Array = np.maximum(np.abs(x), np.asarray(self.typical_x, x.dtype))
        except ValueError:
            sizes = np.empty(0)
        if sizes.shape != x.shape:
            raise BadInput(
                f"typical_x has shape {np.shape(self.typical_x)} and x has shape {x.shape}; pass "
                "one size a coordinate, or one"
            )
        return sizes

    def eps(self, dtype: Any) -> Any:
        """The relative error of a value of f in this dtype."""
        return max(float(np.finfo(dtype).eps), self.accuracy)

    def values(self, f: Function, points: Points) -> Array:
        """f at every point, shape (len(points), *f(x).shape)."""
        return values_at(f, points, workers=self.workers)

    def each(self, call: Callable[[Any], Any], items: Sequence[Any]) -> list[Any]:
        """call of every item."""
        return mapped(call, items, self.workers)


def with_arguments(f: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Function:
    """f as a function of x alone; picklable where f and its arguments are."""
    return partial(_called, f, args, kwargs) if args or kwargs else f


def _called(f: Function, args: tuple[Any, ...], kwargs: dict[str, Any], x: Array) -> Any:
    return f(x, *args, **kwargs)
