"""The peer `numba-by-hand`: the derivative that a problem's author wrote, compiled by Numba; as a loop
where Numba does not take the form in arrays. What an expert would write; of problems only.
"""

import inspect
from importlib.util import find_spec
from typing import Any, ClassVar

import numpy as np

from diffbench.asking.derivations import Answer
from diffbench.differentiators.adapters.tools import or_refuse, require
from diffbench.errors import Unsupported
from diffbench.interface import Array, Function, Instance, Kind, Look, Operator
from diffbench.registry import register


def rosenbrock(x: Any) -> Any:
    """What each term leaves for the next entry is carried on."""
    gradient = np.empty_like(x)
    value = carried = 0.0
    for i in range(len(x) - 1):
        bend, slack = x[i + 1] - x[i] * x[i], 1 - x[i]
        value += 100 * bend * bend + slack * slack
        gradient[i] = carried - 400 * bend * x[i] - 2 * slack
        carried = 200 * bend
    gradient[-1] = carried
    return value, gradient


def speelpenning(x: Any) -> Any:
    """Products from the left meet those from the right."""
    gradient = np.empty_like(x)
    left = right = 1.0
    for i in range(len(x)):
        gradient[i] = left
        left *= x[i]
    for i in range(len(x) - 1, -1, -1):
        gradient[i] *= right
        right *= x[i]
    return left, gradient


LOOPS = {"rosenbrock": rosenbrock, "speelpenning": speelpenning}


class NumbaByHand:
    """Numba on hand-written derivatives."""

    name: ClassVar = "numba-by-hand"
    about: ClassVar = "the derivative by hand, compiled by Numba"
    look: ClassVar = Look("#334155", "#cbd5e1", "P", "--")
    by_name_only: ClassVar = True
    takes: ClassVar = "problems with a derivative by hand"
    kind: ClassVar = Kind.PEER

    @property
    def is_installed(self) -> bool:
        """Whether Numba can be imported."""
        return find_spec("numba") is not None

    def load(self) -> None:
        """Import Numba, off the clock."""
        require("numba")

    def value_and_gradient(self, f: Function, x: Array) -> Any:
        """(f(x), gradient)."""
        return self.prepare(f, x, Operator.VALUE_AND_GRADIENT)(x)

    def gradient(self, f: Function, x: Array) -> Any:
        """The gradient alone."""
        return self.prepare(f, x, Operator.GRADIENT)(x)

    def prepare(self, f: Function, x: Array, operator: str) -> Answer:
        """A compiled call; what Numba can't type is refused in its words."""
        instance = inspect.unwrap(f)
        if not isinstance(instance, Instance):
            raise Unsupported("there is a derivative by hand of the problems only")
        alone = operator in (Operator.GRADIENT, Operator.DERIVATIVE)
        asked = Operator.VALUE_AND_GRADIENT if alone else Operator(operator)
        written = instance.problem.hand_written.get(asked)
        if asked is Operator.VALUE_AND_GRADIENT:
            written = LOOPS.get(instance.problem.name, written)
        if written is None:
            raise Unsupported(f"nobody wrote {operator} of {instance.problem.name} by hand")
        compiled = require("numba").njit(written)
        data = tuple(
            np.ascontiguousarray(a) if isinstance(a, np.ndarray) else a for a in instance.data
        )

        def answer(x: Any, *direction: Any) -> Any:
            given = x if np.ndim(x) else float(x)
            found = compiled(given, *direction, *data)
            return found[1] if alone else found

        or_refuse(
            "numba",
            answer,
            np.array(x),
            *(() if not Operator(operator).takes_direction else (np.ones_like(x),)),
        )
        return answer


register("differentiators", "numba-by-hand", NumbaByHand())
