"""Certified derivatives: a midpoint and a radius that contain the true derivative, by proof.

The recorded function is run in power series with error balls (python-flint), along one line for
each entry, with no derivative rule of ours. The true derivative is that of the function as real
arithmetic defines it, at the floats given: constants that the code holds are the floats that they
are. Every branch has to be decided by the balls as it was when recorded; what can't be decided,
as at a kink, or has no enclosure, is refused.
"""

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from flint import arb, arb_series
from numpy.typing import NDArray

from diffbench.asking.arguments.several import Call
from diffbench.asking.checks.checked import as_operator, require_shapes
from diffbench.asking.words import Argnums, OperatorName
from diffbench.errors import BadInput, BadPoint, NotScalar, Unsupported
from diffbench.interface import Function, Operator
from diffbench.ir import Guard, Program
from diffbench.measure.reference.derivatives import assemble, lines_per_entry
from diffbench.measure.reference.numbers.arithmetics import Objects, elementwise, objects
from diffbench.measure.reference.numbers.series import (
    Kink,
    Series,
    Undecided,
    lift,
    order,
    precision,
)
from diffbench.measure.reference.replay import SERIES, replay
from diffbench.measure.reference.truth import scalar_operations
from diffbench.program import record

BITS = (96, 192, 384, 768, 1536)
NARROW = 2.0**-60  # relative: the rest of the radius is the rounding of the midpoint to a float
MOST_OPERATIONS = 2_000_000  # half a minute
OF_NUMBERS = (Operator.GRADIENT, Operator.VALUE_AND_GRADIENT, Operator.HESSIAN, Operator.HVP)


@dataclass(frozen=True, eq=False)
class Certificate:
    """Where the true derivative is: within `radius` of `midpoint`, entry by entry; both have the
    shape (and the structure) of the derivative.
    """

    midpoint: Any
    radius: Any

    def contains(self, derivative: Any) -> Any:
        """Whether the derivative may be this one, entry by entry; of arrays."""
        return np.abs(np.asarray(derivative) - self.midpoint) <= self.radius


def certify(
    f: Function,
    x: Any,
    *args: Any,
    operator: OperatorName | Operator = "gradient",
    radius: Any = 0.0,
    argnums: Argnums = 0,
    **keywords: Any,
) -> Certificate:
    """The derivative of f at x as a midpoint and a radius that are guaranteed to contain it; of
    value_and_gradient, jvp and vjp the derivative alone. After x comes the direction, if the
    operator takes one, and then f's further arguments.

    radius: half the width of a box around x (a number, or one for each coordinate); then it
    contains the derivative at every point of the box. Raises Unsupported where a branch can't be
    decided, where a function has no enclosure (the message names it), or where it would take more
    than about a minute.

    >>> found = certify(lambda x: np.exp(x[0]) * x[1], np.array([1.0, 2.0]))
    >>> found.contains([2 * np.e, np.e]), bool(np.all(found.radius < 1e-15))
    (array([ True,  True]), True)
    """
    asked = as_operator(operator)
    count = 1 if asked.takes_direction else 0
    call = Call(asked, f, (x, *args[count:]), argnums, False, keywords)
    box = _box(call.point, radius)
    program = _recorded(call, asked)
    along = call.directions(args[:count])
    require_shapes(asked, call.point, along)
    balls = _enclosed(program, asked, call.point, box, along[0] if along else None)
    return _certificate(call, balls)


def _box(x: Any, radius: Any) -> NDArray[Any]:
    if np.result_type(x) not in (np.float64, np.float32) or not np.all(np.isfinite(x)):
        raise BadPoint("the point is not made of finite floats; give one of float64 numbers")
    width = np.asarray(radius, dtype=float)
    if not np.all(width >= 0) or not np.all(np.isfinite(width)):
        raise BadInput(f"radius={radius!r} is not a finite width; pass one that is at least 0")
    return np.broadcast_to(width, np.shape(x))


def _recorded(call: Call, operator: Operator) -> Program:
    program = record(call.function, call.point)
    shape = np.shape(program.output)
    if operator in OF_NUMBERS and int(np.prod(shape)) != 1:
        raise NotScalar(shape)
    if operator in OF_NUMBERS and shape:
        return replace(
            record(lambda x: np.reshape(call.function(x), ()), call.point), name=program.name
        )
    return program


# ---------------------------------------------------------------- balls


def _enclosed(program: Program, operator: Operator, x: Any, box: Any, direction: Any) -> Objects:
    """Balls of the derivative, the narrowest of those precisions that suffice."""
    _require_affordable(program, operator, x.size)
    best, reason = None, "its radius is infinite"
    for bits in BITS:
        try:
            balls = _at(bits, program, operator, x, box, direction)
        except Undecided as undecided:
            reason = f"a branch can't be decided: {undecided}"
            continue
        except Kink as kink:
            raise Unsupported(f"{kink}; choose another point, or smooth the function") from None
        if all(ball.is_finite() for ball in balls.flat):
            best = balls
        if best is not None and (np.any(box) or _is_narrow(balls)):
            return best
    if best is None:
        raise Unsupported(
            f"the {operator} of {program.name} can't be enclosed: {reason}; choose another point, "
            "or a narrower box"
        )
    return best


def _require_affordable(program: Program, operator: Operator, n: int) -> None:
    entries = n * (n + 1) // 2 if operator is Operator.HESSIAN else n
    lines = 1 if operator is Operator.JVP else entries * min(lines_per_entry(operator), 2)
    work = scalar_operations(program) * max(lines, 1)
    if work > MOST_OPERATIONS:
        raise Unsupported(
            f"{program.name} takes {work:.1e} operations on balls for its {operator}, more than "
            f"{MOST_OPERATIONS:.0e}; ask for a jvp, or at a smaller size"
        )


def _at(
    bits: int, program: Program, operator: Operator, x: Any, box: Any, direction: Any
) -> Objects:
    line = partial(_line, program, x, box, bits)
    with precision(2 * bits, 0):  # for the sums and differences of coefficients
        return objects(assemble(operator, line, np.shape(x), direction, None))


def _line(program: Program, x: Any, box: Any, bits: int, v: Objects, k: int) -> Objects:
    """Enclosures of c_0 .. c_k of f(x + t v), at every x of the box."""
    with precision(bits, k):
        start = elementwise(_coordinate, objects(x), objects(box), v)
        found = replay(_with_guards(program), start, SERIES)
        for guard, value in zip(program.guards, found[1:], strict=True):
            _require_branch(guard, value)
        return _coefficients(objects(found[0]), k)


def _coordinate(x: Any, width: Any, v: Any) -> Series:
    return Series(arb_series([arb(float(x), float(width)), arb(_exact(v))]), moving=bool(v))


def _exact(v: Any) -> Any:
    return int(v) if isinstance(v, int) else float(v)


def _with_guards(program: Program) -> Program:
    return replace(program, output=(program.output, *[guard.var for guard in program.guards]))


def _require_branch(guard: Guard, value: Any) -> None:
    """That the balls say what was so when f was recorded."""
    for found, expected in zip(np.ravel(objects(value)), np.ravel(guard.value), strict=True):
        same = order(found, expected) == 0 if isinstance(found, Series) else found == expected
        if not same:
            raise Unsupported(
                f"in exact arithmetic another branch is taken than in floats ({guard.line}); "
                "choose another point, or write the choice in another way"
            )


def _coefficients(y: Objects, k: int) -> Objects:
    result = np.empty((k + 1, *y.shape), dtype=object)
    for index in np.ndindex(*y.shape):
        terms = lift(y[index]).terms
        known = terms.prec > k  # a division of power series with zero constants loses the last ones
        for i in range(k + 1):
            result[(i, *index)] = terms[i] if known else arb.nan()
    return result


def _is_narrow(balls: Objects) -> bool:
    largest = max((float(abs(ball).upper()) for ball in balls.flat), default=0.0)
    return all(
        ball.rad() <= NARROW * abs(ball.mid()) or float(ball.rad()) <= NARROW**2 * largest
        for ball in balls.flat
    )


# ---------------------------------------------------------------- floats


def _certificate(call: Call, balls: Objects) -> Certificate:
    midpoint = elementwise(lambda ball: float(arb(ball).mid()), balls).astype(float)
    if not np.all(np.isfinite(midpoint)):
        raise Unsupported("the derivative is larger than the largest float; rescale the function")
    radius = elementwise(_radius, balls, midpoint.astype(object)).astype(float)
    if call.inside is None and call.outside is None:
        return Certificate(midpoint, radius)
    if call.operator not in (Operator.GRADIENT, Operator.JACOBIAN, Operator.HESSIAN, Operator.HVP):
        raise Unsupported(f"{call.operator} of structures is not certified; ask for the jacobian")
    return Certificate(call.answer(midpoint), call.answer(radius))


def _radius(ball: Any, midpoint: Any) -> float:
    """How far the ball reaches from the float, rounded up."""
    with precision(128, 0):
        reach = (abs(arb(ball) - arb(float(midpoint)))).upper()
    return 0.0 if reach == 0 else float(np.nextafter(float(reach), np.inf))
