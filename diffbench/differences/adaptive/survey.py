"""Derivatives of f at x along lines through x: a line a coordinate for a Jacobian, and for a
Hessian the axes, their sums and their differences.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np

from diffbench.differences.adaptive.diagnosis import Finding
from diffbench.differences.adaptive.line import Line, along
from diffbench.differences.adaptive.output import Output
from diffbench.differences.bounded import inwards
from diffbench.differences.terms import Terms
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
    """f, x and f(x), and the terms on which f is evaluated; workers share the lines."""

    f: Function
    x: Array
    center: Array
    terms: Terms = field(default_factory=Terms)

    def jacobian(self) -> tuple[list[list[Finding]], int]:
        """The findings of every output, for each coordinate; the evaluations they took."""
        return self.along((axis, 1) for axis in self._axes())

    def hessian(self) -> tuple[list[list[Finding]], int]:
        """The findings of every output, for each pair of coordinates; the evaluations they took.

        f_ab = (f_(a+b)(a+b) - f_(a-b)(a-b)) / 4, with a and b scaled to the coordinates they move.
        """
        if self.terms.is_bounded:
            return self._hessian_within_bounds()
        axes = [size * axis for size, axis in zip(self._sizes(), self._axes(), strict=True)]
        n = len(axes)
        pairs = [(i, j) for i in range(n) for j in range(i)]
        columns, nfev = self.along(
            [(axis, 2) for axis in axes]
            + [(axes[i] + sign * axes[j], 2) for i, j in pairs for sign in (1, -1)]
        )
        mixed = iter(columns[n:])
        off = {pair: list(map(_polarised, next(mixed), next(mixed))) for pair in pairs}
        return self._matrix(columns[:n], off, self._sizes()), nfev

    def _hessian_within_bounds(self) -> tuple[list[list[Finding]], int]:
        """The same, f_ab = (f_(a+b)(a+b) - f_aa - f_bb) / 2 with a and b turned away from the nearer
        bounds: from a corner a - b leads out, whichever way.
        """
        room = self.terms.room(self.x)
        turned = [
            inwards(s * axis, room) for s, axis in zip(self._sizes(), self._axes(), strict=True)
        ]
        n = len(turned)
        pairs = [(i, j) for i in range(n) for j in range(i)]
        asks = [*turned, *(turned[i] + turned[j] for i, j in pairs)]
        columns, nfev = self.along((direction, 2) for direction in asks)
        off = {
            (i, j): list(map(_parted, both, columns[i], columns[j]))
            for (i, j), both in zip(pairs, columns[n:], strict=True)
        }
        return self._matrix(columns[:n], off, [axis.sum() for axis in turned]), nfev

    def _matrix(
        self,
        diagonal: list[list[Finding]],
        off: dict[tuple[int, int], list[Finding]],
        scales: list[Any],
    ) -> list[list[Finding]]:
        """The entries row by row, in the coordinates of x."""
        n = len(diagonal)
        entries = {(i, i): diagonal[i] for i in range(n)}
        entries |= off | {(j, i): found for (i, j), found in off.items()}
        return [
            [_unscaled(one, scales[i], scales[j]) for one in entries[i, j]]
            for i in range(n)
            for j in range(n)
        ]

    def along(self, asks: Iterable[Ask]) -> tuple[list[list[Finding]], int]:
        """The findings of every output for each (direction, derivative), and the evaluations."""
        answers = self.terms.each(partial(_answer, self.alone), list(asks))
        return [found for found, _ in answers], sum(nfev for _, nfev in answers)

    def line(self, direction: Array) -> Line:
        """f along a direction."""
        return along(self.f, self.x, direction, self.center.reshape(-1), self.terms)

    @property
    def alone(self) -> "Survey":
        """The same for one process: what a worker is sent."""
        return replace(self, terms=self.terms.alone)

    def _axes(self) -> Iterator[Array]:
        for i in range(self.x.size):
            axis = np.zeros_like(self.x)
            axis.reshape(-1)[i] = 1
            yield axis

    def _sizes(self) -> list[Any]:
        """Powers of two near the coordinates, and 1 for a coordinate that is 0."""
        one = self.x.dtype.type(1)
        return [np.ldexp(one, np.frexp(t or one)[1]) for t in self.terms.sizes(self.x).reshape(-1)]


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


def _parted(both: Finding, one: Finding, other: Finding) -> Finding:
    return replace(
        both,
        value=(both.value - one.value - other.value) / 2,
        error=(both.error + one.error + other.error) / 2,
        beside=(both.beside + one.beside + other.beside) / 2,
        status=max(both.status, one.status, other.status, key=STATUSES.index),
    )


def _unscaled(found: Finding, a: Any, b: Any) -> Finding:
    return replace(
        found,
        value=found.value / a / b,
        error=found.error / abs(a) / abs(b),
        beside=found.beside / abs(a) / abs(b),
    )
