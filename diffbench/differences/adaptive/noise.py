"""How noisy is f? Seven values along a line tell: what is left in their k-th differences when f's
own variation has cancelled is noise.

If the values are t_i + e_i with smooth t and independent e of variance s², the k-th differences
have variance s² (2k)!/(k!)², so every column of the difference table beyond the first few gives the
same s. Source: Moré & Wild (2011), doi:10.1137/100786125.
"""

from collections.abc import Callable
from math import factorial
from typing import Any, Literal

import numpy as np

from diffbench.differences.adaptive.diagnosis import rounding_of_parts
from diffbench.differences.adaptive.line import along
from diffbench.differences.adaptive.output import Output
from diffbench.differences.bounded import contains, inwards
from diffbench.differences.evaluation import ShiftedPoints, value_at
from diffbench.differences.terms import Terms
from diffbench.errors import NotDifferentiable
from diffbench.interface import Array, Function

POINTS = 7
ATTEMPTS = 12
Verdict = Literal["found", "step too large", "step too small"]


def noise_in(values: Array) -> tuple[float, Verdict]:
    """The standard deviation of the noise in equally spaced values, shape (k,), and whether the
    spacing was right to see it.
    """
    size = np.abs(values).max()
    if np.isnan(size):
        return 0.0, "step too large"
    if np.count_nonzero(np.diff(values) == 0) >= len(values) / 2 - 1:
        return 0.0, "step too small"
    table = [np.diff(values / size, k) for k in range(1, len(values))]
    levels = [
        factorial(k) * np.sqrt(np.mean(column**2) / factorial(2 * k))
        for k, column in enumerate(table, 1)
    ]
    for k in range(len(levels) - 2):
        trio = levels[k : k + 3]
        if (
            np.ptp(values) <= 0.1 * size
            and max(trio) <= 4 * min(trio)
            and np.ptp(np.sign(table[k])) == 2
        ):
            return float(size * levels[k]), "found"
    return float(size * np.median(levels)), "step too large"


def noise_on(g: Callable[[Array], Array], step: float) -> float:
    """The noise of one output g(t) near t = 0: the largest found over spacings that grow 23-fold
    until f itself shows.

    g maps an array of t to the values there. A function that never moves has noise 0; one that
    shows at every smaller spacing too is noise altogether.
    """
    sigma, verdict = noise_in(g(step * OFFSETS))
    if verdict == "step too large":
        return float(
            np.median([sigma, *(noise_in(g(step * OFFSETS / shrink))[0] for shrink in (16, 256))])
        )
    found = sigma
    for _ in range(ATTEMPTS):
        step *= 23  # no multiple of the last, so as not to step from stair to stair
        sigma, verdict = noise_in(g(step * OFFSETS))
        if verdict == "step too large":
            break
        found = max(found, sigma)
    return found


OFFSETS = np.arange(POINTS) - POINTS // 2


def noise_along(f: Function, x: Array, direction: Array, terms: Terms | None = None) -> Array:
    """The noise of every output of f along a direction, shape f(x).shape; ahead only, where there
    are bounds. At least the rounding of a nonzero f(x) and of the parts that cancel in it, so never
    NaN.
    """
    terms = terms or Terms()
    center = value_at(f, x)

    def values(t: Array) -> Array:
        t = t - t.min() if terms.is_bounded else t
        points = ShiftedPoints(x, np.multiply.outer(t.astype(x.dtype), direction))
        nothing = np.full((len(t), *center.shape), np.nan)
        if terms.is_bounded and not all(contains(terms.bounds, point) for point in points):
            return nothing
        try:
            return terms.values(f, points)
        except NotDifferentiable:  # beyond the domain of f: as far as a spacing can grow
            return nothing

    def output(i: int) -> Callable[[Array], Array]:
        return lambda t: values(t).reshape(len(t), -1)[:, i].astype(float)

    eps = float(np.finfo(x.dtype).eps)
    step = eps**0.75 * max(float(np.abs(x).max()), np.sqrt(eps)) / float(np.abs(direction).max())
    flat = [noise_on(output(i), step) for i in range(center.size)]
    rounding = rounding_along(f, x, direction, center, terms) / np.sqrt(12)
    return np.asarray(np.fmax(np.reshape(flat, center.shape), rounding))[()]


def rounding_along(
    f: Function, x: Array, direction: Array, center: Array, terms: Terms | None = None
) -> Array:
    """One rounding of every output of f along a direction, shape f(x).shape: that of f(x), or of
    the parts that cancel in it. An exact zero has none.
    """
    line = along(f, x, direction, center.reshape(-1), terms)
    outputs = [Output(line, i, allowed=np.inf) for i in range(center.size)]
    parts = [max(rounding_of_parts(q) for q in output.sides()) for output in outputs]
    own: Array = np.abs(center) * np.finfo(center.dtype).eps
    larger: Array = np.maximum(own, np.reshape(parts, center.shape))
    return larger


def any_direction(x: Array, terms: Terms | None = None) -> Any:
    """A direction that moves every coordinate in proportion to its size, the same at every call;
    away from the nearer bound.
    """
    terms = terms or Terms()
    signs = np.random.default_rng(0).uniform(0.5, 1, x.shape) * np.random.default_rng(1).choice(
        [-1, 1], x.shape
    )
    size = terms.sizes(x)
    direction = signs * np.where(size > 0, size, size.max() if size.any() else 1)
    return inwards(direction.astype(x.dtype), terms.room(x))
