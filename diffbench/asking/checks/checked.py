"""What goes into an answer and what comes out of it, checked: the same for a direct call and for
every call of a prepared answer.

    answer_at(method, operator, f, x)     one answer, or the error that says where and why there is none
    PreparedAnswer                        a method's own prepared answer; what it can't answer rightly, answer_at does
"""

import math
from collections.abc import Callable
from functools import partial, update_wrapper
from typing import Any

import numpy as np

from diffbench.arrays.levels import quiet
from diffbench.arrays.traced import Traced, core
from diffbench.asking.arguments.containers import is_structure
from diffbench.asking.as_limit import continued
from diffbench.asking.derivations import Answer, resolve, resolve_method
from diffbench.asking.prepared.recipes import Repeatable
from diffbench.errors import BadInput, BadPoint, ManyArrays, NotDifferentiable, Unsupported
from diffbench.interface import Differentiator, Function, Operator

# answered by the value and the derivative
PAIRS = (
    Operator.VALUE_AND_GRADIENT,
    Operator.JVP,
    Operator.VJP,
)


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


def as_operator(name: str) -> Operator:
    """The operator of that name."""
    try:
        return Operator(name)
    except ValueError:
        raise BadInput(f"{name!r} is not an operator; known: {', '.join(Operator)}") from None


def answer_at(method: Differentiator, operator: Operator, f: Function, x: Any, *way: Any) -> Any:
    """The method's answer at x (and along a direction), in x's dtype. What is infinite or undefined
    raises, saying where; NumPy's errors are as they are with the caller, before and after.
    """
    require_shapes(operator, x, way)
    with quiet():
        found = finite_where_possible(method, operator, f, x, *(like(x, d) for d in way))
        if operator in PAIRS:
            return found[0], finite(found[1], f, x, operator, method)
        found = finite(found, f, x, operator, method)
    return float(found) if operator is Operator.DERIVATIVE and type(found) is not Traced else found


def require_shapes(operator: Operator, x: Any, way: tuple[Any, ...]) -> None:
    """Raise where the operator has no answer at a point, or along a direction, of that shape."""
    if operator is Operator.DERIVATIVE and np.shape(x) != ():
        raise BadPoint(
            f"derivative takes a number, and the point has shape {np.shape(x)}; use gradient or "
            "jacobian"
        )
    if operator in (Operator.JVP, Operator.HVP) and np.shape(way[0]) != np.shape(x):
        raise BadInput(
            f"the direction has shape {np.shape(way[0])} and x has shape {np.shape(x)}; pass "
            "a direction of x's shape"
        )


class PreparedAnswer(Repeatable):
    """A method's prepared answer, called with (x) or (x, direction), whose own attributes (its
    generated source, say) are this one's, too.
    """

    def __init__(self, own: Answer, f: Function, operator: Operator, method: Any) -> None:
        self.own, self.f, self.operator, self.method = own, f, operator, method
        self.is_pair = operator in PAIRS

    def __call__(self, x: Any, *way: Any) -> Any:
        if type(x) is not np.ndarray or x.dtype.char != "d":
            x = as_point(x)
        require_shapes(self.operator, x, way)
        with quiet():
            found = self.own(x, *[like(x, d) for d in way])
            derivative = found[1] if self.is_pair else found
            if is_finite(derivative) and getattr(derivative, "dtype", x.dtype) == x.dtype:
                return found
        return answer_at(self.method, self.operator, self.f, x, *way)

    def __getattr__(self, name: str) -> Any:
        if name == "own":  # not there yet, when a copy is made
            raise AttributeError(name)
        return getattr(self.own, name)


def finite_where_possible(
    method: Differentiator, operator: Operator, f: Function, x: Any, *direction: Any
) -> Any:
    """What the method answers. What is not finite is tried again in a wider range and as a limit;
    where neither helps it is returned.
    """
    answer = resolve(method, operator)
    pair = operator in PAIRS
    found = answer(f, x, *direction)
    if is_finite(found[1] if pair else found) or not getattr(method, "traces", False):
        return found
    # what reverse multiplies first, 1 * inf, forward multiplies last, after 0 * inf; and of a
    # direction it knows whether it leads across a branch cut
    pushed = resolve(resolve_method("forward"), operator)
    again = _derivative_along(pushed, f, list(direction), pair, x)
    if is_finite(again):
        return (found[0], again) if pair else again
    for way in (answer, pushed):
        again = continued(f, partial(_derivative_along, way, f, list(direction), pair), x)
        if again is not None:
            return (found[0], again) if pair else again
    return found


def _derivative_along(
    answer: Answer, f: Function, directions: list[Any], pair: bool, x: Any
) -> Any:
    found = answer(f, x, *(like(x, core(d)) for d in directions))
    return found[1] if pair else found


def like(x: Any, direction: Any) -> Any:
    """A direction in x's dtype."""
    return (
        direction
        if type(direction) is Traced
        else np.asarray(direction, dtype=np.result_type(core(x)))
    )


class OneArray:
    """f, refusing results that are several arrays; picklable where f is, so that processes can be
    sent it.
    """

    def __init__(self, f: Function) -> None:
        self.f = f
        update_wrapper(self, f, updated=())

    def __call__(self, x: Any, **xp: Any) -> Any:
        y = self.f(x, **xp)
        if is_structure(y):
            raise ManyArrays(type(y).__name__)
        return y


_OF_NUMBERS = (
    Operator.DERIVATIVE,
    Operator.GRADIENT,
    Operator.VALUE_AND_GRADIENT,
    Operator.HESSIAN,
    Operator.HVP,
)


def as_asked(f: Function, operator: str, method: Differentiator) -> Function:
    """f as a method runs it. A complex result is refused, whose derivative depends on a convention,
    and so are results that are several arrays, which are asked for otherwise; a result of one entry
    counts as the number that a gradient needs.

    Made at every call, so only what is asked of a wrapper is copied: what it is about, and its name.
    """
    if not getattr(method, "traces", False):
        return f
    of_a_number = operator in _OF_NUMBERS

    def checked(x: Any, *numbers: Any) -> Any:
        y = f(x, *numbers)
        if type(y) is Traced and type(y.primal) is np.float64:
            return y
        is_traced = type(y) is Traced  # asked first: to isinstance it says what its value is
        if not is_traced and isinstance(y, complex):
            raise BadInput(_why_not_complex(y))
        if getattr(getattr(y, "dtype", None), "kind", "f") == "c":
            raise BadInput(_why_not_complex(y))
        if not is_traced and is_structure(y):
            raise ManyArrays(type(y).__name__)
        return _as_a_number(y) if of_a_number else y

    checked.__wrapped__ = f  # type: ignore[attr-defined]
    checked.__name__ = getattr(f, "__name__", "checked")
    return checked


def _as_a_number(y: Any) -> Any:
    """The one entry of y, where it has no more."""
    if type(y) is Traced or type(y) is np.ndarray:
        return np.reshape(y, ()) if y.ndim and y.size == 1 else y
    return y[0] if type(y) in (list, tuple) and len(y) == 1 and np.ndim(y[0]) == 0 else y


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


def is_finite(answer: Any) -> bool:
    """Whether every entry is a finite number."""
    if type(answer) is float:
        return math.isfinite(answer)
    values = core(answer.data if hasattr(answer, "toarray") else answer)
    is_vector = type(values) is np.ndarray and values.ndim == 1 and values.dtype.char == "d"
    if is_vector and math.isfinite(values.dot(values)):  # a quarter of the time
        return True
    return bool(np.all(np.isfinite(values)))


def finite(answer: Any, f: Function, x: Any, operator: Operator, method: Differentiator) -> Any:
    """The answer in x's dtype; what is infinite, undefined or complex raises, saying where."""
    if np.result_type(core(answer)).kind == "c":
        raise Unsupported(
            f"{method.name} returned a complex {operator} where a real one is asked; return its "
            "real part, if that is what it is"
        )
    if not is_finite(answer):
        raise NotDifferentiable(_why_not_finite(np.asarray(core(answer)), f, x, operator, method))
    return (
        answer
        if type(answer) is Traced or hasattr(answer, "toarray")
        else np.asarray(answer, dtype=np.result_type(core(x)))
    )


def _place_of(f: Any) -> Callable[[int], str] | None:
    """What names the entries of a point that is made of structures, below whatever f is wrapped
    in; None where the point is f's own array.
    """
    while f is not None:
        found: Callable[[int], str] | None = getattr(f, "place_of", None)
        if found is not None:
            return found
        f = getattr(f, "__wrapped__", None)
    return None


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
    if answer.size > 1 and np.isnan(answer).all():  # which of them began it can't be told
        return (
            f"the {operator} is nan in all of its entries at {at} by {method.name}: a kink, a jump, "
            "or the edge of the domain; move the point, or smooth the function there"
        )
    infinite = np.isinf(answer)  # what is NaN may be so by way of it: inf times 0
    broken = infinite if infinite.any() else np.isnan(answer)
    entry = tuple(int(i) for i in np.argwhere(broken)[0])
    if (place := _place_of(f)) and entry:
        names = [place(k) for k in (entry if operator is Operator.HESSIAN else entry[-1:])]
        values = [f"{place(k)} is {core(x)[k]}" for k in entry[-len(names) :]]
        return (
            f"the {operator} in {' and '.join(dict.fromkeys(names))} is {answer[entry]} where "
            f"{' and '.join(dict.fromkeys(values))}, by {method.name}: a kink, a jump, or the edge "
            "of the domain; move the point, or smooth the function there"
        )
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
