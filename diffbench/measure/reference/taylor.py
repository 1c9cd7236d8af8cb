"""Taylor coefficients of a recorded function along a direction, to any precision, by two ways that
share no rule.

    by_balls         the program in truncated power series with error balls: the enclosure is a proof
    by_differences   the program in mpmath numbers, differenced at a step so small that the truncation can't matter

Both return intervals (flint `arb`), so that whatever is computed from them carries its error along.
"""

from dataclasses import dataclass
from typing import Any

import mpmath
import numpy as np
from flint import arb, arb_series
from mpmath import mp

from diffbench.errors import NotDifferentiable, Unsupported
from diffbench.ir import Program
from diffbench.measure.reference.numbers.arithmetics import Objects, elementwise, objects
from diffbench.measure.reference.numbers.series import Series, lift, precision
from diffbench.measure.reference.replay import MPMATH, SERIES, replay


def by_balls(program: Program, x: Objects, v: Objects, order: int, bits: int) -> Objects:
    """Enclosures of the coefficients c_0 .. c_order of f(x + t v); x in mpmath numbers, v in any;
    shape (order + 1, *f(x).shape).

    Raises Kink on a tie between branches and Undecided where `bits` do not tell a branch.
    """
    with precision(bits, order):
        start = elementwise(
            lambda x_i, v_i: Series(arb_series([arb(x_i), arb(v_i)]), moving=bool(v_i)), x, v
        )
        return _coefficients(replay(program, start, SERIES), order)


def _coefficients(y: Objects, order: int) -> Objects:
    result = np.empty((order + 1, *y.shape), dtype=object)
    for index in np.ndindex(*y.shape):
        terms = lift(y[index]).terms
        # a division of power series with zero constants loses the last coefficients
        known = terms.prec > order
        for k in range(order + 1):
            result[(k, *index)] = terms[k] if known else arb.nan()
    return result


def by_differences(
    before: Program, after: Program, x: Objects, v: Objects, order: int, bits: int
) -> Objects:
    """The same coefficients, for order 1 or 2, by differences; `before` and `after` are the
    function on either side of x along v.

    The step is 2**-bits of x with 4 * bits of working precision; a second step, 2**(bits/2) times
    larger, gives the radius. Raises NotDifferentiable where the two sides give different values or
    slopes, with both.
    """
    with mp.workprec(4 * bits), precision(4 * bits, 0):
        scale = max((abs(x_i) for x_i in x.ravel().tolist()), default=mp.one) or mp.one
        fine, coarse = (
            _Differences.at(before, after, x, v, scale * mp.ldexp(1, -b), order)
            for b in (bits, bits // 2)
        )
        _require_smooth(fine, coarse, bits)
        return elementwise(
            lambda a, b: arb(a, 4 * abs(a - b)), fine.coefficients(), coarse.coefficients()
        )


@dataclass(frozen=True)
class _Differences:
    """The value, and the one-sided derivatives of orders 1 .. order at step h."""

    value: Objects
    left: list[Objects]
    right: list[Objects]
    h: Any

    @classmethod
    def at(
        cls, before: Program, after: Program, x: Objects, v: Objects, h: Any, order: int
    ) -> "_Differences":
        right = [_real(after, x + k * h * v) for k in range(order + 1)]
        left = [_real(before, x - k * h * v) for k in range(order + 1)]
        _require_one_value(left[0], right[0])
        return cls(right[0], _one_sided(left, -h), _one_sided(right, h), h)

    def coefficients(self) -> Objects:
        slopes = [(self.left[0] + self.right[0]) / 2, (self.right[0] - self.left[0]) / (2 * self.h)]
        return np.stack([self.value, *map(objects, slopes[: len(self.right)])])


def _one_sided(values: list[Objects], h: Any) -> list[Objects]:
    first = [objects((values[1] - values[0]) / h)]
    return first + [objects((values[2] - 2 * values[1] + values[0]) / h**2) for _ in values[2:]]


def _require_one_value(left: Objects, right: Objects) -> None:
    for a, b in zip(left.flat, right.flat, strict=True):
        if abs(a - b) > mp.ldexp(
            max(abs(a), abs(b)), -50
        ):  # closer than that is the rounding of the branches' own constants
            raise NotDifferentiable(
                f"the function jumps here, from {mp.nstr(a, 17)} to {mp.nstr(b, 17)}: its branches "
                "depend on x and hide the derivative;"
                " write it without them, or choose another point"
            )


def _require_smooth(fine: _Differences, coarse: _Differences, bits: int) -> None:
    """One-sided derivatives of a smooth function come together as the step shrinks, in proportion
    to it; at a kink their gap stays.
    """
    for order, sides in enumerate(
        zip(fine.left, fine.right, coarse.left, coarse.right, strict=True), start=1
    ):
        # what 4 * bits of precision may make of equal slopes, many times over
        rounding = abs(fine.value) / mp.ldexp(fine.h, bits) ** order
        for left, right, coarse_left, coarse_right, noise in zip(
            *(each.flat for each in (*sides, objects(rounding))), strict=True
        ):
            expected = abs(coarse_right - coarse_left) * mp.ldexp(1, -(bits // 8))
            if abs(right - left) > max(
                expected, mp.ldexp(abs(left) + abs(right) + noise, -3 * bits // 2)
            ):
                raise NotDifferentiable(
                    f"the slope is {mp.nstr(left, 6)} from below and {mp.nstr(right, 6)} from "
                    "above, so there is no derivative here;"
                    " choose another point"
                )


def _real(program: Program, x: Any) -> Objects:
    return elementwise(_as_mpf, replay(program, x, MPMATH))


def _as_mpf(value: Any) -> Any:
    if isinstance(value, mpmath.mpc):
        if value.imag:
            raise Unsupported(
                f"the function is not real near this point, where it is {mp.nstr(value, 6)}; "
                "choose a point inside its domain"
            )
        return value.real
    return mpmath.mpf(value)
