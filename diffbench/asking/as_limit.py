"""What is tried before a derivative that came out infinite or undefined is refused: the rules gave
0 * inf, and f may still be smooth.

An intermediate value that overflows (1 / (1 + exp(-x)) at -1000) is computed again in the next
wider floating type. A smooth function of a matrix with repeated eigenvalues (its exponential by
`eigh`), or of an absolute value (|x|**3, whose second derivative at 0 depends on how the slope of
|x| jumps there), is differentiated on both sides: where a continuous function's derivative has a
limit, the limit is its derivative. A kink has none, and stays refused.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from diffbench.arrays.generic import at_generic_points
from diffbench.arrays.traced import Traced, core
from diffbench.errors import DiffbenchError
from diffbench.interface import Function
from diffbench.program import record

Derivative = Callable[[Any], Any]  # x -> the derivative there

WIDER = {
    np.dtype(np.float16): np.float32,
    np.dtype(np.float32): np.float64,
    np.dtype(np.float64): np.longdouble,
}
# primitives whose own results are not smooth where the function's may be
TAKES_APART = {"eigen", "eigenvalues", "general_eigen", "singular", "singular_values"}
HAS_A_KINK = {
    "absolute",
    "fabs",
    "slope_of_abs",
    "maximum",
    "minimum",
    "max",
    "min",
    "fmax",
    "fmin",
    "hypot",
    "sqrt",
    "of_no_slope",
    "beside",
}


def continued(f: Function, derivative: Derivative, x: Any) -> Any:
    """The derivative at x by one of these ways; None where neither leads to a finite one."""
    if type(x) is Traced:
        return None
    wide = in_wider_range(f, derivative, x)
    found = wide if wide is not None else as_a_limit(f, derivative, x)
    return found if found is None or is_continuous(f, x, found) else None


def is_continuous(f: Function, x: Any, slopes: Any) -> bool:
    """Whether f does not jump at x, as far as its values a few units in the last place away can
    tell: they differ by no more than slopes of that size explain, and by little of what f is at all.
    """
    eps = np.finfo(x.dtype).eps
    unit = np.where(x == 0, 1.0, np.abs(x))
    with np.errstate(all="ignore"):
        here = np.asarray(f(x.copy()))
        beside, further = _around(f, x, 4 * eps * unit), _around(f, x, np.sqrt(eps) * unit)
        size = max(float(np.max(np.abs(y), initial=0.0)) for y in (here, *further))
        steepest = float(np.max(np.abs(slopes), initial=0.0) * np.sum(4 * eps * unit))
        most = np.sqrt(eps) * size + 10 * steepest
        return all(
            y.shape == here.shape and np.all((y == here) | (np.abs(y - here) <= most))
            for y in beside
        )


def _around(f: Function, x: Any, reach: Any) -> list[Any]:
    """f on both sides of x along two lines."""
    signs = np.sign(two_lines(x))
    return [np.asarray(f((x + way * s * reach).astype(x.dtype))) for s in signs for way in (1, -1)]


def in_wider_range(f: Function, derivative: Derivative, x: Any) -> Any:
    """The derivative by the next wider type, rounded back; None where it, or f itself, is not finite
    there either.
    """
    wider = WIDER.get(x.dtype)
    if wider is None:
        return None
    try:
        wide = np.asarray(derivative(x.astype(wider)))
        with np.errstate(all="ignore"):
            has_value = np.all(np.isfinite(np.asarray(f(x.astype(wider)))))
    except (TypeError, np.linalg.LinAlgError, DiffbenchError):  # LAPACK has no such type
        return None
    with np.errstate(over="ignore"):
        found = wide.astype(x.dtype)
    return found if has_value and np.all(np.isfinite(found)) else None


def as_a_limit(f: Function, derivative: Derivative, x: Any) -> Any:
    """The derivative on both sides of x, if they agree: right to eps**(2/3), beside a kink to a few
    eps. None where f has no value.
    """
    program = record(f, x)
    met = {equation.primitive.name for equation in program.equations}
    with np.errstate(all="ignore"):
        if not np.all(np.isfinite(program(x))):
            return None
    eps, size = np.finfo(x.dtype).eps, max(float(np.max(np.abs(x), initial=0.0)), 1.0)
    beside = from_both_sides(derivative, x, 16 * eps * size) if HAS_A_KINK & met else None
    if beside is None and TAKES_APART & met:
        return from_both_sides(derivative, x, np.cbrt(eps) * size)
    return beside


def from_both_sides(derivative: Derivative, x: Any, step: float) -> Any:
    """The mean of the derivatives on both sides of x along two random lines, extrapolated from two
    points each; None if they differ.
    """
    lines = two_lines(x)
    with at_generic_points():
        near, far = (
            [np.asarray(core(derivative(x + way * line))) for line in lines for way in (h, -h)]
            for h in (step, 2 * step)
        )
    sides = 2 * np.array(near) - np.array(far)
    spread = np.max(np.abs(sides - sides[0]))
    mean = np.mean(sides, axis=0)
    return mean if spread <= 100 * step * max(float(np.max(np.abs(mean))), 1.0) else None


def two_lines(x: Any) -> Any:
    """Two random directions; of any two coordinates, another one is the larger in each, so that no
    tie is broken the same way in both.
    """
    rng = np.random.default_rng(0)
    sizes, signs = rng.uniform(0.5, 1.5, x.shape), rng.choice((-1, 1), (2, *x.shape))
    return (signs * [sizes, 2 - sizes]).astype(x.dtype)
