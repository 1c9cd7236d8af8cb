"""NumPy's elementwise functions in other numbers: power series with error balls, and mpmath's floats.

An arithmetic is a mapping {primitive name -> function of scalars}; `Program.evaluate(x, arithmetic=...)` runs a recorded function in it.
The two tables share nothing but the four operations and comparisons: BALL is built on flint's power series, MP calls mpmath's own
functions. Neither knows a derivative rule, so what they give can be held against every method under test.
"""

import operator
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import mpmath
import numpy as np
from flint import arb, arb_series, ctx
from mpmath import mp
from numpy.typing import NDArray

from diffbench.measure.series import Kink, Series, Undecided, is_integer, lift, side

Arithmetic = Mapping[str, Callable[..., Any]]
Objects = NDArray[Any]  # of dtype object; NumPy's own object_ hides the entries from the type checker


def _extreme(prefers: Callable[[Any, Any], bool]) -> Callable[[Any, Any], Any]:
    return lambda x, y: x if prefers(x, y) else y


def _clip(x: Any, low: Any = None, high: Any = None) -> Any:
    raised = low if low is not None and x < low else x
    return high if high is not None and raised > high else raised


def _sign(x: Any) -> int:
    return int(x > 0) - int(x < 0)


def _divide(x: Any, y: Any) -> Any:
    try:
        return x / y
    except ZeroDivisionError:
        return x * mp.inf  # as NumPy: ±inf, and NaN for 0/0


COMMON: dict[str, Callable[..., Any]] = {
    # arithmetic
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": _divide,
    "true_divide": _divide,
    "negative": operator.neg,
    "positive": operator.pos,
    "square": lambda x: x * x,
    "reciprocal": lambda x: _divide(1, x),
    # comparison: decided at the point, an undecidable one raises
    "greater": operator.gt,
    "greater_equal": operator.ge,
    "less": operator.lt,
    "less_equal": operator.le,
    "equal": operator.eq,
    "not_equal": operator.ne,
    "logical_and": lambda x, y: bool(x) and bool(y),
    "logical_or": lambda x, y: bool(x) or bool(y),
    "logical_not": lambda x: not x,
    "logical_xor": lambda x, y: bool(x) != bool(y),
    # selection
    "absolute": abs,
    "abs": abs,
    "fabs": abs,
    "maximum": _extreme(operator.ge),
    "fmax": _extreme(operator.ge),
    "minimum": _extreme(operator.le),
    "fmin": _extreme(operator.le),
    "clip": _clip,
    "where": lambda condition, x, y: x if condition else y,
    "sign": _sign,
    "copysign": lambda x, y: abs(x) if y >= 0 else -abs(x),
    "heaviside": lambda x, at_zero: at_zero if x == 0 else int(x > 0),
    # parts of real numbers
    "conjugate": lambda x: x.conjugate() if isinstance(x, mpmath.mpc) else x,
    "isnan": lambda x: False,
    "isfinite": lambda x: True,
    "isinf": lambda x: False,
}


# ---- mpmath ------------------------------------------------------------------------------------------------------------------------


def _mp_power(x: Any, y: Any) -> Any:
    exponent = int(y) if mp.isint(y) else y
    return _divide(1, x**-exponent) if x == 0 and exponent < 0 else mp.mpmathify(x) ** exponent


def _logarithm(log: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda x: mp.ninf if x == 0 else log(x)


def _xlogy(x: Any, y: Any) -> Any:
    return mp.zero if x == 0 else x * mp.log(y)


def _entropy(x: Any) -> Any:
    return -_xlogy(x, x)


MP: Arithmetic = MappingProxyType(
    COMMON
    | {
        # powers and roots
        "power": _mp_power,
        "float_power": _mp_power,
        "pow": _mp_power,
        "sqrt": mp.sqrt,
        "cbrt": lambda x: _sign(x) * mp.cbrt(abs(x)),
        "hypot": mp.hypot,
        # exponentials and logarithms
        "exp": mp.exp,
        "exp2": lambda x: mp.power(2, x),
        "exp10": lambda x: mp.power(10, x),
        "expm1": mp.expm1,
        "log": _logarithm(mp.log),
        "log2": _logarithm(lambda x: mp.log(x, 2)),
        "log10": _logarithm(mp.log10),
        "log1p": lambda x: mp.ninf if x == -1 else mp.log1p(x),
        "logaddexp": lambda x, y: max(x, y) + mp.log1p(mp.exp(-abs(x - y))),
        "logaddexp2": lambda x, y: max(x, y) + mp.log1p(mp.power(2, -abs(x - y))) / mp.ln2,
        # circular and hyperbolic
        **{name: getattr(mp, name) for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh")},
        **{f"arc{name}": getattr(mp, f"a{name}") for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh")},
        **{f"a{name}": getattr(mp, f"a{name}") for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh")},
        "arctan2": mp.atan2,
        "atan2": mp.atan2,
        "sinc": mp.sincpi,
        "degrees": mp.degrees,
        "rad2deg": mp.degrees,
        "radians": mp.radians,
        "deg2rad": mp.radians,
        # steps
        "floor": mp.floor,
        "ceil": mp.ceil,
        "rint": mp.nint,
        "round": lambda x, decimals=0: mp.nint(x * mp.mpf(10) ** decimals) / mp.mpf(10) ** decimals,
        "trunc": lambda x: _sign(x) * mp.floor(abs(x)),
        "fix": lambda x: _sign(x) * mp.floor(abs(x)),
        "floor_divide": lambda x, y: mp.floor(_divide(x, y)),
        "remainder": lambda x, y: x - y * mp.floor(_divide(x, y)),
        "mod": lambda x, y: x - y * mp.floor(_divide(x, y)),
        "fmod": lambda x, y: x - y * _sign(x / y) * mp.floor(abs(x / y)),
        # parts of complex numbers
        "real": mp.re,
        "imag": mp.im,
        "angle": mp.arg,
        # scipy.special
        "erf": mp.erf,
        "erfc": mp.erfc,
        "erfcx": lambda x: mp.exp(x * x) * mp.erfc(x),
        "erfinv": mp.erfinv,
        "erfcinv": lambda x: mp.erfinv(1 - x),
        "dawsn": lambda x: mp.sqrt(mp.pi) / 2 * mp.exp(-x * x) * mp.erfi(x),
        "cosm1": lambda x: -2 * mp.sin(x / 2) ** 2,
        "gamma": mp.gamma,
        "rgamma": mp.rgamma,
        "loggamma": mp.loggamma,
        "gammaln": lambda x: mp.re(mp.loggamma(x)),
        "digamma": mp.digamma,
        "psi": mp.digamma,
        "polygamma": lambda n, x: mp.psi(int(n), x),
        "beta": mp.beta,
        "betaln": lambda x, y: mp.re(mp.loggamma(x) + mp.loggamma(y) - mp.loggamma(x + y)),
        "expit": lambda x: 1 / (1 + mp.exp(-x)),
        "logit": lambda x: mp.log(x / (1 - x)),
        "log_expit": lambda x: -mp.log1p(mp.exp(-x)),
        "xlogy": _xlogy,
        "xlog1py": lambda x, y: _xlogy(x, 1 + y),
        "entr": _entropy,
        "rel_entr": lambda x, y: _xlogy(x, x / y),
        "kl_div": lambda x, y: _xlogy(x, x / y) - x + y,
        "ndtr": mp.ncdf,
        "log_ndtr": lambda x: mp.log(mp.ncdf(x)),
        "ndtri": lambda p: mp.sqrt(2) * mp.erfinv(2 * p - 1),
        "exprel": lambda x: mp.one if x == 0 else mp.expm1(x) / x,
        "i0": lambda x: mp.besseli(0, x),
        "i1": lambda x: mp.besseli(1, x),
        "i0e": lambda x: mp.exp(-abs(x)) * mp.besseli(0, x),
        "i1e": lambda x: mp.exp(-abs(x)) * mp.besseli(1, x),
        "j0": lambda x: mp.besselj(0, x),
        "j1": lambda x: mp.besselj(1, x),
        "jv": mp.besselj,
        "iv": mp.besseli,
        "ive": lambda order, x: mp.exp(-abs(x)) * mp.besseli(order, x),
        "k0": lambda x: mp.besselk(0, x),
        "k1": lambda x: mp.besselk(1, x),
        "kv": mp.besselk,
        "yv": mp.bessely,
        "y0": lambda x: mp.bessely(0, x),
        "y1": lambda x: mp.bessely(1, x),
        "lambertw": mp.lambertw,
        "boxcox": lambda x, power: mp.log(x) if power == 0 else (mp.power(x, power) - 1) / power,
        "gammainc": lambda a, x: mp.gammainc(a, 0, x, regularized=True),
        "gammaincc": lambda a, x: mp.gammainc(a, x, mp.inf, regularized=True),
        "betainc": lambda a, b, x: mp.betainc(a, b, 0, x, regularized=True),
    }
)


# ---- balls -------------------------------------------------------------------------------------------------------------------------


def _exp(x: Any) -> Any:
    return lift(x).map(lambda s: s.exp())


def _log(x: Any) -> Any:
    return lift(x).map(lambda s: s.log())


def _sqrt(x: Any) -> Any:
    return lift(x).map(lambda s: s.sqrt())


def _map(name: str) -> Callable[[Any], Any]:
    return lambda x: lift(x).map(operator.methodcaller(name))


def _analytic_inside(name: str) -> Callable[[Any], Any]:
    """arcsin or arccos: at ±1 the slope is infinite, whatever the series says that was cut off there."""

    def function(x: Any) -> Any:
        value = lift(x)
        at_the_edge = value.moving and (abs(value.terms[0]) == 1)
        return Series(arb_series([arb.nan()] * ctx.cap)) if at_the_edge else value.map(operator.methodcaller(name))

    return function


def _pi() -> Any:
    return Series(arb_series([arb.pi()]), moving=False)


def _log_of(base: int) -> Any:
    return _log(lift(base))


def _floor(x: Any) -> Series:
    value = lift(x)
    whole = value.terms[0].floor().unique_fmpz()
    if whole is None:
        raise Undecided("the interval contains an integer")
    if value.terms[0] == whole and not is_integer(value):
        raise Kink("a step function is evaluated exactly on its step")
    return Series(arb_series([arb(whole)]), moving=False)


def _arctan2(y: Any, x: Any) -> Any:
    """The angle of (x, y) in (-pi, pi]; the half plane decides which of the two quotients stays finite."""
    if side(x) > 0:
        return (lift(y) / x).map(lambda s: s.atan())
    if side(y) == 0:
        raise Kink("arctan2 is evaluated on its cut, the negative half axis")
    return side(y) * _pi() / 2 - (lift(x) / y).map(lambda s: s.atan())


def _trunc(x: Any) -> Any:
    return side(x) * _floor(abs(x)) if side(x) else lift(0)


def _sinc(x: Any) -> Any:
    angle = _pi() * x
    return angle.map(lambda s: s.sin()) / angle if side(x) else 1 - angle * angle / 6  # no coefficient beyond the third is ever asked for


def _digamma(x: Any) -> Any:
    """The series of log Gamma around the centre, one order longer, differentiated as a polynomial and composed."""
    value, wanted = lift(x).terms, ctx.cap
    ctx.cap = wanted + 1
    slope = arb_series([value[0], 1]).lgamma().derivative()
    ctx.cap = wanted
    return Series(slope(arb_series([0, *value.coeffs()[1:]])))


def _gammaln(x: Any) -> Any:
    value = lift(x)
    return value.map(lambda s: s.lgamma()) if side(value) > 0 else _log(value.map(lambda s: s.gamma()) ** 2) / 2


def _ball_xlogy(x: Any, y: Any) -> Any:
    return x * _log(y) if x != 0 else lift(0)


def _log1p(x: Any) -> Any:
    return _log(1 + lift(x))


def _logaddexp(x: Any, y: Any) -> Any:
    return x + _log1p(_exp(y - x))


BALL: Arithmetic = MappingProxyType(
    COMMON
    | {
        # powers and roots
        "divide": lambda x, y: lift(x) / y,
        "true_divide": lambda x, y: lift(x) / y,
        "reciprocal": lambda x: 1 / lift(x),
        "power": lambda x, y: lift(x) ** y,
        "float_power": lambda x, y: lift(x) ** y,
        "pow": lambda x, y: lift(x) ** y,
        "sqrt": _sqrt,
        "cbrt": lambda x: _sign(x) * _exp(_log(abs(x)) / 3),
        "hypot": lambda x, y: _sqrt(x * x + y * y),
        # exponentials and logarithms
        "exp": _exp,
        "exp2": lambda x: _exp(x * _log_of(2)),
        "exp10": lambda x: _exp(x * _log_of(10)),
        "expm1": lambda x: _exp(x) - 1,
        "log": _log,
        "log2": lambda x: _log(x) / _log_of(2),
        "log10": lambda x: _log(x) / _log_of(10),
        "log1p": _log1p,
        "logaddexp": _logaddexp,
        "logaddexp2": lambda x, y: _logaddexp(x * _log_of(2), y * _log_of(2)) / _log_of(2),
        # circular and hyperbolic
        **{name: _map(name) for name in ("sin", "cos", "tan")},
        **dict.fromkeys(("arctan", "atan"), _map("atan")),
        **dict.fromkeys(("arcsin", "asin"), _analytic_inside("asin")),
        **dict.fromkeys(("arccos", "acos"), _analytic_inside("acos")),
        **dict.fromkeys(("arcsinh", "asinh"), lambda x: _log(x + _sqrt(1 + lift(x) * x))),
        **dict.fromkeys(("arccosh", "acosh"), lambda x: _log(x + _sqrt(lift(x) * x - 1))),
        **dict.fromkeys(("arctanh", "atanh"), lambda x: (_log1p(x) - _log1p(-x)) / 2),
        **dict.fromkeys(("arctan2", "atan2"), _arctan2),
        "sinh": lambda x: (_exp(x) - _exp(-x)) / 2,
        "cosh": lambda x: (_exp(x) + _exp(-x)) / 2,
        "tanh": lambda x: 2 / (1 + _exp(-2 * x)) - 1,
        "sinc": _sinc,
        **dict.fromkeys(("degrees", "rad2deg"), lambda x: x * 180 / _pi()),
        **dict.fromkeys(("radians", "deg2rad"), lambda x: x * _pi() / 180),
        # steps
        "floor": _floor,
        "ceil": lambda x: -_floor(-lift(x)),
        "rint": lambda x: _floor(x + 0.5),
        "trunc": _trunc,
        "fix": _trunc,
        "floor_divide": lambda x, y: _floor(lift(x) / y),
        **dict.fromkeys(("remainder", "mod"), lambda x, y: x - y * _floor(lift(x) / y)),
        "fmod": lambda x, y: x - y * _trunc(lift(x) / y),
        # scipy.special
        "real": lambda x: x,
        "erf": _map("erf"),
        "erfc": _map("erfc"),
        "erfcx": lambda x: _exp(x * x) * _map("erfc")(x),
        "cosm1": lambda x: _map("cos")(x) - 1,
        "exprel": lambda x: (_exp(x) - 1) / x,
        "gamma": _map("gamma"),
        "rgamma": _map("rgamma"),
        "gammaln": _gammaln,
        **dict.fromkeys(("digamma", "psi"), _digamma),
        "beta": lambda x, y: _map("gamma")(x) * _map("gamma")(y) * _map("rgamma")(x + y),
        "betaln": lambda x, y: _gammaln(x) + _gammaln(y) - _gammaln(x + y),
        "expit": lambda x: 1 / (1 + _exp(-x)),
        "logit": lambda x: _log(x / (1 - x)),
        "log_expit": lambda x: -_log1p(_exp(-x)),
        "xlogy": _ball_xlogy,
        "xlog1py": lambda x, y: _ball_xlogy(x, 1 + y),
        "entr": lambda x: -_ball_xlogy(x, x),
        "rel_entr": lambda x, y: _ball_xlogy(x, lift(x) / y),
        "kl_div": lambda x, y: _ball_xlogy(x, lift(x) / y) - x + y,
        "ndtr": lambda x: _map("erfc")(-x / _sqrt(2)) / 2,
        "log_ndtr": lambda x: _log(_map("erfc")(-x / _sqrt(2)) / 2),
    }
)


# ---- object arrays -------------------------------------------------------------------------------------------------------------------


def objects(values: Any) -> Objects:
    """An object array; NumPy itself turns one of shape () into its only entry at the first operation."""
    return np.asarray(values, dtype=object)


def elementwise(function: Callable[..., Any], *arrays: Any) -> Objects:
    """`function` of scalars over broadcast arrays of any numbers."""
    return objects(np.frompyfunc(function, len(arrays), 1)(*arrays))
