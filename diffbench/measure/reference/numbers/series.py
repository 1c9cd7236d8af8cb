"""A truncated power series with rigorous error balls, as a number that NumPy's object arrays can
hold.

Evaluating a function at x + t v in these numbers gives the Taylor coefficients of f along v, each
as an interval that provably contains the truth (python-flint, Johansson 2017). What can't be
decided from the intervals is an error and never a guess: `Undecided` asks for more precision,
`Kink` says that two values which depend on x are exactly equal.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from flint import arb, arb_series, ctx


class Undecided(ArithmeticError):
    """Two intervals overlap, so their order is unknown at this precision."""


class Kink(ArithmeticError):
    """Two values that are compared are exactly equal here and may part: the derivative may depend
    on the side.
    """


@contextmanager
def precision(bits: int, order: int) -> Iterator[None]:
    """Compute with `bits` of precision and series up to t**order inside the block."""
    before = ctx.prec, ctx.cap
    ctx.prec, ctx.cap = bits, order + 1
    try:
        yield
    finally:
        ctx.prec, ctx.cap = before


class Series:
    """The power series c0 + c1 t + ... + O(t**k) with interval coefficients, k = flint's `ctx.cap`.

    moving: whether it depends on t, which coefficients alone don't tell: t**2 is 0 + O(t**2).
    """

    __slots__ = ("moving", "terms")

    def __init__(self, terms: Any, moving: bool = True) -> None:
        self.terms = terms
        self.moving = moving

    def __repr__(self) -> str:
        return f"Series({self.terms})"

    def __add__(self, other: Any) -> "Series":
        return Series(self.terms + terms(other), self.moving or moves(other))

    def __sub__(self, other: Any) -> "Series":
        return Series(self.terms - terms(other), self.moving or moves(other))

    def __rsub__(self, other: Any) -> "Series":
        return Series(terms(other) - self.terms, self.moving or moves(other))

    def __mul__(self, other: Any) -> "Series":
        return Series(self.terms * terms(other), self.moving or moves(other))

    __radd__ = __add__
    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> "Series":
        return Series(_quotient(self.terms, terms(other)), self.moving or moves(other))

    def __rtruediv__(self, other: Any) -> "Series":
        return Series(_quotient(terms(other), self.terms), self.moving or moves(other))

    def __pow__(self, exponent: Any) -> "Series":
        return _power(self, lift(exponent))

    def __rpow__(self, base: Any) -> "Series":
        return _power(lift(base), self)

    def __neg__(self) -> "Series":
        return Series(-self.terms, self.moving)

    def __pos__(self) -> "Series":
        return self

    def __abs__(self) -> "Series":
        return -self if self < 0 else self

    def __lt__(self, other: Any) -> bool:
        return order(self, other) < 0

    def __le__(self, other: Any) -> bool:
        return order(self, other) <= 0

    def __gt__(self, other: Any) -> bool:
        return order(self, other) > 0

    def __ge__(self, other: Any) -> bool:
        return order(self, other) >= 0

    def __eq__(self, other: object) -> bool:
        return order(self, other) == 0

    def __ne__(self, other: object) -> bool:
        return order(self, other) != 0

    __hash__ = None  # type: ignore[assignment]  # equality is of intervals, so there is nothing to hash

    def __bool__(self) -> bool:
        return self != 0

    def magnitude(self) -> Any:
        """|c0| of the midpoint, for choices that may be wrong without harm, such as a pivot."""
        return abs(self.terms[0].mid())

    def map(self, function: Callable[[Any], Any]) -> "Series":
        """The series of function(self), for a function that flint knows on power series."""
        return Series(function(self.terms), self.moving)


def terms(value: Any) -> Any:
    """The flint series of a number; a Python float enters exactly."""
    return value.terms if isinstance(value, Series) else arb_series([_exact(value)])


def moves(value: Any) -> bool:
    """Whether a number depends on t."""
    return isinstance(value, Series) and value.moving


def lift(value: Any) -> Series:
    """`value` as a Series; a Python or NumPy number enters exactly, as a constant."""
    return value if isinstance(value, Series) else Series(terms(value), moving=False)


def side(value: Any) -> int:
    """-1, 0 or 1: the sign at t = 0, where 0 is an exact zero. Raises Undecided when the interval
    contains zero and more.
    """
    centre = terms(value)[0]
    if not (centre > 0 or centre < 0 or centre.is_zero()):
        raise Undecided("the interval contains zero")
    return int(centre > 0) - int(centre < 0)


def order(a: Any, b: Any) -> int:
    """-1, 0 or 1 as a < b, a = b, a > b at t = 0. Raises Undecided when the intervals overlap, Kink
    on a tie that t may break.
    """
    relation = side(Series(terms(a) - terms(b)))
    if relation == 0 and (moves(a) or moves(b)):
        raise Kink("two values that are compared are equal here, and may not be next to it")
    return relation


def is_integer(series: Series) -> bool:
    """Whether the series is one exact integer and constant, so that powers of negative numbers are
    defined.
    """
    return not series.moving and bool(series.terms[0].is_integer())


def _exact(value: Any) -> Any:
    number = float(value)
    if number in (float("inf"), float("-inf")):
        return arb.pos_inf() if number > 0 else arb.neg_inf()
    return arb(int(value)) if isinstance(value, int) else arb(number)


def _quotient(numerator: Any, denominator: Any) -> Any:
    try:
        return numerator / denominator
    except (
        ValueError,
        ZeroDivisionError,
    ):  # flint refuses a pole; NumPy's answer there is inf or NaN, and it may yet be discarded by where()
        return arb_series([arb.nan()] * ctx.cap)


def _power(base: Series, exponent: Series) -> Series:
    if is_integer(exponent):
        return Series(base.terms ** int(exponent.terms[0].unique_fmpz()), base.moving)
    return Series((exponent.terms * base.terms.log()).exp(), base.moving or exponent.moving)
