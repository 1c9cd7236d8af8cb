"""Zeros, the half held back: written before any method was run on any of it, and not used to tune."""

from typing import Any

import numpy as np

from diffbench.bench.calibration.zero_cases import Floats, Formula, ZeroCase, root
from diffbench.bench.calibration.zeros_tuned_half import Model, scalar

SEEDS = range(10, 13)

# name, equation, how its constant is drawn, start
SCALARS: list[tuple[str, Any, tuple[float, float], float]] = [
    ("Colebrook", lambda m, t, a: 1 / m.sqrt(t) + 2 * m.log(1e-4 + a / m.sqrt(t)) / 2.302585092994046, (1e-6, 1e-4), 0.02),
    ("Omega", lambda m, t, a: a * t + m.log(t), (0.3, 4), 0.5),
    ("arc tangent", lambda m, t, a: m.atan(t) - a, (-1, 1), 0.1),
    ("hanging chain", lambda m, t, a: (m.exp(a / t) + m.exp(-a / t)) / 2 * t - t - 1, (2, 4), 3.0),
    ("Wien", lambda m, t, a: m.expm1(t) * (a - t) - a, (4.5, 6), 5.0),
    ("lift-off", lambda m, t, a: 2200 * m.log(1.6e5 / (1.6e5 - 2680 * t)) - 9.8 * t - a, (600, 1200), 30.0),
    ("well depth", lambda m, t, a: t * m.tan(t) - m.sqrt(a * a - t * t), (2, 5), 0.9),
    ("gamma median", lambda m, t, a: m.loggamma(t) - a, (1, 9), 6.0),
    ("bond yield", lambda m, t, a: sum(4.5 / (1 + t) ** k for k in range(1, 11)) + 100 / (1 + t) ** 10 - a, (85, 115), 0.05),
    ("implied volatility", lambda m, t, a: 50 * (1 + m.erf((m.log(100 / 105) / t + t / 2) / 1.4142135623730951)) - 52.5 * (1 + m.erf((m.log(100 / 105) / t - t / 2) / 1.4142135623730951)) - a, (4, 12), 0.25),
    ("cubic equation of state", lambda m, t, a: t**3 - t * t + (a - 0.02) * t - a * 0.05, (0.2, 0.3), 0.7),
    ("likelihood ratio", lambda m, t, a: (m.log(t) - m.log(a)) * 17.3, (0.2, 30), 0.3),
]


def helical_valley(m: Any, x: Any) -> list[Any]:
    """Fletcher & Powell (1963)."""
    a, b, c = x
    return [10 * (c - 10 * m.atan(b / a) / 6.283185307179586), 10 * (m.sqrt(a * a + b * b) - 1), c]


def brown_almost_linear(m: Any, x: Any) -> list[Any]:
    """Brown (1969), at the root that is not (1, ..., 1)."""
    n, product = len(x), 1
    for t in x:
        product = product * t
    return [x[i] + sum(x) - (n + 1) for i in range(n - 1)] + [product - 1]


def robot_arm(m: Any, x: Any) -> list[Any]:
    """Three links of lengths 1, 0.8, 0.3 that are to hold a point at an angle."""
    a, b, c = x
    return [
        m.cos(a) + 0.8 * m.cos(a + b) + 0.3 * m.cos(a + b + c) - 1.4,
        m.sin(a) + 0.8 * m.sin(a + b) + 0.3 * m.sin(a + b + c) - 0.9,
        a + b + c - 0.4,
    ]


def load_flow(m: Any, x: Any) -> list[Any]:
    """Powers at two nodes of a grid with three, less what is drawn there."""
    a, b, u, v = x
    return [
        u * (10 * m.sin(a) + 8 * v * m.sin(a - b)) + 0.9,
        v * (6 * m.sin(b) + 8 * u * m.sin(b - a)) + 0.6,
        u * (18 * u - 10 * m.cos(a) - 8 * v * m.cos(a - b)) + 0.3,
        v * (14 * v - 6 * m.cos(b) - 8 * u * m.cos(b - a)) + 0.2,
    ]


def steady_heat(m: Any, x: Any) -> list[Any]:
    """A rod that radiates: 24 temperatures from 300 to 900."""
    walls = [900.0, *x, 300.0]
    return [walls[i - 1] - 2 * walls[i] + walls[i + 1] - 3e-10 * (walls[i] ** 4 - 2.9e2**4) for i in range(1, len(x) + 1)]


def complex_roots(m: Any, x: Any) -> list[Any]:
    """Real and imaginary part of z⁵ - 3 z + 1."""
    real, imaginary = x
    u, v = real, imaginary
    for _ in range(4):
        u, v = u * real - v * imaginary, u * imaginary + v * real
    return [u - 3 * real + 1, v - 3 * imaginary]


def buffer(m: Any, x: Any) -> list[Any]:
    """Concentrations of an acid, its base, H and OH: 1e-9 to 1e-1."""
    acid, base, h, oh = x
    return [acid + base - 0.1, h * base - 1.8e-5 * acid, h * oh - 1e-14, 0.04 + h - base - oh]


def transistor(m: Any, x: Any) -> list[Any]:
    """Base and collector of an amplifier: saturation current 1e-15, resistors 1e3 to 1e5."""
    base, collector = x
    current = 1e-15 * m.expm1(base / 0.02585)
    return [(2.0 - base) / 1e5 - current / 120, (12 - collector) / 2.2e3 - current * (1 + collector / 80)]


def orbit(m: Any, x: Any) -> list[Any]:
    """Semi-major axis (metres), eccentricity and anomaly that give a place and a speed."""
    axis, eccentricity, anomaly = x
    r = axis * (1 - eccentricity * m.cos(anomaly))
    return [r - 7.1e6, 3.986e14 * (2 / r - 1 / axis) - 7.6e3**2, axis * m.sqrt(1 - eccentricity**2) * m.sin(anomaly) - 1.2e6]


def probit_score(seed: int) -> tuple[Formula, int]:
    """The score of a probit regression, 35 observations."""
    rng = np.random.default_rng([11, seed])
    t = rng.normal(size=35)
    hit = (0.2 + 0.9 * t + rng.normal(size=35) > 0).tolist()

    def formula(m: Any, b: Any) -> list[Any]:
        total = [0, 0]
        for s, is_hit in zip(t.tolist(), hit, strict=True):
            z = (b[0] + b[1] * s) * (1 if is_hit else -1)
            mills = m.exp(-z * z / 2) * 0.3989422804014327 / ((1 + m.erf(z / 1.4142135623730951)) / 2)
            weight = mills if is_hit else -mills
            total = [total[0] + weight, total[1] + weight * s]
        return total

    return formula, 2


def softmax_score(seed: int) -> tuple[Formula, int]:
    """The penalised score of a softmax regression with three classes."""
    rng = np.random.default_rng([12, seed])
    t, label = rng.normal(size=45).tolist(), rng.integers(0, 3, 45).tolist()

    def formula(m: Any, b: Any) -> list[Any]:
        total = [0.1 * c for c in b]
        for s, k in zip(t, label, strict=True):
            parts = [m.exp(b[2 * j] + b[2 * j + 1] * s) for j in range(3)]
            for j in range(3):
                residual = parts[j] / sum(parts) - (1 if j == k else 0)
                total[2 * j], total[2 * j + 1] = total[2 * j] + residual, total[2 * j + 1] + residual * s
        return total

    return formula, 6


def saturation_data(seed: int) -> list[tuple[float, float]]:
    """Concentrations and rates of an enzyme."""
    rng = np.random.default_rng([13, seed])
    s = np.geomspace(0.05, 20, 20)
    return list(zip(s.tolist(), (2.1 * s / (0.9 + s) * (1 + 0.03 * rng.normal(size=20))).tolist(), strict=True))


def saturation_loss(seed: int) -> Formula:
    """Sum of squares of Michaelis and Menten's rate, in units of 1e-6."""
    data = saturation_data(seed)
    return lambda m, b: sum((v - b[0] * s / (b[1] + s)) ** 2 for s, v in data) * 1e-6


def saturation_normal(seed: int) -> Formula:
    """Half its gradient, without the unit."""
    data = saturation_data(seed)

    def formula(m: Any, b: Any) -> list[Any]:
        residuals = [(v - b[0] * s / (b[1] + s), s) for s, v in data]
        return [sum(r * s / (b[1] + s) for r, s in residuals), sum(r * b[0] * s / (b[1] + s) ** 2 for r, s in residuals)]

    return formula


def gaussian_peaks(seed: int, m_outputs: int) -> tuple[Formula, Any]:
    """Residuals of two peaks on a slope, at the parameters that made the data."""
    rng = np.random.default_rng([14, seed])
    b = np.array([80, 110, 20, 70, 150, 18, 100, 0.01]) * rng.uniform(0.9, 1.1, 8)
    channel = np.linspace(1, 250, m_outputs).tolist()
    model: Model = lambda m, x, s: x[6] * m.exp(-x[7] * s) + x[0] * m.exp(-(((s - x[1]) / x[2]) ** 2)) + x[3] * m.exp(-(((s - x[4]) / x[5]) ** 2))
    y = [float(model(Floats, b, s)) for s in channel]
    return (lambda m, x: [model(m, x, s) - v for s, v in zip(channel, y, strict=True)]), b


def weighted_exponentials(seed: int, m_outputs: int) -> tuple[Formula, Any]:
    """The same of three exponentials, each residual over its own deviation, which differ 1e6-fold."""
    rng = np.random.default_rng([15, seed])
    b = np.array([0.1, 1, 0.9, 3, 1.6, 5]) * rng.uniform(0.8, 1.2, 6)
    t = np.linspace(0, 1.2, m_outputs)
    weight = (10 ** rng.uniform(-3, 3, m_outputs)).tolist()
    model: Model = lambda m, x, s: x[0] * m.exp(-x[1] * s) + x[2] * m.exp(-x[3] * s) + x[4] * m.exp(-x[5] * s)
    y = [float(model(Floats, b, s)) for s in t.tolist()]
    return (lambda m, x: [(model(m, x, s) - v) / w for s, v, w in zip(t.tolist(), y, weight, strict=True)]), b


def built() -> list[ZeroCase]:
    """All of them."""
    cases = []
    for name, equation, (low, high), start in SCALARS:
        for seed in SEEDS:
            formula = scalar(equation, float(np.random.default_rng([0, seed, *name.encode()]).uniform(low, high)))
            cases.append(ZeroCase(f"{name} {seed}", "root", formula, root(formula, [start])))
    for name, system, at in (
        ("brown almost linear 5", brown_almost_linear, [0.9, 0.9, 0.9, 0.9, 1.5]),
        ("robot arm", robot_arm, [0.1, 0.9, -0.6]),
        ("load flow", load_flow, [-0.05, -0.05, 0.97, 0.97]),
        ("complex roots", complex_roots, [-0.1, 1.35]),
        ("steady heat", steady_heat, np.linspace(880, 310, 24).tolist()),
    ):
        cases.append(ZeroCase(name, "root", system, root(system, at)))
    cases.append(ZeroCase("helical valley", "root", helical_valley, np.array([1.0, 0.0, 0.0])))
    for seed in SEEDS:
        for name, (formula, p) in (("probit score", probit_score(seed)), ("softmax score", softmax_score(seed))):
            cases.append(ZeroCase(f"{name} {seed}", "optimum", formula, root(formula, [0.1] * p)))
        normal = saturation_normal(seed)
        best = root(normal, [2.1, 0.9])
        cases.append(ZeroCase(f"saturation normal {seed}", "optimum", normal, best))
        cases.append(ZeroCase(f"saturation loss {seed}", "optimum", saturation_loss(seed), best))
        for outputs in (40, 200, 400):
            for name, (formula, b) in (("peaks", gaussian_peaks(seed, outputs)), ("exponentials", weighted_exponentials(seed, outputs))):
                cases.append(ZeroCase(f"{name} {outputs} {seed}", "system", formula, b))
    for name, system, at in (
        ("buffer", buffer, [0.06, 0.04, 2.7e-5, 3.7e-10]),
        ("transistor", transistor, [0.72, 5.0]),
        ("orbit", orbit, [7.2e6, 0.02, 0.2]),
    ):
        cases.append(ZeroCase(name, "scales", system, root(system, at)))
    small = lambda m, x: [m.log1p(x[0]) + m.cos(x[0]) - 1, (m.exp(x[0]) - m.sin(x[1])) * 7.1, m.tanh(x[0]) - x[1] + x[1] ** 2 / 1e3, m.sin(x[0] + x[1])]
    for tiny in (0.0, 3e-299, -1.2246467991473532e-16, 1e-21):
        cases.append(ZeroCase(f"near {tiny:g}", "scales", small, np.array([tiny, 1.5707963267948966])))
        cases.append(ZeroCase(f"near {tiny:g} beside 1e3", "scales", small, np.array([tiny, 1e3])))
    return cases
