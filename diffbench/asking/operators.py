"""Every operator with every method: the point is checked, the method answers or what it supplies is
made an answer (derivations.py), and the answer is checked (checked.py).
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from diffbench.arrays.jet import coefficients
from diffbench.arrays.levels import quiet
from diffbench.arrays.traced import Traced
from diffbench.asking.arguments import OF_ANY_RESULT, Call
from diffbench.asking.as_limit import continued
from diffbench.asking.checked import (
    PreparedAnswer,
    answer_at,
    as_asked,
    as_operator,
    as_point,
    finite,
    is_finite,
    of_one_array,
    real_valued,
)
from diffbench.asking.containers import is_structure
from diffbench.asking.derivations import Answer, resolve, resolve_method
from diffbench.asking.forms import Form
from diffbench.asking.prepared_calls import PreparedCall, with_objects
from diffbench.asking.recipes import Recipe, with_recipe
from diffbench.asking.sparse import sparse_hessian, sparse_jacobian
from diffbench.asking.verification import STATEFUL, Noting, is_due, is_users, verify, when
from diffbench.asking.watched import watched
from diffbench.errors import BadInput, ManyArrays, NotDifferentiable
from diffbench.interface import Function, Operator

# ---------------------------------------------------------------- the public functions


def derivative(
    f: Function,
    x: Any,
    *args: Any,
    argnums: int = 0,
    has_aux: bool = False,
    method: Any = "forward",
    **keywords: Any,
) -> Any:
    """f'(x) of a function R -> R, a float."""
    if is_plain(x, args, argnums, has_aux, keywords):
        return _answer(Operator.DERIVATIVE, f, x, method=method)
    return _called(Operator.DERIVATIVE, f, (x, *args), (argnums, has_aux, keywords), (), method)


def gradient(
    f: Function,
    x: Any,
    *args: Any,
    argnums: int | Sequence[int] = 0,
    has_aux: bool = False,
    method: Any = "reverse",
    **keywords: Any,
) -> Any:
    """The gradient of f(x) of shape (), in x's shape and dtype.

    f may take further arguments, and x may be a dict, list, tuple or dataclass of arrays: the
    gradient is one as well. argnums says which of the arguments vary (by default the first; of
    several, a tuple of gradients); with has_aux=True f returns (number, anything), and so does
    this: (gradient, anything). Raises NotScalar where f returns more than a number,
    NotDifferentiable where the gradient is infinite or undefined.

    >>> gradient(lambda p, t: np.sum(p["a"] * t**2 + p["b"]), {"a": 1.0, "b": 2.0}, np.arange(3.0))
    {'a': array(5.), 'b': array(3.)}
    """
    if is_plain(x, args, argnums, has_aux, keywords):
        return _answer(Operator.GRADIENT, f, x, method=method)
    return _called(Operator.GRADIENT, f, (x, *args), (argnums, has_aux, keywords), (), method)


def value_and_gradient(
    f: Function,
    x: Any,
    *args: Any,
    argnums: int | Sequence[int] = 0,
    has_aux: bool = False,
    method: Any = "reverse",
    **keywords: Any,
) -> Any:
    """(f(x), gradient), as scipy.optimize.minimize(jac=True) wants them; with has_aux=True ((f(x),
    anything), gradient). Arguments and errors as of `gradient`.

    >>> value_and_gradient(lambda x, a: a * x @ x, np.array([1.0, 2.0]), 3.0)
    (np.float64(15.0), array([ 6., 12.]))
    """
    if is_plain(x, args, argnums, has_aux, keywords):
        return _answer(Operator.VALUE_AND_GRADIENT, f, x, method=method)
    how = (argnums, has_aux, keywords)
    return _called(Operator.VALUE_AND_GRADIENT, f, (x, *args), how, (), method)


def jacobian(
    f: Function,
    x: Any,
    *args: Any,
    argnums: int | Sequence[int] = 0,
    has_aux: bool = False,
    method: Any = "forward",
    sparsity: Any = None,
    **keywords: Any,
) -> Any:
    """The Jacobian, shape f(x).shape + x.shape. Where f returns a structure of arrays, a structure
    of Jacobians; where x is one, each of them is a structure like x. Other arguments as of
    `gradient`.

    With a sparsity pattern (a matrix whose nonzeros say where entries may be, or "detect") a
    scipy.sparse array of shape (f(x).size, x.size), from as many directions as the pattern has
    colours.

    >>> jacobian(lambda x, a: a * x**2, np.array([1.0, 2.0]), 3.0)
    array([[ 6.,  0.],
           [ 0., 12.]])
    """
    if is_plain(x, args, argnums, has_aux, keywords):
        try:
            return _matrix(Operator.JACOBIAN, f, x, method=method, sparsity=sparsity)
        except ManyArrays:
            pass  # f has run, and returned a structure
    how = (argnums, has_aux, keywords)
    return _called(Operator.JACOBIAN, f, (x, *args), how, (), method, sparsity)


def hessian(
    f: Function,
    x: Any,
    *args: Any,
    argnums: int | Sequence[int] = 0,
    has_aux: bool = False,
    method: Any = "reverse",
    sparsity: Any = None,
    **keywords: Any,
) -> Any:
    """The Hessian of f(x) of shape (), shape x.shape + x.shape; with a sparsity pattern (or
    "detect") scipy.sparse, (x.size, x.size). Where x is a structure of arrays, a structure of
    structures of blocks. Other arguments and errors as of `gradient`.

    >>> hessian(lambda x, a: a * x[0] ** 2 * x[1], np.array([1.0, 2.0]), 3.0)
    array([[12.,  6.],
           [ 6.,  0.]])
    """
    if is_plain(x, args, argnums, has_aux, keywords):
        return _matrix(Operator.HESSIAN, f, x, method=method, sparsity=sparsity)
    how = (argnums, has_aux, keywords)
    return _called(Operator.HESSIAN, f, (x, *args), how, (), method, sparsity)


def jvp(
    f: Function,
    x: Any,
    x_dot: Any,
    *args: Any,
    argnums: int | Sequence[int] = 0,
    has_aux: bool = False,
    method: Any = "forward",
    **keywords: Any,
) -> Any:
    """(f(x), J x_dot): the value and its derivative along x_dot, of x's shape or structure (with
    argnums=(0, 1) a tuple of two). With has_aux=True (f(x), J x_dot, anything). Other arguments as
    of `gradient`.

    >>> jvp(lambda x, a: a * x**2, 3.0, 1.0, 2.0)
    (np.float64(18.0), array(12.))
    """
    if is_plain(x, args, argnums, has_aux, keywords):
        try:
            return _answer(Operator.JVP, f, x, x_dot, method=method)
        except ManyArrays:
            pass  # f has run, and returned a structure
    how = (argnums, has_aux, keywords)
    return _called(Operator.JVP, f, (x, *args), how, (x_dot,), method)


def vjp(
    f: Function,
    x: Any,
    y_bar: Any,
    *args: Any,
    argnums: int | Sequence[int] = 0,
    has_aux: bool = False,
    method: Any = "reverse",
    **keywords: Any,
) -> Any:
    """(f(x), J^T y_bar): the value and the pull-back of y_bar, of f(x)'s shape or structure. With
    has_aux=True (f(x), J^T y_bar, anything). Other arguments as of `gradient`.

    >>> vjp(lambda x, a: a * x**2, np.array([1.0, 3.0]), np.array([1.0, 0.0]), 2.0)
    (array([ 2., 18.]), array([4., 0.]))
    """
    if is_plain(x, args, argnums, has_aux, keywords):
        try:
            return _answer(Operator.VJP, f, x, y_bar, method=method)
        except ManyArrays:
            pass  # f has run, and returned a structure
    how = (argnums, has_aux, keywords)
    return _called(Operator.VJP, f, (x, *args), how, (y_bar,), method)


def hvp(
    f: Function,
    x: Any,
    x_dot: Any,
    *args: Any,
    argnums: int | Sequence[int] = 0,
    has_aux: bool = False,
    method: Any = "reverse",
    **keywords: Any,
) -> Any:
    """H x_dot: the Hessian of f(x) of shape () times a direction of x's shape or structure. Other
    arguments and errors as of `gradient`.

    >>> hvp(lambda x, a: a * x[0] ** 2 * x[1], np.array([1.0, 2.0]), np.array([1.0, 0.0]), 3.0)
    array([12.,  6.])
    """
    if is_plain(x, args, argnums, has_aux, keywords):
        return _answer(Operator.HVP, f, x, x_dot, method=method)
    how = (argnums, has_aux, keywords)
    return _called(Operator.HVP, f, (x, *args), how, (x_dot,), method)


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


def grad(
    f: Function,
    argnums: int | Sequence[int] = 0,
    *,
    has_aux: bool = False,
    method: Any = "reverse",
) -> Function:
    """The gradient as a function of f's arguments; nests: grad(grad(f)).

    >>> grad(grad(lambda x: x**3))(2.0)
    array(12.)
    >>> grad(lambda x, y: x * y**2, argnums=(0, 1))(2.0, 3.0)
    (array(9.), array(12.))
    """
    if type(argnums) is int and argnums == 0 and not has_aux:
        return lambda x, *args, **keywords: gradient(f, x, *args, method=method, **keywords)
    return lambda *args, **keywords: _called(
        Operator.GRADIENT, f, args, (argnums, has_aux, keywords), (), method
    )


def prepare(
    f: Function,
    x: Any,
    *args: Any,
    operator: str = "gradient",
    method: Any = "compiled",
    argnums: int | Sequence[int] = 0,
    has_aux: bool = False,
    constants: Any = (),
    **keywords: Any,
) -> Answer:
    """A callable of (x[, direction], *args, **keywords) that has paid for derivation, recording and
    compilation at these; right at every others too, or refused there as the direct call refuses.

    Arguments that do not vary are given anew at each call; numbers among them cost nothing, for
    another count, word or object f is prepared once more. What f reads besides its arguments
    (arrays and numbers of its closure, globals, attributes) is looked at before each call of an
    answer that holds it: where it has changed, the answer is prepared anew.
    constants: what need not be looked at, by name or as the objects themselves; "all" for all.

    >>> g = prepare(lambda p, batch: np.sum((batch @ p["w"]) ** 2), {"w": np.ones(2)}, np.eye(2))
    >>> g({"w": np.ones(2)}, np.array([[1.0, 0.0], [2.0, 0.0]]))
    {'w': array([10.,  0.])}
    """
    chosen, asked = resolve_method(method), as_operator(operator)
    how = (argnums, has_aux, keywords)
    if is_plain(x, args, *how):
        answer = _prepared_at(f, x, asked, chosen, constants)
    else:
        answer = _prepared_call(Call(asked, f, (x, *args), *how), argnums, chosen, constants)
    options = {"operator": str(asked), "method": method, "constants": constants}
    options |= {"argnums": argnums, "has_aux": has_aux, **keywords}
    prepared: Answer = with_recipe(answer, Recipe(prepare, (f, x, *args), options))
    return prepared


def _prepared_at(f: Function, x: Any, asked: Operator, chosen: Any, constants: Any) -> Answer:
    """The prepared answer of a function of one array."""
    x, noting = as_point(x), Noting(f)
    own, verified = getattr(chosen, "prepare", None), _follows(chosen) and type(x) is not Traced
    g = _asked(noting.function() if own and verified and is_users(f) else f, asked, chosen)
    try:
        answer = _answering(chosen, g, x, asked, constants)
        if asked in OF_ANY_RESULT and own is None and is_structure(f(x.copy())):
            raise ManyArrays("structure")
    except ManyArrays:
        if asked not in OF_ANY_RESULT:
            raise
        return _prepared_call(Call(asked, f, (x,)), 0, chosen, constants)
    if verified and when() != "never" and verify(f, x, noting) and own:
        raise BadInput(STATEFUL)
    return answer


def _answering(method: Any, f: Function, x: Any, operator: Operator, constants: Any) -> Answer:
    """The prepared answer of f, watched where it holds what may change."""
    own = getattr(method, "prepare", None)
    if own is None:
        return PreparedAnswer(partial(resolve(method, operator), f), f, operator, method)
    if type(x) is Traced:
        return _prepared(own, f, x, operator, method)
    make = partial(_prepared, own, f, x, operator, method)
    return watched(make, f, constants, _at_each_call(method, operator, f))


def _prepared_call(call: Call, argnums: Any, method: Any, constants: Any) -> PreparedCall:
    """The prepared answer of a function of several arguments."""
    takes_numbers = getattr(method, "takes_numbers", False)
    if _follows(method) and when() != "never" and type(call.point) is not Traced:
        stateful = verify(call.function, call.point)
        if stateful and hasattr(method, "prepare"):
            raise BadInput(STATEFUL)

    def make(call: Call, form: Form) -> Answer:
        if not takes_numbers:
            g = _asked(call.function, call.operator, method)
            return _answering(method, g, call.point, call.operator, constants)
        g = _asked(form.function(call), call.operator, method)
        own = partial(method.prepare, g, call.point, call.operator, *form.numbers)
        by_tape = _at_each_call(method, call.operator, g)
        return watched(own, with_objects(call.f, form), constants, by_tape)

    def directly(call: Call, *along: Any) -> Any:
        return _answer(call.operator, call.function, call.point, *along, method=method)

    return PreparedCall(call, argnums, make, directly, not takes_numbers)


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


How = tuple[Any, bool, dict[str, Any]]  # argnums, has_aux, keywords for f


def is_plain(x: Any, args: Any, argnums: Any, has_aux: bool, keywords: Any) -> bool:
    """Whether f is asked at one array alone, which needs no detour."""
    if args or keywords or has_aux or type(argnums) is not int or argnums != 0:
        return False
    return not is_structure(x)


def _called(
    operator: Operator,
    f: Function,
    args: tuple[Any, ...],
    how: How,
    directions: tuple[Any, ...],
    method: Any,
    sparsity: Any = None,
) -> Any:
    """The answer at several arguments, or at structures."""
    call = Call(operator, f, args, *how)
    along = call.directions(directions)
    found = _matrix(operator, call.function, call.point, *along, method=method, sparsity=sparsity)
    return call.answer(found)


def _matrix(
    operator: Operator, f: Function, x: Any, *direction: Any, method: Any, sparsity: Any
) -> Any:
    """Any answer; a matrix in scipy.sparse form where a sparsity is given."""
    if sparsity is None:
        return _answer(operator, f, x, *direction, method=method)
    x, chosen = as_point(x), resolve_method(method)
    if hasattr(chosen, "sparse"):
        return _answer(operator, f, x, method=chosen.sparse(sparsity))
    return finite(_sparse(operator, f, x, chosen, sparsity), f, x, operator, chosen)


def _sparse(operator: Operator, f: Function, x: Any, method: Any, sparsity: Any) -> Any:
    if operator is Operator.HESSIAN:
        return sparse_hessian(f, x, sparsity, hvp=resolve(method, Operator.HVP))
    pushes = hasattr(method, "jvp") or not hasattr(method, "vjp")
    push = resolve(method, Operator.JVP) if pushes else None
    pull = None if pushes else resolve(method, Operator.VJP)
    return sparse_jacobian(f, x, sparsity, jvp=push, pull=pull)


def _asked(f: Function, operator: Operator, method: Any) -> Function:
    if getattr(method, "traces", False):
        return as_asked(real_valued(f, method), operator, method)
    return of_one_array(f) if operator in OF_ANY_RESULT else f
