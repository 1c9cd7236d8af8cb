"""The contestants of the peers' table: methods configured, and called as their users call them.

native, source           the method compiled, kept to one of its routes
native-out               the same, written into an array of the caller's
jax, torch ...           a package on its own arrays, made off the clock; waited for where it runs ahead
jax-scan                 JAX on the problem as its users write it: loops as scans
casadi-buffer            CasADi on arrays that are assigned once
"""

from collections.abc import Callable
from functools import cached_property
from inspect import unwrap
from typing import Any

import numpy as np

from diffbench.asking.derivations import Answer
from diffbench.bench.rivals.rewritten import FOR_CASADI, FOR_JAX, rewritten
from diffbench.differentiators.adapters.peer import Peer
from diffbench.differentiators.compiled import Compiled
from diffbench.differentiators.peers.casadi import buffered
from diffbench.errors import Unsupported
from diffbench.interface import Array, Function, Kind
from diffbench.measure.cost.timing import Statement
from diffbench.registry import find, names

# the forms that a contestant needs a problem in
FORMS: dict[str, dict[str, Function]] = {"jax-scan": FOR_JAX, "casadi": FOR_CASADI}


class Route(Compiled):
    """The method compiled by native code, or by generated Python and NumPy alone."""

    def __init__(self, name: str, native: bool) -> None:
        super().__init__(native=native)
        self.name = name


class IntoABuffer(Route):
    """A route that writes the derivative where the caller wants it."""

    def prepare(self, f: Function, x: Any, operator: str) -> Answer:
        """As it is; how it is called is the difference."""
        self.answer = super().prepare(f, x, operator)
        return self.answer

    def statement(self, x: Any) -> Statement:
        """The call that is timed."""
        return Statement(self.answer, x, out=np.empty(np.shape(x)))


class OnItsOwnArrays:
    """A peer without the conversions that a method of ours makes: `jax`, or `jax-form`."""

    kind = Kind.PEER

    def __init__(self, name: str) -> None:
        self.name = name

    @cached_property
    def peer(self) -> Peer:
        """The method that this is a form of."""
        known = self.name if self.name in names("differentiators") else self.name.split("-")[0]
        found: Peer = find("differentiators", known)
        return found

    def __getstate__(self) -> dict[str, str]:
        return {"name": self.name}  # it travels before it is prepared

    @property
    def is_installed(self) -> bool:
        """Whether the package can be imported."""
        return self.peer.is_installed

    def load(self) -> None:
        """Import the package, off the clock."""
        self.peer.load()

    def prepare(self, f: Function, x: Array, operator: str) -> Answer:
        """An answer in NumPy's arrays, to be judged by."""
        self.native = self.peer.native(self._form(f), x, operator)
        return self.peer.in_numpy(self.native)

    def statement(self, x: Any) -> Statement:
        """The call that is timed."""
        tools = self.peer.load()
        own, native, wait = tools.array(np.asarray(x)), self.native, tools.wait
        return Statement(lambda: wait(native(own))) if wait else Statement(native, own)

    def _form(self, f: Function) -> Function:
        forms = FORMS.get(self.name, {})
        if self.name == "jax-scan" and unwrap(f).problem.name not in forms:
            raise Unsupported("written in one form only")
        return rewritten(unwrap(f), forms) if forms else f


class Buffered(OnItsOwnArrays):
    """CasADi's quickest way in: a call without arguments, on arrays that are assigned once."""

    def prepare(self, f: Function, x: Array, operator: str) -> Answer:
        """An answer in arrays of its own, which are the same each time."""
        self.x, value, gradient = np.array(x), np.empty(1), np.empty(x.shape)
        self.call: Callable[[], None] = buffered(
            rewritten(unwrap(f), FOR_CASADI),
            self.x,
            value,
            gradient,
        )

        def answer(x: Array) -> Any:
            self.x[...] = x
            self.call()
            return value[0], gradient

        return answer

    def statement(self, x: Any) -> Statement:
        """The call that is timed."""
        return Statement(self.call)


ON_THEIR_OWN_ARRAYS = (
    *("pytensor", "jax", "jax-scan", "jax-eager", "enzyme", "casadi", "casadi-c", "torch"),
    *("torch-func", "torch-compile", "autograd", "mygrad", "tangent", "dualpy", "fastdual"),
    *("symengine", "heyoka"),
)
CONTESTANTS: dict[str, Any] = {
    "native": Route("native", native=True),
    "native-out": IntoABuffer("native-out", native=True),
    "source": Route("source", native=False),
    **{name: OnItsOwnArrays(name) for name in ON_THEIR_OWN_ARRAYS},
    "casadi-buffer": Buffered("casadi-buffer"),
}


def contestant(name: str) -> Any:
    """The configured method of that name, or the registered one."""
    return CONTESTANTS.get(name, name)
