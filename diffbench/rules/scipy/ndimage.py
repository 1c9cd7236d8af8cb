"""scipy.ndimage: filters, in the image, the weights and the widths; interpolation by splines, in the
image and the coordinates.

SciPy's filters are compiled. Here each is one product with the windows around every place; which
entry of a window is the largest, or of a rank, is a decision. Spline coefficients are a linear map of
the image, of which SciPy itself gives the matrix.
"""

# fmt: off
import itertools
from typing import Any

import numpy as np
import scipy.ndimage as nd

from diffbench.arrays.traced import core
from diffbench.errors import MissingRule
from diffbench.rules.entries.indexing import getitem
from diffbench.rules.interception import caught
from diffbench.rules.scipy.windows import (
    MODES,
    correlated,
    correlated_along,
    each,
    numbers,
    windows,
)
from diffbench.rules.table import composite, settled


def into_nothing(output, name):
    if isinstance(output, np.ndarray):
        raise MissingRule(f"scipy.ndimage.{name} with output has no derivative rule; take what it returns")


# ---------------------------------------------------------------- linear filters
def correlate1d(input, weights, axis=-1, output=None, mode="reflect", cval=0.0, origin=0):
    into_nothing(output, "correlate1d")
    return correlated_along(numbers(input), numbers(weights), axis, origin, mode, cval)


def convolve1d(input, weights, axis=-1, output=None, mode="reflect", cval=0.0, origin=0):
    weights = numbers(weights)[::-1]
    return correlate1d(input, weights, axis, output, mode, cval, -origin - (len(weights) % 2 == 0))


def correlate(input, weights, output=None, mode="reflect", cval=0.0, origin=0, *, axes=None):
    into_nothing(output, "correlate")
    if axes is not None and len(np.atleast_1d(axes)) != np.ndim(input):
        raise MissingRule("scipy.ndimage.correlate and convolve with axes have no derivative rule; use correlate1d")
    x = numbers(input)
    return correlated(x, numbers(weights), each(origin, np.ndim(x)), each(mode, np.ndim(x)), cval)


def convolve(input, weights, output=None, mode="reflect", cval=0.0, origin=0, *, axes=None):
    weights = numbers(weights)
    flipped = weights[(slice(None, None, -1),) * np.ndim(weights)]
    origins = [-o - (size % 2 == 0) for o, size in zip(each(origin, np.ndim(weights)), np.shape(weights), strict=True)]
    return correlate(input, flipped, output, mode, cval, origins, axes=axes)


def gaussian_weights(sigma, order, radius):
    """The kernel and its derivatives, as SciPy's: of a normalised sampled Gaussian."""
    x = np.arange(-radius, radius + 1.0)
    kernel = np.exp(-0.5 / sigma**2 * x**2)
    kernel = kernel / np.sum(kernel)
    factor: list[Any] = [1.0]  # of the polynomial that the kernel is multiplied by
    for _ in range(order):
        grown: list[Any] = [0.0] * (len(factor) + 1)
        for power, value in enumerate(factor):
            grown[power + 1] = grown[power + 1] - value / sigma**2
            if power:
                grown[power - 1] = grown[power - 1] + power * value
        factor = grown
    return kernel * sum((value * x**power for power, value in enumerate(factor)), start=0.0)


def gaussian_filter1d(input, sigma, axis=-1, order=0, output=None, mode="reflect", cval=0.0, truncate=4.0, *, radius=None):
    radius = int(settled(truncate * sigma + 0.5)) if radius is None else radius
    return correlate1d(input, gaussian_weights(sigma, order, radius)[::-1], axis, output, mode, cval)


def along_axes(one):
    """A filter along each axis in turn, with an argument of its own for each."""
    def run(input, argument, modes, axes, *more):
        x, axes = numbers(input) * 1.0, range(np.ndim(input)) if axes is None else np.atleast_1d(axes)
        for k, axis in enumerate(axes):
            x = one(x, int(axis), *(each(values, len(axes))[k] for values in (argument, modes, *more)))
        return x

    return run


def gaussian_filter(input, sigma, order=0, output=None, mode="reflect", cval=0.0, truncate=4.0, *, radius=None, axes=None):
    into_nothing(output, "gaussian_filter")
    one = lambda x, axis, sigma, mode, order, radius: x if core(sigma) <= 1e-15 else gaussian_filter1d(x, sigma, axis, order, None, mode, cval, truncate, radius=radius)
    return along_axes(one)(input, numbers(sigma), mode, axes, order, radius)


def uniform_filter1d(input, size, axis=-1, output=None, mode="reflect", cval=0.0, origin=0):
    return correlate1d(input, np.full(size, 1.0 / size), axis, output, mode, cval, origin)


def uniform_filter(input, size=3, output=None, mode="reflect", cval=0.0, origin=0, *, axes=None):
    into_nothing(output, "uniform_filter")
    one = lambda x, axis, size, mode, origin: uniform_filter1d(x, size, axis, None, mode, cval, origin)
    return along_axes(one)(input, size, mode, axes, origin)


def slope_with(smooth):
    def run(input, axis=-1, output=None, mode="reflect", cval=0.0):
        into_nothing(output, "sobel")
        x, axis = numbers(input), axis % np.ndim(input)
        modes = each(mode, np.ndim(x))
        y = correlate1d(x, [-1.0, 0.0, 1.0], axis, None, modes[axis], cval)
        for other in range(np.ndim(x)):
            y = y if other == axis else correlate1d(y, smooth, other, None, modes[other], cval)
        return y

    return run


def summed(one):
    """The sum over all axes of one(x, axis, mode)."""
    def run(x, mode, axes):
        axes = range(np.ndim(x)) if axes is None else np.atleast_1d(axes)
        terms = [one(x, int(axis), m) for axis, m in zip(axes, each(mode, len(axes)), strict=True)]
        return sum(terms[1:], start=terms[0])

    return run


def laplace(input, output=None, mode="reflect", cval=0.0, *, axes=None):
    into_nothing(output, "laplace")
    return summed(lambda x, axis, mode: correlate1d(x, [1.0, -2.0, 1.0], axis, None, mode, cval))(numbers(input), mode, axes)


def gaussian_part(sigma, order, mode, cval, options):
    """The derivative of this order along an axis, smoothed."""
    return lambda x, axis: gaussian_filter(x, sigma, [order if k == axis else 0 for k in range(np.ndim(x))], None, mode, cval, **options)


def gaussian_laplace(input, sigma, output=None, mode="reflect", cval=0.0, *, axes=None, **options):
    into_nothing(output, "gaussian_laplace")
    part = gaussian_part(sigma, 2, mode, cval, options)
    return summed(lambda x, axis, mode: part(x, axis))(numbers(input), mode if axes is None else "reflect", axes)


def gaussian_gradient_magnitude(input, sigma, output=None, mode="reflect", cval=0.0, *, axes=None, **options):
    into_nothing(output, "gaussian_gradient_magnitude")
    part = gaussian_part(sigma, 1, mode, cval, options)
    return np.sqrt(summed(lambda x, axis, mode: part(x, axis) ** 2)(numbers(input), mode if axes is None else "reflect", axes))


# ---------------------------------------------------------------- by order
def ordered(pick, name):
    """A filter that takes of each window, sorted, the entry that pick(count) names."""
    def run(input, size, footprint, output, mode, cval, origin, axes, *more):
        into_nothing(output, name)
        x = numbers(input)
        if axes is not None and len(np.atleast_1d(axes)) != np.ndim(x):
            raise MissingRule(f"scipy.ndimage.{name} with axes has no derivative rule; leave it out")
        footprint = np.ones(each(size, np.ndim(x)), bool) if footprint is None else np.asarray(footprint, bool)
        around = windows(x, footprint.shape, each(origin, np.ndim(x)), each(mode, np.ndim(x)), cval)
        return pick(around[(..., *np.nonzero(footprint))], *more)

    return run


def of_rank(around, rank):
    return np.sort(around, axis=-1)[..., rank]


smallest, largest = ordered(lambda a: np.min(a, axis=-1), "minimum_filter"), ordered(lambda a: np.max(a, axis=-1), "maximum_filter")
by_rank = ordered(of_rank, "rank_filter")


def percentile_filter(input, percentile, size=None, footprint=None, output=None, mode="reflect", cval=0.0, origin=0, *, axes=None):
    percentile = percentile + 100.0 if percentile < 0 else percentile
    count = np.prod(each(size, np.ndim(input))) if footprint is None else np.count_nonzero(footprint)
    rank = count - 1 if percentile == 100 else int(float(count) * percentile / 100.0)
    return by_rank(input, size, footprint, output, mode, cval, origin, axes, int(rank))


def median_filter(input, size=None, footprint=None, output=None, mode="reflect", cval=0.0, origin=0, *, axes=None):
    count = np.prod(each(size, np.ndim(input))) if footprint is None else np.count_nonzero(footprint)
    return by_rank(input, size, footprint, output, mode, cval, origin, axes, int(count // 2))


def rank_filter(input, rank, size=None, footprint=None, output=None, mode="reflect", cval=0.0, origin=0, *, axes=None):
    return by_rank(input, size, footprint, output, mode, cval, origin, axes, rank)


def along_one(reduce):
    def run(input, size, axis=-1, output=None, mode="reflect", cval=0.0, origin=0):
        into_nothing(output, "maximum_filter1d")
        x = np.moveaxis(numbers(input), axis, 0)
        sizes = [size] + [1] * (np.ndim(x) - 1)
        around = windows(x, sizes, [origin] + [0] * (np.ndim(x) - 1), [mode] + ["nearest"] * (np.ndim(x) - 1), cval)
        return np.moveaxis(reduce(np.reshape(around, (*np.shape(x), size)), axis=-1), 0, axis)

    return run


def extreme(filtered):
    def run(input, size=None, footprint=None, output=None, mode="reflect", cval=0.0, origin=0, *, axes=None):
        return filtered(input, size, footprint, output, mode, cval, origin, axes)

    return run


# ---------------------------------------------------------------- splines
def spline_weights(order, x):
    """(number of the first coefficient, the weights of order + 1 of them) at coordinates x."""
    first = settled(np.floor(x if order % 2 else x + 0.5))
    f, values = (x if order % 2 else x + 0.5) - first, [np.ones(np.shape(x))]
    for degree in range(1, order + 1):
        longer: Any = [0.0] * (degree + 1)
        for j, value in enumerate(values):
            longer[j] = longer[j] + value * ((1 + j - f) / degree)
            longer[j + 1] = longer[j + 1] + value * ((f - (1 + j - degree)) / degree)
        values = longer
    return first.astype(int) - order // 2, values


FILTERED_AS = {"constant": "mirror", "nearest": "mirror", "mirror": "mirror", "reflect": "reflect", "grid-mirror": "reflect", "grid-wrap": "grid-wrap", "wrap": "mirror"}


def spline_filter1d(input, order=3, axis=-1, output=np.float64, mode="mirror"):
    into_nothing(output, "spline_filter1d")
    x = numbers(input)
    if order < 2:
        return x * 1.0
    matrix = nd.spline_filter1d(np.eye(np.shape(x)[axis]), order, 0, np.float64, mode)
    return np.moveaxis(np.matmul(np.moveaxis(x, axis, -1), matrix.T), -1, axis)


def spline_filter(input, order=3, output=np.float64, mode="mirror"):
    x = numbers(input)
    for axis in range(np.ndim(x)):
        x = spline_filter1d(x, order, axis, output, mode)
    return x


def at_coordinates(x, coordinates, order, mode, cval, prefilter):
    """The spline through x at coordinates, one array an axis."""
    if mode not in FILTERED_AS:
        raise MissingRule(f"scipy.ndimage's interpolation with mode={mode!r} has no derivative rule; use one of {', '.join(FILTERED_AS)}")
    beyond, inside = 0, []
    if mode == "nearest" and order > 1 and prefilter:
        beyond = 12  # as SciPy, whose filter knows no such edge
        x = np.pad(x, beyond, mode="edge")
        coordinates = [c + beyond for c in coordinates]
    c = spline_filter(x, order, np.float64, FILTERED_AS[mode]) if prefilter and order > 1 else x
    shares = []
    for at, n in zip(coordinates, np.shape(x), strict=True):
        at, there = mapped(at, n, mode)
        inside.append(there)
        first, weights = spline_weights(order, at)
        shares.append([(MODES[FILTERED_AS[mode]](first + k, n), weight) for k, weight in enumerate(weights)])
    total = 0.0
    for corner in itertools.product(*shares):
        term = getitem(c, tuple(i for i, _ in corner))
        for _, weight in corner:
            term = term * weight
        total = total + term
    inside = np.all(np.broadcast_arrays(*inside), axis=0)
    return total if np.all(inside) else np.where(inside, total, cval)


def mapped(at, n, mode):
    """Coordinates moved into the image as the mode has it, and which are in it."""
    if mode == "constant":
        return np.clip(at, 0, n - 1), settled((at >= 0) & (at <= n - 1))
    if mode == "nearest":
        return np.clip(at, 0, n - 1), True
    return (at - (n - 1) * settled(np.floor(at / (n - 1))) if mode == "wrap" and n > 1 else at), True


def map_coordinates(input, coordinates, output=None, order=3, mode="constant", cval=0.0, prefilter=True):
    into_nothing(output, "map_coordinates")
    at = numbers(coordinates)
    return at_coordinates(numbers(input) * 1.0, [at[k] * 1.0 for k in range(len(at))], order, mode, cval, prefilter)


def places(shape):
    return [np.arange(float(n)).reshape([-1 if k == axis else 1 for k in range(len(shape))]) for axis, n in enumerate(shape)]


def affine_transform(input, matrix, offset=0.0, output_shape=None, output=None, order=3, mode="constant", cval=0.0, prefilter=True):
    into_nothing(output, "affine_transform")
    x, matrix, offset = numbers(input) * 1.0, numbers(matrix), numbers(offset)
    n = np.ndim(x)
    if np.ndim(matrix) == 2 and np.shape(matrix)[1] == n + 1:
        matrix, offset = matrix[:n, :n], matrix[:n, n]
    offsets = [offset[k] if np.ndim(offset) else offset for k in range(n)]
    grid = places(np.shape(x) if output_shape is None else output_shape)
    if np.ndim(matrix) == 1:
        at = [matrix[k] * grid[k] + offsets[k] for k in range(n)]
    else:
        at = [sum((matrix[k, j] * grid[j] for j in range(n)), start=offsets[k]) for k in range(n)]
    return at_coordinates(x, np.broadcast_arrays(*at), order, mode, cval, prefilter)


def shift(input, shift, output=None, order=3, mode="constant", cval=0.0, prefilter=True):
    into_nothing(output, "shift")
    x, by = numbers(input) * 1.0, numbers(shift)
    at = [place - (by[k] if np.ndim(by) else by) for k, place in enumerate(places(np.shape(x)))]
    return at_coordinates(x, np.broadcast_arrays(*at), order, mode, cval, prefilter)


def zoom(input, zoom, output=None, order=3, mode="constant", cval=0.0, prefilter=True, *, grid_mode=False):
    into_nothing(output, "zoom")
    if grid_mode or core(zoom) is not zoom:
        raise MissingRule("scipy.ndimage.zoom in its factor, or with grid_mode, has no derivative rule: the size of the result is a whole number; use affine_transform")
    x = numbers(input) * 1.0
    shape = [round(n * factor) for n, factor in zip(np.shape(x), each(zoom, np.ndim(x)), strict=True)]
    at = [place * ((n - 1) / (m - 1) if m > 1 else 1.0) for place, n, m in zip(places(shape), np.shape(x), shape, strict=True)]
    return at_coordinates(x, np.broadcast_arrays(*at), order, mode, cval, prefilter)


def rotate(input, angle, axes=(1, 0), reshape=True, output=None, order=3, mode="constant", cval=0.0, prefilter=True):
    if np.ndim(input) != 2 or (reshape and core(angle) is not angle):
        raise MissingRule("scipy.ndimage.rotate with reshape=True in its angle, or of more than two dimensions, has no derivative rule; use reshape=False")
    x = numbers(input)
    angle = angle * (np.pi / 180)
    c, s = np.cos(angle), np.sin(angle)
    matrix = np.stack([np.stack([c, s]), np.stack([-s, c])])
    shape = np.array(np.shape(x))
    out = nd.rotate(np.zeros(np.shape(x)), core(angle) * 180 / np.pi, axes, True, order=0).shape if reshape else np.shape(x)
    middle = (shape - 1) / 2 - np.matmul(matrix, (np.array(out) - 1) / 2)
    return affine_transform(x, matrix, middle, tuple(out), output, order, mode, cval, prefilter)


for _name in ("correlate1d", "convolve1d", "correlate", "convolve", "gaussian_filter1d", "gaussian_filter", "uniform_filter1d", "uniform_filter", "laplace",
              "gaussian_laplace", "gaussian_gradient_magnitude", "percentile_filter", "median_filter", "rank_filter", "spline_filter1d", "spline_filter",
              "map_coordinates", "affine_transform", "shift", "zoom", "rotate"):
    composite(caught(getattr(nd, _name)), globals()[_name])
composite(caught(nd.sobel),            slope_with([1.0, 2.0, 1.0]))
composite(caught(nd.prewitt),          slope_with([1.0, 1.0, 1.0]))
composite(caught(nd.minimum_filter),   extreme(smallest))
composite(caught(nd.maximum_filter),   extreme(largest))
composite(caught(nd.minimum_filter1d), along_one(np.min))
composite(caught(nd.maximum_filter1d), along_one(np.max))
