"""A solution of equations as a function of what they depend on, whatever solves them.

y = solve(*xs) with residual(y, *xs) = 0, and J = d residual / d y:

    y_dot = -J⁻¹ sum_i (d residual / d x_i) x_i_dot           forwards
    x_i_bar = -(d residual / d x_i)ᵀ J⁻ᵀ y_bar                backwards

Source: Griewank and Walther, Evaluating Derivatives (2nd ed., 2008), chapter 15.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from diffbench.arrays import dual
from diffbench.arrays.reverse import pullback
from diffbench.arrays.traced import core
from diffbench.errors import BadInput, NotDifferentiable
from diffbench.rules.table import own_row

CONVERGED = 1e-6  # of y: the next Newton step; the derivative is off by about as much


def implicit(solve: Callable[..., Any], residual: Callable[..., Any]) -> Callable[..., Any]:
    """solve(*xs) -> y as a differentiable function, of which residual(y, *xs) is 0 and says how y
    moves. y is an array or a number, the residual has its shape, xs are arrays.

    solve is called with plain numbers, and may be anything: an iteration, compiled code, a table.
    Derivatives of any order, in every mode, follow from the residual by the implicit function
    theorem, with its dense Jacobian. Raises NotDifferentiable where that is singular, or where
    solve has not converged.

    >>> import numpy as np
    >>> from diffbench.asking.operators import gradient, hessian
    >>> root = implicit(lambda a: np.sqrt(float(a)), lambda y, a: y * y - a)
    >>> gradient(root, 4.0), hessian(root, 4.0)
    (array(0.25), array(-0.03125))
    """

    @wraps(solve)
    def solution(*xs: Any) -> Any:
        return np.asarray(solve(*xs), dtype=float)[()]

    def jvp(x_dots: Any, y: Any, *xs: Any) -> Any:
        moving = [i for i, x_dot in enumerate(x_dots) if x_dot is not None]
        pushed = [dual.jvp(_of_argument(residual, i, y, xs), xs[i], x_dots[i])[1] for i in moving]
        return -_solved(_slope(residual, y, xs), sum(pushed[1:], start=pushed[0]), y)

    def vjp(i: int, y_bar: Any, y: Any, *xs: Any) -> Any:
        weights = _solved(np.transpose(_slope(residual, y, xs)), y_bar, y)
        return -pullback.vjp(_of_argument(residual, i, y, xs), xs[i], weights)[1]

    return own_row(solution, jvp=jvp, vjp=vjp)


def _of_argument(residual: Callable[..., Any], i: int, y: Any, xs: Any) -> Callable[[Any], Any]:
    return lambda x: residual(y, *xs[:i], x, *xs[i + 1 :])


def _slope(residual: Callable[..., Any], y: Any, xs: tuple[Any, ...]) -> Any:
    """J, shape (n, n), of a residual that is 0 at y."""
    n = np.size(y)
    seeds = np.eye(n).reshape((n, *np.shape(y)))
    left, columns = dual.jacobian_columns(lambda y: residual(y, *xs), y, seeds)
    if np.shape(left) != np.shape(y):
        raise BadInput(
            f"the residual has shape {np.shape(left)} and the solution {np.shape(y)}; return one "
            "equation for each unknown"
        )
    matrix = np.transpose(np.reshape(columns, (n, n)))
    _require_converged(core(left), core(matrix), core(y))
    return matrix


def _require_converged(left: Any, matrix: Any, y: Any) -> None:
    try:
        step = np.linalg.solve(matrix, np.ravel(left))
    except np.linalg.LinAlgError:
        raise NotDifferentiable(
            "the residual's Jacobian in the solution is singular, so that the solution has no "
            "derivative here: it may be a double one; move the point"
        ) from None
    size = max(float(np.max(np.abs(y), initial=0.0)), float(np.finfo(float).tiny))
    if not np.max(np.abs(step), initial=0.0) <= CONVERGED * size + np.sqrt(np.finfo(float).tiny):
        raise NotDifferentiable(
            f"the solution is {np.max(np.abs(step)):.1e} away from that of the residual, so that "
            "its derivative would be another one's; solve to a narrower tolerance"
        )


def _solved(matrix: Any, right: Any, y: Any) -> Any:
    return np.reshape(np.linalg.solve(matrix, np.reshape(right, (-1, 1))), np.shape(y))
