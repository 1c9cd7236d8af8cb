"""What a method does not supply, derived from what it does.

jacobian  <- columns from jvp, or rows from vjp          gradient  <- vjp of 1, or the Jacobian of a scalar
jvp, vjp  <- products with the Jacobian                  hessian   <- the Jacobian of the gradient
hvp       <- jvp of the gradient                         derivative <- any of these on R -> R
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from diffbench.arrays.traced import core
from diffbench.errors import BadInput, NotScalar, Unsupported
from diffbench.interface import Differentiator, Function, Operator
from diffbench.registry import find

Answer = Callable[..., Any]  # (f, x) or (f, x, direction)


def resolve_method(method: Any) -> Differentiator:
    """A registered name, or a configured object, as the object."""
    return find("differentiators", method) if isinstance(method, str) else method  # type: ignore[no-any-return]


def resolve(method: Differentiator, operator: str) -> Answer:
    """The function (f, x[, direction]) with which the method answers the operator. Raises
    Unsupported where nothing leads there.
    """
    try:
        wanted = Operator(operator)
    except ValueError:
        raise BadInput(f"{operator!r} is not an operator; known: {', '.join(Operator)}") from None
    answer = _resolved(method, wanted)
    return partial(_of_a_number, answer) if wanted in (Operator.HESSIAN, Operator.HVP) else answer


def _resolved(method: Differentiator, wanted: Operator) -> Answer:
    if hasattr(method, wanted):
        return getattr(method, wanted)  # type: ignore[no-any-return]
    for needed, build in _DERIVATIONS[wanted]:
        if hasattr(method, needed):
            return partial(build, getattr(method, needed))
    if wanted is Operator.HESSIAN:
        return partial(
            _jacobian_of_gradient,
            resolve(method, Operator.JACOBIAN),
            resolve(method, Operator.GRADIENT),
        )
    if wanted is Operator.HVP:
        return partial(
            _jvp_of_gradient, resolve(method, Operator.JVP), resolve(method, Operator.GRADIENT)
        )
    raise Unsupported(
        f"{method.name} supplies nothing that leads to {wanted}; a method needs a jacobian, a jvp "
        "or a vjp"
    )


# ---------------------------------------------------------------- one derivation a function


def _value_from_pair(pair: Answer, f: Function, x: Any, *direction: Any) -> Any:
    return pair(f, x, *direction)[1]


def _gradient_from_vjp(pull: Answer, f: Function, x: Any) -> Any:
    return _pair_from_vjp(pull, f, x)[1]


def _pair_from_vjp(pull: Answer, f: Function, x: Any) -> Any:
    y, x_bar = pull(f, x, np.ones((), np.result_type(core(x))))
    return _scalar(y), x_bar


def _gradient_from_jacobian(jacobian_of: Answer, f: Function, x: Any) -> Any:
    matrix = jacobian_of(f, x)
    if np.shape(matrix) == np.shape(x):
        return matrix
    if np.size(matrix) != np.size(x):
        raise NotScalar(np.shape(matrix)[: np.ndim(matrix) - np.ndim(x)])
    return np.reshape(matrix, np.shape(x))


def _pair_from(gradient_of: Answer, f: Function, x: Any) -> Any:
    return _scalar(f(x.copy())), gradient_of(f, x)


def _pair_from_jacobian(jacobian_of: Answer, f: Function, x: Any) -> Any:
    return _scalar(f(x.copy())), _gradient_from_jacobian(jacobian_of, f, x)


def _jacobian_from_jvp(push: Answer, f: Function, x: Any) -> Any:
    columns = [push(f, x, seed)[1] for seed in _basis(x)]
    return np.reshape(np.stack(columns, axis=-1), (*np.shape(columns[0]), *np.shape(x)))


def _jacobian_from_vjp(pull: Answer, f: Function, x: Any) -> Any:
    y = np.asarray(core(f(x.copy())))
    rows = [pull(f, x, seed)[1] for seed in _basis(y)]
    return np.reshape(np.stack(rows), (*np.shape(y), *np.shape(x)))


def _jvp_from_jacobian(jacobian_of: Answer, f: Function, x: Any, x_dot: Any) -> Any:
    return f(x.copy()), np.tensordot(jacobian_of(f, x), x_dot, np.ndim(x))


def _vjp_from_jacobian(jacobian_of: Answer, f: Function, x: Any, y_bar: Any) -> Any:
    return f(x.copy()), np.tensordot(y_bar, jacobian_of(f, x), np.ndim(y_bar))


def _derivative_from_jvp(push: Answer, f: Function, x: Any) -> Any:
    return push(f, x, np.ones((), np.result_type(core(x))))[1]


def _hvp_from_hessian(hessian_of: Answer, f: Function, x: Any, x_dot: Any) -> Any:
    return np.tensordot(hessian_of(f, x), x_dot, np.ndim(x))


def _jacobian_of_gradient(jacobian_of: Answer, gradient_of: Answer, f: Function, x: Any) -> Any:
    return jacobian_of(partial(gradient_of, f), x)


def _jvp_of_gradient(push: Answer, gradient_of: Answer, f: Function, x: Any, x_dot: Any) -> Any:
    return push(partial(gradient_of, f), x, x_dot)[1]


def _basis(x: Any) -> Any:
    return np.eye(np.size(x), dtype=np.result_type(core(x))).reshape((np.size(x), *np.shape(x)))


def _scalar(y: Any) -> Any:
    if np.size(y) != 1:
        raise NotScalar(np.shape(y))
    return y if np.shape(y) == () else np.reshape(y, ())[()]


def _of_a_number(answer: Answer, f: Function, x: Any, *direction: Any) -> Any:
    """The Hessian, or its product with a direction, if it is that of a number."""
    found = answer(f, x, *direction)
    axes = np.ndim(found) - (2 - len(direction)) * np.ndim(x)
    if axes > 0 and np.shape(found)[:axes] != (1,) * axes:
        raise NotScalar(np.shape(found)[:axes], "hessian")
    return np.reshape(found, np.shape(found)[axes:]) if axes > 0 else found


_FROM_GRADIENT: list[tuple[str, Callable[..., Any]]] = [
    ("value_and_gradient", _value_from_pair),
    ("vjp", _gradient_from_vjp),
    ("jacobian", _gradient_from_jacobian),
]
_DERIVATIONS: dict[Operator, list[tuple[str, Callable[..., Any]]]] = {
    Operator.GRADIENT: [
        *_FROM_GRADIENT,
        (
            "jvp",
            lambda push, f, x: _gradient_from_jacobian(partial(_jacobian_from_jvp, push), f, x),
        ),
    ],
    Operator.VALUE_AND_GRADIENT: [
        ("vjp", _pair_from_vjp),
        ("gradient", _pair_from),
        ("jacobian", _pair_from_jacobian),
    ],
    Operator.DERIVATIVE: [
        ("jvp", _derivative_from_jvp),
        ("gradient", lambda gradient_of, f, x: gradient_of(f, x)),
        *_FROM_GRADIENT,
    ],
    Operator.JACOBIAN: [
        ("jvp", _jacobian_from_jvp),
        ("vjp", _jacobian_from_vjp),
        *_FROM_GRADIENT[:1],
        ("gradient", lambda g, f, x: g(f, x)),
    ],
    Operator.JVP: [
        ("jacobian", _jvp_from_jacobian),
        (
            "vjp",
            lambda pull, f, x, v: _jvp_from_jacobian(partial(_jacobian_from_vjp, pull), f, x, v),
        ),
    ],
    Operator.VJP: [
        ("jacobian", _vjp_from_jacobian),
        (
            "jvp",
            lambda push, f, x, v: _vjp_from_jacobian(partial(_jacobian_from_jvp, push), f, x, v),
        ),
    ],
    Operator.HESSIAN: [],
    Operator.HVP: [("hessian", _hvp_from_hessian)],
}
