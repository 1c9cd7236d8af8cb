"""Precision raised until a truth is known well enough, and how much the truth itself moves when x
does.

Known well enough is a radius below 2**-80 of every entry; an entry that can't be told from zero
with a radius below 2**-240 of the largest one is zero.
"""

from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
from flint import arb
from mpmath import mp
from numpy.typing import NDArray

from diffbench.errors import DiffbenchError, Unsupported
from diffbench.measure.reference.numbers.arithmetics import Objects, elementwise, objects
from diffbench.measure.reference.numbers.series import Undecided

Truth = Callable[[Objects, int], Objects]

BITS = (128, 256, 512, 1024, 2048)
# powers of two; 2**-60 is what errors need, the rest is for the condition number
RELATIVE_RADIUS = -80
ZERO_RADIUS = -240
PERTURBATION = mpmath.ldexp(1, -60)


def settle(truth: Truth, x: Objects) -> tuple[Objects, int]:
    """(the derivative as mpmath numbers, decimal digits known). Raises Unsupported when 2048 bits
    do not settle it.
    """
    reason = "its radius stays too large"
    for bits in BITS:
        try:
            balls = truth(x, bits)
        except Undecided as undecided:
            reason = str(undecided)
            continue
        if not all(ball.is_finite() for ball in balls.flat):
            reason = "it is infinite or not a number"
            if bits > BITS[1]:
                break
        elif is_settled(balls):
            return midpoints(balls, bits), digits(balls, bits)
    raise Unsupported(f"the derivative is not settled with {bits} bits: {reason}")


def is_settled(balls: Objects) -> bool:
    """Whether every ball is narrow, relative to itself or, around zero, to the largest."""
    largest = max((abs(ball).upper() for ball in balls.flat), default=arb(0))
    zero = _scaled(largest if largest > _scaled(arb(1), ZERO_RADIUS) else arb(1), ZERO_RADIUS)
    return all(
        ball.rad() <= _scaled(abs(ball.mid()), RELATIVE_RADIUS)
        or (ball.contains(0) and ball.rad() <= zero)
        for ball in balls.flat
    )


def midpoints(balls: Objects, bits: int) -> Objects:
    """The centres as mpmath numbers; of a ball around zero, zero."""
    with mp.workprec(bits):
        return elementwise(
            lambda ball: mp.zero if ball.contains(0) else mpmath.mpf(ball.mid()), balls
        )


def digits(balls: Objects, bits: int) -> int:
    """Decimal digits that every nonzero entry is known to."""
    known = [
        min(int(ball.rel_accuracy_bits()), bits) for ball in balls.flat if not ball.contains(0)
    ]
    return int(min(known, default=bits) * 0.30103)


def conditioning(truth: Truth, x: Objects, values: Objects) -> tuple[float, NDArray[Any]]:
    """(norm-wise, entry by entry) condition number of the derivative: its relative change per
    relative change of x.

    |x f''/f'| for R -> R; with more inputs the root mean square over two seeded changes of x by ±2**-60 of every coordinate, whose
    expectation is sqrt(sum_j (x_j dg_i/dx_j)**2) / |g_i|. NaN where the derivative has no neighbour to compare with.
    """
    try:
        changes = [
            objects(settle(truth, _moved(x, signs))[0] - values) / PERTURBATION
            for signs in _probes(x.shape)
        ]
    except DiffbenchError:
        return float("nan"), np.full(values.shape, np.nan)
    sizes = [float(_ratio(norm(objects(change)), norm(values))) for change in changes]
    moved = [elementwise(_ratio, change, values).astype(float) for change in changes]
    return float(np.sqrt(np.mean(np.square(sizes)))), np.sqrt(np.mean(np.square(moved), axis=0))


def _moved(x: Objects, signs: Objects) -> Objects:
    with mp.workprec(max(BITS)):
        return objects(x * (1 + PERTURBATION * signs))


def _probes(shape: tuple[int, ...]) -> list[Objects]:
    """Orthogonal changes of sign, seeded; one is enough for one coordinate."""
    n = int(np.prod(shape))
    first = np.random.default_rng(0).choice([-1, 1], size=n)
    probes = [first, first * (-1) ** np.arange(n)][: min(n, 2)]
    return [probe.reshape(shape).astype(object) for probe in probes]


def norm(values: Objects) -> Any:
    """Euclidean norm of any array of mpmath numbers."""
    return mp.sqrt(mp.fsum(value * value for value in values.flat))


def _ratio(change: Any, value: Any) -> Any:
    return abs(change / value) if value else (mp.inf if change else mp.zero)


def _scaled(value: Any, exponent: int) -> Any:
    return value * arb(2) ** exponent
