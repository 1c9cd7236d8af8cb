"""Fourier transforms: linear, and each the other's transpose up to scale. A transform's matrix is
symmetric, so fft transposes to fft.
"""

# fmt: off
import numpy as np

from diffbench.rules.entries.indexing import getitem
from diffbench.rules.table import axis_of, composite, dispatched, linear, unbroadcast


# ---------------------------------------------------------------- one axis, no padding: the two
# maps with rows
@dispatched
def transform(x, axis, norm):
    return np.fft.fft(x, axis=axis, norm=norm)


@dispatched
def inverse(x, axis, norm):
    return np.fft.ifft(x, axis=axis, norm=norm)


linear(transform, transpose=lambda y_bar, x, axis, norm: unbroadcast(transform(y_bar, axis, norm), x))
linear(inverse,   transpose=lambda y_bar, x, axis, norm: unbroadcast(inverse(y_bar, axis, norm), x))


# ---------------------------------------------------------------- the others are those two, with
# entries cut, added or mirrored
def resized(x, n, axis):
    """x cut or padded with zeros to n entries along an axis."""
    have = np.shape(x)[axis]
    if n is None or n == have:
        return x
    if n < have:
        return getitem(x, (slice(None),) * (axis_of(axis, x)) + (slice(n),))
    missing = [n - have if k == axis_of(axis, x) else m for k, m in enumerate(np.shape(x))]
    return np.concatenate([x, np.zeros(missing)], axis=axis)


def half(x, axis):
    """The first n // 2 + 1 entries along an axis: what rfft keeps."""
    return getitem(x, (slice(None),) * (axis_of(axis, x)) + (slice(np.shape(x)[axis] // 2 + 1),))


def mirrored(x, n, axis):
    """The full spectrum of a real signal of length n from the half that irfft is given; its ends
    count by their real part alone.
    """
    x = np.moveaxis(resized(x, n // 2 + 1, axis), axis, -1)
    last = (n + 1) // 2
    middle = x[..., 1:last]
    ends = [np.real(x[..., :1]) + 0j, middle, *([np.real(x[..., last : last + 1]) + 0j] if n % 2 == 0 else []), np.conj(middle[..., ::-1])]
    return np.moveaxis(np.concatenate(ends, axis=-1), -1, axis)


def fft(a, n=None, axis=-1, norm=None, out=None):
    return transform(resized(a, n, axis), axis, norm)


def ifft(a, n=None, axis=-1, norm=None, out=None):
    return inverse(resized(a, n, axis), axis, norm)


def rfft(a, n=None, axis=-1, norm=None, out=None):
    return half(transform(resized(a, n, axis), axis, norm), axis)


def irfft(a, n=None, axis=-1, norm=None, out=None):
    return np.real(inverse(mirrored(a, 2 * (np.shape(a)[axis] - 1) if n is None else n, axis), axis, norm))


# norm of the transform the other way
OTHER_WAY = {None: "forward", "backward": "forward", "forward": "backward", "ortho": "ortho"}


def over_axes(one, last=None):
    """The n-dimensional transform: one axis after another, `last` first on the last one."""
    def transform_all(a, s=None, axes=None, norm=None, out=None):
        axes = list(range(np.ndim(a) - (np.ndim(a) if s is None else len(s)), np.ndim(a)) if axes is None else axes)
        sizes = [None] * len(axes) if s is None else list(s)
        pairs = list(zip(axes, sizes, strict=True))
        if last is rfft:
            a, pairs = rfft(a, pairs[-1][1], pairs[-1][0], norm), pairs[:-1]
        rest = pairs[:-1] if last is irfft else pairs
        for axis, n in rest:
            a = one(a, n, axis, norm)
        return irfft(a, pairs[-1][1], pairs[-1][0], norm) if last is irfft else a
    return transform_all


def two(transform_all):
    return lambda a, s=None, axes=(-2, -1), norm=None, out=None: transform_all(a, s, axes, norm)


def shifted(shift):
    return lambda x, axes=None: getitem(np.ravel(x), shift(np.arange(np.size(x)).reshape(np.shape(x)), axes))


composite(np.fft.fft,       fft)
composite(np.fft.ifft,      ifft)
composite(np.fft.rfft,      rfft)
composite(np.fft.irfft,     irfft)
composite(np.fft.hfft,      lambda a, n=None, axis=-1, norm=None, out=None: irfft(np.conj(a), n, axis, OTHER_WAY[norm]))
composite(np.fft.ihfft,     lambda a, n=None, axis=-1, norm=None, out=None: np.conj(rfft(a, n, axis, OTHER_WAY[norm])))
composite(np.fft.fftn,      over_axes(fft))
composite(np.fft.ifftn,     over_axes(ifft))
composite(np.fft.rfftn,     over_axes(fft, rfft))
composite(np.fft.irfftn,    over_axes(ifft, irfft))
composite(np.fft.fft2,      two(over_axes(fft)))
composite(np.fft.ifft2,     two(over_axes(ifft)))
composite(np.fft.rfft2,     two(over_axes(fft, rfft)))
composite(np.fft.irfft2,    two(over_axes(ifft, irfft)))
composite(np.fft.fftshift,  shifted(np.fft.fftshift))
composite(np.fft.ifftshift, shifted(np.fft.ifftshift))
