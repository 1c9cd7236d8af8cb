"""Does a long stencil suit f? The reach of a stencil grows with its order, so that of order 12
spans a unit of x, where f may have turned many times, or have a kink.

The same values, with the outermost left out, give the derivative at a lower order. On a function of
scale 1 the two differ by C h^p; where they differ by more, f varies faster, and a step shorter by
the same power of the ratio suits it. What no values so far apart can tell, a short stencil does: it
is known to its rounding.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from diffbench.differences.stencils import Stencil, at_nodes
from diffbench.interface import Array

TIMES = 30.0  # how much more than on a function of scale 1 the orders may differ
CLOSER = 0.5  # of the step that suits the short stencil: there its truncation is a small part of
SHORT = 2  # the order of the stencil that a longer one is held against
PARTED = 2.0  # times what either is expected to be off, by which the two may part
NOISY = 16.0  # times that, by which noise may part the short stencil at its two steps
ALIKE = 8.0  # times what the short stencil parts from itself, within which noise explains the rest
NEARER = (0.5, 0.25)  # of the short stencil's step: two, since noise may agree once by chance
SHORTEST = 1e-5  # of the step at first; as long as that of a short stencil


class Columns(NamedTuple):
    """f(x) if the stencil uses it; the derivatives along n coordinates, shape (n, *f(x).shape), and
    those by the short stencil from its part of the same values; the values of f behind them, shape
    (k, *f(x).shape); and the steps, shape (n,).
    """

    center: Array | None
    derivatives: Array
    coarse: Array
    values: Array
    steps: Array


def shorter(stencil: Stencil, values: Sequence[Array], h: Array) -> Array:
    """The steps that suit f, shape (n,): h where it does.

    values: f at each offset of the stencil, each of shape (n, *f(x).shape), or f(x) itself where
    the offset is 0.
    """
    inner, rows = _inner(stencil, values)
    steps = h.reshape(-1, *[1] * (max(value.ndim for value in rows) - 1))
    n = len(h)
    apart = np.abs(stencil.combine(values, steps) - inner.combine(rows, steps)).reshape(n, -1)
    reach = max(map(abs, stencil.floats[0])) * h
    spread = np.ptp(np.stack(np.broadcast_arrays(*values)), axis=0).reshape(n, -1)
    sizes = spread.max(axis=1) / reach
    usual = TIMES * inner.error_constant * stencil.unit_step(h.dtype) ** inner.order
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.nan_to_num(apart.max(axis=1) / sizes) / float(usual)
    factor = np.maximum(SHORTEST, np.maximum(1, ratio) ** (-1.0 / inner.order))
    return np.asarray(h * factor, h.dtype)


def bar(far: Columns, witness: Columns, short: Stencil, eps: Any) -> Array:
    """By how much the derivatives by a short stencil may be off, shape (n, *f(x).shape): by rounding
    of f, and by a truncation that falls as the power of its step.
    """
    steps = witness.steps.reshape(-1, *[1] * (far.derivatives.ndim - 1))
    # at a root f is small near x, and its parts are as large as f is far off
    sizes = np.maximum(np.abs(witness.values).max(axis=0), np.abs(far.values).max(axis=0))
    rounding = eps * sizes
    shares = (witness.steps / far.steps).reshape(steps.shape) ** short.order
    truncation = np.abs(far.coarse - far.derivatives) * shares
    return np.asarray(PARTED * (float(short.noise_gain) * rounding / steps + truncation))


def is_noise(far: Array, closer: Array, nearer: Sequence[Array]) -> Array:
    """Whether f's noise explains that a long stencil parts from the short one: at shorter steps the
    short one parts from itself as far. Noise over h is least at the long stencil's step (a solver's
    result, a quadrature); a kink leaves the short ones alike.
    """
    itself = np.max([np.abs(closer - other) for other in nearer], axis=0)
    return np.asarray(np.abs(far - closer) <= ALIKE * itself)


def coarse(stencil: Stencil, rows: Sequence[Array], steps: Array) -> Array:
    """The derivatives by the short stencil of the same side, from its part of the values."""
    nearest = sorted(stencil.offsets, key=abs)[: SHORT if 0 not in stencil.offsets else SHORT + 1]
    short = at_nodes(nearest, stencil.derivative)
    by_offset = dict(zip(stencil.offsets, rows, strict=True))
    return np.asarray(short.combine([by_offset[o] for o in short.offsets], steps))


def _inner(stencil: Stencil, values: Sequence[Array]) -> tuple[Stencil, list[Array]]:
    """The stencil without its outermost offsets, and the values at the others."""
    far = max(map(abs, stencil.offsets))
    kept = [i for i, o in enumerate(stencil.offsets) if abs(o) < far]
    inner = at_nodes([stencil.offsets[i] for i in kept], stencil.derivative)
    by_offset = {stencil.offsets[i]: values[i] for i in kept}
    return inner, [by_offset[o] for o in inner.offsets]


def is_long(stencil: Stencil) -> bool:
    """Whether there is a lower order that is worth comparing with."""
    return stencil.order > 2
