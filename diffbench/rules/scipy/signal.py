"""scipy.signal: convolutions and recursive filters, in the signal, the coefficients and the initial
state. What is built of them (filtfilt, savgol_filter, welch, decimate ...) is Python and runs as it is.

A recursive filter is a banded triangular system, whose derivative is a filter again.
"""

# fmt: off
import numpy as np
import scipy.signal as ss

from diffbench.arrays.traced import core
from diffbench.errors import MissingRule
from diffbench.rules.interception import caught
from diffbench.rules.scipy.linalg.banded import banded_solution
from diffbench.rules.scipy.ndimage import by_rank
from diffbench.rules.scipy.windows import correlated, extended, numbers
from diffbench.rules.table import composite

BOUNDARIES = {"fill": "constant", "pad": "constant", "wrap": "grid-wrap", "circular": "grid-wrap", "symm": "reflect", "symmetric": "reflect"}


# ---------------------------------------------------------------- in two and more dimensions
def convolved(x, kernel, mode, boundary="constant", fill=0.0):
    """The convolution of two arrays of as many axes."""
    if mode == "valid" and any(n < m for n, m in zip(np.shape(x), np.shape(kernel), strict=True)):
        x, kernel = kernel, x
    flipped = kernel[(slice(None, None, -1),) * np.ndim(kernel)]
    for axis, m in enumerate(np.shape(kernel)):
        if mode != "valid":
            x = extended(x, axis, m - 1, m - 1, boundary, fill)
    whole = valid(x, flipped)
    return whole


def valid(x, kernel):
    """The kernel over each place where it lies within x."""
    sizes = np.shape(kernel)
    found = correlated(x, kernel, [0] * np.ndim(x), ["constant"] * np.ndim(x), 0.0)
    return found[tuple(slice(m // 2, m // 2 + n - m + 1) for n, m in zip(np.shape(x), sizes, strict=True))]


def same(whole, shape):
    first = [(n - m) // 2 for n, m in zip(np.shape(whole), shape, strict=True)]
    return whole[tuple(slice(f, f + m) for f, m in zip(first, shape, strict=True))]


def convolve2d(in1, in2, mode="full", boundary="fill", fillvalue=0):
    x, kernel = numbers(in1), numbers(in2)
    whole = convolved(x, kernel, mode, BOUNDARIES[boundary], fillvalue)
    return same(whole, np.shape(x)) if mode == "same" else whole


def correlate2d(in1, in2, mode="full", boundary="fill", fillvalue=0):
    x, kernel = numbers(in1), numbers(in2)
    if mode == "valid" and any(n < m for n, m in zip(np.shape(x), np.shape(kernel), strict=True)):
        raise MissingRule("scipy.signal.correlate2d with mode='valid' and the second input the larger one has no derivative rule; exchange the two")
    return convolve2d(x, np.conj(kernel[::-1, ::-1]), mode, boundary, fillvalue)


def convolve(in1, in2, mode="full", method="auto"):
    x, kernel = numbers(in1) * 1.0, numbers(in2) * 1.0
    if np.ndim(x) == 1:
        return in_order(x, kernel, mode)
    whole = convolved(x, kernel, mode)
    return same(whole, np.shape(x)) if mode == "same" else whole


def in_order(x, kernel, mode):
    """np.convolve, whose `same` is as long as the longer of the two; SciPy's as the first."""
    if mode != "same":
        return np.convolve(x, kernel, mode)
    return same(np.convolve(x, kernel, "full"), np.shape(x))


composite(caught(ss.convolve2d),  convolve2d)
composite(caught(ss.correlate2d), correlate2d)
composite(caught(ss.convolve),    convolve)


# ---------------------------------------------------------------- recursive filters
def lfilter(b, a, x, axis=-1, zi=None):
    b, a, x = np.atleast_1d(numbers(b) * 1.0), np.atleast_1d(numbers(a) * 1.0), numbers(x) * 1.0
    order = max(len(a), len(b)) - 1
    signal = np.moveaxis(x, axis, 0)
    n, rest = np.shape(signal)[0], np.shape(signal)[1:]
    flat = np.reshape(signal, (n, -1))
    right = sum((b[k] * np.pad(flat[: n - k], [(k, 0), (0, 0)]) for k in range(1, min(len(b), n))), start=b[0] * flat)
    if zi is not None:
        state = np.reshape(np.moveaxis(np.broadcast_to(numbers(zi), (*np.shape(x)[:axis % np.ndim(x)], order, *np.shape(x)[axis % np.ndim(x) + 1 :])), axis, 0), (order, -1))
        right = right + np.pad(state[:n], [(0, max(0, n - order)), (0, 0)])
    lower = min(len(a), n) - 1
    band = a[: lower + 1, None] * np.ones(n)
    y = banded_solution(band, right, lower=lower, upper=0)
    found = np.moveaxis(np.reshape(y, (n, *rest)), 0, axis)
    if zi is None:
        return found
    return found, np.moveaxis(np.reshape(left_over(b, a, flat, y, state, order), (order, *rest)), 0, axis)


def left_over(b, a, x, y, state, order):
    """The state after the last entry, of the direct form II transposed: divided by a_0 as SciPy's coefficients are."""
    n, rows = len(x), []
    for i in range(order):
        row = state[i + n] * 1.0 if i + n < order else 0.0 * x[0]
        for k in range(min(n, order - i)):
            j = i + 1 + k
            if j < len(b):
                row = row + b[j] * x[n - 1 - k]
            if j < len(a):
                row = row - a[j] * y[n - 1 - k]
        rows.append(row)
    return np.stack(rows) if rows else np.zeros((0, np.shape(x)[1]))


def sosfilt(sos, x, axis=-1, zi=None):
    sos, x, states = numbers(sos), numbers(x), []
    for k in range(len(sos)):
        x = lfilter(sos[k, :3], sos[k, 3:], x, axis, None if zi is None else zi[k])
        if zi is not None:
            x, state = x
            states.append(state)
    return x if zi is None else (x, np.stack(states))


composite(caught(ss.lfilter), lfilter)
composite(caught(ss.sosfilt), sosfilt)


# ---------------------------------------------------------------- at another rate, and by order
def upfirdn(h, x, up=1, down=1, axis=-1, mode="constant", cval=0):
    if mode != "constant" or cval:
        raise MissingRule("scipy.signal.upfirdn with mode has no derivative rule; extend the signal before")
    h, x = numbers(h) * 1.0, np.moveaxis(numbers(x) * 1.0, axis, -1)
    n = np.shape(x)[-1]
    sparse = np.reshape(np.concatenate([x[..., None], np.zeros((*np.shape(x), up - 1))], axis=-1), (*np.shape(x)[:-1], n * up))[..., : (n - 1) * up + 1]
    flat = np.reshape(sparse, (-1, np.shape(sparse)[-1]))
    y = np.stack([np.convolve(row, h) for row in flat])[:, ::down]
    return np.moveaxis(np.reshape(y, (*np.shape(x)[:-1], -1)), -1, axis)


def medfilt(volume, kernel_size=None):
    x = numbers(volume)
    size = [3] * np.ndim(x) if kernel_size is None else [int(s) for s in np.broadcast_to(kernel_size, (np.ndim(x),))]
    return by_rank(x, size, None, None, "constant", 0.0, 0, None, int(np.prod(size)) // 2)


def order_filter(a, domain, rank):
    return by_rank(numbers(a), None, core(numbers(domain)) != 0, None, "constant", 0.0, 0, None, int(rank))


composite(caught(ss.upfirdn),      upfirdn)
composite(caught(ss.medfilt),      medfilt)
composite(caught(ss.order_filter), order_filter)
