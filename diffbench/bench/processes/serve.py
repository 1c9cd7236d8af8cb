"""A method of this environment as a program that speaks the protocol of docs/protocol.md:

    python -m diffbench.bench.processes.serve tensorflow

So packages that exclude each other stand beside each other: each in an environment of its own, with
diffbench in it. Problems go by their names, other functions as recorded programs.
"""

import json
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from time import perf_counter_ns
from typing import Any, BinaryIO

import numpy as np

from diffbench import registry
from diffbench.asking.prepared.preparing import prepare
from diffbench.bench.conform.trial import version_of
from diffbench.differentiators.adapters.peer import Peer
from diffbench.differentiators.processes.messages import (
    PROTOCOL,
    Garbage,
    decoded,
    hexes,
    numbers,
    whole,
)
from diffbench.errors import BadInput, DiffbenchError, NotDifferentiable
from diffbench.interface import Instance, Operator
from diffbench.program.saved import from_json

OPERATORS = ("value_and_gradient", "jacobian", "hessian", "jvp", "vjp", "hvp")
Message = dict[str, Any]


class Session:
    """What is defined, and the questions."""

    def __init__(self, name: str) -> None:
        self.name, self.method = name, registry.find("differentiators", name)
        self.method = getattr(self.method, "peer", self.method)  # the package itself, here
        self.call: Callable[..., Any] | None = None

    def hello(self, asked: Message) -> Message:
        """Who answers."""
        return {
            "protocol": PROTOCOL,
            "name": self.name,
            "version": version_of(self.name),
            "operators": list(OPERATORS),
            "problems": registry.names("problems"),
            "programs": True,
            "threads": 1,
            "flags": f"Python {sys.version.split()[0]}, NumPy {np.__version__}",
        }

    def define(self, asked: Message) -> Message:
        """Prepare f at x."""
        self.call = None
        self.operator, self.x = Operator(asked["operator"]), decoded(asked["x"])
        f = subject(asked, self.x)
        getattr(self.method, "load", lambda: None)()
        self.f = f
        start = perf_counter_ns()
        if isinstance(self.method, Peer):
            native = self.method.native(f, self.x, self.operator)
            self.numpy, self.tools = self.method.in_numpy(native), self.method.load()
            self.call = self._waited(native)
        else:
            self.numpy = prepare(f, self.x, operator=self.operator, method=self.method)
            self.call = self.numpy
        return {"prepare_ns": perf_counter_ns() - start}

    def evaluate(self, asked: Message) -> Message:
        """The derivative, and how long the runs took on the package's own arrays."""
        if self.call is None:
            raise BadInput("nothing is defined")
        arguments = [numbers(asked["x"]).reshape(self.x.shape)]
        if self.operator.takes_direction:
            arguments.append(self._direction(numbers(asked["direction"])))
        runs = whole(asked.get("runs", 1), "runs") or 1
        answer = self.numpy(*arguments)
        own = [*map(self.tools.array, arguments)] if hasattr(self, "tools") else arguments
        call, start = self.call, perf_counter_ns()
        for _ in range(runs):
            call(*own)
        ns = perf_counter_ns() - start
        if not isinstance(answer, tuple):
            answer = self.f(arguments[0].copy()), answer
        value, derivative = map(np.asarray, answer)
        return {"value": hexes(value), "derivative": hexes(derivative), "ns": ns}

    def bye(self, asked: Message) -> Message:
        """Nothing more."""
        return {}

    def _waited(self, native: Callable[..., Any]) -> Callable[..., Any]:
        wait = self.tools.wait
        return native if wait is None else lambda *xs: wait(native(*xs))

    def _direction(self, flat: Any) -> Any:
        n = self.x.shape
        return flat.reshape(np.shape(self.f(self.x.copy())) if self.operator is Operator.VJP else n)


def subject(asked: Message, x: Any) -> Any:
    """f: a problem with the data that came, or a recorded program."""
    if "program" in asked:
        return from_json(json.dumps(asked["program"]))
    given = asked["problem"]
    problem = registry.find("problems", given["name"])
    data = tuple(_datum(a) for a in given["data"])
    return replace(Instance(problem, whole(given["size"], "size"), x), data=data)


def _datum(a: Message) -> Any:
    is_count = not a["shape"] and isinstance(a["values"][0], int)
    if is_count:
        return a["values"][0]
    found = decoded(a)
    counts = a["values"] and all(isinstance(v, int) for v in a["values"])
    return found.astype(int) if counts else found if found.shape else float(found)


def answered(session: Session, line: bytes) -> Message:
    """The answer to a line, whatever it is."""
    asked: Any = None
    try:
        asked = json.loads(line)
        if not isinstance(asked, dict) or asked.get("do") not in (
            "hello",
            "define",
            "evaluate",
            "bye",
        ):
            raise BadInput("no question of the protocol")
        found = getattr(session, asked["do"])(asked)
        return {"id": asked.get("id"), "ok": True, **found}
    except Exception as error:
        number = asked.get("id") if isinstance(asked, dict) else None
        said = " ".join(str(error).split()) or type(error).__name__
        return {"id": number, "ok": False, "error": {"type": kind_of(error), "message": said}}


def kind_of(error: Exception) -> str:
    """The protocol's word for an error."""
    if isinstance(error, NotDifferentiable):
        return "not_finite"
    if isinstance(error, DiffbenchError) and not isinstance(error, BadInput):
        return "unsupported"
    foreign = (BadInput, Garbage, ValueError, KeyError, TypeError)
    return "bad_request" if isinstance(error, foreign) else "failed"


def serve(name: str, questions: BinaryIO, answers: BinaryIO) -> None:
    """Answer until the goodbye."""
    session = Session(name)
    for line in questions:
        found = answered(session, line)
        answers.write(json.dumps(found, allow_nan=False).encode() + b"\n")
        answers.flush()
        if b'"bye"' in line and found["ok"]:
            return


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("name one method: python -m diffbench.bench.processes.serve METHOD")
    stream = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a package prints is no answer
    serve(sys.argv[1], sys.stdin.buffer, stream)
