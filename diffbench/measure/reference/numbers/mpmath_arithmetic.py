"""NumPy's and SciPy's elementwise functions in mpmath's floats, by mpmath's own functions: the
second opinion on every ball series.
"""

from collections.abc import Callable
from types import MappingProxyType
from typing import Any

from mpmath import mp

from diffbench.measure.reference.numbers.arithmetics import COMMON, Arithmetic, divide, sign
from diffbench.rules.spelling import function, spelling


def _power(x: Any, y: Any) -> Any:
    exponent = int(y) if mp.isint(y) else y
    return divide(1, x**-exponent) if x == 0 and exponent < 0 else mp.mpmathify(x) ** exponent


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
        "power": _power,
        "float_power": _power,
        "pow": _power,
        "sqrt": mp.sqrt,
        "cbrt": lambda x: sign(x) * mp.cbrt(abs(x)),
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
        **{
            f"arc{name}": getattr(mp, f"a{name}")
            for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh")
        },
        **{
            f"a{name}": getattr(mp, f"a{name}")
            for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh")
        },
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
        "trunc": lambda x: sign(x) * mp.floor(abs(x)),
        "fix": lambda x: sign(x) * mp.floor(abs(x)),
        "floor_divide": lambda x, y: mp.floor(divide(x, y)),
        "remainder": lambda x, y: x - y * mp.floor(divide(x, y)),
        "mod": lambda x, y: x - y * mp.floor(divide(x, y)),
        "fmod": lambda x, y: x - y * sign(x / y) * mp.floor(abs(x / y)),
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


def by_its_word(name: str) -> Callable[..., Any] | None:
    """A function that the table lacks, as its row in rules/spelling.py writes it in mpmath. A word
    is no rule: a wrong one shows in the value, which is held against plain f's.
    """
    row = spelling(name)
    return function(row.mpmath, row.arity, lambda word: getattr(mp, word)) if row.mpmath else None
