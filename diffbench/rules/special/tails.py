"""Integrals of densities over the tail that is nearer, by double-exponential quadrature: what differs
in a shape where SciPy's distribution function is compiled.

The nodes stay where they are when a shape moves, so that the sum is differentiated as it stands, to
any order. The sum is held against SciPy's own value, and refused where the two part. Source:
Takahasi & Mori (1974), Publ. RIMS 9, 721.
"""

# fmt: off
import numpy as np
import scipy.special as sp

from diffbench.arrays.traced import contains_traced
from diffbench.errors import MissingRule
from diffbench.rules.table import settled

STEP = 1 / 24
S = np.arange(-4.6, 4.6, STEP)
# of the interval between an end of the support and the point, and of a half-line in its own unit
ON_INTERVAL = sp.expit(np.pi * np.sinh(S))
ON_INTERVAL_WEIGHTS = STEP * np.pi * np.cosh(S) * ON_INTERVAL * sp.expit(-np.pi * np.sinh(S))
ON_HALF_LINE = np.exp(np.pi / 2 * np.sinh(S))
ON_HALF_LINE_WEIGHTS = STEP * np.pi / 2 * np.cosh(S) * ON_HALF_LINE
APART = 1e-11  # of SciPy's value
NOTHING = 1e-22


def tail(density, y, shapes, end, size, score=None):
    """The integral of density(t, *shapes) between y and an end of the support, elementwise; size: what
    it comes to by SciPy, by which the unit of a half-line is chosen; score: a factor of the density in the
    integral that is wanted.
    """
    here, end, size = (np.asarray(v, float) for v in np.broadcast_arrays(settled(y), end, size))
    # the point moves, too, in a derivative of the derivative
    y = y + np.zeros(here.shape) if contains_traced([y]) else here
    axes = (-1,) + (1,) * here.ndim
    nodes, weights = (np.reshape(v, axes) for v in (ON_INTERVAL, ON_INTERVAL_WEIGHTS))
    far, far_weights = (np.reshape(v, axes) for v in (ON_HALF_LINE, ON_HALF_LINE_WEIGHTS))
    finite = np.isfinite(end)
    length = np.where(finite, y - np.where(finite, end, 0.0), 0.0)
    unit = np.where(finite, 1.0, np.sign(end) * size / np.asarray(density(here, *map(settled, shapes))))
    t = np.where(finite, np.where(finite, end, 0.0) + length * nodes, y + unit * far)
    w = np.where(finite, length * np.sign(settled(length)) * weights, np.abs(unit) * far_weights)
    # a node that adds nothing may lie where the slope of the density has no number
    places, sizes = settled(t), settled(w)
    known = sizes * np.asarray(density(np.where(np.isfinite(places), places, here), *map(settled, shapes)))
    counts = np.isfinite(places) & (places != end) & (known > NOTHING * size)
    found = np.sum(np.where(counts, w * density(np.where(counts, t, y), *shapes), 0.0), axis=0)
    apart = np.abs(settled(found) - size)
    if not np.all(apart <= APART * size):
        raise MissingRule("a distribution function has no derivative in this shape: SciPy's program is compiled, and the "
                          f"integral of the density is {np.max(apart):.1e} apart from it; hold the shape constant")
    if score is None:
        return found
    places = np.where(counts, t, y)
    return np.sum(np.where(counts, w * density(places, *shapes) * score(places, *shapes), 0.0), axis=0)
