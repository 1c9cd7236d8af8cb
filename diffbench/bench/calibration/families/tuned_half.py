"""Functions R -> R with known derivatives, to ask of every error bar: is it true? Here is the half that `adaptive-difference` is tuned on.

A family is the function as a user would write it, its derivative in mpmath, and how its points are drawn. The derivative is that of f in
exact arithmetic: where rounding, float32 or noise inside f hide it, that is what a method has to survive.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import mpmath as mp
import numpy as np
from scipy import special

from diffbench.interface import Array

Draw = Callable[[np.random.Generator, int], Array]


@dataclass(frozen=True)
class Family:
    """One function with its exact derivative and its points."""

    name: str
    f: Callable[[Any], Any]
    exact: Callable[[Any], Any]
    draw: Draw

    def points(self, count: int, seed: int = 0) -> Array:
        """`count` points, the same for the same seed."""
        return self.draw(np.random.default_rng([seed, *self.name.encode()]), count)

    def derivative(self, x: float) -> Any:
        """f' at the float x, to 80 digits."""
        with mp.workdps(80):
            return +self.exact(mp.mpf(float(x)))


def uniform(low: float, high: float) -> Draw:
    """Evenly drawn."""
    return lambda rng, count: rng.uniform(low, high, count)


def logarithmic(low: float, high: float) -> Draw:
    """Every decade alike."""
    return lambda rng, count: 10 ** rng.uniform(np.log10(low), np.log10(high), count)


def signed(draw: Draw) -> Draw:
    """Either sign."""
    return lambda rng, count: draw(rng, count) * rng.choice([-1.0, 1.0], count)


def below_one(draw: Draw) -> Draw:
    """1 minus the draw."""
    return lambda rng, count: 1 - draw(rng, count)


def near(center: float, draw: Draw) -> Draw:
    """The draw, from a center."""
    return lambda rng, count: center + draw(rng, count)


def slope_of(f: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The derivative of a function of mpmath numbers, to about 50 of the 80 digits it is evaluated with."""
    return lambda x: mp.diff(f, x, h=mp.mpf(10) ** -25 * abs(x))


def iterated_logistic(x: Any) -> Any:
    """l4 of l = 4 l (1 - l)."""
    for _ in range(3):
        x = 4 * x * (1 - x)
    return x


def iterated_logistic_slope(x: Any) -> Any:
    """Its derivative by the chain rule."""
    slope = mp.mpf(1)
    for _ in range(3):
        x, slope = 4 * x * (1 - x), slope * (4 - 8 * x)
    return slope


def shaken(x: Any) -> Any:
    """sin x with deterministic noise of amplitude 1e-8, different for every float."""
    bits = int(np.float64(x).view(np.uint64))
    return np.sin(x) + 1e-8 * ((bits * 0x9E3779B97F4A7C15 % 2**64) / 2**63 - 1)


def stopped_early(x: Any) -> Any:
    """The root of y + y^5 = x by Newton's method, stopped at a residual of 1e-7."""
    y = 1.0
    while abs(y + y**5 - x) > 1e-7:
        y -= (y + y**5 - x) / (1 + 5 * y**4)
    return y


def in_float32(x: Any) -> Any:
    """x³ - x, computed in float32 and returned in float64."""
    y = np.float32(x)
    return np.float64(y * y * y - y)


FIRST = (
    Family("exp", np.exp, mp.exp, uniform(-5, 5)),
    Family("sinh", np.sinh, mp.cosh, uniform(-5, 5)),
    Family("sin", np.sin, mp.cos, uniform(0, 10)),
    Family("damped cosine", lambda x: np.cos(x) * np.exp(-x / 3), lambda x: -mp.exp(-x / 3) * (mp.sin(x) + mp.cos(x) / 3), uniform(0, 10)),
    Family("log", np.log, lambda x: 1 / x, logarithmic(1e-8, 1e3)),
    Family("x log x", lambda x: x * np.log(x), lambda x: mp.log(x) + 1, logarithmic(1e-8, 1e2)),
    Family("x^1.5", lambda x: x**1.5, lambda x: 1.5 * mp.sqrt(x), logarithmic(1e-5, 1e3)),
    Family("1/x", lambda x: 1 / x, lambda x: -1 / x**2, signed(logarithmic(1e-9, 1e9))),
    Family(
        "sqrt(x²+2^-20)",
        lambda x: np.sqrt(x * x + 2.0**-20),
        lambda x: x / mp.sqrt(x * x + mp.mpf(2) ** -20),
        signed(logarithmic(1e-5, 1)),
    ),
    Family("asinh(1000x)", lambda x: np.arcsinh(1000 * x), lambda x: 1000 / mp.sqrt(1 + (1000 * x) ** 2), signed(logarithmic(1e-6, 1))),
    Family("sin at 1e6", np.sin, mp.cos, uniform(1e6, 1.1e6)),
    Family("cos at 1e4 to 1e8", np.cos, lambda x: -mp.sin(x), logarithmic(1e4, 1e8)),
    Family("exp(sin 50x)", lambda x: np.exp(np.sin(50 * x)), lambda x: 50 * mp.cos(50 * x) * mp.exp(mp.sin(50 * x)), uniform(0, 10)),
    Family("cos(1000x)", lambda x: np.cos(1000 * x), lambda x: -1000 * mp.sin(1000 * x), uniform(1, 5)),
    Family("exp at 1e-10", np.exp, mp.exp, signed(logarithmic(1e-12, 1e-8))),
    Family("(1+x)³ at 1e-9", lambda x: (1 + x) ** 3, lambda x: 3 * (1 + x) ** 2, signed(logarithmic(1e-12, 1e-6))),
    Family("1e8 + sin", lambda x: 1e8 + np.sin(x), mp.cos, uniform(0, 10)),
    Family("1e10 + x²", lambda x: 1e10 + x * x, lambda x: 2 * x, uniform(1, 10)),
    Family("float32(sin)", lambda x: np.float64(np.float32(np.sin(x))), mp.cos, uniform(0, 10)),
    Family("x³-x in float32", in_float32, lambda x: 3 * x * x - 1, uniform(-3, 3)),
    Family("(1-cos x)/x²", lambda x: (1 - np.cos(x)) / x**2, lambda x: (x * mp.sin(x) - 2 + 2 * mp.cos(x)) / x**3, logarithmic(1e-7, 1)),
    Family("(exp x-1-x)/x²", lambda x: (np.exp(x) - 1 - x) / x**2, lambda x: ((x - 2) * mp.exp(x) + x + 2) / x**3, logarithmic(1e-7, 1)),
    Family("exp(-x/2^20)", lambda x: np.exp(-x / 2**20), lambda x: -mp.exp(-x / 2**20) / 2**20, uniform(-10, 10)),
    Family("log(1+x/2^24)", lambda x: np.log(1 + x / 2**24), lambda x: 1 / (2**24 + x), uniform(1, 10)),
    Family("logistic l4", iterated_logistic, iterated_logistic_slope, uniform(0, 1)),
    Family(
        "Chebyshev T20",
        lambda x: np.cos(20 * np.arccos(x)),
        lambda x: 20 * mp.sin(20 * mp.acos(x)) / mp.sqrt(1 - x * x),
        uniform(-0.99, 0.99),
    ),
    Family("1/(1+25x²)", lambda x: 1 / (1 + 25 * x * x), lambda x: -50 * x / (1 + 25 * x * x) ** 2, uniform(-1, 1)),
    Family("1/(1+exp(-8x))", lambda x: 1 / (1 + np.exp(-8 * x)), lambda x: 8 * mp.exp(-8 * x) / (1 + mp.exp(-8 * x)) ** 2, uniform(-2, 2)),
    Family("tanh(10x)", lambda x: np.tanh(10 * x), lambda x: 10 / mp.cosh(10 * x) ** 2, uniform(-1, 1)),
    Family("erf(3x)", lambda x: special.erf(3 * x), lambda x: 6 / mp.sqrt(mp.pi) * mp.exp(-9 * x * x), uniform(-1, 1)),
    Family(
        "(x-1)^7 expanded",
        lambda x: ((((((x - 7) * x + 21) * x - 35) * x + 35) * x - 21) * x + 7) * x - 1,
        lambda x: 7 * (x - 1) ** 6,
        uniform(0.5, 1.5),
    ),
    Family("(x-2)^5 expanded", lambda x: ((((x - 10) * x + 40) * x - 80) * x + 80) * x - 32, lambda x: 5 * (x - 2) ** 4, uniform(1, 3)),
    Family("log gamma", special.gammaln, mp.digamma, uniform(0.1, 20)),
    Family("Bessel j0", special.j0, lambda x: -mp.besselj(1, x), uniform(0.1, 30)),
    Family("tan", np.tan, lambda x: 1 / mp.cos(x) ** 2, uniform(-1.55, 1.55)),
    Family("1/(x-1) near 1", lambda x: 1 / (x - 1), lambda x: -1 / (x - 1) ** 2, near(1, logarithmic(1e-6, 1))),
    Family("sin(1/x)", lambda x: np.sin(1 / x), lambda x: -mp.cos(1 / x) / x**2, uniform(0.01, 1)),
    Family("x cos(log x)", lambda x: x * np.cos(np.log(x)), lambda x: mp.cos(mp.log(x)) - mp.sin(mp.log(x)), logarithmic(1e-6, 1e6)),
    Family("exp(-x²) in the tail", lambda x: np.exp(-x * x), lambda x: -2 * x * mp.exp(-x * x), uniform(3, 20)),
    Family("exp(-1/x)", lambda x: np.exp(-1 / x), lambda x: mp.exp(-1 / x) / x**2, uniform(0.005, 1)),
    Family("sin(1e9x)", lambda x: np.sin(1e9 * x), lambda x: mp.mpf(10) ** 9 * mp.cos(mp.mpf(10) ** 9 * x), uniform(0.5, 2)),
    Family("x + sin(1e7x)", lambda x: x + np.sin(1e7 * x), lambda x: 1 + mp.mpf(10) ** 7 * mp.cos(mp.mpf(10) ** 7 * x), uniform(0.5, 2)),
    Family("sin + noise 1e-8", shaken, mp.cos, uniform(0, 10)),
    Family("Newton stopped at 1e-7", stopped_early, lambda x: mp.diff(stopped_early, x), uniform(0.2, 5)),
    Family("sqrt(1-x²) near 1", lambda x: np.sqrt(1 - x * x), lambda x: -x / mp.sqrt(1 - x * x), below_one(logarithmic(1e-8, 1))),
    Family("arccos near 1", np.arccos, lambda x: -1 / mp.sqrt(1 - x * x), below_one(logarithmic(1e-8, 1))),
    Family("x|x|", lambda x: x * np.abs(x), lambda x: 2 * abs(x), signed(logarithmic(1e-6, 1))),
    Family("max(x,0)³", lambda x: np.maximum(x, 0) ** 3, lambda x: 3 * max(x, mp.mpf(0)) ** 2, signed(logarithmic(1e-4, 10))),
    Family("1e150 x^5", lambda x: 1e150 * x**5, lambda x: mp.mpf(1e150) * 5 * x**4, uniform(-3, 3)),
    Family("1e-150 exp", lambda x: 1e-150 * np.exp(x), lambda x: mp.mpf(1e-150) * mp.exp(x), uniform(-3, 3)),
    Family("log(1+exp x)", lambda x: np.log(1 + np.exp(x)), lambda x: 1 / (1 + mp.exp(-x)), uniform(-30, 30)),
    Family("log cosh", lambda x: np.log(np.cosh(x)), mp.tanh, uniform(-20, 20)),
    Family("x + 1e-3 sin(300x)", lambda x: x + 1e-3 * np.sin(300 * x), lambda x: 1 + 300 * mp.mpf(1e-3) * mp.cos(300 * x), uniform(0, 5)),
    Family(
        "sin + 1e-4 cos(1000x)",
        lambda x: np.sin(x) + 1e-4 * np.cos(1000 * x),
        lambda x: mp.cos(x) - 1000 * mp.mpf(1e-4) * mp.sin(1000 * x),
        uniform(0, 10),
    ),
    Family("exp(-|x|)", lambda x: np.exp(-np.abs(x)), lambda x: -mp.sign(x) * mp.exp(-abs(x)), signed(logarithmic(1e-6, 5))),
    Family("|x-1| + sin", lambda x: np.abs(x - 1) + np.sin(x), lambda x: mp.sign(x - 1) + mp.cos(x), uniform(0, 2)),
)
