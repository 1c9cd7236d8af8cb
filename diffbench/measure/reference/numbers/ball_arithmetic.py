"""NumPy's and SciPy's elementwise functions in power series with error balls, built on the few that
flint has for series.

Cancellation is no concern here: precision is raised until the balls are narrow. A branch is taken
only where the balls decide it.
"""

import operator
from collections.abc import Callable
from types import MappingProxyType
from typing import Any

from flint import arb, arb_series, ctx

from diffbench.measure.reference.numbers.arithmetics import COMMON, Arithmetic, sign
from diffbench.measure.reference.numbers.series import (
    Kink,
    Series,
    Undecided,
    is_integer,
    lift,
    side,
)


def _exp(x: Any) -> Any:
    return lift(x).map(lambda s: s.exp())


def _log(x: Any) -> Any:
    return lift(x).map(lambda s: s.log())


def _sqrt(x: Any) -> Any:
    return lift(x).map(lambda s: s.sqrt())


def _map(name: str) -> Callable[[Any], Any]:
    return lambda x: lift(x).map(operator.methodcaller(name))


def _analytic_inside(name: str) -> Callable[[Any], Any]:
    """arcsin or arccos: at ±1 the slope is infinite, whatever the series says that was cut off
    there.
    """

    def function(x: Any) -> Any:
        value = lift(x)
        at_the_edge = value.moving and (abs(value.terms[0]) == 1)
        return (
            Series(arb_series([arb.nan()] * ctx.cap))
            if at_the_edge
            else value.map(operator.methodcaller(name))
        )

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
    """The angle of (x, y) in (-pi, pi]; the half plane decides which of the two quotients stays
    finite.
    """
    if side(x) > 0:
        return (lift(y) / x).map(lambda s: s.atan())
    if side(y) == 0:
        raise Kink("arctan2 is evaluated on its cut, the negative half axis")
    return side(y) * _pi() / 2 - (lift(x) / y).map(lambda s: s.atan())


def _trunc(x: Any) -> Any:
    return side(x) * _floor(abs(x)) if side(x) else lift(0)


def _sinc(x: Any) -> Any:
    angle = _pi() * x
    # no coefficient beyond the third is ever asked for
    return angle.map(lambda s: s.sin()) / angle if side(x) else 1 - angle * angle / 6


def _digamma(x: Any) -> Any:
    """The series of log Gamma around the centre, one order longer, differentiated as a polynomial
    and composed.
    """
    value, wanted = lift(x).terms, ctx.cap
    ctx.cap = wanted + 1
    slope = arb_series([value[0], 1]).lgamma().derivative()
    ctx.cap = wanted
    return Series(slope(arb_series([0, *value.coeffs()[1:]])))


def _gammaln(x: Any) -> Any:
    value = lift(x)
    return (
        value.map(lambda s: s.lgamma())
        if side(value) > 0
        else _log(value.map(lambda s: s.gamma()) ** 2) / 2
    )


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
        "reciprocal": lambda x: 1 / lift(x),
        "power": lambda x, y: lift(x) ** y,
        "float_power": lambda x, y: lift(x) ** y,
        "pow": lambda x, y: lift(x) ** y,
        "sqrt": _sqrt,
        "cbrt": lambda x: sign(x) * _exp(_log(abs(x)) / 3),
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
