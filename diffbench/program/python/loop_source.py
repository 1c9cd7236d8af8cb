"""A rolled loop as a Python loop.

u = x0                                   what one repetition leaves to the next
for e, s in zip(l0[1:9], a0[::-1]):      entries of the input, results of an earlier loop
    w = u * e + s
    p(w)                                 results that are needed later, each appended to a list
    u = w
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable
from typing import Any

from diffbench.ir import Equation, Program, Var
from diffbench.program.passes.rolling import Before, Here, Loop, Numbers, Same, Stored
from diffbench.rules.spelling import spelling

_DEEPEST_NESTING = 20


class LoopNames:
    """Which results of loops are needed outside of them, and how they are written there:
    a{loop}_{j}[k], or w{loop}_{j} for the last.
    """

    def __init__(self, program: Program, loops: list[Loop]) -> None:
        self.loops = loops
        self.listed: set[tuple[int, int]] = set()
        self.last: set[tuple[int, int]] = set()
        self._position = (
            {e.output.index: t for t, e in enumerate(program.equations) if type(e.output) is Var}
            if loops
            else {}
        )
        self._starts = [loop.start for loop in loops]
        if loops:
            self._find_uses(program)

    def where(self, atom: Any) -> tuple[int, int, int] | None:
        """(loop, j, k) of a variable that repetition k of a loop makes by its equation j."""
        t = self._position.get(atom.index, -1) if type(atom) is Var else -1
        number = bisect_right(self._starts, t) - 1
        if number < 0 or t >= self.loops[number].stop:
            return None
        k, j = divmod(t - self.loops[number].start, self.loops[number].length)
        return number, j, k

    def text(self, place: tuple[int, int, int]) -> str:
        """How a result of a loop is written after it."""
        number, j, k = place
        return f"w{number}_{j}" if k == self.loops[number].count - 1 else f"a{number}_{j}[{k}]"

    def _find_uses(self, program: Program) -> None:
        at = 0
        for loop in [*self.loops, None]:
            for equation in program.equations[at : loop.start if loop else None]:
                self._use(*equation.args)
            for argument in (
                [argument for arguments in loop.arguments for argument in arguments] if loop else ()
            ):
                if type(argument) is Stored:
                    self.listed.add((argument.loop, argument.j))
                elif type(argument) in (Same, Before):
                    self._use(argument[-1])
            at = loop.stop if loop else at
        self._use(*program.outputs)

    def _use(self, *atoms: Any) -> None:
        for atom in atoms:
            place = self.where(atom)
            if place is not None:
                number, j, k = place
                (self.last if k == self.loops[number].count - 1 else self.listed).add((number, j))


def write_loop(
    number: int,
    loop: Loop,
    equations: tuple[Equation, ...],
    names: LoopNames,
    atom: Callable[[Any], str],
    guard: Callable[[Any, str, str], str],
) -> list[str]:
    """The statements of a loop. `atom` writes what comes from before it, `guard(var, text, k)` the
    check of guard k.
    """
    writer = _Body(number, loop, names, atom)
    for j, equation in enumerate(equations[loop.start : loop.start + loop.length]):
        writer.write(j, equation, guard)
    return writer.statements()


class _Body:
    def __init__(
        self, number: int, loop: Loop, names: LoopNames, atom: Callable[[Any], str]
    ) -> None:
        self.number, self.loop, self.names, self.atom = number, loop, names, atom
        arguments = [argument for row in loop.arguments for argument in row]
        self.uses = Counter([argument.j for argument in arguments if type(argument) is Here])
        self.carried = {
            argument.j: argument.initial for argument in arguments if type(argument) is Before
        }
        self.iterated: dict[str, str] = {}  # iterable -> the name of its item
        self.texts: dict[int, tuple[str, int]] = {}
        self.lines: list[str] = []

    def write(self, j: int, equation: Equation, guard: Callable[[Any, str, str], str]) -> None:
        """The statements of equation j; none where it can be written where it is used."""
        name = f"w{self.number}_{j}"
        if j in self.loop.entries:
            first, stride = self.loop.entries[j]
            self.iterated[self._slice(f"{self.atom(equation.args[0])}", first, stride)] = name
            self.texts[j] = name, 0
        else:
            text, depth = self._expression(j, equation)
            if self.uses[j] == 1 and depth < _DEEPEST_NESTING and not self._is_needed(j):
                self.texts[j] = text, depth
                return
            self.lines.append(f"{name} = {text}")
            self.texts[j] = name, 0
        if (self.number, j) in self.names.listed:
            self.lines.append(f"p{self.number}_{j}({name})")
        if j in self.loop.guards:
            first, stride = self.loop.guards[j]
            k = self._item(f"range({first}, {first + stride * self.loop.count}, {stride})")
            self.lines.append(guard(equation.output, name, k))

    def statements(self) -> list[str]:
        """Preparation, head, body and what is handed on."""
        number = self.number
        before = [
            f"a{number}_{j} = []; p{number}_{j} = a{number}_{j}.append"
            for n, j in sorted(self.names.listed)
            if n == number
        ]
        before += [f"u{number}_{j} = {self.atom(initial)}" for j, initial in self.carried.items()]
        iterables, items = list(self.iterated), list(self.iterated.values())
        source = (
            iterables[0]
            if len(items) == 1
            else f"zip({', '.join(iterables)})"
            if items
            else f"range({self.loop.count})"
        )
        head = f"for {', '.join(items) or '_'} in {source}:"
        left = ", ".join([f"u{number}_{j}" for j in self.carried])
        hand_on = (
            [f"{left} = {', '.join([self.texts[j][0] for j in self.carried])}"] if left else []
        )
        return [*before, head, *["    " + line for line in (*self.lines, *hand_on)]]

    def _is_needed(self, j: int) -> bool:
        return (
            j in self.carried
            or j in self.loop.guards
            or (self.number, j) in self.names.listed | self.names.last
        )

    def _expression(self, j: int, equation: Equation) -> tuple[str, int]:
        written = [self._argument(argument) for argument in self.loop.arguments[j]]
        template = spelling(equation.primitive.name).python
        return template.format(*[text for text, _ in written]), 1 + max(
            [depth for _, depth in written], default=0
        )

    def _argument(self, argument: Any) -> tuple[str, int]:
        if type(argument) is Here:
            return self.texts[argument.j]
        if type(argument) is Before:
            return f"u{self.number}_{argument.j}", 0
        if type(argument) is Stored:
            return self._item(
                self._slice(f"a{argument.loop}_{argument.j}", argument.first, argument.stride)
            ), 0
        if type(argument) is Numbers:
            return self._item(repr(argument.values)), 0
        return self.atom(argument.atom), 0

    def _item(self, iterable: str) -> str:
        return self.iterated.setdefault(iterable, f"s{self.number}_{len(self.iterated)}")

    def _slice(self, name: str, first: int, stride: int) -> str:
        stop = first + stride * self.loop.count
        return f"{name}[{first}:{stop if stop >= 0 else ''}:{stride}]"
