"""The method `richardson`: central differences at h, 2h, 4h, ... extrapolated (see
differences/extrapolation.py).
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from diffbench.differences.extrapolation import entries
from diffbench.differentiators.finite_difference import FiniteDifference
from diffbench.errors import BadInput, NotDifferentiable
from diffbench.interface import Array, Function, Kind, Look
from diffbench.registry import register

HALVINGS = 20  # of the largest step, to come into the domain of f


@dataclass(frozen=True)
class Richardson:
    """Central differences at `rungs` steps halved from `largest` * max(1, |x|), extrapolated; per
    entry the one that moved least.

    Where f is undefined at the largest, all are halved until it is defined. No noise model: at 5
    rungs about 12 correct digits for functions whose scale is near |x|. 2 n rungs evaluations.
    """

    rungs: int = 5
    largest: float = 0.125
    kind: ClassVar = Kind.DIFFERENCE
    look: ClassVar = Look("#5b3800", "#fbc381", "p")
    about: ClassVar = "central differences at h, 2h, 4h, ..., extrapolated to h = 0"

    def __post_init__(self) -> None:
        if self.rungs < 2 or not self.largest > 0:
            raise BadInput(
                f"richardson needs at least 2 rungs and a positive step, not {self.rungs} and "
                f"{self.largest}; take 5 and 0.125"
            )

    @property
    def name(self) -> str:
        """The registered name."""
        return "richardson"

    def jacobian(self, f: Function, x: Array) -> Array:
        """Shape f(x).shape + x.shape."""
        return self._extrapolated(
            self._ladder(lambda method: method.jacobian(f, x)), np.asarray(x).dtype
        )

    def jvp(self, f: Function, x: Array, x_dot: Array) -> tuple[Array, Array]:
        """(f(x), J x_dot)."""
        pairs = self._ladder(lambda method: method.jvp(f, x, x_dot))
        return pairs[0][0], self._extrapolated(
            [tangent for _, tangent in pairs], np.asarray(x).dtype
        )

    def hessian(self, f: Function, x: Array) -> Array:
        """Shape f(x).shape + x.shape + x.shape."""
        return self._extrapolated(
            self._ladder(lambda method: method.hessian(f, x)), np.asarray(x).dtype
        )

    def _ladder(self, answer: Callable[[FiniteDifference], Any]) -> list[Any]:
        """The method's answers from the smallest step to the largest that f allows."""
        for first in range(HALVINGS):
            with suppress(NotDifferentiable):
                return [
                    answer(FiniteDifference(step=self._step(first + i))) for i in range(self.rungs)
                ][::-1]
        return [answer(FiniteDifference(step=self._step(HALVINGS)))]

    def _step(self, i: int) -> Any:
        return lambda x: self.largest / 2**i * np.maximum(1, np.abs(x))

    def _extrapolated(self, values: list[Array], dtype: Any) -> Array:
        best, least = values[0], np.inf
        for _, _, value, doubt in entries(values):
            best, least = np.where(doubt < least, value, best), np.minimum(doubt, least)
        return np.asarray(best, dtype)


register("differentiators", "richardson", Richardson())
