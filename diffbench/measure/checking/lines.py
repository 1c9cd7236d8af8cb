"""A claimed gradient and the measured derivative of f, side by side along seeded random
directions.
"""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from diffbench.differences.adaptive.estimates import SUCCESSFUL
from diffbench.differences.adaptive.line import Line
from diffbench.differences.adaptive.survey import Survey
from diffbench.interface import Array, Function
from diffbench.measure.checking.remainder import remainder_slope

LINES = 300  # measured at most, some 26 evaluations of f each
MARGIN = 5.0  # an error bar is true in 95 of 100 cases, one five times as wide in nearly all
CONFIRMING = (0.5, 1.6)  # slopes of the remainder of a wrong claim
FLOOR = 0.1  # of the largest contribution: smaller entries are resolved to a share of that


@dataclass(frozen=True, eq=False)
class Measured:
    """Along v, for every output of f: the claim, the derivative, the error of either, and whether
    the measurement believes itself.
    """

    v: Array
    claimed: Array
    derivative: Array
    error: Array
    noise: Array
    usable: bool
    status: str

    @property
    def gap(self) -> Array:
        """|claim - derivative|."""
        return np.asarray(np.abs(self.claimed - self.derivative))

    @property
    def margin(self) -> Array:
        """The gap that errors alone may make."""
        return MARGIN * self.error

    @property
    def doubts(self) -> Array:
        """The gaps in units of their margins: above 1, claim and measurement part by more than
        their errors.
        """
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.nan_to_num(self.gap / self.margin)

    @property
    def suspicious(self) -> bool:
        """Whether the gap can't be explained by errors alone."""
        return bool(self.doubts.max() > 1)

    def against(self, gradient: Array) -> "Measured":
        """The same measurement beside another claim, shape (m, n)."""
        return replace(self, claimed=gradient @ self.v.reshape(-1))


@dataclass
class Lines:
    """f, the claim as a matrix (m, n), and the measurements made so far."""

    f: Function
    x: Array
    center: Array
    claim: Array
    nfev: int = 2
    count: int = 0
    rng: Any = field(default_factory=lambda: np.random.default_rng(0))

    def __post_init__(self) -> None:
        self.survey = Survey(self.f, self.x, self.center)
        wide = self.claim.astype(np.result_type(self.claim, np.float64))
        self.claimed = wide.reshape(self.center.size, self.x.size)
        size = np.abs(self.x).astype(float)
        self.scale = np.where(size == 0, size.max(initial=0.0) or 1.0, size).reshape(-1)
        eps = max(
            float(np.finfo(kind).eps)
            for kind in (self.x.dtype, self.claim.dtype)
            if kind.kind == "f"
        )
        self.rounding, self.tolerance = 8 * eps, 8 * np.sqrt(eps)

    @property
    def exhausted(self) -> bool:
        """Whether no more lines may be measured."""
        return self.count >= LINES

    def measure(self, columns: Array) -> Measured:
        """The derivative along a random change of these coordinates, each in proportion to its
        size.
        """
        v = np.zeros(self.x.size)
        v[columns] = (
            self.scale[columns]
            * self.rng.choice([-1.0, 1.0], size=len(columns))
            * self.rng.uniform(0.5, 1.0, size=len(columns))
        )
        direction = v.astype(self.x.dtype).reshape(self.x.shape)
        (found,), nfev = self.survey.along([(direction, 1)])
        self.nfev, self.count = self.nfev + nfev, self.count + 1
        derivative, error, noise = (
            np.array([float(getattr(one, name)) for one in found])
            for name in ("value", "error", "noise")
        )
        terms = self.claimed * direction.reshape(-1).astype(float)
        status = next(
            (one.status for one in found if one.status not in SUCCESSFUL), found[0].status
        )
        usable = status in SUCCESSFUL and bool(
            np.isfinite(derivative).all() and np.isfinite(error).all()
        )
        bar = error + self.rounding * np.abs(np.nan_to_num(terms)).sum(axis=1)
        return Measured(
            direction.astype(float), terms.sum(axis=1), derivative, bar, noise, usable, status
        )

    def hidden(self, measured: Measured, columns: Array) -> float:
        """The largest error, relative to an entry or to a tenth of the largest in its row, that
        this line would not have shown.

        A row claimed to be zero has no size of its own; its error is held against what rounding in
        f makes of zero (of 1, where f is 0).
        """
        terms = np.abs(self.claimed * self.scale)
        largest = FLOOR * terms.max(axis=1, keepdims=True)
        nothing = (
            16 * self.rounding * np.where(self.center == 0, 1, np.abs(self.center)).reshape(-1, 1)
        )
        target = np.maximum(terms[:, columns], np.where(largest == 0, nothing, largest))
        return float((np.maximum(measured.margin, measured.gap)[:, None] / target).max())

    def slope(self, measured: Measured) -> float:
        """How the remainder of the claim falls along this line, for the output that is furthest
        off.
        """
        output = int(np.argmax(measured.doubts))
        line = self._line(measured)
        slope = remainder_slope(
            line,
            float(measured.claimed[output]),
            float(np.nan_to_num(measured.noise[output])),
            output,
        )
        self.nfev += line.nfev
        return slope

    def confirms(self, measured: Measured) -> bool:
        """Whether the remainder falls as that of a wrong claim does, too."""
        return CONFIRMING[0] <= self.slope(measured) <= CONFIRMING[1]

    def _line(self, measured: Measured) -> Line:
        return self.survey.line(measured.v.astype(self.x.dtype))
