"""The V-curve of a finite difference: its error at every step, beside the law C M h^p + W eps_f / h
and the step that law calls best.

Near each step the difference is taken at many jittered ones: truncation hardly notices, round-off
does, so the median and the maximum show the band that a single measurement falls into.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from mpmath import mp

from diffbench.differences import stencils
from diffbench.differences.adaptive.noise import rounding_along
from diffbench.differences.bounded import UNBOUNDED
from diffbench.differences.evaluation import Map, floating_point, value_at
from diffbench.differences.stencils import Stencil
from diffbench.differences.step_rules import theory
from diffbench.differences.terms import Terms, with_arguments
from diffbench.errors import BadInput
from diffbench.interface import Array, Function
from diffbench.measure.reference.numbers.arithmetics import objects
from diffbench.measure.reference.taylor import by_balls
from diffbench.program import record

SCHEMES = {
    "forward": stencils.forward(1),
    "central": stencils.central(2),
    "backward": stencils.backward(1),
}
BITS = 256  # of the Taylor coefficients behind the true error and the law
FITTED = ("truncation_order", "roundoff_slope", "roundoff_noise")
PER_DECADE, JITTERS = 4, 15
JITTER = 10 ** (0.5 / PER_DECADE)  # steps around h are up to this many times longer or shorter
# a branch is fitted where h is this many times away from the best: clear of the knee and of total
# loss
NEAR, FAR = (
    10,
    1000,
)


def sweep(
    f: Function,
    x: Any,
    *args: Any,
    dtypes: Sequence[Any] = (np.float64, np.float32),
    schemes: Sequence[str] = ("forward", "central"),
    bounds: tuple[Any, Any] = UNBOUNDED,
    typical_x: Any = 1.0,
    workers: int | Map = 1,
    **kwargs: Any,
) -> pd.DataFrame:
    """One row a (scheme, dtype, h) for f: R -> R in plain NumPy; dtypes may be any of float16,
    float32, float64, longdouble; schemes forward, central, backward.

    Columns: h, error_median, error_max (absolute, over steps jittered around h), theory_error; and,
    constant in a curve: h_opt_theory and error_bound (where the law is least), derivative (the
    truth at the float x), chosen_step (what `FiniteDifference` takes), truncation_order,
    roundoff_slope, roundoff_noise (slopes and eps_f fitted to the two branches; NaN where too few
    points tell).

    args, kwargs: f's further arguments. bounds: (lower, upper), which no step leaves. typical_x: as
    in `FiniteDifference`, for chosen_step. workers: that many processes for the steps, -1 for one a
    core, or a function that maps as `map` does.
    """
    f, terms = with_arguments(f, args, kwargs), Terms(bounds, typical_x, workers)
    if np.shape(x) != ():
        raise BadInput(
            f"a sweep is over the step of one coordinate, and x has shape {np.shape(x)}; pass "
            "lambda t: f(x + t * direction) at 0.0"
        )
    if unknown := [scheme for scheme in schemes if scheme not in SCHEMES]:
        raise BadInput(f"a sweep knows no scheme {unknown[0]!r}; take {' or '.join(SCHEMES)}")
    points = [floating_point(np.asarray(float(x), dtype)) for dtype in dtypes]
    curves = [_curve(f, point, scheme, terms) for point in points for scheme in schemes]
    return pd.concat(curves, ignore_index=True)


@dataclass(frozen=True)
class Law:
    """The truth about f at x, and what theory makes of it for one stencil: derivative, |f^(p+1)|,
    and eps_f, one rounding of f(x) or of the parts that cancel in it. eps: that of the arithmetic.
    """

    stencil: Stencil
    derivative: Any
    slope: float
    noise: float
    eps: float

    def error(self, h: Any) -> float:
        """C M h^p + W eps_f / h, and no less than a rounding of the derivative."""
        h, rounding = float(h), self.eps * abs(float(self.derivative))
        bound = self.stencil.error_bound(h, self.noise, self.slope) if h else 0.0
        return max(bound, rounding)

    @property
    def best_step(self) -> float:
        """Where the error is least; infinite for a polynomial that the stencil differentiates
        exactly. At an exact zero no step is too small: the largest whose truncation is a rounding.
        """
        if not self.slope:
            return np.inf
        if self.noise:
            return self.stencil.optimal_step(self.noise, self.slope)
        rounding = self.eps * abs(float(self.derivative))
        truncation = float(self.stencil.error_constant) * self.slope
        return float((rounding / truncation) ** (1 / self.stencil.order))


def law(f: Function, x: Array, stencil: Stencil, terms: Terms | None = None) -> Law:
    """From a rigorous Taylor expansion of f at the float x."""
    order = stencil.order + 1
    series = by_balls(record(f, x), objects(_exactly(x)), objects(1), order, BITS)
    derivative, last = (series[k] for k in (1, order))
    scale = float(np.prod(np.arange(1, order + 1)))
    return Law(
        stencil,
        _rounded(derivative, x.dtype),
        abs(float(last)) * scale,
        float(rounding_along(f, x, np.ones_like(x), value_at(f, x), terms)),
        float(np.finfo(x.dtype).eps),
    )


def _curve(f: Function, x: Array, scheme: str, terms: Terms) -> pd.DataFrame:
    steps = _steps(x, _longest(x, scheme, terms))
    known = law(f, x, SCHEMES[scheme], terms)
    rows = pd.DataFrame(terms.each(partial(_measured, f, x, known), steps))
    best = known.best_step
    constants = {
        "h_opt_theory": best,
        "error_bound": known.error(best) if np.isfinite(best) else 0.0,
        "derivative": float(known.derivative),
        "chosen_step": float(theory(f, x, known.stencil, terms.sizes(x))),
        **_fitted(rows, known),
    }
    return rows.assign(scheme=scheme, dtype=x.dtype.name, **constants)


def _longest(x: Array, scheme: str, terms: Terms) -> float:
    """The longest step whose jittered neighbours stay within the bounds. Raises BadInput where there
    is none.
    """
    below, above = (float(side[0]) for side in terms.room(x))
    offsets = SCHEMES[scheme].floats[0]
    sides = [(above, max(offsets)), (below, -min(offsets))]
    longest = min(room / reach for room, reach in sides if reach > 0) / JITTER
    if not longest > _lost(x):
        raise BadInput(
            f"the bounds leave a {scheme} difference at x = {x} steps of at most {longest:.1g}, and "
            f"a curve begins at {_lost(x):.1g}; widen the bounds, or take another of the schemes "
            f"{', '.join(SCHEMES)}"
        )
    return longest


def _lost(x: Array) -> float:
    """The step at which every digit is lost."""
    return float(np.spacing(np.abs(x)) if x else np.finfo(x.dtype).eps)


def _steps(x: Array, longest: float) -> list[float]:
    """From total loss to the scale of x, or the longest, evenly on a logarithmic axis."""
    scale = max(1.0, abs(float(x)))
    low, high = np.log10(_lost(x) / 8), np.log10(min(scale / 2, longest))
    return list(np.logspace(low, high, int(PER_DECADE * (high - low)) + 1))


def _measured(f: Function, x: Array, known: Law, h: float) -> dict[str, float]:
    errors = [abs(float(d - known.derivative)) for d in _differences(f, x, h, known.stencil)]
    return {
        "h": h,
        "error_median": float(np.median(errors)),
        "error_max": float(np.max(errors)),
        "theory_error": known.error(h),
    }


def _differences(f: Function, x: Array, h: float, stencil: Stencil) -> Iterator[Any]:
    """The textbook's quotient, all in the dtype of x, at steps within half a grid spacing of h; the
    middle one is h.
    """
    for step in (h * np.geomspace(1 / JITTER, JITTER, JITTERS)).astype(x.dtype):
        with np.errstate(all="ignore"):
            values = [
                np.asarray(f(np.asarray(x + x.dtype.type(o) * step))).astype(x.dtype)
                for o in stencil.floats[0]
            ]
            yield x.dtype.type(stencil.combine(values, step))


def _fitted(rows: pd.DataFrame, known: Law) -> dict[str, float]:
    """Slopes of log error against log h on both sides of the best step, and the noise that the left
    branch amounts to.
    """
    if not known.best_step:
        return dict.fromkeys(FITTED, float("nan"))
    ratio = rows["h"] / known.best_step
    left = rows[(1 / ratio).between(NEAR, FAR) & (rows["error_median"] > 0)]
    noise = (left["error_median"] * left["h"]).median() / float(known.stencil.noise_gain)
    fitted = _slope(rows[ratio.between(NEAR, FAR)]), _slope(left), float(noise)
    return dict(zip(FITTED, fitted, strict=True))


def _slope(rows: pd.DataFrame) -> float:
    usable = rows[np.isfinite(rows["error_median"]) & (rows["error_median"] > 0)]
    return (
        float(np.polyfit(np.log(usable["h"]), np.log(usable["error_median"]), 1)[0])
        if len(usable) >= 3
        else float("nan")
    )


def _exactly(x: Array) -> Any:
    """x as an mpmath number; longdouble in two halves."""
    high = float(x)
    with mp.workprec(BITS):
        return mp.mpf(high) + mp.mpf(float(x - x.dtype.type(high)))


def _rounded(value: Any, dtype: Any) -> Any:
    """A ball's midpoint in the given precision."""
    high = float(value)
    return dtype.type(high) + dtype.type(float(value - high))
