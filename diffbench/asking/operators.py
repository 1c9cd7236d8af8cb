"""Every operator with every method: the point is checked, the method answers or what it supplies is
made an answer (derivations.py), and the answer is checked. What is not finite is an error that says
where and why.
"""

from functools import partial, wraps
from typing import Any

import numpy as np

from diffbench.arrays.jet import coefficients
from diffbench.arrays.traced import Traced, core
from diffbench.asking.as_limit import continued
from diffbench.asking.derivations import Answer, resolve, resolve_method
from diffbench.asking.sparse import sparse_hessian, sparse_jacobian
from diffbench.errors import BadInput, BadPoint, NotDifferentiable
from diffbench.interface import Differentiator, Function, Operator

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
    return _finite(
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
    return _finite(
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
    if not _is_finite(found):
        again = continued(f, lambda x: coefficients(f, x, order), x)
        found = found if again is None else np.where(np.isfinite(found), found, again)
    for k, c in enumerate(found):
        if not _is_finite(c):
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


def prepare(f: Function, x: Any, *, operator: str = "gradient", method: Any = "compiled") -> Answer:
    """A callable of (x) or (x, direction) that has paid for derivation, recording and compilation
    at x; right at every other x too.

    With the method compiled, what f reads besides x (closures, globals, files) is a constant of the
    answer: prepare anew when it changes.
    """
    x = as_point(x)
    chosen = resolve_method(method)
    f = _as_asked(_real_valued(f, chosen), operator, chosen)
    if hasattr(chosen, "prepare"):
        return chosen.prepare(f, x, Operator(operator))  # type: ignore[no-any-return]
    answer = partial(resolve(chosen, operator), f)
    return partial(
        _at_any_point,
        answer if np.result_type(core(x)) == np.float64 else partial(in_precision_of_point, answer),
    )


def _at_any_point(answer: Answer, x: Any, *direction: Any) -> Any:
    """The answer also at lists and Python's numbers, or what is wrong with them."""
    if isinstance(x, np.ndarray | np.floating | Traced):
        return answer(x, *direction)
    x = as_point(x)
    return answer(x, *[_like(x, d) for d in direction])


# answered by the value and the derivative
_PAIRS = (Operator.VALUE_AND_GRADIENT, Operator.JVP, Operator.VJP)


# ---------------------------------------------------------------- checking what comes in and what
# goes out


def as_point(x: Any) -> Any:
    """x as a float array of its own (the caller's is never changed). Raises BadPoint for what no
    derivative can be taken at.
    """
    if type(x) is Traced:
        x = x.level.settled(x)
    if type(x) is Traced:
        return x
    if isinstance(x, np.ndarray) and type(x) not in (np.ndarray, np.memmap):
        raise BadPoint(
            f"the point is a {type(x).__name__}, whose arithmetic is its own; pass np.asarray of "
            "it, or its data without a mask"
        )
    try:
        point = np.array(x)
    except ValueError:
        raise BadPoint(
            f"the point is a ragged {type(x).__name__}; pass one array of floats"
        ) from None
    if not point.dtype.isnative:
        # parts of SciPy compute garbage from the other one
        point = point.astype(point.dtype.newbyteorder("="))
    kind = point.dtype.kind
    if kind in "iu":
        return point.astype(float)
    if kind == "b":
        raise BadPoint(
            "the point has dtype bool, and derivatives need floating point; pass x.astype(float)"
        )
    if kind == "c":
        raise BadPoint(
            "the point is complex, and the convention for complex gradients is not settled; split "
            "it into real and imaginary part"
        )
    if kind != "f":
        raise BadPoint(
            f"the point is a {type(x).__name__}, which is no array of floats; pack its numbers "
            "into one array, e.g. with np.concatenate"
        )
    return point


def _answer(operator: Operator, f: Function, x: Any, *direction: Any, method: Any) -> Any:
    x = as_point(x)
    chosen = resolve_method(method)
    if operator is Operator.DERIVATIVE and np.shape(x) != ():
        raise BadPoint(
            f"derivative takes a number, and the point has shape {np.shape(x)}; use gradient or "
            "jacobian"
        )
    if operator in (Operator.JVP, Operator.HVP) and np.shape(direction[0]) != np.shape(x):
        raise BadInput(
            f"the direction has shape {np.shape(direction[0])} and x has shape {np.shape(x)}; pass "
            "a direction of x's shape"
        )
    f = _as_asked(_real_valued(f, chosen), operator, chosen)
    found = finite_where_possible(chosen, operator, f, x, *(_like(x, d) for d in direction))
    if operator in _PAIRS:
        return found[0], _finite(found[1], f, x, operator, chosen)
    found = _finite(found, f, x, operator, chosen)
    return float(found) if operator is Operator.DERIVATIVE and type(found) is not Traced else found


def finite_where_possible(
    method: Differentiator, operator: Operator, f: Function, x: Any, *direction: Any
) -> Any:
    """What the method answers. What is not finite is tried again in a wider range and as a limit;
    where neither helps it is returned.
    """
    answer = resolve(method, operator)
    pair = operator in _PAIRS
    found = answer(f, x, *direction)
    if _is_finite(found[1] if pair else found) or not getattr(method, "traces", False):
        return found
    again = continued(f, partial(_derivative_along, answer, f, list(direction), pair), x)
    if again is None:
        return found
    return (found[0], again) if pair else again


def in_precision_of_point(answer: Answer, x: Any, *direction: Any) -> Any:
    """The answer at x, its derivative in x's dtype."""
    found = answer(x, *direction)
    if type(found) is tuple:
        return found[0], _like(x, found[1])
    return _like(x, found)


def _real_valued(f: Function, method: Differentiator) -> Function:
    """f, refusing a complex result where the method runs f itself: what its derivative is depends
    on a convention.
    """
    if not getattr(method, "traces", False):
        return f

    @wraps(f, updated=())
    def checked(x: Any) -> Any:
        y = f(x)
        if isinstance(y, complex) or getattr(getattr(y, "dtype", None), "kind", "f") == "c":
            raise BadInput(_why_not_complex(y))
        return y

    return checked


_OF_NUMBERS = (
    Operator.DERIVATIVE,
    Operator.GRADIENT,
    Operator.VALUE_AND_GRADIENT,
    Operator.HESSIAN,
    Operator.HVP,
)


def _as_asked(f: Function, operator: str, method: Differentiator) -> Function:
    """f, whose result of one entry counts as the number that a gradient needs."""
    if operator not in _OF_NUMBERS or not getattr(method, "traces", False):
        return f

    @wraps(f, updated=())
    def of_a_number(x: Any) -> Any:
        y = f(x)
        if type(y) is Traced or type(y) is np.ndarray:
            return np.reshape(y, ()) if y.ndim and y.size == 1 else y
        return y[0] if type(y) in (list, tuple) and len(y) == 1 and np.ndim(y[0]) == 0 else y

    return of_a_number


def _why_not_complex(y: Any) -> str:
    if np.any(np.imag(core(y))):
        return (
            "the function returned complex numbers, and its derivative depends on a convention; "
            "return their real or imaginary part"
        )
    return (  # np.linalg.eigvals of a symmetric matrix, from NumPy 2.5 on
        "the function returned complex numbers whose imaginary part is 0 here; if it is 0 "
        "everywhere, return np.real of them; the eigenvalues of a symmetric matrix are "
        "np.linalg.eigvalsh"
    )


def _derivative_along(
    answer: Answer, f: Function, directions: list[Any], pair: bool, x: Any
) -> Any:
    found = answer(f, x, *(_like(x, core(d)) for d in directions))
    return found[1] if pair else found


def _like(x: Any, direction: Any) -> Any:
    return (
        direction
        if type(direction) is Traced
        else np.asarray(direction, dtype=np.result_type(core(x)))
    )


def _is_finite(answer: Any) -> bool:
    values = answer.data if hasattr(answer, "toarray") else core(answer)
    return bool(np.all(np.isfinite(values)))


def _finite(answer: Any, f: Function, x: Any, operator: Operator, method: Differentiator) -> Any:
    """The answer in x's dtype; what is infinite or undefined raises, saying where."""
    if not _is_finite(answer):
        raise NotDifferentiable(_why_not_finite(np.asarray(core(answer)), f, x, operator, method))
    return (
        answer
        if type(answer) is Traced or hasattr(answer, "toarray")
        else np.asarray(answer, dtype=np.result_type(core(x)))
    )


def _why_not_finite(
    answer: Any, f: Function, x: Any, operator: Operator, method: Differentiator
) -> str:
    with np.errstate(all="ignore"):
        y = np.asarray(core(f(core(x))))
    at = np.array2string(np.asarray(core(x)), threshold=6, precision=6)
    if np.isnan(core(x)).any():
        return f"the point {at} contains NaN, and so does the {operator}; pass a point of numbers"
    if np.isnan(y).any():
        return f"the function is NaN at {at}: the point is outside its domain; pass a point inside"
    if np.isinf(y).any():
        return (
            f"the function overflows to inf at {at}, so that its {operator} has no value in "
            f"{y.dtype}; rescale it, or simplify the formula"
        )
    entry = tuple(int(i) for i in np.argwhere(~np.isfinite(answer))[0])
    where = (
        f"entry {entry[0] if len(entry) == 1 else entry} of the {operator}"
        if entry
        else f"the {operator}"
    )
    return (
        f"{where} is {answer[entry]} at {at} by {method.name}: a kink, a jump, or the edge of the "
        "domain; "
        "move the point, or smooth the function there"
    )
