"""Rungs: a ratio-2 Richardson tableau that walks outwards, from a step where truncation is about
1e-3, while its best entry improves.

An entry that contradicts the plateau of the scouts is not considered. Rungs between the highest
then buy the same order at larger steps, so less noise.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from diffbench.differences.adaptive.plateau import SAFETY, Plateau
from diffbench.differences.adaptive.quotients import Quotients
from diffbench.differences.extrapolation import entries

STILL_SMALL = 1.5e-3  # relative truncation at which the ladder starts
# error = doubt + NOISE * noise; tuned, with the constants of `plateau`, on one half of the families
# in bench/calibration
NOISE = 2.0
NEIGHBOUR = 0.3  # share of the distance to the entry one rung below that counts as noise
INSIDE = 1 / 7  # roundings of x inside f that every function has
RUNGS, COLUMNS = 13, 7


@dataclass(frozen=True)
class Entry:
    """A tableau entry: its value, its disagreement with its parents, the noise in it, the level of
    its smallest step, its column.
    """

    value: Any
    doubt: Any
    noise: Any
    level: float
    column: int

    @property
    def error(self) -> Any:
        return self.doubt + NOISE * self.noise


@dataclass(frozen=True)
class Ladder:
    """The quotients, and the plateau to stay consistent with."""

    q: Quotients
    plateau: Plateau

    def noise(self, k: float, value: Any) -> Any:
        """Noise of a quotient at level k: that seen in f, and what roundings of x inside f, as in
        sin(ω x), may add.
        """
        return self.plateau.gain * self.q[k].rounding + self.q.eps * abs(value) * (
            1 + INSIDE * self.q.scale / self.q[k].h
        )

    def top(self) -> Entry:
        """The highest quotient of the plateau, known to the noise of the one below it."""
        value, witness = self.q[self.plateau.top].value, self.plateau.witness
        doubt = SAFETY * self.noise(witness, value) if self.plateau.last else abs(value)
        return Entry(value, doubt, self.noise(self.plateau.top, value), self.plateau.top, 0)

    def climb(self) -> Entry:
        """The best entry from the predicted first rung, or from the top of the plateau if nothing
        there was consistent.
        """
        first = self.top()
        best = self._walk(self._first_rung(), first)
        return (
            self._walk(self.plateau.top, first)
            if best is first and self._first_rung() > self.plateau.top
            else best
        )

    def _first_rung(self) -> int:
        """Where truncation, seen at scouts beyond the plateau and growing as a power of h, is
        STILL_SMALL.
        """
        q, top = self.q, self.plateau.top
        size, seen = abs(q[top].value), None
        for k in self.plateau.beyond:
            truncation = abs(q[k].value - q[top].value)
            if truncation > 0.1 * size:
                break
            if not truncation:
                continue
            seen = k + int(np.floor(np.log2(STILL_SMALL * size / truncation) / np.log2(q.base)))
        if seen is None:
            seen = self.plateau.beyond[0] - 5 if self.plateau.beyond else top
        return max(top, seen)

    def _walk(self, start: int, first: Entry) -> Entry:
        """Outwards while that helps, then inwards while truncation still dominates."""
        best, low, high, idle = first, start, start, 0
        while idle < 2 + (high < start + 2) and self._may_add(low, high, high + 1):
            high += 1
            best, idle = self._improved(best, low, high, first, idle)
        idle = 0
        while (
            idle < 2
            and best.level <= low + idle
            and best.doubt > NOISE * best.noise
            and self._may_add(low, high, low - 1)
        ):
            low -= 1
            best, idle = self._improved(best, low, high, first, idle)
        return self._refined(best)

    def _refined(self, best: Entry) -> Entry:
        """With rungs between the highest of those that the best entry combines."""
        top = best.level + best.column
        between = [
            k
            for k in (top - 0.5, top - 1.5)
            if k > best.level and self.q.spare() >= 2 and self.q.is_defined(k)
        ]
        return self._best(sorted([*between, *range(int(best.level), int(top) + 1)]), best)

    def _may_add(self, low: int, high: int, k: int) -> bool:
        return self.q.spare() >= 2 and high - low < RUNGS - 1 and self.q.is_defined(k)

    def _improved(
        self, best: Entry, low: int, high: int, first: Entry, idle: int
    ) -> tuple[Entry, int]:
        found = self._best(range(low, high + 1), first)
        helps = found.error < 0.8 * best.error
        return min(best, found, key=lambda entry: entry.error), 0 if helps else idle + 1

    def _best(self, levels: Sequence[float], first: Entry) -> Entry:
        """The entry of least error among those consistent with the first."""
        best = first
        above: dict[tuple[int, int], Any] = {}
        terms = [(self.q[k].h / self.q[levels[0]].h) ** (1 if self.q.side else 2) for k in levels]
        for i, j, value, doubt in entries([self.q[k].value for k in levels], terms):
            noise = max(
                self.noise(levels[i], value),
                NEIGHBOUR * abs(value - above[i - 1, j]) if (i - 1, j) in above else 0,
            )
            above[i, j] = value
            entry = Entry(value, doubt, noise, levels[i], j)
            if (
                j <= COLUMNS
                and entry.error < best.error
                and abs(value - first.value) <= first.error + entry.error
            ):
                best = entry
        return best
