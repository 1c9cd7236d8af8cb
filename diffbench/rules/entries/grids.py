"""On a grid: its points, interpolation, slopes and integrals between them, and what falls into its
cells.
"""

# fmt: off
import numpy as np

from diffbench.errors import MissingRule
from diffbench.rules.elementwise import jumping_at_0
from diffbench.rules.entries.indexing import add_at
from diffbench.rules.table import axes_of, axis_of, composite, settled


# ---------------------------------------------------------------- the points
def linspace(start, stop, num=50, endpoint=True, retstep=False, dtype=None, axis=0, **options):
    width = stop - start
    shares = np.reshape(np.linspace(0.0, 1.0, num, endpoint=endpoint), (-1,) + (1,) * np.ndim(width))
    points = np.moveaxis(np.where(shares == 1, stop, start + width * shares), 0, axis)
    return (points, width / (num - bool(endpoint))) if retstep else points


def geomspace(start, stop, num=50, endpoint=True, dtype=None, axis=0):
    return np.moveaxis(start * (stop / start) ** linspace(np.zeros(np.shape(stop / start)), 1.0, num, endpoint), 0, axis)


composite(np.linspace,  linspace)
composite(np.geomspace, geomspace)
composite(np.logspace,  lambda start, stop, num=50, endpoint=True, base=10.0, dtype=None, axis=0:
          base ** linspace(start, stop, num, endpoint, axis=axis))


# ---------------------------------------------------------------- between the points
def stacked(x):
    """x, as an array if it is a list."""
    return np.stack(x) * 1.0 if isinstance(x, (list, tuple)) else x


def interp(x, xp, fp, left=None, right=None, period=None):
    # NumPy computes with doubles
    x, xp, fp = x * np.float64(1.0), stacked(xp), stacked(fp)
    if period is not None:
        return interp(within(x, period), *repeated(within(xp, period), fp, period))
    # at a knot: the slope to the right
    i = settled(np.clip(np.searchsorted(xp, x, side="right") - 1, 0, len(xp) - 2))
    y = fp[i] + (fp[i + 1] - fp[i]) / (xp[i + 1] - xp[i]) * (x - xp[i])
    y = np.where(x > xp[-1], fp[-1] if right is None else right, y)
    y = np.where(x < xp[0], fp[0] if left is None else left, y)
    return y + edge(x - xp[-1], fp[-1], right) + edge(x - xp[0], fp[0], left)


def edge(beyond, value, outside):
    """0, which at the edge of the knots jumps where another value holds outside."""
    if outside is None or not np.any(settled((beyond == 0) & np.not_equal(value, outside))):
        return 0.0
    return jumping_at_0(beyond)


def within(x, period):
    """x moved into [0, period)."""
    return x - period * settled(np.floor(x / period))


def repeated(xp, fp, period):
    """One period, sorted, with the neighbouring periods' nearest points."""
    order = settled(np.argsort(xp))
    xp, fp = xp[order], fp[order]
    return np.concatenate([xp[-1:] - period, xp, xp[:1] + period]), np.concatenate([fp[-1:], fp, fp[:1]])


def trapezoid(y, x=None, dx=1.0, axis=-1):
    y, x = stacked(y), stacked(x)
    axis = axis_of(axis, y)
    along = (slice(None),) * axis
    pairs = y[(*along, slice(1, None))] + y[(*along, slice(None, -1))]
    if x is None:
        return np.sum(pairs * dx / 2.0, axis=axis)
    widths = np.diff(x, axis=axis if np.ndim(x) > 1 else -1)
    widths = widths if np.ndim(x) > 1 else np.reshape(widths, tuple(-1 if i == axis else 1 for i in range(np.ndim(y))))
    return np.sum(pairs * widths / 2.0, axis=axis)


def gradient(f, *spacing, axis=None, edge_order=1):
    axes = range(np.ndim(f)) if axis is None else axes_of(axis, f)
    steps = spacing * len(axes) if len(spacing) == 1 else spacing or (1.0,) * len(axes)
    if edge_order > 2 or len(steps) != len(axes):
        # NumPy's own error
        return np.gradient(np.empty(np.shape(f)), *spacing, axis=axis, edge_order=edge_order)
    slopes = [np.moveaxis(slope_along(np.moveaxis(f, a, 0), h, edge_order), 0, a) for a, h in zip(axes, steps, strict=True)]
    return slopes[0] if len(slopes) == 1 else tuple(slopes)


def slope_along(f, h, edge_order):
    """Second-order differences of f along its first axis, at the ends of order edge_order."""
    if len(f) <= edge_order:
        raise ValueError("Shape of array too small to calculate a numerical gradient, at least "
                         "(edge_order + 1) elements are required.")
    x = np.arange(len(f)) * h if np.ndim(h) == 0 else stacked(h)
    width = np.reshape(x[1:] - x[:-1], (-1,) + (1,) * (np.ndim(f) - 1))
    slope = (f[1:] - f[:-1]) / width
    left, right = width[:-1], width[1:]
    inner = (slope[:-1] * right + slope[1:] * left) / (left + right)
    first, last = slope[:1], slope[-1:]
    if edge_order == 2:
        first = first - (slope[1:2] - first) * width[:1] / (width[:1] + width[1:2])
        last = last + (last - slope[-2:-1]) * width[-1:] / (width[-1:] + width[-2:-1])
    return np.concatenate([first, inner, last])


def unwrap(p, discont=None, axis=-1, *, period=2 * np.pi):
    step, half = np.diff(p, axis=axis), period / 2
    short = np.mod(step + half, period) - half
    short = np.where((short == -half) & (step > 0), half, short)
    jump = np.where(np.abs(step) < (half if discont is None else discont), 0.0, short - step)
    first, rest = np.split(p, [1], axis=axis)
    return np.concatenate([first, rest + np.cumsum(jump, axis=axis)], axis=axis)


composite(np.interp,    interp)
composite(np.trapezoid, trapezoid)
composite(np.gradient,  gradient)
composite(np.unwrap,    unwrap)


# ---------------------------------------------------------------- what falls into the cells: linear
# in the weights
def bincount(x, /, weights=None, minlength=0):
    cells = settled(x)
    counts = np.bincount(cells, minlength=minlength)
    return counts if weights is None else add_at(np.zeros(len(counts)), weights, np.asarray(cells))


def histogram(a, bins=10, range=None, density=None, weights=None):
    a_plain = settled(a)
    if a_plain is not a and np.ndim(bins) == 0:
        raise MissingRule(
            "numpy.histogram of traced data has counts without a derivative and edges that move "
            "with the data; "
            "give the edges as an array, or smooth the counts with a kernel"
        )
    edges = np.histogram_bin_edges(a_plain, bins, range)
    if weights is None:
        return np.histogram(a_plain, edges, density=density)
    data = np.ravel(a_plain)
    inside = (data >= edges[0]) & (data <= edges[-1])
    cells = np.minimum(np.searchsorted(edges, data[inside], side="right") - 1, len(edges) - 2)
    counts = add_at(np.zeros(len(edges) - 1), np.ravel(weights)[inside], cells)
    return (counts / np.sum(counts) / np.diff(edges) if density else counts), edges


composite(np.bincount,  bincount)
composite(np.histogram, histogram)
