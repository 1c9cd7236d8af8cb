"""Where the digits of a derivative went: the error of a computed derivative taken apart into three.

    computed - f'(x) = (f'(fl x) - f'(x))            data: x itself was rounded before anything was computed
                     + (method(fl x) - f'(fl x))     method: truncation, what the formula would miss in exact arithmetic
                     + (computed - method(fl x))     arithmetic: round-off

Automatic and symbolic differentiation have no method error; differences trade it against round-off.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import mpmath
import numpy as np
from mpmath import mp

from diffbench.interface import Array, Function, Operator
from diffbench.measure.reference.numbers.arithmetics import Objects, elementwise, objects
from diffbench.measure.reference.replay import MPMATH, replay
from diffbench.measure.reference.settle import settle
from diffbench.measure.reference.true_derivative import reference
from diffbench.measure.reference.truth import ways
from diffbench.program import record

BITS = 256


@dataclass(frozen=True, eq=False)
class Anatomy:
    """The three errors, signed and absolute; total is their sum and the error against the
    derivative at the x that was meant.
    """

    truth: Array
    data: Array
    method: Array
    arithmetic: Array

    @property
    def total(self) -> Array:
        """computed - f'(x)."""
        return np.asarray(self.data + self.method + self.arithmetic)


def anatomy(
    f: Function,
    x: Any,
    computed: Any,
    *,
    operator: str = "derivative",
    meant: Any = None,
    idealised: Any = None,
) -> Anatomy:
    """Take the error of `computed`, a derivative of f at the floats x, apart.

    meant: the exact point that x is the rounding of, as strings, fractions or mpmath numbers;
    without it x was exact and data error is 0.
    idealised: what the method gives in exact arithmetic (`idealised_difference`); without it the
    method has no error of its own.
    """
    found = reference(f, np.asarray(x), operator)
    here = found.high
    there = here if meant is None else _derivative_at(f, np.asarray(x), operator, meant)
    ideal = here if idealised is None else objects(idealised)
    with mp.workprec(BITS):
        given = elementwise(lambda value: mpmath.mpf(float(value)), found.select(computed))
        parts = [here - there, ideal - here, given - ideal]
    return Anatomy(there.astype(float), *(objects(part).astype(float) for part in parts))


def idealised_difference(
    f: Function,
    x: Any,
    offsets: Sequence[float],
    weights: Sequence[float],
    h: Any,
    direction: Any = 1.0,
) -> Objects:
    """sum_k weights[k] f(x + offsets[k] h v) / h in exact arithmetic (256 bits), at the floats x
    and h, v = direction.
    """
    program, v = (
        record(f, np.asarray(x)),
        objects(np.asarray(direction, dtype=float).astype(object)),
    )
    with mp.workprec(BITS):
        step = mpmath.mpf(float(h))
        point = elementwise(lambda number: mpmath.mpf(float(number)), np.asarray(x))
        values = [
            replay(program, point + mpmath.mpf(offset) * step * v, MPMATH) for offset in offsets
        ]
        return objects(
            sum(mpmath.mpf(w) * value for w, value in zip(weights, values, strict=True)) / step
        )


def _derivative_at(f: Function, x: Array, operator: str, meant: Any) -> Objects:
    """The derivative at a point that floats can't hold, on the branch taken at its rounding."""
    with mp.workprec(BITS):
        point = elementwise(_exactly, objects(meant)).reshape(x.shape)
    best = next(ways(f, record(f, x), x, Operator(operator), None))
    return settle(best.truth, point)[0]


def _exactly(number: Any) -> Any:
    return (
        mpmath.mpf(number.numerator) / number.denominator
        if hasattr(number, "denominator")
        else mpmath.mpf(number)
    )
