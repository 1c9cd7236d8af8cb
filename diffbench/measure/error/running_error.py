"""A running error bound: beside every value of a program, how far round-off can have carried it
from the truth.

To first order in u = eps/2, each operation passes on the errors of its operands, weighted by its
partial derivatives, and adds its own rounding. Applied to the program of a derivative it bounds the
arithmetic error of automatic differentiation a posteriori: valid, and pessimistic where rounding
errors cancel, as in a chaotic iteration (Higham 2002, 3.3; Griewank & Walther 2008, 3.4).
"""

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from diffbench.asking.operators import jvp
from diffbench.errors import Unsupported
from diffbench.interface import Array, Function
from diffbench.ir import Primitive, Program
from diffbench.program import record

EXACT = {
    "negative",
    "positive",
    "abs",
    "absolute",
    "fabs",
    "maximum",
    "minimum",
    "fmax",
    "fmin",
    "sign",
    "copysign",
    "slope_of_abs",
    "conjugate",
    "real",
}
# IEEE 754 rounds these correctly
HALF_UNIT = {
    "add",
    "subtract",
    "multiply",
    "divide",
    "sqrt",
    "square",
    "reciprocal",
}
UNIT = 1.0  # of the functions of a good mathematical library
SUMMING = {"sum", "mean", "cumsum"}


@dataclass(frozen=True, eq=False)
class Bounded:
    """A computed value and a bound of its absolute error."""

    value: Any
    error: Any


def derivative_error_bound(f: Function, x: Any, x_dot: Any = 1.0) -> Bounded:
    """The derivative of f along x_dot by forward mode, with a bound of its round-off; shape of
    f(x).
    """
    return running_error(record(lambda point: jvp(f, point, x_dot)[1], x), x)


def running_error(program: Program, x: Any) -> Bounded:
    """The program's output at x with a bound of its round-off. Raises Unsupported at a primitive
    that no bound is known for.
    """
    eps = float(np.finfo(np.asarray(x).dtype).eps)
    arithmetic = {
        equation.primitive.name: partial(_apply, equation.primitive, eps)
        for equation in program.equations
    }
    return _bounded(program.evaluate(Bounded(x, np.zeros_like(x)), arithmetic=arithmetic))


def _apply(primitive: Primitive, eps: float, *args: Any, **params: Any) -> Any:
    if primitive.kind == "nondifferentiable":
        return primitive.evaluate(*(_bounded(arg).value for arg in args), **params)
    operands = [_bounded(arg) for arg in args]
    xs, errors = [operand.value for operand in operands], [operand.error for operand in operands]
    y = primitive.evaluate(*xs, **params)
    return Bounded(
        y, _carried(primitive, y, xs, errors, params) + _added(primitive, y, xs, params, eps)
    )


def _bounded(value: Any) -> Bounded:
    return value if isinstance(value, Bounded) else Bounded(value, np.zeros(np.shape(value)))


def _carried(
    primitive: Primitive, y: Any, xs: list[Any], errors: list[Any], params: dict[str, Any]
) -> Any:
    """What the errors of the operands become."""
    if primitive.kind == "elementwise":
        # a constant may have no partial
        varying = [pair for pair in zip(primitive.partials, errors, strict=True) if np.any(pair[1])]
        return sum(
            (np.abs(p(y, *xs) if callable(p) else p) * error for p, error in varying),
            start=np.zeros(np.shape(y)),
        )
    if (
        primitive.kind == "linear" or primitive.name in SUMMING
    ):  # they move and add entries: their coefficients are positive
        return primitive.evaluate(*errors, **params)
    if primitive.kind == "multilinear":
        sizes = [np.abs(x) for x in xs]
        return sum(
            primitive.evaluate(*sizes[:i], error, *sizes[i + 1 :], **params)
            for i, error in enumerate(errors)
        )
    if primitive.name == "where":
        return np.where(xs[0], errors[1], errors[2])
    if primitive.name in EXACT:
        return errors[0]
    raise Unsupported(f"{primitive.name} has no running error bound; bound a function without it")


def _added(
    primitive: Primitive, y: Any, xs: list[Any], params: dict[str, Any], eps: float
) -> Array:
    """The rounding of the operation itself."""
    if primitive.kind == "elementwise":
        units = 0.0 if primitive.name in EXACT else 0.5 if primitive.name in HALF_UNIT else UNIT
        return np.where(_is_exact(primitive, xs), 0.0, units * eps * np.abs(y))
    if primitive.kind == "multilinear":
        return np.asarray(
            0.5 * eps * np.shape(xs[0])[-1] * primitive.evaluate(*map(np.abs, xs), **params)
        )
    if primitive.name not in SUMMING:
        return np.zeros(np.shape(y))
    terms = np.size(xs[0]) if primitive.name == "cumsum" else np.size(xs[0]) // max(1, np.size(y))
    return np.asarray(0.5 * eps * max(0, terms - 1) * primitive.evaluate(np.abs(xs[0]), **params))


def _is_exact(primitive: Primitive, xs: list[Any]) -> Any:
    """Where a product is by a power of two (or zero), which no rounding touches."""
    if primitive.name != "multiply":
        return False
    mantissas = [np.abs(np.frexp(np.asarray(x, dtype=float))[0]) for x in xs]
    return ((mantissas[0] == 0.5) | (mantissas[0] == 0)) | (
        (mantissas[1] == 0.5) | (mantissas[1] == 0)
    )
