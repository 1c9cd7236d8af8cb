"""Jacobians, Hessians and products held against f by the checker of gradients: each is the gradient of
some other function, at one seeded direction v (or weights u) for a product.

jvp    J v      the slope at t = 0 of f(x + t v)
vjp    J^T u    the gradient of <u, f(x)>
hessian  H      the Jacobian of the gradient of f
hvp    H v      the gradient of <gradient of f, v>

The gradient of f is that of reverse mode, or one by the caller's function for code that can't be
followed.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from diffbench.asking.checks.checked import as_operator, as_point
from diffbench.asking.operators import gradient
from diffbench.errors import Unsupported
from diffbench.interface import Array, Function, Operator
from diffbench.measure.checking.gradient_check import Verdict, check_gradient

# of f, the claim, x, a direction of x's shape, weights of f(x)'s shape, and f's gradient
Check = Callable[[Function, Function, Array, Array, Any, Function], Verdict]


def check_derivative(
    f: Function,
    claimed: Function,
    x: Any,
    *,
    operator: str = "gradient",
    gradient_of_f: Function | None = None,
) -> Verdict:
    """Hold a derivative that somebody wrote, called (x) or (x, direction), against f. operator:
    gradient, jacobian, hessian, jvp, vjp or hvp. gradient_of_f: for second derivatives of code
    that can't be followed; check it first.
    """
    asked = as_operator(operator)
    if asked not in _CHECKS:
        raise Unsupported(f"{asked} is not checked; check its gradient, or {', '.join(_CHECKS)}")
    point = as_point(x)
    rng = np.random.default_rng([point.size, 7])
    v = rng.normal(size=point.shape).astype(point.dtype)
    u = rng.normal(size=np.shape(f(point.copy()))).astype(point.dtype)
    slope = gradient_of_f or partial(gradient, f)
    return _CHECKS[asked](f, claimed, point, v, u, slope)


def _first(f: Function, claimed: Function, x: Array, v: Array, u: Any, slope: Function) -> Verdict:
    return check_gradient(f, claimed, x)


def _jvp(f: Function, claimed: Function, x: Array, v: Array, u: Any, slope: Function) -> Verdict:
    return check_gradient(lambda t: f(x + t * v), _tangent(claimed(x.copy(), v)), x.dtype.type(0))


def _vjp(f: Function, claimed: Function, x: Array, v: Array, u: Any, slope: Function) -> Verdict:
    return check_gradient(lambda t: np.sum(u * f(t)), _tangent(claimed(x.copy(), u)), x)


def _hessian(
    f: Function, claimed: Function, x: Array, v: Array, u: Any, slope: Function
) -> Verdict:
    return check_gradient(slope, claimed, x)


def _hvp(f: Function, claimed: Function, x: Array, v: Array, u: Any, slope: Function) -> Verdict:
    return check_gradient(lambda t: np.sum(slope(t) * v), _tangent(claimed(x.copy(), v)), x)


def _tangent(answer: Any) -> Any:
    """The product alone, where the answer is (f(x), product) as the library's is."""
    return answer[1] if isinstance(answer, tuple) and len(answer) == 2 else answer


_CHECKS: dict[Operator, Check] = {
    Operator.GRADIENT: _first,
    Operator.JACOBIAN: _first,
    Operator.HESSIAN: _hessian,
    Operator.JVP: _jvp,
    Operator.VJP: _vjp,
    Operator.HVP: _hvp,
}
