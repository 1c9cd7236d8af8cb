"""Partial derivatives of the elementwise functions: y the output, x (x1, x2) the inputs.

A rule is chosen for accuracy first. At a kink the symmetric value holds (abs'(0) = 0, ties share
equally); at a jump the partial is NaN, which a cotangent of exactly zero passes unharmed and
anything else reports.
"""

# fmt: off
import numpy as np

from diffbench.errors import MissingRule, NotDifferentiable
from diffbench.rules.table import (
    composite,
    dispatched,
    elementwise,
    general,
    if_there,
    nondifferentiable,
    settled,
    unbroadcast,
)

LN2, LN10 = np.log(2.0), np.log(10.0)


def jump(where):
    """0 almost everywhere, NaN exactly at a jump."""
    return np.where(where, np.nan, 0.0)


def jumping_at_0(x):
    """0, whose derivative at x = 0 is that of a jump."""
    return np.where(x == 0, np.sign(np.where(x == 0, x, 1.0)), 0.0)


def share(y, x1, x2, chosen):
    """1 for the one chosen, 1/2 each at a tie, where it jumps, NaN where the result is NaN."""
    return np.where(x1 == x2, 0.5 + slope_of_abs(x1 - x2), np.where(np.isnan(y), np.nan, chosen))


def ratio(a, b):
    """a / b, and 0 where both are 0: the centre of the subdifferential of a norm at the origin,
    where it jumps.
    """
    return np.where(b == 0, slope_of_abs(a), a / np.where(b == 0, 1.0, b))


def inverse(y, x1, x2):
    try:
        return 1 / x2
    except ZeroDivisionError:                                                     # Python's own zero, which NumPy divides by
        return np.divide(1.0, x2)


# ---------------------------------------------------------------- arithmetic
#            primitive       dy/dx given (y, x)                                     why
elementwise(np.add,          1, 1)
elementwise(np.subtract,     1, -1)
elementwise(np.negative,     -1)
elementwise(np.positive,     1)
elementwise(np.multiply,     lambda y, x1, x2: x2, lambda y, x1, x2: x1)
elementwise(np.divide,       inverse, lambda y, x1, x2: -y / x2)
elementwise(np.reciprocal,   lambda y, x: -y * y)
elementwise(np.square,       lambda y, x: 2 * x)
# +inf at 0, as the limit is
elementwise(np.sqrt,         lambda y, x: 0.5 / y)
elementwise(np.cbrt,         lambda y, x: 1 / (3 * y * y))
elementwise(np.hypot,        lambda y, x1, x2: ratio(x1, y), lambda y, x1, x2: ratio(x2, y))


def power_by_base(y, x1, x2):
    if type(x2) in (int, float) and x2:
        return x2 * (x1 if x2 == 2 else x1 ** (x2 - 1))
    # x**0 is flat, at 0 too: no 0 * 0**-1
    flat = (x2 == 0) & (np.abs(x1) < 4 * np.finfo(np.result_type(y)).tiny)
    return x2 * x1 ** np.where(flat, 1.0, x2 - 1)


def power_by_exponent(y, x1, x2):
    # 0**x is flat for x > 0: no 0 * log 0
    return y * np.log(np.where((x1 == 0) & (x2 > 0), 1.0, x1))


elementwise(np.power,        power_by_base, power_by_exponent)
elementwise(np.float_power,  power_by_base, power_by_exponent)

# ---------------------------------------------------------------- exponentials and logarithms
elementwise(np.exp,          lambda y, x: y)
elementwise(np.exp2,         lambda y, x: LN2 * y)
# y + 1 cancels for x << 0
elementwise(np.expm1,        lambda y, x: np.exp(x))
elementwise(np.log,          lambda y, x: 1 / x)
elementwise(np.log2,         lambda y, x: 1 / (LN2 * x))
elementwise(np.log10,        lambda y, x: 1 / (LN10 * x))
elementwise(np.log1p,        lambda y, x: 1 / (1 + x))
# exp(x1 - y) loses log10|y| digits
elementwise(np.logaddexp,    lambda y, x1, x2: 1 / (1 + np.exp(x2 - x1)),
                             lambda y, x1, x2: 1 / (1 + np.exp(x1 - x2)))
elementwise(np.logaddexp2,   lambda y, x1, x2: 1 / (1 + np.exp2(x2 - x1)),
                             lambda y, x1, x2: 1 / (1 + np.exp2(x1 - x2)))

# ---------------------------------------------------------------- trigonometric and hyperbolic
elementwise(np.sin,          lambda y, x: np.cos(x))
elementwise(np.cos,          lambda y, x: -np.sin(x))
elementwise(np.tan,          lambda y, x: 1 + y * y)
# 1 - x**2 cancels near 1
elementwise(np.arcsin,       lambda y, x: 1 / np.sqrt((1 - x) * (1 + x)))
elementwise(np.arccos,       lambda y, x: -1 / np.sqrt((1 - x) * (1 + x)))
elementwise(np.arctan,       lambda y, x: 1 / (1 + x * x))
# no overflow in x1**2 + x2**2
elementwise(np.arctan2,      lambda y, x1, x2: x2 / np.hypot(x1, x2) / np.hypot(x1, x2),
                             # -x1 of unsigned integers is positive
                             lambda y, x1, x2: x1 / -np.hypot(x1, x2) / np.hypot(x1, x2))
elementwise(np.sinh,         lambda y, x: np.cosh(x))
elementwise(np.cosh,         lambda y, x: np.sinh(x))
# 1 - y**2 cancels: 8 digits lost at x = 10
elementwise(np.tanh,         lambda y, x: 1 / np.cosh(x) ** 2)
elementwise(np.arcsinh,      lambda y, x: 1 / np.hypot(x, 1))
elementwise(np.arccosh,      lambda y, x: 1 / np.sqrt((x - 1) * (x + 1)))
elementwise(np.arctanh,      lambda y, x: 1 / ((1 - x) * (1 + x)))
elementwise(np.deg2rad,      lambda y, x: np.pi / 180)
elementwise(np.radians,      lambda y, x: np.pi / 180)
elementwise(np.rad2deg,      lambda y, x: 180 / np.pi)
elementwise(np.degrees,      lambda y, x: 180 / np.pi)

# ---------------------------------------------------------------- kinks: a tie shares equally, NaN
# stays NaN
elementwise(np.maximum,      lambda y, x1, x2: share(y, x1, x2, x1 > x2), lambda y, x1, x2: share(y, x1, x2, x2 > x1))
elementwise(np.minimum,      lambda y, x1, x2: share(y, x1, x2, x1 < x2), lambda y, x1, x2: share(y, x1, x2, x2 < x1))
elementwise(np.fmax,         lambda y, x1, x2: share(y, x1, x2, (x1 > x2) | np.isnan(x2)),
                             lambda y, x1, x2: share(y, x1, x2, (x2 > x1) | np.isnan(x1)))
elementwise(np.fmin,         lambda y, x1, x2: share(y, x1, x2, (x1 < x2) | np.isnan(x2)),
                             lambda y, x1, x2: share(y, x1, x2, (x2 < x1) | np.isnan(x1)))
elementwise(np.fabs,         lambda y, x: slope_of_abs(x))
elementwise(np.copysign,     lambda y, x1, x2: np.sign(x1) * np.copysign(1.0, x2), lambda y, x1, x2: jump((x2 == 0) & (x1 != 0)))


@dispatched
def slope_of_abs(x):
    """sign(x) as a derivative: 0 at the kink by convention; its own derivative there is not known
    from one point (diffbench.asking.as_limit).
    """
    return np.sign(x)


def direction(x):
    """x / |x|, and 0 at 0, where it jumps."""
    if not np.iscomplexobj(x):
        return slope_of_abs(x)
    at_0 = x == 0
    return x / np.where(at_0, 1.0, np.abs(x)) + slope_of_abs(np.where(at_0, np.real(x), 1.0)) - np.where(at_0, 0.0, 1.0)


elementwise(slope_of_abs,    lambda y, x: jump(x == 0))
general(np.abs,
        jvp=lambda x_dots, y, x: np.real(np.conj(direction(x)) * x_dots[0]),
        vjp=lambda i, y_bar, y, x: y_bar * np.conj(direction(x)))

def real_only(name, x, cure):
    """x, refused if it is complex: the function then is no step."""
    if np.iscomplexobj(x):
        raise MissingRule(f"numpy.{name} of complex numbers has no derivative rule; write {cure}")
    return x


# ---------------------------------------------------------------- steps: piecewise constant, NaN at
# the jump
elementwise(np.sign,         lambda y, x: jump(real_only("sign", x, "z / np.abs(z)") == 0), steps=True)
elementwise(np.floor,        lambda y, x: jump(x == y), steps=True)
elementwise(np.ceil,         lambda y, x: jump(x == y), steps=True)
elementwise(np.trunc,        lambda y, x: jump((x == y) & (x != 0)), steps=True)
elementwise(np.rint,         lambda y, x: jump(np.abs(x - y) == 0.5), steps=True)
elementwise(np.heaviside,    lambda y, x1, x2: jump(x1 == 0), lambda y, x1, x2: 1.0 * (x1 == 0), steps=True)
elementwise(np.floor_divide, lambda y, x1, x2: jump(x1 == y * x2), lambda y, x1, x2: jump((x1 == y * x2) & (x1 != 0)), steps=True)
elementwise(np.nextafter,    1, lambda y, x1, x2: jump(x1 == x2))
elementwise(np.spacing,      lambda y, x: jump(np.abs(x) == np.abs(y) * 2.0 ** np.finfo(np.result_type(y)).nmant), steps=True)
elementwise(np.remainder,    lambda y, x1, x2: 1 + jump(y == 0), lambda y, x1, x2: -np.floor(x1 / x2) + jump((y == 0) & (x1 != 0)))
elementwise(np.fmod,         lambda y, x1, x2: 1 + jump((y == 0) & (x1 != 0)), lambda y, x1, x2: -np.trunc(x1 / x2) + jump((y == 0) & (x1 != 0)))

# ---------------------------------------------------------------- complex parts (a cotangent is a
# row vector: no conjugation)
general(np.real, view=True,
        jvp=lambda x_dots, y, x: np.real(x_dots[0]),
        vjp=lambda i, y_bar, y, x: y_bar)
general(np.imag, view=True,
        jvp=lambda x_dots, y, x: np.imag(x_dots[0]),
        # in this order NumPy multiplies, and not Python
        vjp=lambda i, y_bar, y, x: unbroadcast(y_bar * -1j, x))
general(np.conjugate,
        jvp=lambda x_dots, y, x: np.conj(x_dots[0]),
        vjp=lambda i, y_bar, y, x: np.conj(y_bar))

# ---------------------------------------------------------------- selection
# selects, so that a NaN in the other branch is not met
general(np.where, arity=3,
        jvp=lambda x_dots, y, c, a, b: np.where(c, 0.0 if x_dots[1] is None else x_dots[1], 0.0 if x_dots[2] is None else x_dots[2]),
        vjp=lambda i, y_bar, y, c, a, b: unbroadcast(np.where(c, y_bar, 0.0) if i == 1 else np.where(c, 0.0, y_bar), (a, b)[i - 1]))


def clip(a, a_min=None, a_max=None, *, min=None, max=None):
    low, high = a_min if min is None else min, a_max if max is None else max
    raised = a if low is None else np.maximum(a, low)
    return raised if high is None else np.minimum(raised, high)


@dispatched
def exponent(x):
    """The power of two that np.frexp splits off."""
    return np.frexp(x)[1]


def frexp(x):
    power = settled(exponent(x))
    if np.any(settled(np.equal(np.abs(x), np.ldexp(0.5, power)) | np.equal(x, 0))):
        raise NotDifferentiable("numpy.frexp jumps at 0 and at powers of two, and the point is at "
                                "one; move it, or take the exponent of the plain number")
    return x * np.ldexp(1.0, -power), power


# where(condition); the row above takes all three
composite(np.where,          np.nonzero)
composite(np.clip,           clip)
composite(np.round,          lambda a, decimals=0: np.rint(a * 10.0**decimals) / 10.0**decimals)
composite(np.around,         lambda a, decimals=0: np.round(a, decimals))
composite(np.frexp,          frexp)
composite(np.modf,           lambda x: (np.fmod(x, 1.0), np.trunc(x)))
composite(np.divmod,         lambda x1, x2: (np.floor_divide(x1, x2), np.remainder(x1, x2)))
composite(np.ldexp,          lambda x1, x2: x1 * np.exp2(1.0 * x2))
# deprecated from NumPy 2.5 on
composite(if_there(np, "fix"), lambda x: np.trunc(x))
composite(np.angle,          lambda z, deg=False: np.arctan2(np.imag(z), np.real(z)) * (180 / np.pi if deg else 1.0))

nondifferentiable(np.isclose, np.allclose, np.array_equal, np.array_equiv, arity=2)
nondifferentiable(exponent, np.isneginf, np.isposinf, arity=1)
nondifferentiable(np.greater, np.greater_equal, np.less, np.less_equal, np.equal, np.not_equal,
                  np.isnan, np.isinf, np.isfinite, np.signbit, np.logical_and, np.logical_or, np.logical_not, np.logical_xor,
                  np.iscomplex, np.isreal, np.bitwise_and, np.bitwise_or, np.bitwise_xor, np.invert)
