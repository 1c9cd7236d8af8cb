"""The method `richardson`: central differences at h, 2h, 4h, ... extrapolated (see
differences/extrapolation.py).

    T = Σ over rungs, h² eliminated time after time; ladders that end at 1/8, 1/128, 1/2048, ... of max(1, |x|)

At a bound the differences are one-sided, and h is eliminated time after time instead of h².
A ladder can't tell a step that is too large: values of an f that has turned many times within it
can agree by chance, and all are wrong. So ladders are tried until one knows every entry, and an
entry none knows is refused.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from diffbench.differences.bounded import UNBOUNDED, Walls, walls
from diffbench.differences.evaluation import Map, floating_point, value_at
from diffbench.differences.extrapolation import entries
from diffbench.differences.terms import Terms
from diffbench.differentiators.finite_difference import FiniteDifference
from diffbench.errors import BadInput, NotDifferentiable
from diffbench.interface import Array, Function, Kind, Look
from diffbench.registry import register

LADDERS = 5
ENOUGH = 1e-9  # relative error at which no further ladder is tried
NO_DIGIT = 0.1


@dataclass(frozen=True)
class Richardson:
    """Central differences at `rungs` steps halved from `largest` * max(1, |x|), extrapolated; per
    entry the one that moved least. Where that is not known to 9 digits, or f is undefined, from
    1/16 of that, and so on; for small x at last from `largest` * |x|.

    At 5 rungs about 12 correct digits, 2 n rungs evaluations a ladder, of which a function whose
    scale is near |x| needs one. An entry without a digit is refused.

    bounds, typical_x (instead of 1), workers (for the points of a difference), accuracy: as in
    `FiniteDifference`.
    """

    kind: ClassVar = Kind.DIFFERENCE
    look: ClassVar = Look("#5b3800", "#fbc381", "p")
    about: ClassVar = "central differences at h, 2h, 4h, ..., extrapolated to h = 0"

    rungs: int = 5
    largest: float = 0.125
    bounds: tuple[Any, Any] = UNBOUNDED
    typical_x: Any = 1.0
    workers: int | Map = 1
    accuracy: float = 0.0

    def __post_init__(self) -> None:
        _ = self.terms  # what makes no sense is refused at once
        if self.rungs < 2 or not self.largest > 0:
            raise BadInput(
                f"richardson needs at least 2 rungs and a positive step, not {self.rungs} and "
                f"{self.largest}; take 5 and 0.125"
            )

    @cached_property
    def terms(self) -> Terms:
        """Those on which f is evaluated."""
        return Terms(self.bounds, self.typical_x, self.workers, self.accuracy)

    @property
    def name(self) -> str:
        """The registered name."""
        return "richardson"

    def jacobian(self, f: Function, x: Array) -> Array:
        """Shape f(x).shape + x.shape."""
        x = floating_point(x)
        size = np.abs(value_at(f, x))[(...,) + (None,) * x.ndim]
        return self._best(
            x, self._walls(x), lambda method: method.jacobian(f, x), lambda h: size / h
        )

    def jvp(self, f: Function, x: Array, x_dot: Array) -> tuple[Array, Array]:
        """(f(x), J x_dot)."""
        x, direction = floating_point(x), np.asarray(x_dot)
        value, reach = value_at(f, x), np.abs(direction).max(initial=0.0)
        tangent = self._best(
            x,
            self._walls(x).along(direction),
            lambda method: method.jvp(f, x, x_dot)[1],
            lambda h: np.abs(value) * reach / h.min(),
        )
        return value.astype(x.dtype), tangent

    def hessian(self, f: Function, x: Array) -> Array:
        """Shape f(x).shape + x.shape + x.shape."""
        x = floating_point(x)
        size = np.abs(value_at(f, x))[(...,) + (None,) * (2 * x.ndim)]
        return self._best(
            x,
            self._walls(x).of_pairs(),
            lambda method: method.hessian(f, x),
            lambda h: size / np.multiply.outer(h, h),
        )

    def _walls(self, x: Array) -> Walls:
        return walls(x, self.terms.room(x), self.largest * self.terms.sizes(x))

    def _best(
        self,
        x: Array,
        sides: Walls,
        answer: Callable[[FiniteDifference], Any],
        rounding: Callable[[Array], Any],
    ) -> Array:
        """Per entry the extrapolation of least error over the ladders. rounding: what eps in f(x)
        makes of a difference at the steps h.
        """
        best: Any = None
        refusal: NotDifferentiable | None = None
        terms = [np.where(sides.is_one_sided, 2.0**k, 4.0**k) for k in range(self.rungs)]
        eps = self.terms.eps(x.dtype)
        for largest in self._ladders(x):
            steps = [np.minimum(largest, sides.most) / 2**i for i in range(self.rungs)]
            try:
                values = [answer(self._difference(h, sides)) for h in steps][::-1]
            except NotDifferentiable as error:
                refusal = error
                continue
            found = _extrapolated(values, terms, eps * rounding(steps[-1]))
            best = found if best is None else _better(best, found)
            if (best[1] <= ENOUGH * np.abs(best[0])).all():
                break
        if best is None:
            raise refusal or NotDifferentiable("no ladder of steps fits beside x; rescale x")
        nothing = np.sqrt(eps) * rounding(np.minimum(next(self._ladders(x)), sides.most))
        return _known(best[0], best[1], nothing).astype(x.dtype)

    def _ladders(self, x: Array) -> Iterator[Array]:
        """The largest step of each, of x's shape."""
        for i in range(LADDERS):
            yield self.largest / 16**i * self.terms.sizes(x)
        if (np.abs(x) < 16.0**-LADDERS).any() and x.any():
            yield self.largest * np.where(x, np.maximum(np.abs(x), np.finfo(x.dtype).tiny), 1)

    def _difference(self, h: Array, sides: Walls) -> FiniteDifference:
        return FiniteDifference(step=_given(h), bounds=sides.bounds, workers=self.workers)


def _given(h: Array) -> Callable[[Array], Array]:
    return lambda x: h


def _extrapolated(values: list[Any], terms: list[Any], rounding: Any) -> tuple[Any, Any]:
    """(value, error): per entry the extrapolation that moved least, and by how much."""
    best, least = np.asarray(values[0]), np.inf
    for _, _, value, doubt in entries(values, terms):
        best, least = np.where(doubt < least, value, best), np.minimum(doubt, least)
    return best, least + rounding


def _better(one: tuple[Any, Any], other: tuple[Any, Any]) -> tuple[Any, Any]:
    is_other = other[1] < one[1]
    return np.where(is_other, other[0], one[0]), np.where(is_other, other[1], one[1])


def _known(value: Any, error: Any, nothing: Any) -> Array:
    """The values, if each has a digit, or is 0 beside the largest or beside f."""
    size = np.maximum(np.abs(value), 1e-3 * np.abs(value).max(initial=0.0))
    if (lost := ~(error <= np.maximum(NO_DIGIT * size, nothing))).any():
        i = np.argwhere(lost)[0]
        raise NotDifferentiable(
            f"richardson found no digit of entry {tuple(map(int, i))} of the derivative, "
            f"{value[tuple(i)]:.3g} ± {error[tuple(i)]:.1g}: f is rougher than its ladders of "
            "steps; take method='adaptive-difference'"
        )
    return np.asarray(value)


register("differentiators", "richardson", Richardson())
