"""What is tried before a derivative that came out infinite or undefined is refused: the rules gave 0 * inf, and f may still be smooth.

An intermediate value that overflows (1 / (1 + exp(-x)) at -1000) is computed again in the next wider floating type. A smooth function of
a matrix with repeated eigenvalues (its exponential by `eigh`) is differentiated on both sides: where a continuous function's derivative
has a limit, the limit is its derivative. A kink has none, and stays refused.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from diffbench.arrays.traced import Traced, core
from diffbench.errors import DiffbenchError
from diffbench.interface import Function
from diffbench.program import record

Derivative = Callable[[Any], Any]  # x -> the derivative there

WIDER = {np.dtype(np.float16): np.float32, np.dtype(np.float32): np.float64, np.dtype(np.float64): np.longdouble}
TAKES_APART = {"eigen", "general_eigen", "singular"}  # primitives whose own results are not smooth where the function's may be


def continued(f: Function, derivative: Derivative, x: Any) -> Any:
    """The derivative at x by one of these ways; None where neither leads to a finite one."""
    if type(x) is Traced:
        return None
    wide = in_wider_range(derivative, x)
    return wide if wide is not None else as_a_limit(f, derivative, x)


def in_wider_range(derivative: Derivative, x: Any) -> Any:
    """The derivative by the next wider type, rounded back; None where it is not finite there either."""
    wider = WIDER.get(x.dtype)
    if wider is None:
        return None
    try:
        wide = np.asarray(derivative(x.astype(wider)))
    except (TypeError, np.linalg.LinAlgError, DiffbenchError):  # LAPACK has no such type
        return None
    with np.errstate(over="ignore"):
        found = wide.astype(x.dtype)
    return found if np.all(np.isfinite(found)) else None


def as_a_limit(f: Function, derivative: Derivative, x: Any) -> Any:
    """The mean of the derivatives on both sides of x along two random lines, if they agree; right to about eps**(2/3)."""
    if not TAKES_APART & {equation.primitive.name for equation in record(f, x).equations}:
        return None
    step = np.cbrt(np.finfo(x.dtype).eps) * max(float(np.max(np.abs(x))), 1.0)
    lines = np.random.default_rng(0).normal(size=(2, *x.shape)).astype(x.dtype)
    sides = [np.asarray(core(derivative(x + sign * step * line))) for line in lines for sign in (1, -1)]
    spread = np.max(np.abs(np.array(sides) - sides[0]))
    mean = np.mean(sides, axis=0)
    return mean if spread <= 100 * step * max(float(np.max(np.abs(mean))), 1.0) else None
