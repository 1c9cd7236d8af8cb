"""How elementary functions continue off the real line, to first order: x + i x_dot -> f(x) + i
f'(x) x_dot, of which the second is taken.

NumPy's complex function where that is analytic, at a step so small that it is exact; a row of its
own where NumPy's is a modulus, has a cut, or does not exist. A function in no table has no
continuation, and its name is what the caller is told.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.special as sp

from diffbench.interface import Array

# of the argument: h² is below eps even one rounding away from a pole, and g'h above underflow for
# |g'| > 1e-260
RELATIVE_STEP = 1e-30


def _by_a_step(function: Callable[..., Any]) -> Callable[[Array], Array]:
    """A function of one number: its slope from one complex step, in double precision at least."""

    def continuation(x: Array) -> Array:
        at = x.real.astype(np.result_type(x.real, np.float64))
        size, tiny = np.abs(at), np.finfo(at.dtype).smallest_normal
        h = RELATIVE_STEP * np.minimum(np.where(size == 0, 1, size), 1)
        h = np.maximum(h, np.minimum(1 / RELATIVE_STEP * tiny, np.where(size == 0, 1, 1e-9 * size)))
        return np.asarray(1j * (function(at + 1j * h).imag / h * x.imag))

    return continuation


def _signed(x: Array) -> Array:
    return np.asarray(np.sign(x.real) * x)


def _share(x: Array, y: Array, x_chosen: Any) -> Array:
    """x where chosen, y elsewhere, their mean where they tie, as every method here has it."""
    x, y = np.broadcast_arrays(x, y)
    return np.where(x.real == y.real, (x + y) / 2, np.where(x_chosen(x.real, y.real), x, y))


def _arctan2(y: Array, x: Array) -> Array:
    return np.asarray(1j * (x.real * y.imag - y.real * x.imag) / (x.real**2 + y.real**2))


def _power(x: Array, p: Array) -> Array:
    """x^p with the phase of x^(p-1) kept real: at first order x^p (p x_dot/x + log(x) p_dot), and 0
    x_dot at x = 0 for p > 1.
    """
    base, exponent = x.real, p.real
    along_x = exponent * np.power(base, exponent - 1) * x.imag
    along_p = np.where(p.imag == 0, 0, np.power(base, exponent) * np.log(base) * p.imag)
    return 1j * (np.where(x.imag == 0, 0, along_x) + along_p)


STEPPED = (
    np.exp, np.expm1, np.exp2, np.log, np.log2, np.log10, np.log1p, np.reciprocal,
    np.sin, np.cos, np.tan, np.arctan, np.sinh, np.cosh, np.tanh, np.arcsinh, np.arctanh,
    # the others of SciPy that take complex numbers lose imaginary parts so small
    sp.erf, sp.erfc, sp.erfi, sp.psi,
)  # fmt: skip
# imaginary parts are right at any step
BILINEAR = (
    np.add,
    np.subtract,
    np.negative,
    np.positive,
    np.multiply,
    np.square,
    np.matmul,
)

CONTINUATIONS: dict[Any, Callable[..., Any]] = {
    **{function: _by_a_step(function) for function in STEPPED},
    **{function: function for function in BILINEAR},
    np.divide: lambda x, y: 1j * (x.imag - x.real / y.real * y.imag) / y.real,
    # at a branch point no step is small: sqrt(1e-20j) has slope 7e9, not inf
    np.sqrt: lambda x: 0.5j * x.imag / np.sqrt(x.real),
    np.arcsin: lambda x: 1j * x.imag / np.sqrt(1 - x.real**2),
    np.arccos: lambda x: -1j * x.imag / np.sqrt(1 - x.real**2),
    np.arccosh: lambda x: 1j * x.imag / np.sqrt(x.real**2 - 1),
    np.absolute: _signed,
    np.fabs: _signed,
    np.power: _power,
    np.float_power: _power,
    np.cbrt: lambda x: 1j * x.imag / (3 * np.cbrt(x.real) ** 2),
    np.maximum: lambda x, y: _share(x, y, np.greater),
    np.minimum: lambda x, y: _share(x, y, np.less),
    np.arctan2: _arctan2,
    np.hypot: lambda x, y: (
        1j * np.divide(x.real * x.imag + y.real * y.imag, np.hypot(x.real, y.real))
    ),
    np.logaddexp: lambda x, y: 1j * (x.imag + (y.imag - x.imag) / (1 + np.exp(x.real - y.real))),
    **dict.fromkeys((np.deg2rad, np.radians), lambda x: x * (np.pi / 180)),
    **dict.fromkeys((np.rad2deg, np.degrees), lambda x: x * (180 / np.pi)),
    sp.expit: lambda x: 1j * x.imag * sp.expit(x.real) * sp.expit(-x.real),
    sp.gammaln: lambda x: 1j * x.imag * sp.psi(x.real),
    sp.gamma: lambda x: 1j * x.imag * sp.gamma(x.real) * sp.psi(x.real),
}

STEPS = {np.sign, np.floor, np.ceil, np.rint, np.trunc, np.floor_divide, np.heaviside}
TRUTHS = {
    np.greater, np.greater_equal, np.less, np.less_equal, np.equal, np.not_equal,
    np.isnan, np.isfinite, np.isinf, np.signbit, np.logical_and, np.logical_or, np.logical_not,
}  # fmt: skip
