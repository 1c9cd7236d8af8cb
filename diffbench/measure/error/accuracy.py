"""How wrong a computed derivative is: entry by entry, in the norm, in units in the last place, and
in units that x alone may cost.

An error is computed as (computed - value) - rest from the two floats of the reference, so that it
is right to its own last digit even where the computed value is the float nearest to the truth.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from diffbench.interface import Array
from diffbench.measure.reference.true_derivative import Reference


@dataclass(frozen=True, eq=False)
class Errors:
    """Errors of one computed derivative; infinite where it is not a number."""

    rel: float  # largest entry of `component`
    norm: float  # ||e|| / ||g||, Euclidean
    ulp: float  # largest |e_i| in units in the last place of g_i in the computed dtype
    component: (
        Array  # |e_i| / |g_i|, and |e_i| / max |g| where g_i is 0; shape of the reference's value
    )
    # norm / (max(1, cond) eps): a few for a stable method, whatever the problem's condition
    units: float
    eps: float  # of the computed dtype


def errors(computed: Any, reference: Reference) -> Errors:
    """Measure a computed derivative; of a pair (value, derivative) the second. Sparse matrices are
    densified, sampled entries picked.

    Zero entries have no relative error of their own and are judged against the largest entry.
    """
    derivative = reference.select(computed[1] if isinstance(computed, tuple) else computed)
    eps = (
        float(np.finfo(derivative.dtype).eps)
        if np.issubdtype(derivative.dtype, np.inexact)
        else float(np.finfo(float).eps)
    )
    error = _error(derivative, reference)
    scale = _scale(reference.value)
    component = _quotient(error, scale)
    norm = float(_quotient(_norm(error), _norm(np.asarray(reference.value))))
    ulp = np.max(_quotient(error, _unit_in_the_last_place(scale, eps)), initial=0.0)
    units = norm / (np.fmax(1.0, reference.cond) * eps)
    return Errors(
        float(np.max(component, initial=0.0)), norm, float(ulp), component, float(units), eps
    )


def _error(computed: NDArray[Any], reference: Reference) -> Array:
    """|computed - truth|; 0 where both overflow to the same infinity, infinite where the computed
    entry is not a number.
    """
    with np.errstate(invalid="ignore", over="ignore"):
        gap = np.abs(
            (computed.astype(complex if computed.dtype.kind == "c" else float) - reference.value)
            - reference.rest
        )
    return np.asarray(
        np.where(
            computed == reference.value,
            np.abs(reference.rest),
            np.where(np.isnan(gap), np.inf, gap),
        )
    )


def _scale(value: Array) -> Array:
    """|g_i|, and the largest |g| in the place of a zero; 1 where all are zero."""
    largest = np.max(np.abs(value), initial=0.0) or 1.0
    return np.where(value == 0, largest, np.abs(value))


def _norm(values: Array) -> Array:
    """Euclidean norm, scaled so that it overflows only if it must."""
    largest = np.max(np.abs(values), initial=0.0)
    return np.asarray(
        largest * np.linalg.norm(np.ravel(values) / largest) if 0 < largest < np.inf else largest
    )


def _quotient(error: Any, scale: Any) -> Array:
    """error / scale: 0 for no error, infinite for an infinite one, and the error itself where the
    scale is zero.
    """
    with np.errstate(invalid="ignore", over="ignore"):
        quotient = error / np.where(np.asarray(scale) == 0, 1.0, scale)
    return np.where(np.asarray(error) == 0, 0.0, np.where(np.isinf(error), np.inf, quotient))


def _unit_in_the_last_place(scale: Array, eps: float) -> Array:
    """The spacing of floats at `scale`, of the type whose eps is given."""
    kind = next(
        kind
        for kind in (np.float64, np.float32, np.float16, np.longdouble)
        if float(np.finfo(kind).eps) == eps
    )
    with np.errstate(over="ignore", invalid="ignore"):
        return np.asarray(np.spacing(scale.astype(kind)), dtype=float)
