"""The method `manual`: the derivative somebody wrote by hand, where the problem has one."""

from functools import partial
from typing import Any

from diffbench.errors import Unsupported
from diffbench.interface import Function, Kind, Look, Operator
from diffbench.registry import register


class Manual:
    """The hand-written derivative that comes with a problem
    (`@problem_name.manual("gradient")`).
    """

    name = "manual"
    kind = Kind.BY_HAND
    look = Look("#3b4245", "#cee4ec", "X")
    about = "the derivative that the problem's author wrote by hand"

    def __getattr__(self, operator: str) -> Any:
        if operator not in set(Operator):
            raise AttributeError(operator)
        return partial(self._answer, Operator(operator))

    def _answer(self, operator: Operator, f: Function, x: Any, *direction: Any) -> Any:
        return self.prepare(f, x, operator)(x, *direction)

    def prepare(self, f: Function, x: Any, operator: str) -> Any:
        """The hand-written function itself, called (x) or (x, direction)."""
        written = getattr(f, "manual", {})
        if operator in written:
            return written[operator]
        if operator == Operator.DERIVATIVE and Operator.GRADIENT in written:
            return written[Operator.GRADIENT]
        if operator == Operator.GRADIENT and Operator.VALUE_AND_GRADIENT in written:
            return lambda x: written[Operator.VALUE_AND_GRADIENT](x)[1]
        if operator == Operator.VALUE_AND_GRADIENT and Operator.GRADIENT in written:
            return lambda x: (f(x), written[Operator.GRADIENT](x))
        has = f"it has {', '.join(written)}" if written else "it has none"
        raise Unsupported(
            f"no hand-written {operator} comes with this function ({has}); write one with "
            f"@problem.manual({str(operator)!r})"
        )


register("differentiators", "manual", Manual())
