"""Loops that recording unrolled, found again: a stretch of equations that repeats with a regular pattern of arguments.

    v3 = v1 * x[1]         for w, e in zip(...):          an argument is, in every repetition, the same thing;
    v4 = sin(v3)               ...                        a result of the same repetition, or of the one before;
    v5 = v4 * x[2]                                        an entry of x, or a result of another loop, one further each time;
    v6 = sin(v5)                                          or a number from a list

Generated code then stays as short as the function it came from. Only loops over scalars are looked for: an array operation costs more
than the statement that calls it.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from diffbench.arrays.recorder import SCALAR, TRUTH, Equation, Var
from diffbench.program.program import Program
from diffbench.program.simplify import freeze
from diffbench.program.templates import SCALAR as SCALAR_TEMPLATES

SHORTEST = 64  # equations; what is shorter is left as it is
LONGEST_PERIOD = 4000
_SAMPLES = 9  # places at which a repetition is looked for
_NEAR = 12
_MULTIPLES = (1, 2, 3, 4, 5, 6, 7, 8)
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
    """count repetitions of `length` equations from `start` on; arguments[j] are those of equation j of the body.

    entries[j] = (first, stride) for an equation that reads an entry of the input; guards[j] = (first, stride) of the guards' numbers.
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
    """The loops of a program in their order. `entries`: indices of the input vectors whose entries are at hand as numbers."""
    if len(program.equations) < SHORTEST:
        return []
    search = _Search(program, entries)
    for start, length, count in sorted(search.candidates(0, len(program.equations))):
        search.add(start, length, count)
    return search.loops


class _Search:
    """Tokens of the equations (equal where two could be the same line of a loop) and the loops found so far."""

    def __init__(self, program: Program, entries: set[int]) -> None:
        self.equations = program.equations
        self.position = {e.output.index: t for t, e in enumerate(program.equations) if type(e.output) is Var}
        self.entries = entries
        self.guards: defaultdict[int, list[int]] = defaultdict(list)
        for k, guard in enumerate(program.guards):
            self.guards[guard.var.index].append(k)
        values = [guard.value for guard in program.guards]
        known: dict[Any, int] = {}
        self.tokens = np.array([known.setdefault(self._token(equation, values), len(known)) for equation in self.equations])
        self.loops: list[Loop] = []

    def _token(self, equation: Equation, values: list[Any]) -> Any:
        primitive, args, params, output = equation
        guards = tuple([freeze(values[k]) for k in self.guards.get(getattr(output, "index", -1), ())])
        if self._is_entry(equation):
            return (primitive, args[0].index, guards)
        if (
            type(output) is not Var
            or params
            or primitive.name not in SCALAR_TEMPLATES
            or (output.aval is not SCALAR and output.aval is not TRUTH)
        ):
            return object()
        near = tuple([self._distance(output, arg) if type(arg) is Var else type(arg) for arg in args])
        return (primitive, near, guards)

    def _distance(self, output: Var, arg: Var) -> Any:
        """How many equations back an argument was made, if it is not many: the same in every repetition."""
        back = self.position[output.index] - self.position.get(arg.index, -_NEAR)
        return back if back < _NEAR else arg.aval

    def _is_entry(self, equation: Equation) -> bool:
        return equation.primitive.name == "getitem" and type(equation.args[0]) is Var and equation.args[0].index in self.entries

    # ------------------------------------------------------------ where tokens repeat

    def candidates(self, a: int, b: int) -> Iterator[tuple[int, int, int]]:
        """(start, length, count) of stretches of repeating tokens between a and b, longest first."""
        pending = [(a, b)]
        while pending:
            a, b = pending.pop()
            if b - a < SHORTEST:
                continue
            runs = [run for m in np.linspace(a, b, _SAMPLES + 2, dtype=int)[1:-1] if (run := self._run(int(m), a, b))]
            if runs:
                start, length, count = max(runs, key=lambda run: run[1] * run[2])
                yield start, length, count
                pending += [(a, start), (start + length * count, b)]

    def _run(self, m: int, a: int, b: int) -> tuple[int, int, int] | None:
        tokens = self.tokens
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
                return (start, int(length), count) if count >= 4 and stop - start >= SHORTEST else None
        return None

    # ------------------------------------------------------------ whether their arguments do

    def add(self, start: int, length: int, count: int) -> None:
        """File the loop, of this period or a multiple, without first and last repetitions out of the pattern; nothing if none shows."""
        for multiple in _MULTIPLES:
            for skipped, dropped in sorted(product(_TRIMMED, repeat=2), key=sum):
                period, kept = length * multiple, count // multiple - skipped - dropped
                loop = self._loop(start + skipped * period, period, kept) if kept > 3 and kept * period >= SHORTEST else None
                if loop is not None:
                    self.loops.append(loop)
                    return

    def _loop(self, start: int, length: int, count: int) -> Loop | None:
        arguments: list[tuple[Argument, ...]] = []
        entries: dict[int, tuple[int, int]] = {}
        guards: dict[int, tuple[int, int]] = {}
        initials: dict[int, Any] = {}
        for j in range(length):
            rows = self.equations[start + j : start + length * count : length]
            numbers = _affine([self.guards.get(e.output.index, ()) for e in rows])
            if numbers is None:
                return None
            if numbers:
                guards[j] = numbers
            if self._is_entry(rows[0]):
                indices = _affine([(e.params["index"] % e.args[0].shape[0],) for e in rows])
                if not indices:
                    return None
                entries[j] = indices
                arguments.append(())
                continue
            found = [self._argument([e.args[i] for e in rows], start, length, count, j) for i in range(len(rows[0].args))]
            for argument in found:
                if argument is None or (
                    type(argument) is Before and initials.setdefault(argument.j, argument.initial) is not argument.initial
                ):
                    return None
            arguments.append(tuple(found))  # type: ignore[arg-type]
        return Loop(start, length, count, tuple(arguments), entries, guards)

    def _argument(self, atoms: list[Any], start: int, length: int, count: int, j: int) -> Argument | None:
        first = atoms[0]
        if type(first) is not Var:
            if any([type(atom) is Var for atom in atoms]):
                return self._before(atoms, start, length) if count > 1 else None
            same = all([type(atom) is type(first) and repr(atom) == repr(first) for atom in atoms])
            return Same(first) if same else Numbers(tuple(map(float, atoms)))
        if any([type(atom) is not Var for atom in atoms]):
            return None
        at = np.array([self.position.get(atom.index, -1) for atom in atoms])
        if all([atom is first for atom in atoms]):
            return Same(first) if at[0] < start else None
        offsets = at - start - length * np.arange(count)
        if np.all(offsets == offsets[0]) and 0 <= offsets[0] < j:
            return Here(int(offsets[0]))
        return self._before(atoms, start, length) or self._stored(at)

    def _before(self, atoms: list[Any], start: int, length: int) -> Before | None:
        if any([type(atom) is not Var for atom in atoms[1:]]):
            return None
        initial = atoms[0]
        if type(initial) is Var and self.position.get(initial.index, -1) >= start:
            return None
        at = np.array([self.position.get(atom.index, -1) for atom in atoms[1:]])
        offsets = at - start - length * np.arange(len(at))
        return Before(int(offsets[0]), initial) if np.all(offsets == offsets[0]) and 0 <= offsets[0] < length else None

    def _stored(self, at: Any) -> Stored | None:
        for number, loop in enumerate(self.loops):
            if np.all((loop.start <= at) & (at < loop.stop)):
                repetitions, lines = np.divmod(at - loop.start, loop.length)
                strides = np.diff(repetitions)
                if np.all(lines == lines[0]) and np.all(strides == strides[0]) and strides[0]:
                    return Stored(number, int(lines[0]), int(repetitions[0]), int(strides[0]))
        return None


def _affine(rows: list[Any]) -> tuple[int, int] | tuple[()] | None:
    """(first, stride) of one number a row, () where there are none, None where there is no pattern."""
    if not any(rows):
        return ()
    if any([len(row) != 1 for row in rows]):
        return None
    numbers = [row[0] for row in rows]
    stride = numbers[1] - numbers[0]
    regular = stride and numbers == list(range(numbers[0], numbers[0] + stride * len(numbers), stride))
    return (numbers[0], stride) if regular else None
