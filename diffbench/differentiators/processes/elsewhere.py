"""A method that is a program of its own: f goes to it as a problem by its name and data, or, where it
takes those, as the recorded program.
"""

import atexit
import inspect
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from shutil import which
from typing import Any, ClassVar

import numpy as np

from diffbench.arrays.recorder import record
from diffbench.differentiators.processes.conversation import PATIENCE_S, Conversation
from diffbench.differentiators.processes.messages import Garbage, encoded, hexes, result, whole
from diffbench.errors import NotInstalled, NotScalar, Unsupported
from diffbench.interface import Array, Function, Instance, Kind, Look, Operator
from diffbench.ir import Program
from diffbench.program.saved import to_json

GREY = Look("#57534e", "#a8a29e", "*", "--")


@dataclass(frozen=True)
class Elsewhere:
    """A method by the command that starts its program.

    command: the words of it, or a function that makes them (which may compile, or raise
    NotInstalled). needs: what has to be on this machine, as a function that says whether it is.
    """

    name: str
    command: Sequence[str] | Callable[[], Sequence[str]]
    about: str = "a program that speaks JSON Lines (docs/protocol.md)"
    look: Look = GREY
    folder: Path | None = None
    patience_s: float = PATIENCE_S
    needs: Callable[[], bool] | None = None
    install: str = ""
    environment: tuple[tuple[str, str], ...] = ()
    kind: ClassVar = Kind.PEER
    takes: ClassVar = "a problem by its name, or the recorded program"

    @property
    def is_installed(self) -> bool:
        """Whether the program can be started."""
        if self.needs is not None:
            return self.needs()
        return not callable(self.command) and which(self.command[0], path=None) is not None

    def load(self) -> None:
        """Start the program, off the clock; it ends with this process or when it is let go."""
        self._talk()

    def hello(self) -> dict[str, Any]:
        """What the program says of itself."""
        return self._talk().open()

    def prepare(self, f: Function, x: Array, operator: str) -> "Prepared":
        """An answer that the program gives: callable of (x) or (x, direction)."""
        asked, x = Operator(operator), np.asarray(x)
        if x.dtype != np.float64:
            raise Unsupported(f"{self.name} computes in double precision, and x is {x.dtype}")
        return Prepared(self, f, x, asked)

    def statement(self, *arguments: Array) -> "Told":
        """The call that is timed: inside the program, which tells how long its runs took."""
        return Told(_latest[self.name], arguments)

    def value_and_gradient(self, f: Function, x: Array) -> Any:
        """(f(x), gradient)."""
        return self.prepare(f, x, Operator.VALUE_AND_GRADIENT)(x)

    def gradient(self, f: Function, x: Array) -> Any:
        """The gradient alone."""
        return self.prepare(f, x, Operator.GRADIENT)(x)

    def _talk(self) -> Conversation:
        """The process: one a method, kept, and another one in a forked child."""
        key = (self.name, self.command if callable(self.command) else tuple(self.command))
        if key not in _conversations:
            if not self.is_installed:
                cure = f"; {self.install}" if self.install else ""
                raise NotInstalled(f"what the method {self.name} needs is not installed{cure}")
            words = self.command() if callable(self.command) else self.command
            _conversations[key] = Conversation(
                words, self.folder, self.patience_s, dict(self.environment)
            )
        conversation = _conversations[key]
        conversation.open()
        return conversation


_conversations: dict[Any, Conversation] = {}  # by the method's name and command
_latest: dict[str, "Prepared"] = {}  # what was defined last: a process holds one definition


@atexit.register
def _farewell() -> None:
    for conversation in _conversations.values():
        conversation.close()


PAIRS = (Operator.VALUE_AND_GRADIENT, Operator.JVP, Operator.VJP)


class Prepared:
    """What was defined in a process. Defined again where the process holds another definition, or the
    recorded program another branch.
    """

    def __init__(self, method: Elsewhere, f: Function, x: Array, operator: Operator) -> None:
        self.method, self.f, self.operator = method, f, operator
        alone = operator in (Operator.GRADIENT, Operator.DERIVATIVE)
        self.asked = Operator.VALUE_AND_GRADIENT if alone else operator
        self._define(x)

    def __call__(self, x: Array, *direction: Array) -> Any:
        answer = self.ask(x, *direction, runs=1)
        try:
            value, derivative = result(answer, self.shapes)
        except Garbage as garbage:
            raise Unsupported(f"{self.method.name} answers what can't be used: {garbage}") from None
        return (value[()], derivative) if self.operator in PAIRS else derivative

    @property
    def way(self) -> str | None:
        """How f was handed over, where it was not by its name."""
        return None if self.program is None else "f as its recorded program"

    def ask(self, x: Array, *direction: Array, runs: int) -> dict[str, Any]:
        """The answer of the last of so many runs, and what they took."""
        x = np.asarray(x, float)
        if self.program is not None and self.program.guards and not self.program.holds_at(x):
            self._define(x)
        talk = self.method._talk()
        if _latest.get(self.method.name) is not self or talk.process is not self.process:
            self._tell()
        ways = {"direction": hexes(direction[0])} if direction else {}
        return talk.ask({"do": "evaluate", "x": hexes(x), **ways, "runs": runs})

    def _define(self, x: Array) -> None:
        self.x = x
        self.program: Program | None = None
        said = self.method.hello()
        if str(self.asked) not in said.get("operators", ()):
            raise Unsupported(f"{self.method.name} has no {self.asked}")
        self.subject = self._subject(said)
        y = np.shape(self.f(x.copy()))
        if self.asked is Operator.VALUE_AND_GRADIENT and y:
            raise NotScalar(y)
        self.shapes = self._shapes(x.shape, y)
        self._tell()

    def _tell(self) -> None:
        talk = self.method._talk()
        question = {"do": "define", "operator": str(self.asked), "x": encoded(self.x)}
        talk.ask({**question, **self.subject})
        self.process, _latest[self.method.name] = talk.process, self

    def _subject(self, said: dict[str, Any]) -> dict[str, Any]:
        """f as the program takes it: by name, or recorded."""
        f = inspect.unwrap(self.f)
        if isinstance(f, Instance) and f.problem.name in said.get("problems", ()):
            data = [encoded(a) for a in f.data]
            return {"problem": {"name": f.problem.name, "size": f.size, "data": data}}
        if not said.get("programs"):
            known = ", ".join(said.get("problems", ())) or "none"
            raise Unsupported(
                f"{self.method.name} takes problems by name only, of which it knows {known}"
            )
        recorded = record(self.f, self.x)
        if not isinstance(recorded, Program) or isinstance(recorded.output, tuple):
            raise Unsupported("the function returned several arrays, and a derivative is of one")
        self.program = recorded
        return {"program": json.loads(to_json(recorded))}

    def _shapes(self, n: tuple[int, ...], m: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
        derivative = {
            Operator.JACOBIAN: m + n,
            Operator.HESSIAN: n + n,
            Operator.JVP: m,
        }.get(self.asked, n)
        return m, derivative


class Told:
    """A call whose time the program tells: between two looks at its own clock, with nothing of
    parsing, printing and the way there and back.
    """

    def __init__(self, prepared: Prepared, arguments: Sequence[Array]) -> None:
        self.prepared, self.arguments = prepared, [np.asarray(a) for a in arguments]

    def __call__(self) -> Any:
        return self.prepared(*self.arguments)

    def told_s(self, loops: int) -> float:
        """Mean seconds of one of so many runs."""
        answer = self.prepared.ask(*self.arguments, runs=loops)
        try:
            return whole(answer.get("ns"), "the time of the runs") * 1e-9 / loops
        except Garbage as garbage:
            raise Unsupported(f"{self.prepared.method.name} tells no time: {garbage}") from None
