"""A derivative as expressions of SymPy."""

from collections.abc import Callable
from typing import Any, Literal

from diffbench.arrays.recorder import record
from diffbench.asking.checks.checked import as_point
from diffbench.errors import BadInput, Unsupported
from diffbench.interface import Function
from diffbench.ir import Program
from diffbench.program.derive import differentiate

Derived = Literal["derivative", "gradient", "jacobian", "hessian"]


def as_sympy(f: Function, x: Any, *, operator: Derived = "gradient", symbols: Any = None) -> Any:
    """The derivative of f as SymPy's expressions in `symbols` (by default x1, x2, ... for the
    entries of x), in an array of the derivative's shape; differentiated by ours, not by SymPy.

    x says how many entries there are. Raises Unsupported where f takes a branch, since an
    expression would hold on one side only, and where a function has no name in SymPy.

    >>> as_sympy(lambda x: np.sin(x[0]) * x[1], np.ones(2))
    array([x2*cos(x1), sin(x1)], dtype=object)
    """
    from diffbench.symbolic.to_sympy import to_sympy

    if operator not in _DERIVED:
        raise BadInput(f"operator={operator!r} has no expression; known: {', '.join(_DERIVED)}")
    program = record(f, as_point(x))
    if program.guards:
        raise Unsupported(
            f"f takes a branch ({program.guards[0].line}), and an expression would hold on one "
            "side only; write the choice as np.where"
        )
    return to_sympy(_DERIVED[operator](program), symbols)


def _gradient(program: Program) -> Program:
    return differentiate.part(differentiate.value_and_gradient(program), 1)


_DERIVED: dict[str, Callable[[Program], Program]] = {
    "derivative": lambda program: differentiate.part(differentiate.derivative(program), 1),
    "gradient": _gradient,
    "jacobian": differentiate.jacobian_rows,
    "hessian": lambda program: differentiate.jacobian_rows(_gradient(program)),
}
