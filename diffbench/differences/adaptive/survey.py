"""Derivatives of f at x along lines through x: a line a coordinate for a Jacobian, and for a
Hessian the axes, their sums and their differences.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from diffbench.differences.adaptive.diagnosis import Finding
from diffbench.differences.adaptive.line import Line, along
from diffbench.differences.adaptive.output import Output
from diffbench.differences.bounded import UNBOUNDED
from diffbench.differences.evaluation import Map, mapped
from diffbench.interface import Array, Function

Ask = tuple[Array, int]  # a direction, and which derivative along it

# from the least to the most severe
STATUSES: Sequence[str] = (
    "ok",
    "noise-limited",
    "domain-edge",
    "discontinuous",
    "inconsistent",
    "unfinished",
    "non-deterministic",
)


@dataclass(frozen=True)
class Survey:
    """f, x and f(x). bounds: (lower, upper), which no evaluation leaves. typical_x: coordinates
    smaller than this start with steps as if they were of this size. workers: that many processes,
    or a `map`, for the lines.
    """

    f: Function
    x: Array
    center: Array
    bounds: tuple[Any, Any] = UNBOUNDED
    typical_x: Any = 0.0
    workers: int | Map = 1

    def jacobian(self) -> tuple[list[list[Finding]], int]:
        """The findings of every output, for each coordinate; the evaluations they took."""
        return self.along((axis, 1) for axis in self._axes())

    def hessian(self) -> tuple[list[list[Finding]], int]:
        """The findings of every output, for each pair of coordinates; the evaluations they took.

        f_ab = (f_(a+b)(a+b) - f_(a-b)(a-b)) / 4, with a and b scaled to the coordinates they move.
        """
        axes = [size * axis for size, axis in zip(self._sizes(), self._axes(), strict=True)]
        n = len(axes)
        pairs = [(i, j) for i in range(n) for j in range(i)]
        columns, nfev = self.along(
            [(axis, 2) for axis in axes]
            + [(axes[i] + sign * axes[j], 2) for i, j in pairs for sign in (1, -1)]
        )
        mixed = iter(columns[n:])
        entries = {(i, i): columns[i] for i in range(n)}
        for i, j in pairs:
            entries[i, j] = entries[j, i] = list(map(_polarised, next(mixed), next(mixed)))
        sizes = self._sizes()
        return [
            [_unscaled(one, sizes[i], sizes[j]) for one in entries[i, j]]
            for i in range(n)
            for j in range(n)
        ], nfev

    def along(self, asks: Iterable[Ask]) -> tuple[list[list[Finding]], int]:
        """The findings of every output for each (direction, derivative), and the evaluations."""
        answers = mapped(partial(_answer, self), list(asks), self.workers)
        return [found for found, _ in answers], sum(nfev for _, nfev in answers)

    def line(self, direction: Array) -> Line:
        """f along a direction."""
        return along(self.f, self.x, direction, self.center.reshape(-1), self.bounds, self.typical)

    @property
    def typical(self) -> Array:
        """The sizes of the coordinates, shape x.shape."""
        sizes: Array = np.maximum(np.abs(self.x), np.asarray(self.typical_x, self.x.dtype))
        return sizes

    def _axes(self) -> Iterator[Array]:
        for i in range(self.x.size):
            axis = np.zeros_like(self.x)
            axis.reshape(-1)[i] = 1
            yield axis

    def _sizes(self) -> list[Any]:
        """Powers of two near the coordinates, and 1 for a coordinate that is 0."""
        one = self.x.dtype.type(1)
        return [np.ldexp(one, np.frexp(t or one)[1]) for t in self.typical.reshape(-1)]


def _answer(survey: Survey, ask: Ask) -> tuple[list[Finding], int]:
    direction, derivative = ask
    line = survey.line(direction)
    found = [Output(line, i).finding(derivative) for i in range(survey.center.size)]
    return found, line.nfev


def _polarised(plus: Finding, minus: Finding) -> Finding:
    return replace(
        plus,
        value=(plus.value - minus.value) / 4,
        error=(plus.error + minus.error) / 4,
        beside=(plus.beside + minus.beside) / 4,
        status=max(plus.status, minus.status, key=STATUSES.index),
    )


def _unscaled(found: Finding, a: Any, b: Any) -> Finding:
    return replace(
        found, **{name: getattr(found, name) / a / b for name in ("value", "error", "beside")}
    )
