"""Adaptive differences: the step is found at each x, for each output, from how quotients at growing
steps agree; what comes out has an error bar, and is refused where the bar leaves no digit.

    central differences at h = |x|·2^-32 ... |x|, Richardson-extrapolated in h²; about 28 evaluations a coordinate

The steps: differences/adaptive/diagnosis.py. The error bars: `diffbench.estimate`.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Literal

import numpy as np

from diffbench.differences.adaptive.estimates import MESSAGES, Estimate, collected, estimate
from diffbench.differences.adaptive.survey import Survey
from diffbench.differences.bounded import UNBOUNDED, cut_short
from diffbench.differences.evaluation import Map, floating_point, value_at
from diffbench.differences.terms import Terms
from diffbench.errors import NotDifferentiable
from diffbench.interface import Array, Function, Kind, Look
from diffbench.registry import register


@dataclass(frozen=True)
class AdaptiveDifference:
    """The method: values of `estimate`. An entry whose error bar leaves no digit is refused with
    its status, or is NaN.

    refused: "raise", or "nan" for a derivative that lacks only the entries without a digit.
    bounds, typical_x, workers, accuracy: as in `estimate`.
    """

    kind: ClassVar = Kind.DIFFERENCE
    look: ClassVar = Look("#8d3731", "#f08c6b", "v")
    about: ClassVar = "differences that choose their step and know their error"

    name: str = "adaptive-difference"
    refused: Literal["raise", "nan"] = "raise"
    bounds: tuple[Any, Any] = UNBOUNDED
    typical_x: Any = 0.0
    workers: int | Map = 1
    accuracy: float = 0.0

    def __post_init__(self) -> None:
        _ = self.terms  # what makes no sense is refused at once

    @cached_property
    def terms(self) -> Terms:
        """Those on which f is evaluated."""
        return Terms(self.bounds, self.typical_x, self.workers, self.accuracy)

    def jacobian(self, f: Function, x: Array) -> Array:
        """Shape f(x).shape + x.shape, dtype of x."""
        return self._estimated(f, x, "jacobian")

    def jvp(self, f: Function, x: Array, x_dot: Array) -> tuple[Array, Array]:
        """(f(x), J x_dot), from one line along x_dot; from the Jacobian where bounds cut that
        short.
        """
        x, direction = floating_point(x), np.asarray(x_dot)
        center = value_at(f, x)
        if not direction.any():
            return center.astype(x.dtype), np.zeros_like(center, x.dtype)
        if self._is_cut_short(x, direction):
            tangent = np.tensordot(self.jacobian(f, x), direction, x.ndim)
            return center.astype(x.dtype), np.asarray(tangent, x.dtype)
        survey = Survey(f, x, center, self.terms)
        columns, nfev = survey.along([(direction, 1)])
        tangent = self._trusted(collected(columns, center.shape, nfev), x.dtype)
        return center.astype(x.dtype), tangent

    def hessian(self, f: Function, x: Array) -> Array:
        """Shape f(x).shape + x.shape + x.shape, dtype of x."""
        return self._estimated(f, x, "hessian")

    def _is_cut_short(self, x: Array, direction: Array) -> bool:
        if not self.terms.is_bounded:
            return False
        moves = np.abs(direction[direction != 0])
        sizes = self.terms.sizes(x)[direction != 0]
        return cut_short(direction, self.terms.room(x), (sizes / moves).max())

    def _estimated(self, f: Function, x: Array, operator: str) -> Array:
        found = estimate(
            f,
            x,
            operator=operator,
            bounds=self.bounds,
            typical_x=self.typical_x,
            workers=self.workers,
            accuracy=self.accuracy,
        )
        return self._trusted(found, np.asarray(x).dtype)

    def _trusted(self, found: Estimate, dtype: Any) -> Array:
        refused = ~(found.success & np.isfinite(found.error))
        if self.refused == "nan":
            return np.asarray(np.where(refused, np.nan, found.df), dtype)
        if np.any(refused):
            raise _without_a_digit(found, refused)
        return np.asarray(found.df, dtype)


def _without_a_digit(found: Estimate, refused: Any) -> NotDifferentiable:
    where = tuple(map(int, np.argwhere(refused)[0]))
    status, df, error = (
        np.asarray(field)[where] for field in (found.status, found.df, found.error)
    )
    more = f", and {np.sum(refused) - 1} more are refused" if np.sum(refused) > 1 else ""
    return NotDifferentiable(
        f"adaptive-difference found entry {where} of the derivative {status}: "
        f"{MESSAGES[str(status)]} (it is {df:.3g} ± {error:.1g}{more}; "
        "AdaptiveDifference(refused='nan') gives the other entries)"
    )


register("differentiators", "adaptive-difference", AdaptiveDifference())
