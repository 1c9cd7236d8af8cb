"""Every operator with every method: the point is checked, the method answers or what it supplies is
made an answer (derivations.py), and the answer is checked (checks/).
"""

from typing import Any, Literal, overload

import numpy as np

from diffbench.arrays.jet import coefficients
from diffbench.asking.answering import answer_for, called, is_plain, matrix
from diffbench.asking.as_limit import continued
from diffbench.asking.checks.checked import is_finite
from diffbench.asking.words import Argnums, Floats, Method, Point
from diffbench.errors import ManyArrays, NotDifferentiable
from diffbench.interface import Function, Operator

# ---------------------------------------------------------------- the public functions


@overload
def derivative(
    f: Function,
    x: Point,
    *args: Any,
    argnums: int = 0,
    has_aux: Literal[False] = False,
    method: Method = "forward",
    **keywords: Any,
) -> float: ...
@overload
def derivative(
    f: Function,
    x: Any,
    *args: Any,
    argnums: int = 0,
    has_aux: bool = False,
    method: Method = "forward",
    **keywords: Any,
) -> Any: ...
def derivative(
    f: Function,
    x: Any,
    *args: Any,
    argnums: int = 0,
    has_aux: bool = False,
    method: Method = "forward",
    **keywords: Any,
) -> Any:
    """f'(x) of a function R -> R, a float, of which argnums says which argument varies. With
    has_aux=True f returns (number, anything), and so does this: (float, anything). Raises BadPoint
    where x is no number, NotDifferentiable where the derivative is infinite or undefined.

    >>> derivative(lambda x, a: a * x**2, 3.0, 2.0)
    12.0
    """
    if is_plain(x, args, argnums, has_aux, keywords):
        return answer_for(Operator.DERIVATIVE, f, x, method=method)
    how = (argnums, has_aux, keywords)
    return called(Operator.DERIVATIVE, f, (x, *args), how, (), method)


@overload
def gradient(
    f: Function,
    x: Point,
    *args: Any,
    argnums: Literal[0] = 0,
    has_aux: Literal[False] = False,
    method: Method = "reverse",
    **keywords: Any,
) -> Floats: ...
@overload
def gradient(
    f: Function,
    x: Any,
    *args: Any,
    argnums: Argnums = 0,
    has_aux: bool = False,
    method: Method = "reverse",
    **keywords: Any,
) -> Any: ...
def gradient(
    f: Function,
    x: Any,
    *args: Any,
    argnums: Argnums = 0,
    has_aux: bool = False,
    method: Method = "reverse",
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
        return answer_for(Operator.GRADIENT, f, x, method=method)
    return called(Operator.GRADIENT, f, (x, *args), (argnums, has_aux, keywords), (), method)


@overload
def value_and_gradient(
    f: Function,
    x: Point,
    *args: Any,
    argnums: Literal[0] = 0,
    has_aux: Literal[False] = False,
    method: Method = "reverse",
    **keywords: Any,
) -> tuple[float, Floats]: ...
@overload
def value_and_gradient(
    f: Function,
    x: Any,
    *args: Any,
    argnums: Argnums = 0,
    has_aux: bool = False,
    method: Method = "reverse",
    **keywords: Any,
) -> Any: ...
def value_and_gradient(
    f: Function,
    x: Any,
    *args: Any,
    argnums: Argnums = 0,
    has_aux: bool = False,
    method: Method = "reverse",
    **keywords: Any,
) -> Any:
    """(f(x), gradient), as scipy.optimize.minimize(jac=True) wants them; with has_aux=True ((f(x),
    anything), gradient). Arguments and errors as of `gradient`.

    >>> value_and_gradient(lambda x, a: a * x @ x, np.array([1.0, 2.0]), 3.0)
    (np.float64(15.0), array([ 6., 12.]))
    """
    if is_plain(x, args, argnums, has_aux, keywords):
        return answer_for(Operator.VALUE_AND_GRADIENT, f, x, method=method)
    how = (argnums, has_aux, keywords)
    return called(Operator.VALUE_AND_GRADIENT, f, (x, *args), how, (), method)


def jacobian(
    f: Function,
    x: Any,
    *args: Any,
    argnums: Argnums = 0,
    has_aux: bool = False,
    method: Method = "forward",
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
            return matrix(Operator.JACOBIAN, f, x, method=method, sparsity=sparsity)
        except ManyArrays:
            pass  # f has run, and returned a structure
    how = (argnums, has_aux, keywords)
    return called(Operator.JACOBIAN, f, (x, *args), how, (), method, sparsity)


@overload
def hessian(
    f: Function,
    x: Point,
    *args: Any,
    argnums: Literal[0] = 0,
    has_aux: Literal[False] = False,
    method: Method = "reverse",
    sparsity: None = None,
    **keywords: Any,
) -> Floats: ...
@overload
def hessian(
    f: Function,
    x: Any,
    *args: Any,
    argnums: Argnums = 0,
    has_aux: bool = False,
    method: Method = "reverse",
    sparsity: Any = None,
    **keywords: Any,
) -> Any: ...
def hessian(
    f: Function,
    x: Any,
    *args: Any,
    argnums: Argnums = 0,
    has_aux: bool = False,
    method: Method = "reverse",
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
        return matrix(Operator.HESSIAN, f, x, method=method, sparsity=sparsity)
    how = (argnums, has_aux, keywords)
    return called(Operator.HESSIAN, f, (x, *args), how, (), method, sparsity)


def jvp(
    f: Function,
    x: Any,
    x_dot: Any,
    *args: Any,
    argnums: Argnums = 0,
    has_aux: bool = False,
    method: Method = "forward",
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
            return answer_for(Operator.JVP, f, x, x_dot, method=method)
        except ManyArrays:
            pass  # f has run, and returned a structure
    how = (argnums, has_aux, keywords)
    return called(Operator.JVP, f, (x, *args), how, (x_dot,), method)


def vjp(
    f: Function,
    x: Any,
    y_bar: Any,
    *args: Any,
    argnums: Argnums = 0,
    has_aux: bool = False,
    method: Method = "reverse",
    **keywords: Any,
) -> Any:
    """(f(x), J^T y_bar): the value and the pull-back of y_bar, of f(x)'s shape or structure. With
    has_aux=True (f(x), J^T y_bar, anything). Other arguments as of `gradient`.

    >>> vjp(lambda x, a: a * x**2, np.array([1.0, 3.0]), np.array([1.0, 0.0]), 2.0)
    (array([ 2., 18.]), array([4., 0.]))
    """
    if is_plain(x, args, argnums, has_aux, keywords):
        try:
            return answer_for(Operator.VJP, f, x, y_bar, method=method)
        except ManyArrays:
            pass  # f has run, and returned a structure
    how = (argnums, has_aux, keywords)
    return called(Operator.VJP, f, (x, *args), how, (y_bar,), method)


@overload
def hvp(
    f: Function,
    x: Point,
    x_dot: Any,
    *args: Any,
    argnums: Literal[0] = 0,
    has_aux: Literal[False] = False,
    method: Method = "reverse",
    **keywords: Any,
) -> Floats: ...
@overload
def hvp(
    f: Function,
    x: Any,
    x_dot: Any,
    *args: Any,
    argnums: Argnums = 0,
    has_aux: bool = False,
    method: Method = "reverse",
    **keywords: Any,
) -> Any: ...
def hvp(
    f: Function,
    x: Any,
    x_dot: Any,
    *args: Any,
    argnums: Argnums = 0,
    has_aux: bool = False,
    method: Method = "reverse",
    **keywords: Any,
) -> Any:
    """H x_dot: the Hessian of f(x) of shape () times a direction of x's shape or structure. Other
    arguments and errors as of `gradient`.

    >>> hvp(lambda x, a: a * x[0] ** 2 * x[1], np.array([1.0, 2.0]), np.array([1.0, 0.0]), 3.0)
    array([12.,  6.])
    """
    if is_plain(x, args, argnums, has_aux, keywords):
        return answer_for(Operator.HVP, f, x, x_dot, method=method)
    how = (argnums, has_aux, keywords)
    return called(Operator.HVP, f, (x, *args), how, (x_dot,), method)


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
    argnums: Argnums = 0,
    *,
    has_aux: bool = False,
    method: Method = "reverse",
) -> Function:
    """The gradient as a function of f's arguments; nests: grad(grad(f)).

    >>> grad(grad(lambda x: x**3))(2.0)
    array(12.)
    >>> grad(lambda x, y: x * y**2, argnums=(0, 1))(2.0, 3.0)
    (array(9.), array(12.))
    """
    if type(argnums) is int and argnums == 0 and not has_aux:
        return lambda x, *args, **keywords: gradient(f, x, *args, method=method, **keywords)
    return lambda *args, **keywords: called(
        Operator.GRADIENT, f, args, (argnums, has_aux, keywords), (), method
    )
