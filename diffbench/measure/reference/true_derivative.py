"""The true derivative, to more digits than any method can have: what every error is measured
against.

    1. the problem's exact formula in mpmath numbers, where it has one
    2. the recorded function in power series with error balls, at the float inputs really used: digits that are proved
    3. differences in mpmath numbers, where a function or a tie between branches is out of the balls' reach

No way uses a derivative rule, so none shares a mistake with a method under test; `agreement` holds
the ways against each other. What can't be settled is refused with the reason.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
from mpmath import mp
from mpmath.libmp import from_man_exp

from diffbench.errors import BadPoint, DiffbenchError, Unsupported
from diffbench.interface import Array, Function, Operator
from diffbench.ir import Program
from diffbench.measure.reference import store
from diffbench.measure.reference.derivatives import Entries
from diffbench.measure.reference.numbers.arithmetics import Objects, elementwise, objects
from diffbench.measure.reference.numbers.series import Kink
from diffbench.measure.reference.settle import conditioning, norm, settle
from diffbench.measure.reference.truth import Way, at_entries, ways, written
from diffbench.program import record


@dataclass(frozen=True, eq=False)
class Reference:
    """The derivative of one operator at one point. `value + rest` is the truth to about 32 digits,
    in two floats.
    """

    operator: Operator
    # "exact formula", "ball series", "mpmath differences", "given", or "estimate on plain f"
    method: str
    high: Objects  # mpmath mpf; of the operator's shape, or the sampled entries alone
    digits: int  # decimal digits that every nonzero entry is known to
    # condition number of the derivative in the norm; |x f''/f'| for R -> R; NaN where it would have
    # taken too long
    cond: float
    conds: Array  # the same entry by entry
    entries: Entries | None  # flat positions that were sampled (columns, of a Jacobian); None: all
    bars: Array | None = None  # how far each entry may be off, where that is more than rounding
    contradiction: str = ""  # what plain f has against it; then nothing can be judged by it
    reason: str = ""  # why there is no better one, where it is only an estimate

    @cached_property
    def value(self) -> Array:
        """The nearest float64s, infinite beyond the largest, of which NumPy before 2.2 warns."""
        with np.errstate(over="ignore"):
            return np.asarray(self.high.astype(float))

    @cached_property
    def rest(self) -> Array:
        """high - value, as float64; 0 where the value overflows."""
        finite = np.isfinite(self.value)
        with mp.workprec(256):
            rest = np.where(
                finite, self.high - np.where(finite, self.value, 0.0).astype(object), 0.0
            )
        return rest.astype(float)

    def select(self, computed: Any) -> Array:
        """The entries of a computed derivative that the reference has, in the shape of `value`;
        sparse matrices are densified.
        """
        if hasattr(computed, "toarray") and self.entries is not None:
            return np.asarray(computed[:, self.entries].toarray()).reshape(self.value.shape)
        dense = computed.toarray() if hasattr(computed, "toarray") else computed
        return at_entries(np.asarray(dense), self.value.shape, self.entries)

    def to_dict(self) -> dict[str, Any]:
        """Everything in plain values; the numbers as exact mantissas and exponents."""
        numbers = [
            [(-1) ** number._mpf_[0] * int(number.man), number.exp] for number in self.high.flat
        ]
        arrays = {"shape": self.high.shape, "high": numbers, "conds": self.conds.tolist()}
        entries = None if self.entries is None else self.entries.tolist()
        return {
            "operator": str(self.operator),
            "method": self.method,
            "digits": self.digits,
            "cond": self.cond,
            "entries": entries,
            "bars": None if self.bars is None else self.bars.tolist(),
            "contradiction": self.contradiction,
            "reason": self.reason,
        } | arrays

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> "Reference":
        """The inverse of `to_dict`."""
        high = np.empty(len(plain["high"]), dtype=object)
        high[:] = [mp.make_mpf(from_man_exp(*number)) for number in plain["high"]]
        entries = None if plain["entries"] is None else np.asarray(plain["entries"])
        shape, conds = tuple(plain["shape"]), np.asarray(plain["conds"])
        return cls(
            Operator(plain["operator"]),
            plain["method"],
            high.reshape(shape),
            plain["digits"],
            plain["cond"],
            conds,
            entries,
            None if plain["bars"] is None else np.asarray(plain["bars"]),
            plain["contradiction"],
            plain["reason"],
        )


def reference(
    f: Function, x: Any, operator: str, direction: Any = None, *, folder: Path | None = None
) -> Reference:
    """The true derivative of f at x; with `folder`, kept there under a hash of everything it
    depends on.

    Of value_and_gradient, jvp and vjp it is the derivative alone. Of very many entries a seeded
    sample is taken, and `.entries` says which. Raises NotDifferentiable where left and right
    disagree, Unsupported where the truth can't be had, each with the reason.
    """
    point, asked = _asked(x, operator, direction)
    try:
        program = _recorded(f, point, asked)
    except Unsupported:
        for way in written(f, asked, direction):  # a formula needs no recording
            return _result(asked, way, point)
        raise
    key = store.key(f, program, asked, point, direction)
    candidates = ways(f, program, point, asked, direction)
    return store.remembered(
        key, folder, lambda: _first_open(candidates, program, point, asked), Reference.from_dict
    )


def agreement(f: Function, x: Any, operator: str, direction: Any = None) -> float:
    """The largest difference between any two ways to the truth, relative to its norm. Raises
    Unsupported if fewer than two are open.
    """
    point, asked = _asked(x, operator, direction)
    program = _recorded(f, point, asked)
    found = [
        (way, values)
        for way in ways(f, program, point, asked, direction)
        if (values := _tried(way, point)) is not None
    ]
    if len(found) < 2:
        raise Unsupported(
            f"the {asked} of {program.name} can be had in one way only, so it has no second opinion"
        )
    sampled, first = found[-1][0].entries, found[-1][1]
    others = [
        values if way.entries is not None else at_entries(values, first.shape, sampled)
        for way, values in found[:-1]
    ]
    return max(float(norm(objects(other - first)) / (norm(first) or 1)) for other in others)


def _asked(x: Any, operator: str, direction: Any) -> tuple[Array, Operator]:
    asked, point = Operator(operator), np.asarray(x)
    if (
        not np.issubdtype(point.dtype, np.floating)
        or not np.isfinite(point).all()
        or not point.size
    ):
        raise BadPoint(
            f"x = {point} of type {point.dtype} has no reference; give at least one coordinate, "
            "floating-point and finite"
        )
    if asked.takes_direction != (direction is not None):
        raise Unsupported(
            f"{asked} {'needs' if asked.takes_direction else 'takes no'} direction; give "
            f"{'one' if asked.takes_direction else 'none'}"
        )
    return point, asked


def _recorded(f: Function, x: Array, asked: Operator) -> Program:
    try:
        return record(f, x)
    except DiffbenchError as error:
        raise Unsupported(
            f"no reference for the {asked}, because the function can't be recorded: {error}"
        ) from error


def _first_open(
    candidates: Iterator[Way], program: Program, x: Array, operator: Operator
) -> Reference:
    reasons = []
    for way in candidates:
        try:
            return _result(operator, way, x)
        except (Kink, Unsupported) as reason:
            reasons.append(f"by {way.method}, {reason}")
    raise Unsupported(f"no reference for the {operator} of {program.name}: {'; '.join(reasons)}")


def _tried(way: Way, x: Array) -> Objects | None:
    try:
        return settle(way.truth, _high(x))[0]
    except (Kink, Unsupported):
        return None


def _result(operator: Operator, way: Way, x: Array) -> Reference:
    values, digits = settle(way.truth, _high(x))
    cond, conds = (
        conditioning(way.truth, _high(x), values)
        if way.conditioned
        else (np.nan, np.full(values.shape, np.nan))
    )
    return Reference(operator, way.method, values, digits, cond, conds, way.entries)


def _high(x: Array) -> Objects:
    return elementwise(lambda number: mpmath.mpf(float(number)), x)
