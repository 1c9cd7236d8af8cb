"""A claimed gradient and the measured derivative of f, side by side along seeded random
directions.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Any

import numpy as np

from diffbench.differences.adaptive.diagnosis import Finding
from diffbench.differences.adaptive.estimates import MESSAGES, SUCCESSFUL
from diffbench.differences.adaptive.line import Line
from diffbench.differences.adaptive.output import Output
from diffbench.differences.adaptive.survey import Survey
from diffbench.differences.bounded import inwards
from diffbench.differences.terms import Terms
from diffbench.interface import Array, Function
from diffbench.measure.checking.remainder import LEVELS, remainder_slope

LINES = 300  # measured at most, some 26 evaluations of f each
MARGIN = 5.0  # an error bar is true in 95 of 100 cases, one five times as wide in nearly all
CONFIRMING = (0.5, 1.6)  # slopes of the remainder of a wrong claim
MOVES = 1e-3  # of how f moves over steps of |x|: what an entry of 0 is resolved to a share of
FLOOR = 0.1  # of the largest contribution: smaller entries are resolved to a share of that


@dataclass(frozen=True, eq=False)
class Measured:
    """Along v, for every output of f: the claim, the derivative, the error of either, the noise of
    f, how far f moves over steps of |x|, and the status. line: what was evaluated.
    """

    v: Array
    claimed: Array
    derivative: Array
    error: Array
    noise: Array
    moves: Array
    statuses: tuple[str, ...]
    line: Line

    @cached_property
    def usable(self) -> Array:
        """Which outputs have a derivative to hold a claim against."""
        known = np.isfinite(self.derivative) & np.isfinite(self.error)
        return np.asarray(np.isin(self.statuses, SUCCESSFUL) & known)

    @property
    def hindrance(self) -> str:
        """Why the first output that is not usable is not; '' if all are."""
        if self.usable.all():
            return ""
        row = int(np.argmin(self.usable))
        which = f" of output {row}" if len(self.usable) > 1 else ""
        return f"the differences{which} are {self.statuses[row]}: {MESSAGES[self.statuses[row]]}"

    @property
    def top(self) -> int:
        """The level below which f, where it is furthest off, moves."""
        output, line = int(np.argmax(self.doubts)), self.line
        moving = (k for k in line.tops if line[k - 8].plus[output] != line.center[output])
        return next(moving, line.tops[-1])

    @property
    def gap(self) -> Array:
        """|claim - derivative|; 0 where there is none."""
        return np.where(self.usable, np.abs(self.claimed - self.derivative), 0.0)

    @property
    def margin(self) -> Array:
        """The gap that errors alone may make."""
        return MARGIN * self.error

    @property
    def doubts(self) -> Array:
        """The gaps in units of their margins: above 1, claim and measurement part by more than
        their errors.
        """
        with np.errstate(all="ignore"):
            return np.nan_to_num(self.gap / self.margin)

    @property
    def suspicious(self) -> bool:
        """Whether the gap can't be explained by errors alone."""
        return bool(self.doubts.max(initial=0.0) > 1)

    def against(self, gradient: Array) -> "Measured":
        """The same measurement beside another claim, shape (m, n)."""
        return replace(self, claimed=gradient @ self.v.reshape(-1))


@dataclass
class Lines:
    """f, the claim as a matrix (m, n), the terms on which f is evaluated, and the measurements made
    so far.
    """

    f: Function
    x: Array
    center: Array
    claim: Array
    terms: Terms = field(default_factory=Terms)
    nfev: int = 2
    count: int = 0
    rng: Any = field(default_factory=lambda: np.random.default_rng(0))

    def __post_init__(self) -> None:
        self.last: Line | None = None
        self.moves = np.zeros(self.center.size)
        self.survey = Survey(self.f, self.x, self.center, self.terms)
        wide = self.claim.astype(np.result_type(self.claim, np.float64))
        self.claimed = wide.reshape(self.center.size, self.x.size)
        size = self.terms.sizes(self.x).astype(float)
        self.scale = np.where(size == 0, size.max(initial=0.0) or 1.0, size).reshape(-1)
        eps = max(
            float(np.finfo(kind).eps)
            for kind in (self.x.dtype, self.claim.dtype)
            if kind.kind == "f"
        )
        self.rounding, self.tolerance = 8 * eps, 24 * np.sqrt(eps)

    @property
    def exhausted(self) -> bool:
        """Whether no more lines may be measured."""
        return self.count >= LINES

    @property
    def repeat(self) -> bool:
        """Whether f gives the same numbers again where it was called after it had been far away."""
        return self.last is None or self.last.repeats(0)

    def measure(self, columns: Array) -> Measured:
        """The derivative along a random change of these coordinates, each in proportion to its
        size.
        """
        return self.measure_each([columns])[0]

    def measure_each(self, sets: Sequence[Array]) -> list[Measured]:
        """The same of several sets of coordinates, side by side where there are workers."""
        directions = list(map(self._direction, sets))
        answers = self.terms.each(partial(_along, self.survey.alone), directions)
        self.last = answers[-1][0]
        return [
            self._measured(direction, *answer)
            for direction, answer in zip(directions, answers, strict=True)
        ]

    def _direction(self, columns: Array) -> Array:
        v = np.zeros(self.x.size)
        v[columns] = (
            self.scale[columns]
            * self.rng.choice([-1.0, 1.0], size=len(columns))
            * self.rng.uniform(0.5, 1.0, size=len(columns))
        )
        direction = v.astype(self.x.dtype).reshape(self.x.shape)
        return inwards(direction, self.terms.room(self.x)) if self.terms.is_bounded else direction

    def _measured(self, direction: Array, line: Line, found: list[Finding]) -> Measured:
        self.nfev, self.count = self.nfev + line.nfev, self.count + 1
        derivative, error, noise = (
            np.array([float(getattr(one, name)) for one in found])
            for name in ("value", "error", "noise")
        )
        terms = self.claimed * direction.reshape(-1).astype(float)
        moves = _moves(line)
        self.moves = np.maximum(self.moves, moves)
        # f that does not move hides parts as large as it moves elsewhere, or as 1
        hidden = np.where(moves == 0, np.where(self.moves > 0, self.moves, 1), 0)
        bar = error + self.rounding * (np.abs(np.nan_to_num(terms)).sum(axis=1) + hidden)
        return Measured(
            direction.astype(float),
            terms.sum(axis=1),
            derivative,
            bar,
            noise,
            moves,
            tuple(one.status for one in found),
            line,
        )

    def hidden(self, measured: Measured, columns: Array) -> float:
        """The largest error, relative to an entry or to a tenth of the largest in its row, that
        this line would not have shown.

        What is about 0, as a gradient is at an optimum, has no size of its own: what could not be
        seen is held against a share of how f moves over steps of |x|, or against what rounding
        makes of f where f does not move. A gap that is no error of the measurement is not.
        """
        terms = np.abs(self.claimed * self.scale)
        size = np.maximum(terms[:, columns], FLOOR * terms.max(axis=1, keepdims=True))
        still = 16 * self.rounding * np.where(self.center == 0, 1, np.abs(self.center)).reshape(-1)
        floor = np.where(measured.moves > 0, MOVES * measured.moves, still)
        unseen = measured.margin[:, None] / np.maximum(size, floor[:, None])
        with np.errstate(divide="ignore", invalid="ignore"):
            seen = np.where(measured.doubts > 1, measured.gap, 0)[:, None] / size
        return float(np.fmax(unseen, seen)[measured.usable].max(initial=0.0))

    def slope(self, measured: Measured) -> float:
        """How the remainder of the claim falls along this line, for the output that is furthest
        off; from what was evaluated anyway.
        """
        known = measured.line.whole_levels
        return self._slope(measured, [k for k in known if k <= measured.line.tops[-1]])

    def confirms(self, measured: Measured) -> bool:
        """Whether the remainder falls as that of a wrong claim does, too; takes up to 60 more
        evaluations.
        """
        levels = [measured.top + k for k in LEVELS]
        return CONFIRMING[0] <= self._slope(measured, levels) <= CONFIRMING[1]

    def _slope(self, measured: Measured, levels: Sequence[int]) -> float:
        output, line = int(np.argmax(measured.doubts)), measured.line
        before = line.nfev
        slope = remainder_slope(
            line,
            float(measured.claimed[output]),
            float(np.nan_to_num(measured.noise[output])),
            output,
            levels,
        )
        self.nfev += line.nfev - before
        return slope


def _along(survey: Survey, direction: Array) -> tuple[Line, list[Finding]]:
    """The line, with what was evaluated, and the derivative of every output along it."""
    line = survey.line(direction)
    return line, [Output(line, i).finding(1) for i in range(survey.center.size)]


def _moves(line: Line) -> Array:
    """How far f moves over a step of |x|, or the longest at which a bound leaves it a value; 0 where
    it is undefined there.
    """
    within = [k for k in line.whole_levels if k <= 0 and not np.isnan(line[k][1:]).all()]
    h, plus, minus = line[max(within, default=0) if line.terms.is_bounded else 0]
    sides = np.abs(np.stack([plus - line.center, minus - line.center])) / float(h)
    return np.asarray(np.nan_to_num(sides).max(axis=0).astype(float))
