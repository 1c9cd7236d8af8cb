"""The derivative of one output of f along a line, within the evaluations allowed.

Outputs share the pairs that any of them asked for, and each asks for more while it is open: what is
settled does not wait, and one hopeless output costs the others nothing.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from diffbench.differences.adaptive.diagnosis import Finding, find
from diffbench.differences.adaptive.line import Line
from diffbench.differences.adaptive.quotients import EVALUATIONS, OF_ALL_OUTPUTS, Quotients

# relative error from which on a longer, one-sided step is worth trying
FEW_DIGITS = 1e-8


class Spent(Exception):
    """The evaluations allowed are spent."""


@dataclass
class Output:
    """One output of f along a line. What another asked for costs it nothing; its own pairs are
    limited, and those of the line are.
    """

    line: Line
    index: int
    spent: int = 2  # f(x), taken twice
    allowed: float = EVALUATIONS

    def __post_init__(self) -> None:
        self.wide = np.result_type(self.line.center, np.float64).type

    def finding(self, derivative: int) -> Finding:
        """The derivative; one-sided where the symmetric difference is undefined at every step."""
        try:
            found = _found(self.quotients(derivative)) or self.nothing("domain-edge")
            return self._one_sided(found, derivative) if self._is_cut_short(found) else found
        except Spent:
            return self._as_flat_as_seen()

    def _is_cut_short(self, found: Finding) -> bool:
        """Whether a bound, so near that the symmetric differences before it are short, leaves a
        derivative with few digits.
        """
        is_rough = not found.error <= FEW_DIGITS * abs(found.value)
        return self.line.terms.is_bounded and bool(is_rough)

    def _one_sided(self, found: Finding, derivative: int) -> Finding:
        """The better of this and the one-sided derivatives, whose steps may be longer."""
        q, better = self.quotients(derivative), found
        try:
            for side in (1, -1):
                beside = find(replace(q, side=side, _known={}))
                if beside and beside.error < better.error:
                    better = replace(beside, status="domain-edge")
        except Spent:
            pass
        return better

    def _as_flat_as_seen(self) -> Finding:
        """Zero to within a rounding over the largest step up to which f has not moved; nothing
        where it moved at every step.
        """
        moved, flat = False, None
        for k in self.line.whole_levels:
            h, plus, minus = self.sample(k)
            moved = moved or not plus == minus == self.line.center[self.index]
            flat = flat if moved else h
        if flat is None:
            return self.nothing("unfinished")
        rounding = self.line.terms.eps(self.line.center.dtype) * abs(self.line.center[self.index])
        zero, error = self.wide(0), self.wide(4 * rounding / flat)
        return Finding(zero, error, flat, 2, self.wide(rounding), "noise-limited")

    def nothing(self, status: str) -> Finding:
        """No derivative, and why."""
        nan = self.wide(np.nan)
        return Finding(nan, self.wide(np.inf), nan, 0, nan, status)

    def sides(self) -> list[Quotients]:
        """Those of the first derivative: symmetric, or one-sided where f is undefined on a side."""
        q = self.quotients(1)
        _, plus, minus = self.sample(4 - q.bits + q.gap)
        if np.isfinite(plus) == np.isfinite(minus):
            return [q]
        return [replace(q, side=1 if np.isfinite(plus) else -1, _known={})]

    def quotients(self, derivative: int) -> Quotients:
        """Those of this output."""
        line, wide = self.line, self.wide
        return Quotients(
            self.sample,
            wide(line.center[self.index]),
            self.spare,
            scale=wide(np.abs(line.x[line.direction != 0]).max() / np.abs(line.direction).max()),
            derivative=derivative,
            bits=np.finfo(line.x.dtype).nmant + 1,
            eps=wide(line.terms.eps(line.center.dtype)),
            tops=line.tops,
            # an f whose accuracy is told is a solver, and may never end where a step of many x
            # takes it
            highest=0 if line.terms.accuracy else np.inf,
        )

    def spare(self) -> float:
        """Evaluations left."""
        of_all = np.inf if self.allowed == np.inf else OF_ALL_OUTPUTS - 2 - self.line.nfev
        return min(self.allowed - self.spent, of_all)

    def sample(self, k: float) -> tuple[Any, Any, Any]:
        """The step, f ahead and f behind at a level."""
        if k not in self.line and self.spare() < 2:
            raise Spent
        before = self.line.nfev
        pair = self.line[k]
        self.spent += self.line.nfev - before
        return (
            self.wide(pair.h),
            self.wide(pair.plus[self.index]),
            self.wide(pair.minus[self.index]),
        )


def _found(q: Quotients) -> Finding | None:
    found = find(q)
    if found is None:
        sides = [find(replace(q, side=side, _known={})) for side in (1, -1)]
        found = next((replace(side, status="domain-edge") for side in sides if side), None)
    return found
