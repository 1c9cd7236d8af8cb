"""The held-back half: what a stranger would try. Written before `adaptive-difference` was run on any of it, and not used to tune it.

Most families are one formula, read twice: in NumPy it is the f that is differentiated, in mpmath its derivative is the truth.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import mpmath as mp
import numpy as np
from scipy import integrate, interpolate, special

from diffbench.bench.calibration.families.tuned_half import (
    Draw,
    Family,
    below_one,
    logarithmic,
    near,
    signed,
    slope_of,
    uniform,
)
from diffbench.interface import Array


def twin(name: str, formula: Callable[[Any, Any], Any], draw: Draw) -> Family:
    """The family of formula(m, x), where m is numpy or mpmath."""
    return Family(name, partial(formula, np), slope_of(partial(formula, mp)), draw)


def wilkinson(x: Any) -> Any:
    """(x - 1)(x - 2)...(x - 12), expanded, by Horner's rule."""
    total = 0
    for coefficient in np.poly(np.arange(1, 13)).tolist():
        total = total * x + round(coefficient)
    return total


def runge_kutta(m: Any, x: Any) -> Any:
    """The pendulum of length 1/x at t = 2, by 40 steps of the classical Runge-Kutta method."""
    angle, speed, h = 1, 0, 0.05
    for _ in range(40):
        a1, s1 = speed, -x * m.sin(angle)
        a2, s2 = speed + h / 2 * s1, -x * m.sin(angle + h / 2 * a1)
        a3, s3 = speed + h / 2 * s2, -x * m.sin(angle + h / 2 * a2)
        a4, s4 = speed + h * s3, -x * m.sin(angle + h * a3)
        angle, speed = angle + h / 6 * (a1 + 2 * a2 + 2 * a3 + a4), speed + h / 6 * (s1 + 2 * s2 + 2 * s3 + s4)
    return angle


def mean_of_squares(m: Any, x: Any) -> Any:
    """The arithmetic-geometric mean of 1 and x."""
    a, b = 1, x
    for _ in range(9):
        a, b = (a + b) / 2, m.sqrt(a * b)
    return a


def composed(m: Any, x: Any) -> Any:
    """sin exp sin exp sin exp x."""
    for _ in range(3):
        x = m.sin(m.exp(x))
    return x


def fraction(m: Any, x: Any) -> Any:
    """x + 1/(x + 1/(x + ...)), twelve deep."""
    value = x
    for _ in range(12):
        value = x + 1 / value
    return value


def bisected(x: Any) -> Any:
    """The root of y + y³ = x by bisection to a width of 1e-9."""
    low, high = 0.0, 4.0
    while high - low > 1e-9:
        middle = (low + high) / 2
        low, high = (middle, high) if middle + middle**3 < x else (low, middle)
    return (low + high) / 2


def fixed_point(x: Any) -> Any:
    """The solution of y = x cos y by iteration until it moves by less than 1e-8, or a hundred times."""
    y, before = 0.5, np.inf
    for _ in range(100):
        if abs(y - before) <= 1e-8:
            break
        y, before = x * np.cos(y), y
    return y


def fixed_point_slope(x: Any) -> Any:
    """Its derivative, by the implicit function theorem."""
    y = mp.findroot(lambda y: y - x * mp.cos(y), 0.5)
    return mp.cos(y) / (1 + x * mp.sin(y))


def hashed(x: Any) -> float:
    """A number in [-1, 1] that looks random and is the same for the same float."""
    return (int(np.float64(x).view(np.uint64)) * 0x9E3779B97F4A7C15 % 2**64) / 2**63 - 1


def logistic_in_float32(x: Any) -> Any:
    """1 / (1 + exp(-x)), all in float32."""
    return float(1 / (1 + np.exp(-np.float32(x))))


def huber(x: Any) -> Any:
    """Quadratic up to 1, linear beyond."""
    return x * x / 2 if abs(x) <= 1 else abs(x) - 0.5


def black_scholes(x: Any) -> Any:
    """The price of a call struck at 110 on 100, for a year at volatility x."""
    d = np.log(100 / 110) / x + x / 2
    return 100 * special.ndtr(d) - 110 * special.ndtr(d - x)


SAMPLE: Array = np.random.default_rng(7).normal(size=500)
HILBERT: Array = 1 / (np.arange(4)[:, None] + np.arange(4) + 1)
KNOTS: Array = np.linspace(0, 6, 25)
SPLINE = interpolate.CubicSpline(KNOTS, np.sin(KNOTS))
GRID: Array = np.linspace(0, 6, 61)
ROOTS, WEIGHTS = np.polynomial.legendre.leggauss(20)


def spline_slope(x: Any) -> Any:
    """The derivative of the piece that x is on."""
    i = int(np.searchsorted(KNOTS, float(x))) - 1
    a, b, c = map(mp.mpf, SPLINE.c[:3, i].tolist())
    t = x - mp.mpf(float(KNOTS[i]))
    return (3 * a * t + 2 * b) * t + c


def table_slope(x: Any) -> Any:
    """The slope of the interval of the table that x is in."""
    i = int(np.searchsorted(GRID, float(x))) - 1
    rise = mp.mpf(float(np.exp(GRID[i + 1]))) - mp.mpf(float(np.exp(GRID[i])))
    return rise / (mp.mpf(float(GRID[i + 1])) - mp.mpf(float(GRID[i])))


def gauss(m: Any, x: Any) -> Any:
    """The integral of exp(-x t²) cos 3t over [-1, 1] by Gauss and Legendre's rule."""
    return sum(w * m.exp(-x * t * t) * m.cos(3 * t) for t, w in zip(ROOTS.tolist(), WEIGHTS.tolist(), strict=True))


TEXTBOOK = (
    twin("Squire-Trapp", lambda m, x: m.exp(x) / m.sqrt(m.sin(x) ** 3 + m.cos(x) ** 3), uniform(-0.7, 2.2)),
    twin("arctan", lambda m, x: m.atan(x), signed(logarithmic(1e-3, 1e4))),
    twin("exp(cos x²)", lambda m, x: m.exp(m.cos(x * x)), uniform(0, 5)),
    twin("log log x", lambda m, x: m.log(m.log(x)), uniform(1.05, 100)),
    twin("cbrt", lambda m, x: m.cbrt(x), logarithmic(1e-6, 1e6)),
    twin("coth", lambda m, x: 1 / m.tanh(x), signed(logarithmic(1e-4, 4))),
    twin("(x²+1)/(x³-2) near its pole", lambda m, x: (x * x + 1) / (x**3 - 2), near(2 ** (1 / 3), signed(logarithmic(1e-5, 1)))),
    twin("sin x + sin 10x/3 + log x", lambda m, x: m.sin(x) + m.sin(10 * x / 3) + m.log(x) - 0.84 * x, uniform(0.5, 8)),
    twin("Lennard-Jones", lambda m, x: 4 * (x**-12 - x**-6), uniform(0.8, 4)),
    twin("Planck", lambda m, x: x**3 / (m.exp(x) - 1), logarithmic(1e-3, 50)),
    twin("x/(1e-6+x)", lambda m, x: x / (1e-6 + x), logarithmic(1e-9, 1e-2)),
    twin("exp(-1/(1-x²))", lambda m, x: m.exp(-1 / (1 - x * x)), uniform(-0.99, 0.99)),
    twin("sin exp composed", composed, uniform(-1, 1.2)),
    twin("continued fraction", fraction, uniform(0.5, 5)),
    twin("x^x^x", lambda m, x: x ** (x**x), uniform(0.3, 2)),
    twin("1+x³ near 0", lambda m, x: 1 + x**3, signed(logarithmic(1e-3, 1))),
    twin("cos near 0", lambda m, x: m.cos(x), signed(logarithmic(1e-5, 1))),
    Family("Wilkinson's polynomial of 12 roots", wilkinson, slope_of(wilkinson), uniform(0.5, 12.5)),
    Family("constant", lambda x: 3.0, lambda x: mp.mpf(0), signed(logarithmic(1e-3, 1e3))),
    twin("3x+1", lambda m, x: 3 * x + 1, signed(logarithmic(1e-6, 1e6))),
)
OSCILLATING = (
    twin("cos x + cos 10x/10 + cos 100x/100", lambda m, x: m.cos(x) + m.cos(10 * x) / 10 + m.cos(100 * x) / 100, uniform(0, 10)),
    twin("sin(exp x)", lambda m, x: m.sin(m.exp(x)), uniform(0, 7)),
    twin("sin(x)/x at 1e3 to 1e5", lambda m, x: m.sin(x) / x, logarithmic(1e3, 1e5)),
    twin("sin(1e5x)", lambda m, x: m.sin(1e5 * x), uniform(0.1, 1)),
    twin("sin 50x sin 51x", lambda m, x: m.sin(50 * x) * m.sin(51 * x), uniform(0, 4)),
)
SPECIAL = (
    Family("erfc", special.erfc, lambda x: -2 / mp.sqrt(mp.pi) * mp.exp(-x * x), uniform(0, 20)),
    Family("digamma", special.psi, lambda x: mp.psi(1, x), uniform(0.1, 30)),
    Family("Bessel J of order 5/2", lambda x: special.jv(2.5, x), lambda x: mp.besselj(2.5, x, derivative=1), uniform(0.5, 50)),
    Family("Bessel I0", special.i0, lambda x: mp.besseli(1, x), uniform(0.1, 100)),
    Family("zeta", lambda x: special.zeta(x, 1), lambda x: mp.zeta(x, derivative=1), uniform(1.05, 15)),
    Family("elliptic K", special.ellipk, slope_of(mp.ellipk), below_one(logarithmic(1e-6, 1))),
    Family("Dawson", special.dawsn, lambda x: 1 - x * mp.sqrt(mp.pi) * mp.exp(-x * x) * mp.erfi(x), uniform(-5, 5)),
    Family("Fresnel S", lambda x: special.fresnel(x)[0], lambda x: mp.sin(mp.pi * x * x / 2), uniform(0, 8)),
    Family("exponential integral", special.exp1, lambda x: -mp.exp(-x) / x, logarithmic(1e-4, 50)),
    Family("incomplete gamma", lambda x: special.gammainc(2.5, x), lambda x: x**1.5 * mp.exp(-x) / mp.gamma(2.5), logarithmic(1e-3, 30)),
    Family("dilogarithm", special.spence, lambda x: mp.log(x) / (1 - x), logarithmic(1e-3, 10)),
)
COMPUTED = (
    twin("pendulum by Runge-Kutta", runge_kutta, uniform(0.2, 5)),
    twin("Gauss-Legendre quadrature", gauss, uniform(-2, 10)),
    Family(
        "adaptive quadrature",
        lambda x: integrate.quad(lambda t: np.exp(-x * t), 0, 1)[0],
        slope_of(lambda x: -mp.expm1(-x) / x),
        uniform(0.1, 10),
    ),
    twin("arithmetic-geometric mean", mean_of_squares, logarithmic(1e-3, 1e3)),
    Family(
        "determinant",
        lambda x: np.linalg.det(HILBERT + x * np.eye(4)),
        slope_of(lambda x: mp.det(mp.matrix(HILBERT.tolist()) + x * mp.eye(4))),
        logarithmic(1e-3, 10),
    ),
    Family(
        "Black-Scholes price",
        black_scholes,
        lambda x: 100 * mp.npdf(mp.log(mp.mpf(100 / 110)) / x + x / 2),
        uniform(0.05, 0.8),
    ),
    Family(
        "mean of exp over a sample",
        lambda x: np.mean(np.exp(x * SAMPLE)),
        lambda x: sum(mp.mpf(z) * mp.exp(x * mp.mpf(z)) for z in SAMPLE.tolist()) / SAMPLE.size,
        uniform(-2, 2),
    ),
)
ROUGH = (
    Family("bisection to 1e-9", bisected, lambda x: 1 / (1 + 3 * mp.findroot(lambda y: y + y**3 - x, 1) ** 2), uniform(0.5, 8)),
    Family("fixed point to 1e-8", fixed_point, fixed_point_slope, uniform(0.1, 0.9)),
    Family("sin to 6 decimals", lambda x: np.round(np.sin(x), 6), mp.cos, uniform(0.1, 1.4)),
    Family("logistic in float32", logistic_in_float32, lambda x: mp.exp(-x) / (1 + mp.exp(-x)) ** 2, uniform(-4, 4)),
    Family("hypot in float32", lambda x: float(np.hypot(np.float32(x), np.float32(1))), lambda x: x / mp.sqrt(x * x + 1), uniform(0.1, 5)),
    Family("cos × (1 + noise 1e-6)", lambda x: np.cos(x) * (1 + 1e-6 * hashed(x)), lambda x: -mp.sin(x), uniform(0.3, 2.8)),
    twin("1e6 + exp", lambda m, x: 1000000 + m.exp(x), uniform(-2, 3)),
    twin("-1e8 + log", lambda m, x: m.log(x) - 100000000, logarithmic(0.1, 100)),
)
PIECEWISE = (
    Family("cubic spline", lambda x: float(SPLINE(x)), spline_slope, uniform(0, 6)),
    Family("table of exp", lambda x: float(np.interp(x, GRID, np.exp(GRID))), table_slope, uniform(0, 6)),
    twin("|sin|", lambda m, x: abs(m.sin(x)), uniform(0.1, 10)),
    Family("Huber", huber, lambda x: x if abs(x) <= 1 else mp.sign(x), signed(logarithmic(0.01, 10))),
    twin("max(x, x²) near 1", lambda m, x: max(x, x * x), near(1, signed(logarithmic(1e-6, 0.5)))),
    Family("floor x + x²", lambda x: np.floor(x) + x * x, lambda x: 2 * x, uniform(0.1, 5)),
    Family("clip to [0, 1]", lambda x: np.clip(x, 0, 1), lambda x: mp.mpf(0 < x < 1), uniform(-1, 2)),
    Family(
        "mean payoff over a sample",
        lambda x: np.mean(np.maximum(SAMPLE - x, 0)),
        lambda x: -mp.mpf(int((float(x) < SAMPLE).sum())) / SAMPLE.size,
        uniform(-2, 2),
    ),
)
EDGES = (
    twin("arcsin near 1", lambda m, x: m.asin(x), below_one(logarithmic(1e-9, 1))),
    twin("artanh near 1", lambda m, x: m.atanh(x), below_one(logarithmic(1e-9, 1))),
    twin("(x-2)^1.5 from 2", lambda m, x: (x - 2) ** 1.5, near(2, logarithmic(1e-6, 3))),
    twin("sqrt(x) at 1e-12 to 1e4", lambda m, x: m.sqrt(x), logarithmic(1e-12, 1e4)),
    twin("logit", lambda m, x: m.log(x / (1 - x)), uniform(0.001, 0.999)),
    twin("exp before it overflows", lambda m, x: m.exp(x), uniform(690, 709.5)),
    twin("x² at 1e90 to 1e140", lambda m, x: x * x, logarithmic(1e90, 1e140)),
    twin("sin at 1e-250 to 1e-150", lambda m, x: m.sin(x), logarithmic(1e-250, 1e-150)),
    twin("a peak of width 0.01 at 1000", lambda m, x: m.exp(-(((x - 1000) / 0.01) ** 2)), near(1000, uniform(-0.02, 0.02))),
    twin("growth around the year 2000", lambda m, x: 1 / (1 + m.exp((2000 - x) / 5)), uniform(1980, 2020)),
)

HELD_BACK = (*TEXTBOOK, *OSCILLATING, *SPECIAL, *COMPUTED, *ROUGH, *PIECEWISE, *EDGES)
