"""Every operator with every method: the point is checked, the method answers or what it supplies is
made an answer (derivations.py), and the answer is checked (checked.py).
"""

from functools import partial
from typing import Any

import numpy as np

from diffbench.arrays.jet import coefficients
from diffbench.arrays.levels import quiet
from diffbench.arrays.traced import Traced
from diffbench.asking.as_limit import continued
from diffbench.asking.checked import (
    PreparedAnswer,
    answer_at,
    as_asked,
    as_operator,
    as_point,
    finite,
    is_finite,
    real_valued,
)
from diffbench.asking.derivations import Answer, resolve, resolve_method
from diffbench.asking.sparse import sparse_hessian, sparse_jacobian
from diffbench.asking.verification import STATEFUL, Noting, is_due, is_users, verify, when
from diffbench.asking.watched import watched
from diffbench.errors import BadInput, NotDifferentiable
from diffbench.interface import Function, Operator

# ---------------------------------------------------------------- the public functions


def derivative(f: Function, x: Any, *, method: Any = "forward") -> Any:
    """f'(x) of a function R -> R, a float."""
    return _answer(Operator.DERIVATIVE, f, x, method=method)


def gradient(f: Function, x: Any, *, method: Any = "reverse") -> Any:
    """The gradient of f(x) of shape (), in x's shape and dtype."""
    return _answer(Operator.GRADIENT, f, x, method=method)


def value_and_gradient(f: Function, x: Any, *, method: Any = "reverse") -> Any:
    """(f(x), gradient), as scipy.optimize.minimize(jac=True) wants them."""
    return _answer(Operator.VALUE_AND_GRADIENT, f, x, method=method)


def jacobian(f: Function, x: Any, *, method: Any = "forward", sparsity: Any = None) -> Any:
    """The Jacobian, shape f(x).shape + x.shape.

    With a sparsity pattern (a matrix whose nonzeros say where entries may be, or "detect") a
    scipy.sparse array of shape (f(x).size, x.size), from as many directions as the pattern has
    colours.
    """
    if sparsity is None:
        return _answer(Operator.JACOBIAN, f, x, method=method)
    x, chosen = as_point(x), resolve_method(method)
    if hasattr(chosen, "sparse"):
        return _answer(Operator.JACOBIAN, f, x, method=chosen.sparse(sparsity))
    push = (
        resolve(chosen, Operator.JVP)
        if hasattr(chosen, "jvp") or not hasattr(chosen, "vjp")
        else None
    )
    pull = None if push else resolve(chosen, Operator.VJP)
    return finite(
        sparse_jacobian(f, x, sparsity, jvp=push, pull=pull), f, x, Operator.JACOBIAN, chosen
    )


def hessian(f: Function, x: Any, *, method: Any = "reverse", sparsity: Any = None) -> Any:
    """The Hessian of f(x) of shape (), shape x.shape + x.shape; with a sparsity pattern (or
    "detect") scipy.sparse, (x.size, x.size).
    """
    if sparsity is None:
        return _answer(Operator.HESSIAN, f, x, method=method)
    x, chosen = as_point(x), resolve_method(method)
    if hasattr(chosen, "sparse"):
        return _answer(Operator.HESSIAN, f, x, method=chosen.sparse(sparsity))
    return finite(
        sparse_hessian(f, x, sparsity, hvp=resolve(chosen, Operator.HVP)),
        f,
        x,
        Operator.HESSIAN,
        chosen,
    )


def jvp(f: Function, x: Any, x_dot: Any, *, method: Any = "forward") -> Any:
    """(f(x), J x_dot): the value and its derivative along x_dot, of x's shape."""
    return _answer(Operator.JVP, f, x, x_dot, method=method)


def vjp(f: Function, x: Any, y_bar: Any, *, method: Any = "reverse") -> Any:
    """(f(x), J^T y_bar): the value and the pull-back of y_bar, of f(x)'s shape."""
    return _answer(Operator.VJP, f, x, y_bar, method=method)


def hvp(f: Function, x: Any, x_dot: Any, *, method: Any = "reverse") -> Any:
    """H x_dot: the Hessian of f(x) of shape () times a direction of x's shape."""
    return _answer(Operator.HVP, f, x, x_dot, method=method)


def taylor(f: Function, x: Any, order: int) -> Any:
    """Coefficients c of f(x + t) = c[0] + c[1] t + ... + c[order] t**order of a function of a
    number, shape (order + 1,) + f(x).shape.

    One pass of f; each operation costs about order**2. The k-th derivative is c[k] * k!.

    >>> taylor(np.exp, 0.0, 4) * [1, 1, 2, 6, 24]
    array([1., 1., 1., 1., 1.])
    """
    x = np.asarray(x, dtype=float)
    found = coefficients(f, x, order)
    if not is_finite(found):
        again = continued(f, lambda x: coefficients(f, x, order), x)
        found = found if again is None else np.where(np.isfinite(found), found, again)
    for k, c in enumerate(found):
        if not is_finite(c):
            raise NotDifferentiable(
                f"coefficient {k} of the Taylor polynomial is {c} at {x}: a kink, a jump, or the "
                "edge of the domain; "
                "move the point, or ask for a lower order"
            )
    return found


def grad(f: Function, *, method: Any = "reverse") -> Function:
    """The gradient as a function of x; nests: grad(grad(f)).

    >>> grad(grad(lambda x: x**3))(2.0)
    array(12.)
    """
    return lambda x: gradient(f, x, method=method)


def prepare(
    f: Function,
    x: Any,
    *,
    operator: str = "gradient",
    method: Any = "compiled",
    constants: Any = (),
) -> Answer:
    """A callable of (x) or (x, direction) that has paid for derivation, recording and compilation
    at x; right at every other x too, or refused there as the direct call refuses.

    What f reads besides x (arrays and numbers of its closure, globals, attributes) is looked at
    before each call of an answer that holds it: where it has changed, the answer is prepared anew.
    constants: what need not be looked at, by name or as the objects themselves; "all" for all.
    """
    x = as_point(x)
    chosen, asked = resolve_method(method), as_operator(operator)
    own, verified = getattr(chosen, "prepare", None), _follows(chosen) and type(x) is not Traced
    noting = Noting(f)
    g = _asked(noting.function() if own and verified and is_users(f) else f, asked, chosen)
    if own is None:
        answer: Answer = PreparedAnswer(partial(resolve(chosen, asked), g), g, asked, chosen)
    elif type(x) is Traced:
        return _prepared(own, g, x, asked, chosen)
    else:
        make = partial(_prepared, own, g, x, asked, chosen)
        answer = watched(make, g, constants, _at_each_call(chosen, asked, g))
    if verified and when() != "never" and verify(f, x, noting) and own:
        raise BadInput(STATEFUL)
    return answer


def _follows(method: Any) -> bool:
    kind = getattr(method, "kind", None)
    return kind is not None and kind.follows_code


def _prepared(own: Answer, f: Function, x: Any, operator: Operator, method: Any) -> Answer:
    with quiet():
        answer = own(f, x, operator)
    refuses = getattr(method, "refuses", False)  # checks itself
    return answer if refuses else PreparedAnswer(answer, f, operator, method)


def _at_each_call(method: Any, operator: Operator, f: Function) -> Answer:
    """The answer of a method that runs f at each call: of `compiled` the one it rests on."""
    answer: Answer | None = getattr(method, "at_each_call", lambda f, operator: None)(f, operator)
    return answer or (lambda x, *way: answer_at(method, operator, f, as_point(x), *way))


def _answer(operator: Operator, f: Function, x: Any, *direction: Any, method: Any) -> Any:
    chosen, x = resolve_method(method), as_point(x)
    if not (_follows(chosen) and is_due(f, x)):
        return answer_at(chosen, operator, _asked(f, operator, chosen), x, *direction)
    noting = Noting(f)
    answer = answer_at(chosen, operator, _asked(noting.function(), operator, chosen), x, *direction)
    verify(f, x, noting)
    return answer


def _asked(f: Function, operator: Operator, method: Any) -> Function:
    return as_asked(real_valued(f, method), operator, method)
