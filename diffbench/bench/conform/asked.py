"""A method as its own users ask it: ours through the library, another package by its own way in and
held against nothing, a plug-in by the functions that it supplies.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from diffbench.asking import operators as db
from diffbench.asking.derivations import resolve
from diffbench.bench.fuzz.programs import quiet
from diffbench.differentiators.adapters.outside import Outside
from diffbench.differentiators.adapters.peer import Peer
from diffbench.errors import Unsupported
from diffbench.interface import Kind, Operator

# their names mean what they say themselves, and not what NumPy says: a median of theirs is another
OTHER_MEANINGS = ("torch", "pytensor")
EXACT, BY_DIFFERENCES = 1e-6, 1e-3  # relative to the largest entry: a wrong rule is off by far more


@dataclass(frozen=True)
class Asked:
    """A method, and how it is asked."""

    method: Any

    def ask(self, operator: Operator, f: Callable[..., Any], x: Any, *direction: Any) -> Any:
        """Its answer to an operator, whatever NumPy warns of."""
        with quiet():
            return self._answer(operator)(f, np.array(x), *direction)

    def third(self, f: Callable[..., Any], x: Any) -> Any:
        """The third derivative, by nesting, which ours can."""
        if not self.is_ours:
            raise Unsupported("third derivatives are asked of methods that nest")
        first = db.grad(f, method=self.method)
        return db.grad(db.grad(first, method=self.method), method=self.method)(x)

    @property
    def is_ours(self) -> bool:
        """Whether it is one of diffbench's own."""
        ours = (Kind.TRACING, Kind.SYMBOLIC, Kind.DIFFERENCE)
        built_in = type(self.method).__module__.startswith("diffbench.differentiators")
        return built_in and self.method.kind in ours

    @property
    def tolerance(self) -> float:
        """How far off its digits allow it to be."""
        kind = getattr(self.method, "kind", None)
        differs = kind is Kind.DIFFERENCE or isinstance(self.method, Outside)
        return BY_DIFFERENCES if differs else EXACT

    def _answer(self, operator: Operator) -> Callable[..., Any]:
        if self.is_ours:
            return lambda f, x, *v: getattr(db, operator)(f, x, *v, method=self.method)
        strange = isinstance(self.method, Peer) and self.method.known_as in OTHER_MEANINGS
        if strange and operator is Operator.GRADIENT:
            return self._of_the_same_function
        if isinstance(self.method, Peer):
            return lambda f, x, *v: self.method.unchecked(f, x, operator)(x, *v)
        if hasattr(self.method, "prepare"):
            return lambda f, x, *v: self.method.prepare(f, x, operator)(x, *v)
        return resolve(self.method, operator)

    def _of_the_same_function(self, f: Callable[..., Any], x: Any) -> Any:
        """The gradient. Where a name means another thing to the package than to NumPy, its value is
        another, which its users would see.
        """
        value, found = self.method.unchecked(f, x, Operator.VALUE_AND_GRADIENT)(x)
        expected = np.asarray(f(x.copy()))
        if np.shape(value) != expected.shape or not np.allclose(
            value, expected, rtol=1e-6, atol=1e-9, equal_nan=True
        ):
            raise Unsupported(f"another function to this package: {value} for {expected}")
        return found
