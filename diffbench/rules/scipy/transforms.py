"""scipy.fft: the Fourier transforms are NumPy's; cosine and sine transforms are linear, and each is
the transpose of one, up to factors of 2 at an end (Martucci 1994).

What is caught are the functions of SciPy's own backend, to which those of scipy.fft lead.
"""

# fmt: off
import numpy as np
import scipy.fft as sf

from diffbench.rules import fft
from diffbench.rules.interception import caught
from diffbench.rules.table import axes_of, composite, dispatched, if_there, linear

try:
    from scipy.fft import _basic_backend as fourier
    from scipy.fft import _realtransforms_backend as real
except ImportError:  # they are called otherwise in this version
    fourier = real = None

OTHER_TYPE = {1: 1, 2: 3, 3: 2, 4: 4}
# the end whose entry counts once where the others count twice: input of type 3, of the transposed type 2
END = {"cosine": 0, "sine": -1}


@dispatched
def cosine(x, type, axis):
    return sf.dct(x, type, axis=axis)


@dispatched
def sine(x, type, axis):
    return sf.dst(x, type, axis=axis)


def ends_times(x, factor, axis, ends):
    """x with the entries at these ends of an axis multiplied by a factor."""
    n = np.shape(x)[axis]
    weights = np.ones(n)
    weights[list(ends)] = factor
    return x * np.reshape(weights, [-1 if k == axis % np.ndim(x) else 1 for k in range(np.ndim(x))])


def transpose_of(kind, transform):
    def transpose(y_bar, x, type, axis):
        if type == 4 or (type == 1 and kind == "sine"):
            return transform(y_bar, type, axis)
        if type == 1:
            return ends_times(transform(ends_times(y_bar, 2.0, axis, (0, -1)), 1, axis), 0.5, axis, (0, -1))
        if type == 2:
            return transform(ends_times(y_bar, 2.0, axis, (END[kind],)), 3, axis)
        return ends_times(transform(y_bar, 2, axis), 0.5, axis, (END[kind],))

    return transpose


linear(cosine, transpose=transpose_of("cosine", cosine))
linear(sine,   transpose=transpose_of("sine", sine))


def normalised(kind, transform, inverse):
    """dct, dst, idct or idst with its normalisations."""
    def run(x, type=2, n=None, axis=-1, norm=None, overwrite_x=False, workers=None, orthogonalize=None):
        x = fft.resized(x, n, axis)
        type, norm = (OTHER_TYPE[type], fft.OTHER_WAY[norm]) if inverse else (type, norm)
        size = np.shape(x)[axis]
        whole = 2 * (size + {("cosine", 1): -1, ("sine", 1): 1}.get((kind, type), 0))
        scale = {"ortho": whole**-0.5, "forward": 1 / whole}.get(norm, 1.0)
        if not (norm == "ortho" if orthogonalize is None else orthogonalize):
            return scale * transform(x, type, axis)
        ends = (0, -1) if (kind, type) == ("cosine", 1) else (END[kind],) if type in (2, 3) else ()
        x = ends_times(x, 2**0.5, axis, ends) if type in (1, 3) else x
        y = scale * transform(x, type, axis)
        return ends_times(y, 2**-0.5, axis, ends) if type in (1, 2) else y

    return run


def over_axes(one):
    def run(x, type=2, s=None, axes=None, norm=None, overwrite_x=False, workers=None, orthogonalize=None):
        axes = (range(np.ndim(x)) if s is None else range(np.ndim(x) - len(np.atleast_1d(s)), np.ndim(x))) if axes is None else axes_of(axes, x)
        sizes = [None] * len(axes) if s is None else np.atleast_1d(s)
        for axis, n in zip(axes, sizes, strict=True):
            x = one(x, type, n, axis, norm, orthogonalize=orthogonalize)
        return x

    return run


def as_numpys(definition):
    """A definition with the further arguments that SciPy's functions have."""
    return lambda x, n=None, axis=-1, norm=None, overwrite_x=False, workers=None, *, plan=None: definition(x, n, axis, norm)


def as_numpys_in_axes(definition, default=None):
    return lambda x, s=None, axes=default, norm=None, overwrite_x=False, workers=None, *, plan=None: definition(x, listed(s), listed(axes), norm)


def listed(x):
    return x if x is None else [int(k) for k in np.atleast_1d(x)]


def hermitian(x, s=None, axes=None, norm=None):
    return fft.over_axes(fft.ifft, fft.irfft)(np.conj(x), s, axes, fft.OTHER_WAY[norm])


def inverse_hermitian(x, s=None, axes=None, norm=None):
    return np.conj(fft.over_axes(fft.fft, fft.rfft)(x, s, axes, fft.OTHER_WAY[norm]))


if fourier is not None:
    ONE = {"fft": fft.fft, "ifft": fft.ifft, "rfft": fft.rfft, "irfft": fft.irfft,
           "hfft": lambda a, n, axis, norm: fft.irfft(np.conj(a), n, axis, fft.OTHER_WAY[norm]),
           "ihfft": lambda a, n, axis, norm: np.conj(fft.rfft(a, n, axis, fft.OTHER_WAY[norm]))}
    MANY = {"fft": fft.over_axes(fft.fft), "ifft": fft.over_axes(fft.ifft), "rfft": fft.over_axes(fft.fft, fft.rfft),
            "irfft": fft.over_axes(fft.ifft, fft.irfft), "hfft": hermitian, "ihfft": inverse_hermitian}
    for _name, _one in ONE.items():
        composite(caught(if_there(fourier, _name)), as_numpys(_one))
        composite(caught(if_there(fourier, f"{_name}n")), as_numpys_in_axes(MANY[_name]))
        composite(caught(if_there(fourier, f"{_name}2")), as_numpys_in_axes(MANY[_name], (-2, -1)))
    for _kind, _letter, _transform in (("cosine", "c", cosine), ("sine", "s", sine)):
        for _way in ("", "i"):
            _one = normalised(_kind, _transform, bool(_way))
            composite(caught(if_there(real, f"{_way}d{_letter}t")), _one)
            composite(caught(if_there(real, f"{_way}d{_letter}tn")), over_axes(_one))
