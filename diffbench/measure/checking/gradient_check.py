"""Is a gradient that somebody wrote right? Decided without a step size, and without calling noise
an error.

Along a direction v the claim is <gradient, v>; the measurement is an adaptive difference with its
own error bar. Where the two part by more than the bar, the Taylor remainder has to confirm it
(`remainder`). Directions start with all coordinates and are halved until every entry is resolved or
found guilty; what the guilty have in common is the guess at the fault (`faults`).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from diffbench.differences.bounded import UNBOUNDED
from diffbench.differences.evaluation import Map, floating_point, value_at
from diffbench.differences.terms import Terms, with_arguments
from diffbench.errors import BadInput
from diffbench.interface import Array, Function
from diffbench.markup import sentence, table
from diffbench.measure.checking import faults
from diffbench.measure.checking.lines import FLOOR, Lines, Measured

DIRECTIONS = 3
GUILTY = 8  # entries shown at most
UNDECIDABLE = "undecidable: differences are too noisy here"
BARELY = 0.5  # an entry that could be wrong by more than half of itself was not checked


@dataclass(frozen=True)
class Entry:
    """One entry of the gradient: what was claimed, what was measured, and the measurement's
    error.
    """

    index: tuple[int, ...]
    claimed: float
    measured: float
    error: float

    def __str__(self) -> str:
        where = ", ".join(map(str, self.index))
        if not np.isfinite(self.measured):
            return f"entry [{where}] is {self.claimed:.9g}, which is no number"
        return f"entry [{where}] is {self.claimed:.9g} and should be {self.measured:.9g} ± {self.error:.1g}"


@dataclass(frozen=True)
class Verdict:
    """What is known about a claimed gradient; `str` of it is one sentence."""

    verdict: str  # 'right', 'wrong' or UNDECIDABLE
    reason: str
    fault: str = ""  # a guess: sign, factor, transposition, shifted index, missing term, NaN, shape
    worst: tuple[Entry, ...] = ()  # entries found wrong, worst first
    slopes: tuple[
        float, ...
    ] = ()  # of the remainder along the first directions: 3 when right, 1 when wrong, NaN below the noise
    # the largest relative error that may hide in an entry of at least a tenth of the largest
    resolution: float = float("nan")
    nfev: int = 0

    def __str__(self) -> str:
        return (
            f"{self.verdict}: {self.reason}"
            if self.verdict != UNDECIDABLE
            else f"{UNDECIDABLE}; {self.reason}"
        )

    def _repr_html_(self) -> str:
        """The sentence, and the worst entries, for notebooks."""
        said = sentence(self.reason, lead=f"{self.verdict.partition(':')[0]}:")
        lines = [
            (list(entry.index), f"{entry.claimed:.9g}", f"{entry.measured:.9g} ± {entry.error:.1g}")
            for entry in self.worst
        ]
        return str(said + (table(("entry", "claimed", "measured"), lines) if lines else ""))


def check_gradient(
    f: Function,
    gradient: Callable[..., Any] | Any,
    x: Any,
    *args: Any,
    bounds: tuple[Any, Any] = UNBOUNDED,
    typical_x: Any = 0.0,
    workers: int | Map = 1,
    accuracy: float = 0.0,
    **kwargs: Any,
) -> Verdict:
    """Hold a gradient, a function of x or its value there, against f itself; where f(x) has a
    shape, its Jacobian, f(x).shape + x.shape.

    'wrong' names the worst entries and guesses at the fault; 'undecidable' means that f is too
    rough or noisy at x for any difference to tell. Works at the precision of x, float32 or float64.
    Some 30 evaluations of f a line, more where f has many outputs: three lines for a right
    gradient, one where x is a number; up to 60 more where claim and difference part, and further
    lines to find the entries that are wrong.

    args, kwargs: further arguments of f and of the gradient. bounds, typical_x, workers (for the
    lines), accuracy: as in `estimate`.

    >>> import numpy as np
    >>> found = check_gradient(lambda x: np.sum(x**3), lambda x: -3 * x**2, np.array([1.0, 2.0]))
    >>> found.verdict, found.fault, found.worst[0].index
    ('wrong', 'sign', (1,))
    """
    f, point = with_arguments(f, args, kwargs), floating_point(x)
    terms = Terms(bounds, typical_x, workers, accuracy)
    center, again = value_at(f, point), value_at(f, point)
    given = gradient(point.copy(), *args, **kwargs) if callable(gradient) else gradient
    claimed = np.asarray(given.toarray() if hasattr(given, "toarray") else given)
    if claimed.dtype.kind not in "fiu":
        raise BadInput(
            f"the gradient has dtype {claimed.dtype}, and that of a real function is real; return "
            "floats"
        )
    if claimed.shape != center.shape + point.shape:
        return _wrong_shape(claimed, center.shape + point.shape)
    if not np.array_equal(center, again):
        return Verdict(
            UNDECIDABLE, "f returned two values at the same x, so fix its random seed or its state"
        )
    check = _Check(Lines(f, point, center, claimed, terms))
    found = check.verdict()
    is_steady = np.array_equal(center, value_at(f, point)) and check.lines.repeat
    return found if is_steady else _of_a_stateful_f(found)


def _of_a_stateful_f(found: Verdict) -> Verdict:
    return replace(
        found,
        verdict=UNDECIDABLE,
        reason="f gave another number at the same place after it had been called elsewhere: it "
        "keeps a state, as a warm start, a cache or a counter is; start it afresh at every call",
    )


def _wrong_shape(claimed: Array, expected: tuple[int, ...]) -> Verdict:
    fault = "transposition" if claimed.shape == expected[::-1] else "shape"
    return Verdict(
        "wrong",
        f"its shape is {claimed.shape} and should be {expected}; looks like a fault of {fault}",
        fault,
    )


@dataclass
class _Check:
    """The search for guilty entries, line by line."""

    lines: Lines

    def __post_init__(self) -> None:
        self.guilty: list[Entry] = []
        self.unclear: set[str] = set()  # why something could not be measured
        self.resolution = 0.0

    def verdict(self) -> Verdict:
        if not np.isfinite(self.lines.claimed).all():
            self._accuse_not_a_number()
            return self._summed_up("NaN", ())
        everywhere = np.arange(self.lines.x.size)
        directions = DIRECTIONS if self.lines.x.size > 1 else 1
        first = self.lines.measure_each([everywhere] * directions)
        slopes = tuple(self.lines.slope(measured) for measured in first)
        fault = self._whole_fault(first)
        if not fault:
            self._resolve(everywhere, max(first, key=lambda measured: float(measured.doubts.max())))
            fault = faults.single(
                [entry.claimed for entry in self.guilty], [entry.measured for entry in self.guilty]
            )
        return self._summed_up(fault, slopes)

    def _accuse_not_a_number(self) -> None:
        broken = np.unique(np.argwhere(~np.isfinite(self.lines.claimed))[:, 1])
        for column in broken[:GUILTY]:
            measured = self.lines.measure(np.array([column]))
            claimed = self.lines.claimed[:, column]
            # a slope may be infinite, where f is not smooth; none is NaN
            self._accuse(
                measured, int(column), np.isnan(claimed) | (measured.usable & np.isinf(claimed))
            )
            self._note(measured)

    def _whole_fault(self, first: list[Measured]) -> str:
        """The fault of the gradient as a whole that explains every direction, '' if none does;
        accuses the entries that it changes most.
        """
        if not all(measured.suspicious and measured.usable.all() for measured in first):
            return ""
        if not all(self.lines.confirms(measured) for measured in first):
            return ""
        found = faults.whole(self.lines.claimed, self.lines.x.shape, first)
        if found is None:
            return ""
        changes = np.abs((found[1] - self.lines.claimed) * self.lines.scale)
        for column in np.argsort(-changes.max(axis=0))[:GUILTY]:
            self._judge_one(self.lines.measure(np.array([column])), int(column))
        return found[0] if self.guilty else ""

    def _resolve(self, columns: Array, measured: Measured) -> None:
        """Accept a set of columns whose line agrees closely enough; split it otherwise, down to
        single columns.
        """
        if len(columns) == 1:
            self._judge_one(measured, int(columns[0]))
            return
        hidden = self.lines.hidden(measured, columns)
        is_spent = self.lines.exhausted or len(self.guilty) >= GUILTY
        if hidden <= self.lines.tolerance or (is_spent and not measured.suspicious):
            self.resolution = max(self.resolution, hidden)
            self._note(measured)
        elif is_spent:
            self.unclear.add("claim and difference part, and no more lines may be measured")
        else:
            self._split(columns, measured)

    def _note(self, measured: Measured) -> None:
        """Keep in mind why some outputs could not be measured."""
        if measured.hindrance:
            self.unclear.add(measured.hindrance)

    def _split(self, columns: Array, measured: Measured) -> None:
        found = len(self.guilty)
        halves = np.array_split(columns, 2)
        for half, of_half in zip(halves, self.lines.measure_each(halves), strict=True):
            self._resolve(half, of_half)
        terms = np.abs(self.lines.claimed[:, columns] * self.lines.scale[columns]).sum(axis=1)
        is_far = (measured.gap > np.maximum(measured.margin, self.lines.tolerance * terms)).any()
        if len(self.guilty) == found and is_far and self.lines.confirms(measured):
            self.unclear.add("entries are wrong together, though none is by itself")

    def _judge_one(self, measured: Measured, column: int) -> None:
        wrong = measured.gap > np.maximum(
            measured.margin, self.lines.tolerance * np.abs(measured.derivative)
        )
        self._note(measured)
        if not wrong.any():
            self.resolution = max(self.resolution, self.lines.hidden(measured, np.array([column])))
        elif self.lines.confirms(measured):
            self._accuse(measured, column, wrong)
        else:
            self.unclear.add(
                "claim and difference part, but the Taylor remainder does not confirm it"
            )

    def _accuse(self, measured: Measured, column: int, rows: Array) -> None:
        lines, step = self.lines, float(measured.v.flat[column])
        place = np.unravel_index(column, lines.x.shape)
        for row in np.flatnonzero(rows):
            index = (*np.unravel_index(row, lines.center.shape), *place)
            known = 1.0 if measured.usable[row] else float("nan")
            numbers = (
                lines.claimed[row, column],
                known * measured.derivative[row] / step,
                known * measured.error[row] / abs(step),
            )
            self.guilty.append(Entry(tuple(map(int, index)), *map(float, numbers)))

    def _summed_up(self, fault: str, slopes: tuple[float, ...]) -> Verdict:
        known = Verdict(
            "right",
            self._what_is_right(),
            slopes=slopes,
            resolution=self.resolution,
            nfev=self.lines.nfev,
        )
        if self.guilty:
            worst = tuple(sorted(self.guilty, key=_badness, reverse=True)[:GUILTY])
            more = f" ({len(self.guilty) - 1} more found)" if len(self.guilty) > 1 else ""
            return replace(
                known,
                verdict="wrong",
                reason=f"{worst[0]}{more}; looks like a fault of {fault}",
                fault=fault,
                worst=worst,
            )
        if self.unclear:
            return replace(known, verdict=UNDECIDABLE, reason=", ".join(sorted(self.unclear)))
        return known if self.resolution <= BARELY else replace(known, verdict=UNDECIDABLE)

    def _what_is_right(self) -> str:
        return (
            f"it agrees to {self.resolution:.0e}; an entry of at least {FLOOR:.0%} of the largest "
            "could be wrong by that share of itself, and no more"
        )


def _badness(entry: Entry) -> float:
    return abs(entry.claimed - entry.measured) if np.isfinite(entry.claimed) else float("inf")
