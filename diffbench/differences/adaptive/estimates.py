"""A derivative that comes with its error, and with a status where the error can't be known.

>>> import numpy as np
>>> found = estimate(np.sin, 1.0)
>>> found.status, bool(abs(found.df - np.cos(1.0)) <= found.error < 1e-13)
('ok', True)

How the steps are chosen stands in `diagnosis`; whether the error bars are true is measured by
`diffbench.bench.calibration`.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from diffbench.differences.adaptive.diagnosis import STILL_ZERO, Finding
from diffbench.differences.adaptive.survey import Survey
from diffbench.differences.bounded import UNBOUNDED
from diffbench.differences.evaluation import Map, floating_point, value_at
from diffbench.differences.terms import Terms, with_arguments
from diffbench.errors import BadInput, NotScalar
from diffbench.interface import Array, Function
from diffbench.markup import sentence, table

MESSAGES = {
    "ok": "the error is that of rounding and of a smooth f",
    "noise-limited": "noise or rounding in f hides its derivative beyond this error; more digits "
    "need a smoother or better scaled f",
    "domain-edge": "f is undefined on one side of x at every step, so the derivative is one-sided",
    "discontinuous": "f jumps or has a kink or a cusp at x; move x off it",
    "inconsistent": "f has one slope at small steps, which looks like rounding, and another at "
    "large ones, which is reported",
    "unfinished": "the evaluations allowed were spent before any quotient could be trusted; scale "
    "x so that f varies over steps of about |x|",
    "non-deterministic": "f returned two values at the same x; fix its random seed or its state",
}
NOTHING = 1e-9  # of the largest derivative of any output along the same line: as good as 0
SUCCESSFUL = ("ok", "noise-limited", "domain-edge")


@dataclass(frozen=True)
class Estimate:
    """A derivative with its error bar. Every field but nfev has the shape of df.

    df: the derivative, NaN where no quotient exists. error: its absolute error is at most this, in
    at least 95 of 100 cases.
    nfev: evaluations of f.
    success: the status allows it and df has a digit, or is zero to within rounding. status: a key
    of MESSAGES. step: the smallest step
    used. order: its order of accuracy in that step. noise: the absolute noise seen in f.
    """

    df: Any
    error: Any
    nfev: int
    success: Any
    status: Any
    step: Any
    order: Any
    noise: Any

    @property
    def message(self) -> str:
        """What the statuses that occur mean, one sentence."""
        return "; ".join(
            f"{status}: {MESSAGES[status]}"
            for status in dict.fromkeys(np.ravel(self.status).tolist())
        )

    def _repr_html_(self) -> str:
        """An entry a line, for notebooks."""
        heading = ("entry", "df", "±", "status", "step", "order")
        columns = [self.df, self.error, self.status, self.step, self.order]
        lines = [
            (index or "", f"{df:.17g}", f"{error:.2g}", status, f"{step:.3g}", order)
            for index, *(df, error, status, step, order) in zip(
                np.ndindex(np.shape(self.df)), *map(np.ravel, columns), strict=True
            )
        ]
        told = f"{self.nfev} evaluations of f. {self.message}"
        return str(table(heading, lines) + sentence(told))


def estimate(
    f: Function,
    x: Any,
    *args: Any,
    operator: str = "derivative",
    bounds: tuple[Any, Any] = UNBOUNDED,
    typical_x: Any = 0.0,
    workers: int | Map = 1,
    accuracy: float = 0.0,
    **kwargs: Any,
) -> Estimate:
    """The derivative, second_derivative, gradient, jacobian or hessian of f(x, *args, **kwargs) at
    x, with its error.

    At most 64 evaluations of f a coordinate where f gives a number, about 28 on smooth functions;
    at most 256 where it gives many, each of which has its own step. A Hessian takes that for each
    of its n² lines. f may be undefined, raise, or be rough near x: see `Estimate.status`.

    bounds: (lower, upper), broadcast to x, which no evaluation leaves. typical_x: the size of
    coordinates smaller than this. workers: that many processes for the lines, -1 for one a core, or
    a function that maps as `map` does. accuracy: the relative error of a value of f where it is
    known, as an integrator's rtol: differences of its results can't see what is smooth in it.
    Raises NotDifferentiable if f has no finite value at x itself.

    >>> found = estimate(np.exp, 0.0)
    >>> bool(found.success), bool(abs(found.df - 1) <= found.error), bool(found.error < 1e-8)
    (True, True, True)
    """
    f, x = with_arguments(f, args, kwargs), floating_point(x)
    terms = Terms(bounds, typical_x, workers, accuracy)
    center, again = value_at(f, x), value_at(f, x)
    _check(operator, x, center)
    survey = Survey(f, x, center, terms)
    if operator in ("hessian", "second_derivative"):
        (columns, nfev), shape = survey.hessian(), center.shape + 2 * x.shape
    else:
        (columns, nfev), shape = survey.jacobian(), center.shape + x.shape
    found = collected(columns, shape, nfev + 2)
    return found if np.array_equal(center, again) else _random(found)


def collected(columns: list[list[Finding]], shape: tuple[int, ...], nfev: int) -> Estimate:
    """The findings as arrays of the given shape; a column holds every output."""

    def field(name: str) -> Any:
        return np.array(
            [[getattr(found, name) for found in column] for column in columns]
        ).T.reshape(shape)[()]

    df, error, status = field("value"), field("error"), field("status")
    largest = np.nanmax([[abs(found.value) for found in column] for column in columns], axis=1)
    is_nothing = (error <= NOTHING * _along_columns(largest, shape)) & (status != "unfinished")
    status = np.where(is_nothing & ~np.isin(status, SUCCESSFUL), "noise-limited", status)[()]
    is_known = is_nothing | (error <= np.maximum(0.1 * abs(df), STILL_ZERO * field("beside")))
    success = np.isin(status, SUCCESSFUL) & (is_known | (status == "ok"))
    return Estimate(
        df,
        error,
        nfev,
        success[()],
        _plain(status),
        field("step"),
        field("order"),
        field("noise"),
    )


def _along_columns(of_columns: Array, shape: tuple[int, ...]) -> Array:
    """A number a column, shape (columns,), as an array that broadcasts to the given shape."""
    outputs = np.prod(shape, dtype=int) // len(of_columns)
    return np.tile(of_columns, outputs).reshape(shape)


def _check(operator: str, x: Array, center: Array) -> None:
    if operator not in SHAPES:
        raise BadInput(f"estimate knows no operator {operator!r}; take one of {', '.join(SHAPES)}")
    takes_scalar_x, gives_scalar = SHAPES[operator]
    if takes_scalar_x and x.shape:
        raise BadInput(
            f"the {operator} takes x of shape (), not {x.shape}; ask for the gradient, jacobian or "
            "hessian"
        )
    if gives_scalar and center.shape:
        raise NotScalar(center.shape, operator)


SHAPES = {
    "derivative": (True, True),
    "second_derivative": (True, True),
    "gradient": (False, True),
    "jacobian": (False, False),
    "hessian": (False, False),
}


def _random(found: Estimate) -> Estimate:
    status = np.full(np.shape(found.df), "non-deterministic")
    return replace(found, status=_plain(status[()]), success=np.zeros(status.shape, bool)[()])


def _plain(status: Any) -> Any:
    return status if np.ndim(status) else str(status)
