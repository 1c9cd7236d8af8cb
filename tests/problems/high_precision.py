"""NumPy's functions over object arrays of mpmath numbers, and directional derivatives from them:
the answer key of these tests.

It shares nothing with diffbench: a problem is called as it is written, with this module's `NUMPY`
as its xp.
"""

from types import SimpleNamespace

import mpmath
import numpy as np
from mpmath import mp

ELEMENTWISE = ("exp", "log", "log1p", "expm1", "sqrt", "sin", "cos", "tan", "tanh")
STRUCTURAL = (
    *("sum", "mean", "max", "min", "prod", "trace", "cumsum"),
    *(
        "stack",
        "reshape",
        "concatenate",
        "zeros_like",
        "maximum",
        "minimum",
        "abs",
        "where",
        "asarray",
        "arange",
        "zeros",
        "ones",
    ),
)
NUMPY = SimpleNamespace(
    logaddexp=np.frompyfunc(lambda x, y: mp.log(mp.exp(x) + mp.exp(y)), 2, 1),
    **{name: np.frompyfunc(getattr(mpmath, name), 1, 1) for name in ELEMENTWISE},
    **{name: getattr(np, name) for name in STRUCTURAL},
)
DIGITS = 80


def lift(x):
    """Floats to mpmath numbers, without rounding; shape () becomes a plain number."""
    return np.frompyfunc(mp.mpf, 1, 1)(x)


def directional(instance, direction):
    """The derivative of the instance along a float direction, to at least 33 digits: central
    difference with step 1e-22, shorter where x is small.
    """
    with mp.workdps(DIGITS):
        h = mp.mpf("1e-22") * (min(1, np.max(np.abs(instance.point))) or 1)
        x, step = lift(instance.point), lift(direction) * h
        return (instance(x + step, xp=NUMPY) - instance(x - step, xp=NUMPY)) / (2 * h)


def dot(gradient, direction):
    """sum g d without rounding, and sum |g d|, the scale that its error is measured on."""
    with mp.workdps(DIGITS):
        terms = np.ravel(lift(gradient)) * np.ravel(lift(direction))
        return mp.fsum(terms), mp.fsum(terms, absolute=True)
