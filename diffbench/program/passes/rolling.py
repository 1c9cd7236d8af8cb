"""Loops that recording unrolled, found again: a stretch of equations that repeats with a regular
pattern of arguments.

    v3 = v1 * x[1]         for w, e in zip(...):          an argument is, in every repetition, the same thing;
    v4 = sin(v3)               ...                        a result of the same repetition, or of the one before;
    v5 = v4 * x[2]                                        an entry of x, or a result of another loop, one further each time;
    v6 = sin(v5)                                          or a number from a list

Generated code then stays as short as the function it came from. Only loops over scalars are looked
for: an array operation costs more than the statement that calls it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from diffbench.ir import Program
from diffbench.program.passes.line_table import LineTable

SHORTEST = 64  # equations; what is shorter is left as it is
LONGEST_PERIOD = 4000
_SAMPLES = 9  # places at which a repetition is looked for
_MULTIPLES = (1, 2, 3, 4, 5, 6, 7, 8)
_FEWEST = 4  # repetitions
_TRIMMED = (0, 1, 2, 3, 6, 12, 24)
_PROBE = 24  # equations that must agree before a period is believed


class Same(NamedTuple):
    """One variable or constant in all repetitions."""

    atom: Any


class Here(NamedTuple):
    """The result of equation j of the same repetition."""

    j: int


class Before(NamedTuple):
    """The result of equation j of the repetition before; `initial` in the first one."""

    j: int
    initial: Any


class Stored(NamedTuple):
    """Results of equation j of another loop: those of its repetitions first, first + stride, ..."""

    loop: int
    j: int
    first: int
    stride: int


class Numbers(NamedTuple):
    """One number for each repetition."""

    values: tuple[float, ...]


Argument = Same | Here | Before | Stored | Numbers


@dataclass(frozen=True)
class Loop:
    """count repetitions of `length` equations from `start` on; arguments[j] are those of equation j
    of the body.

    entries[j] = (first, stride) for an equation that reads an entry of the input; guards[j] =
    (first, stride) of the guards' numbers.
    """

    start: int
    length: int
    count: int
    arguments: tuple[tuple[Argument, ...], ...]
    entries: dict[int, tuple[int, int]]
    guards: dict[int, tuple[int, int]]

    @property
    def stop(self) -> int:
        return self.start + self.length * self.count


def find_loops(program: Program, entries: set[int]) -> list[Loop]:
    """The loops of a program in their order. `entries`: indices of the input vectors whose entries
    are at hand as numbers.
    """
    if len(program.equations) < SHORTEST:
        return []
    search = _Search(program, entries)
    for start, length, count in sorted(search.candidates(0, len(program.equations))):
        search.add(start, length, count)
    return search.loops


class _Search:
    """The loops found so far."""

    def __init__(self, program: Program, vectors: set[int]) -> None:
        self.equations = program.equations
        self.table = LineTable(program, vectors)
        self.loops: list[Loop] = []

    # ------------------------------------------------------------ where tokens repeat

    def candidates(self, a: int, b: int) -> Iterator[tuple[int, int, int]]:
        """(start, length, count) of stretches of repeating tokens between a and b, longest
        first.
        """
        pending = [(a, b)]
        while pending:
            a, b = pending.pop()
            if b - a < SHORTEST:
                continue
            runs = [
                run
                for m in np.linspace(a, b, _SAMPLES + 2, dtype=int)[1:-1]
                if (run := self._run(int(m), a, b))
            ]
            if runs:
                start, length, count = max(runs, key=lambda run: run[1] * run[2])
                yield start, length, count
                pending += [(a, start), (start + length * count, b)]

    def _run(self, m: int, a: int, b: int) -> tuple[int, int, int] | None:
        tokens = self.table.tokens
        probe = tokens[m : m + _PROBE]
        reach = min(LONGEST_PERIOD, (b - m - len(probe)))
        if len(probe) < _PROBE or reach < 1:
            return None
        for length in 1 + np.flatnonzero(tokens[m + 1 : m + 1 + reach] == tokens[m]):
            if np.array_equal(tokens[m + length : m + length + _PROBE], probe):
                agree = tokens[a : b - length] == tokens[a + length : b]
                differs = np.flatnonzero(~agree)
                k = int(np.searchsorted(differs, m - a))
                start = a + (int(differs[k - 1]) + 1 if k else 0)
                stop = a + (int(differs[k]) if k < len(differs) else len(agree)) + int(length)
                count = (stop - start) // int(length)
                return (
                    (start, int(length), count)
                    if count >= _FEWEST and stop - start >= SHORTEST
                    else None
                )
        return None

    # ------------------------------------------------------------ whether their arguments do

    def add(self, start: int, length: int, count: int) -> None:
        """File the loop, of this period or a multiple, without first and last repetitions out of
        the pattern; nothing if none shows.
        """
        for period in [length * multiple for multiple in _MULTIPLES]:
            available = length * count // period
            if (
                available < _FEWEST
                or self._loop(start + (available - _FEWEST) // 2 * period, period, _FEWEST) is None
            ):
                continue  # no pattern even in the middle
            for skipped, dropped in sorted(product(_TRIMMED, repeat=2), key=sum):
                kept = available - skipped - dropped
                loop = (
                    self._loop(start + skipped * period, period, kept)
                    if kept >= _FEWEST and kept * period >= SHORTEST
                    else None
                )
                if loop is not None:
                    self.loops.append(loop)
                    return

    def _loop(self, start: int, length: int, count: int) -> Loop | None:
        """The loop, if its guards, the entries it reads and all arguments follow a pattern."""
        lines = slice(start, start + length * count)
        guards = _progressions(self.table.guards[lines].reshape(count, length))
        entries = _progressions(self.table.entries[lines].reshape(count, length))
        if guards is None or entries is None:
            return None
        codes = self.table.arguments[lines].reshape(count, length, -1)
        offsets = codes - start - length * np.arange(count)[:, None, None]
        same, in_step, carried = [
            np.all(part == part[0], axis=0) for part in (codes, offsets, offsets[1:])
        ]
        arguments: list[tuple[Argument, ...]] = []
        initials: dict[int, int] = {}
        for j, equation in enumerate(self.equations[start : start + length]):
            found = []
            for i in range(0 if equation.params else len(equation.args)):
                first, here, before = (
                    int(codes[0, j, i]),
                    int(offsets[0, j, i]),
                    int(offsets[1, j, i]) + length,
                )
                argument: Argument | None
                if same[j, i]:
                    argument = Same(self._atom(first)) if first < start else None
                elif in_step[j, i] and 0 <= here < j:
                    argument = Here(here)
                elif (
                    carried[j, i]
                    and 0 <= before < length
                    and first < start
                    and initials.setdefault(before, first) == first
                ):
                    argument = Before(before, self._atom(first))
                else:
                    argument = self._varying(codes[:, j, i])
                if argument is None:
                    return None
                found.append(argument)
            arguments.append(tuple(found))
        return Loop(start, length, count, tuple(arguments), entries, guards)

    def _atom(self, code: int) -> Any:
        return self.equations[code].output if code >= 0 else self.table.atoms[-1 - code]

    def _varying(self, codes: Any) -> Numbers | Stored | None:
        """An argument that is a number from a list, or comes from a loop before."""
        numbers = self.table.constants(codes)
        if numbers is not None:
            return Numbers(tuple(map(float, numbers)))
        for number, loop in enumerate(self.loops):
            if np.all((loop.start <= codes) & (codes < loop.stop)):
                repetitions, lines = np.divmod(codes - loop.start, loop.length)
                strides = np.diff(repetitions)
                if np.all(lines == lines[0]) and np.all(strides == strides[0]) and strides[0]:
                    return Stored(number, int(lines[0]), int(repetitions[0]), int(strides[0]))
        return None


def _progressions(numbers: Any) -> dict[int, tuple[int, int]] | None:
    """(first, stride) of each column that holds numbers, shape (repetitions, lines); None where one
    has no pattern.
    """
    columns = np.flatnonzero(np.any(numbers >= 0, axis=0))
    if not len(columns):
        return {}
    strides = np.diff(numbers[:, columns], axis=0)
    if not np.all(strides == strides[0]) or not np.all(strides[0]):
        return None
    return {
        int(j): (int(numbers[0, j]), int(stride))
        for j, stride in zip(columns, strides[0], strict=True)
    }
