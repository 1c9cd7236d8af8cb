"""A package that differentiates in its own way, as a method of ours.

    prepare(f, x, operator)   load the package, hand it f (ways.py), let it trace and compile  ->  NumPy in, NumPy out
    native(f, x, operator)    the same on the package's own arrays, as its users call it       ->  what is timed against

Each peer's file says how, as `Tools`. Nothing is imported before the first question.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from importlib.util import find_spec
from typing import Any, ClassVar

import numpy as np

from diffbench.asking.derivations import Answer
from diffbench.differentiators.adapters.tools import Tools
from diffbench.differentiators.adapters.ways import (
    Found,
    first_right,
    held_against_nothing,
    through,
)
from diffbench.interface import Array, Function, Kind, Look, Operator


@dataclass(frozen=True)
class Peer:
    """A method that is another package's: `load` imports it."""

    name: str
    load: Callable[[], Tools]
    about: str
    look: Look
    package: str = ""  # where it is not the name: of another form of a method
    takes: str = "its module in NumPy's place, or f translated"
    by_name_only: bool = False  # and so not among those that compare takes by itself
    kind: ClassVar = Kind.PEER

    @property
    def is_installed(self) -> bool:
        """Whether the package can be imported."""
        return find_spec(self.known_as) is not None

    @property
    def known_as(self) -> str:
        """The name of the package."""
        return self.package or self.name

    def __getattr__(self, operator: str) -> Any:
        if operator not in set(Operator):
            raise AttributeError(operator)
        return lambda f, x, *direction: self.prepare(f, x, operator)(x, *direction)

    def prepare(self, f: Function, x: Array, operator: str) -> Answer:
        """A callable of (x) or (x, direction), NumPy arrays both, that has paid for tracing and
        compilation.
        """
        return Prepared(self, f, Operator(operator), x)

    def in_numpy(self, native: Answer) -> Answer:
        """A native answer as one of NumPy's arrays, and with the package's errors as refusals."""
        return partial(through, self.name, self.load(), native)

    def native(self, f: Function, x: Array, operator: str) -> Answer:
        """The same on the package's own arrays; it may return before they are computed."""
        return self.found(f, x, Operator(operator)).native

    def unchecked(self, f: Function, x: Array, operator: str) -> Answer:
        """An answer in NumPy's arrays as the package's own users get it, held against nothing of
        ours.
        """
        asked = Operator(operator)
        alone = asked in (Operator.GRADIENT, Operator.DERIVATIVE)
        native = held_against_nothing(
            self.load(), f, x, Operator.VALUE_AND_GRADIENT if alone else asked, self.known_as
        )
        return self.in_numpy(partial(_second, native) if alone else native)

    def found(self, f: Function, x: Array, operator: Operator) -> Found:
        """The answer on the package's own arrays, and the way in which it was handed f."""
        tools = self.load()
        if operator not in (Operator.GRADIENT, Operator.DERIVATIVE):
            return first_right(tools, f, x, operator, self.known_as)
        both = first_right(tools, f, x, Operator.VALUE_AND_GRADIENT, self.known_as)
        return replace(both, native=partial(_second, both.native))


class Prepared:
    """A package's answer in NumPy's arrays. Where f was translated and takes other branches at
    another point, it is translated anew there.
    """

    def __init__(self, peer: Peer, f: Function, operator: Operator, x: Array) -> None:
        self.peer, self.f, self.operator = peer, f, operator
        self._make(x)

    def _make(self, x: Array) -> None:
        self.found = self.peer.found(self.f, x, self.operator)
        self.answer = self.peer.in_numpy(self.found.native)

    @property
    def way(self) -> str | None:
        """How f was handed over, where it was not as it is written."""
        return self.found.told

    def __call__(self, x: Array, *direction: Any) -> Any:
        if not self.found.holds_at(x):
            self._make(np.asarray(x))
        return self.answer(x, *direction)


def _second(pair: Answer, x: Any) -> Any:
    return pair(x)[1]
