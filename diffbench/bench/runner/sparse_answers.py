"""Problems whose Jacobian is sparse by nature are asked for it in sparse form, by a pattern that is
detected once: dense, the largest of them would not fit into any memory.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from diffbench.asking.operators import jacobian
from diffbench.asking.sparse import pattern_of
from diffbench.interface import Array, Function, Instance, Kind, Operator
from diffbench.program import record

TAG = "sparse"


def asked_of(f: Instance, method: Any) -> Any:
    """The method as the problem asks for it: sparse where it differentiates by products."""
    by_products = getattr(method, "kind", None) in (Kind.DIFFERENCE, Kind.TRACING)
    if f.problem.operator is not Operator.JACOBIAN or TAG not in f.problem.tags or not by_products:
        return method
    return method.sparse("detect") if hasattr(method, "sparse") else ByPattern(method)


@dataclass(frozen=True)
class ByPattern:
    """A method whose Jacobians are compressed."""

    method: Any

    @property
    def name(self) -> str:
        return str(self.method.name)

    @property
    def kind(self) -> Kind:
        return Kind(self.method.kind)

    def prepare(self, f: Function, x: Array, operator: Operator) -> Callable[[Array], Any]:
        """The Jacobian as a function of x, in scipy.sparse form."""
        pattern = pattern_of("detect", lambda: record(f, x), x)
        return lambda point: jacobian(f, point, method=self.method, sparsity=pattern)
