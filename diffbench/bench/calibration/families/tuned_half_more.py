"""More of the half that `adaptive-difference` is tuned on; most derivatives are taken from f itself, in mpmath."""

from typing import Any

import mpmath as mp
import numpy as np
from scipy import special

from diffbench.bench.calibration.families.tuned_half import (
    Family,
    below_one,
    logarithmic,
    near,
    signed,
    slope_of,
    uniform,
)
from diffbench.interface import Array


def legendre20(x: Any) -> Any:
    """P20 by its three-term recurrence."""
    before, now = 1, x
    for k in range(1, 20):
        before, now = now, ((2 * k + 1) * x * now - k * before) / (k + 1)
    return now


def cosine_series(x: Any) -> Any:
    """cos x by its power series, all in float32."""
    y, total, term = np.float32(x), np.float32(0), np.float32(1)
    for k in range(12):
        total, term = total + term, -term * y * y / np.float32((2 * k + 1) * (2 * k + 2))
    return float(total)


def kepler(e: Any) -> Any:
    """The eccentric anomaly of mean anomaly 1, by Newton's method to convergence."""
    anomaly = 1.5
    for _ in range(30):
        anomaly -= (anomaly - e * np.sin(anomaly) - 1) / (1 - e * np.cos(anomaly))
    return anomaly


NODES: Array = np.linspace(0, 1, 101)


def quadrature(x: Any) -> Any:
    """The integral of exp(-x t²) over [0, 1] by the trapezoidal rule."""
    return float(np.trapezoid(np.exp(-x * NODES * NODES), NODES))


def quadrature_slope(x: Any) -> Any:
    """Its derivative, term by term, at the same nodes."""
    terms = [-(mp.mpf(t) ** 2) * mp.exp(-x * mp.mpf(t) ** 2) for t in NODES.tolist()]
    gaps = [mp.mpf(b) - mp.mpf(a) for a, b in zip(NODES.tolist(), NODES.tolist()[1:], strict=False)]
    return sum(gap * (a + b) / 2 for gap, a, b in zip(gaps, terms, terms[1:], strict=False))


def shaken_exp(x: Any) -> Any:
    """exp(-x) with deterministic noise of amplitude 1e-5."""
    return np.exp(-x) + 1e-5 * ((int(np.float64(x).view(np.uint64)) * 0x9E3779B97F4A7C15 % 2**64) / 2**63 - 1)


SECOND = (
    Family("Lambert W", lambda x: float(special.lambertw(x).real), slope_of(mp.lambertw), logarithmic(1e-3, 1e4)),
    Family("Airy", lambda x: special.airy(x)[0], lambda x: mp.airyai(x, derivative=1), uniform(-20, 5)),
    Family("x^x", lambda x: x**x, lambda x: x**x * (mp.log(x) + 1), logarithmic(1e-4, 30)),
    Family("sinc", np.sinc, slope_of(lambda x: mp.sin(mp.pi * x) / (mp.pi * x)), uniform(-10, 10)),
    Family("expm1(x)/x", lambda x: np.expm1(x) / x, slope_of(lambda x: mp.expm1(x) / x), signed(logarithmic(1e-9, 10))),
    Family("(exp x-1)/x", lambda x: (np.exp(x) - 1) / x, slope_of(lambda x: mp.expm1(x) / x), signed(logarithmic(1e-6, 10))),
    Family("gamma", special.gamma, slope_of(mp.gamma), uniform(0.05, 30)),
    Family("normal tail", special.ndtr, lambda x: mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi), uniform(-30, -2)),
    Family("log normal tail", special.log_ndtr, slope_of(lambda x: mp.log(mp.ncdf(x))), uniform(-15, 5)),
    Family("Legendre P20", legendre20, slope_of(legendre20), uniform(-1, 1)),
    Family("cosine series in float32", cosine_series, lambda x: -mp.sin(x), uniform(-2, 2)),
    Family("exp to 4 decimals", lambda x: np.round(np.exp(x), 4), mp.exp, uniform(-1, 3)),
    Family(
        "tanh(1e4(x-1/2))",
        lambda x: np.tanh(1e4 * (x - 0.5)),
        lambda x: 10000 / mp.cosh(10000 * (x - 0.5)) ** 2,
        near(0.5, signed(logarithmic(1e-8, 1e-3))),
    ),
    Family("exp + noise 1e-5", shaken_exp, lambda x: -mp.exp(-x), uniform(-2, 2)),
    Family("quadrature", quadrature, quadrature_slope, uniform(0.1, 20)),
    Family(
        "sqrt(x+1)-sqrt(x)",
        lambda x: np.sqrt(x + 1) - np.sqrt(x),
        lambda x: (1 / mp.sqrt(x + 1) - 1 / mp.sqrt(x)) / 2,
        logarithmic(1, 1e10),
    ),
    Family("log1p(-x) near 1", lambda x: np.log1p(-x), lambda x: -1 / (1 - x), below_one(logarithmic(1e-10, 0.9))),
    Family("sin(x²) at 50 to 300", lambda x: np.sin(x * x), lambda x: 2 * x * mp.cos(x * x), uniform(50, 300)),
    Family("exp(-1/x²)", lambda x: np.exp(-1 / x**2), lambda x: 2 / x**3 * mp.exp(-1 / x**2), signed(logarithmic(0.05, 10))),
    Family("1/(exp x-1)", lambda x: 1 / (np.exp(x) - 1), lambda x: -mp.exp(x) / mp.expm1(x) ** 2, logarithmic(1e-8, 30)),
    Family("arcosh near 1", np.arccosh, lambda x: 1 / mp.sqrt(x * x - 1), near(1, logarithmic(1e-10, 1))),
    Family("hypot(x,1)-1", lambda x: np.hypot(x, 1) - 1, lambda x: x / mp.sqrt(x * x + 1), signed(logarithmic(1e-6, 1))),
    Family(
        "max(x,0) + sin 3x",
        lambda x: np.maximum(x, 0) + np.sin(3 * x),
        lambda x: (x > 0) + 3 * mp.cos(3 * x),
        signed(logarithmic(1e-7, 2)),
    ),
    Family("Kepler", kepler, lambda e: slope_of(lambda s: mp.findroot(lambda E: E - s * mp.sin(E) - 1, 1.5))(e), uniform(0.05, 0.9)),
    Family("arctan(1e6x)", lambda x: np.arctan(1e6 * x), lambda x: 10**6 / (1 + (10**6 * x) ** 2), signed(logarithmic(1e-9, 1))),
    Family("x² + step of 1e-6", lambda x: x**2 + (1e-6 if x > 1 else 0), lambda x: 2 * x, near(1, signed(logarithmic(1e-8, 0.5)))),
)
