"""Zeros, the half that constants may be tuned on."""

from collections.abc import Callable
from typing import Any

import numpy as np

from diffbench.bench.calibration.zero_cases import Floats, Formula, ZeroCase, root

SEEDS = range(3)
Model = Callable[[Any, Any, Any], Any]  # of the functions, the parameters and one abscissa


def scalar(equation: Any, *parameters: float) -> Formula:
    """The formula of one unknown."""
    return lambda m, x: equation(m, x[0] if np.ndim(x) or isinstance(x, list) else x, *parameters)


# name, equation, how its constant is drawn, start
SCALARS: list[tuple[str, Any, tuple[float, float], float]] = [
    ("cosine fixed point", lambda m, t, a: m.cos(t) - a * t, (0.7, 1.4), 0.8),
    ("square root", lambda m, t, a: t * t - a, (0.5, 20), 2.0),
    ("cube root", lambda m, t, a: t**3 - a, (1, 30), 2.0),
    ("logarithm", lambda m, t, a: m.exp(t) - a, (0.3, 40), 1.0),
    ("exponential", lambda m, t, a: m.log(t) - a, (-2, 3), 0.1),
    ("Lambert", lambda m, t, a: t * m.exp(t) - a, (0.5, 9), 1.0),
    ("Kepler", lambda m, t, a: t - 0.6 * m.sin(t) - a, (0.4, 2.5), 1.0),
    ("logit", lambda m, t, a: 1 / (1 + m.exp(-t)) - a, (0.2, 0.9), 0.1),
    ("normal quantile", lambda m, t, a: (1 + m.erf(t / 1.4142135623730951)) / 2 - a, (0.1, 0.9), 0.1),
    ("tangent", lambda m, t, a: m.tan(t) - 1 / (a * t), (0.5, 3), 0.8),
    ("annuity", lambda m, t, a: (1 - (1 + t) ** -20) / t - a, (8, 14), 0.05),
    ("scaled difference", lambda m, t, a: (m.sin(t) - a * m.exp(-t)) * 3.7e5, (0.4, 1.5), 0.7),
]


def tridiagonal(m: Any, x: Any) -> list[Any]:
    """Broyden (1965)."""
    n = len(x)
    return [(3 - 2 * x[i]) * x[i] - (x[i - 1] if i else 0) - 2 * (x[i + 1] if i < n - 1 else 0) + 1 for i in range(n)]


def chebyquad(m: Any, x: Any) -> list[Any]:
    """Fletcher (1965): quadrature with equal weights."""
    n, rows = len(x), []
    columns = [[1, 2 * t - 1] for t in x]
    for k in range(1, n + 1):
        if k > 1:
            for t, column in zip(x, columns, strict=True):
                column.append(2 * (2 * t - 1) * column[-1] - column[-2])
        mean = sum(column[k] for column in columns) / n
        rows.append(mean + (1 / mpf_or_float(m, k * k - 1) if k % 2 == 0 else 0))
    return rows


CHEBYQUAD_ROOTS = {2: [0.21, 0.79], 4: [0.10, 0.41, 0.59, 0.90], 5: [0.08, 0.31, 0.50, 0.69, 0.92], 6: [0.07, 0.29, 0.37, 0.63, 0.71, 0.93]}


def mpf_or_float(m: Any, number: int) -> Any:
    """The integer in the arithmetic of m, so that 1/3 is that of the arithmetic."""
    return m.exp(0) * number


def boundary_value(m: Any, x: Any) -> list[Any]:
    """Moré & Cosnard (1979)."""
    n = len(x)
    h = 1 / (n + 1)
    return [2 * x[i] - (x[i - 1] if i else 0) - (x[i + 1] if i < n - 1 else 0) + h * h * (x[i] + (i + 1) * h + 1) ** 3 / 2 for i in range(n)]


def rosenbrock_residuals(m: Any, x: Any) -> list[Any]:
    """At (1, 1): exact zeros."""
    return [10 * (x[1] - x[0] ** 2), 1 - x[0]]


def combustion(m: Any, x: Any) -> list[Any]:
    """Two equilibria and two balances, parts from 1e-3 to 1e3."""
    a, b, c, d = x
    return [a + b + c - 1.75, 2 * a + b + d - 2.5, b * d - 36.5 * a, 1e3 * (c * c - 0.2 * b * d)]


def logistic_score(seed: int) -> tuple[Formula, int]:
    """The score of a logistic regression, 40 observations, 3 coefficients."""
    rng = np.random.default_rng([1, seed])
    data = np.column_stack([np.ones(40), rng.normal(size=(40, 2))])
    hit = (rng.uniform(size=40) < 1 / (1 + np.exp(-data @ [0.3, 1.0, -0.7]))).astype(float)

    def formula(m: Any, b: Any) -> list[Any]:
        residual = [y - 1 / (1 + m.exp(-(b[0] * r[0] + b[1] * r[1] + b[2] * r[2]))) for r, y in zip(data.tolist(), hit.tolist(), strict=True)]
        return [sum(e * r[j] for e, r in zip(residual, data.tolist(), strict=True)) for j in range(3)]

    return formula, 3


def poisson_score(seed: int) -> tuple[Formula, int]:
    """The score of a Poisson regression, 30 observations, 2 coefficients."""
    rng = np.random.default_rng([2, seed])
    t = rng.uniform(0, 3, 30)
    count = rng.poisson(np.exp(0.5 + 0.6 * t)).astype(float)

    def formula(m: Any, b: Any) -> list[Any]:
        residual = [y - m.exp(b[0] + b[1] * s) for s, y in zip(t.tolist(), count.tolist(), strict=True)]
        return [sum(residual), sum(e * s for e, s in zip(residual, t.tolist(), strict=True))]

    return formula, 2


def exponential_loss(seed: int) -> Formula:
    """Half the sum of squares of 25 residuals of a decay: an optimum that is no root."""
    rng = np.random.default_rng([3, seed])
    t = np.linspace(0, 4, 25)
    y = 3 * np.exp(-0.8 * t) + 0.05 * rng.normal(size=25)
    return lambda m, b: sum((b[0] * m.exp(-b[1] * s) - v) ** 2 for s, v in zip(t.tolist(), y.tolist(), strict=True)) / 2


def exponential_normal(seed: int) -> Formula:
    """Its normal equations."""
    rng = np.random.default_rng([3, seed])
    t = np.linspace(0, 4, 25)
    y = 3 * np.exp(-0.8 * t) + 0.05 * rng.normal(size=25)

    def formula(m: Any, b: Any) -> list[Any]:
        parts = [(b[0] * m.exp(-b[1] * s) - v, m.exp(-b[1] * s), s) for s, v in zip(t.tolist(), y.tolist(), strict=True)]
        return [sum(r * e for r, e, _ in parts), sum(r * -b[0] * s * e for r, e, s in parts)]

    return formula


def fitted_curve(seed: int, m_outputs: int) -> tuple[Formula, Any]:
    """Residuals of a curve through its own rounded values: every one of 30 to 500 outputs is 0."""
    rng = np.random.default_rng([4, seed])
    b = rng.uniform(0.5, 2, 4) * [10, 1e-3, 1, 50]
    t = np.linspace(0.1, 300, m_outputs)
    curve: Model = lambda m, x, s: x[0] * m.exp(-x[1] * s) + x[2] * m.atan(s / x[3])
    y = [float(curve(Floats, b, s)) for s in t.tolist()]
    return (lambda m, x: [curve(m, x, s) - v for s, v in zip(t.tolist(), y, strict=True)]), b


def diode(m: Any, x: Any) -> list[Any]:
    """A lamp and a diode in series: currents of 1e-12 beside voltages of 1 and resistances of 1e4."""
    current, voltage = x
    return [current - 1e-12 * m.expm1(voltage / 0.02585), 5 - 1e4 * current - voltage]


def kinetics(m: Any, x: Any) -> list[Any]:
    """Robertson's reaction at rest after the slow step: 1e-5 beside 1."""
    a, b, c = x
    return [-0.04 * a + 1e4 * b * c + 0.01, 0.04 * a - 1e4 * b * c - 3e7 * b * b, a + b + c - 1]


def gas(m: Any, x: Any) -> list[Any]:
    """van der Waals: volume 1e-3, temperature 1e2, pressure 1e6."""
    volume, temperature = x
    return [8.314 * temperature / (volume - 4.3e-5) - 0.364 / volume**2 - 2e6, temperature - 290 - 1e4 * volume]


def built() -> list[ZeroCase]:
    """All of them."""
    cases = []
    for name, equation, (low, high), start in SCALARS:
        for seed in SEEDS:
            formula = scalar(equation, float(np.random.default_rng([0, seed, *name.encode()]).uniform(low, high)))
            cases.append(ZeroCase(f"{name} {seed}", "root", formula, root(formula, [start])))
    for n in (5, 12):
        cases.append(ZeroCase(f"tridiagonal {n}", "root", tridiagonal, root(tridiagonal, [-1.0] * n)))
        cases.append(ZeroCase(f"boundary value {n}", "root", boundary_value, root(boundary_value, [-0.1] * n)))
    for n, near in CHEBYQUAD_ROOTS.items():
        even = np.arange(1, n + 1) / (n + 1)
        cases.append(ZeroCase(f"chebyquad {n}", "root", chebyquad, root(chebyquad, near)))
        cases.append(ZeroCase(f"chebyquad {n} at its start", "root", chebyquad, even))
    cases.append(ZeroCase("rosenbrock", "root", rosenbrock_residuals, np.ones(2)))
    cases.append(ZeroCase("combustion", "root", combustion, root(combustion, [0.02, 1.5, 0.4, 0.9])))
    for seed in SEEDS:
        for name, (formula, p) in (("logistic score", logistic_score(seed)), ("poisson score", poisson_score(seed))):
            cases.append(ZeroCase(f"{name} {seed}", "optimum", formula, root(formula, [0.3] * p)))
        normal, loss = exponential_normal(seed), exponential_loss(seed)
        best = root(normal, [3.0, 0.8])
        cases.append(ZeroCase(f"normal equations {seed}", "optimum", normal, best))
        cases.append(ZeroCase(f"decay loss {seed}", "optimum", loss, best))
        for outputs in (30, 120, 500):
            fitted, b = fitted_curve(seed, outputs)
            cases.append(ZeroCase(f"fitted curve {outputs} {seed}", "system", fitted, b))
    for name, system, at in (("diode", diode, [4e-4, 0.52]), ("kinetics", kinetics, [0.7, 1e-5, 0.3]), ("gas", gas, [1.2e-3, 300.0])):
        cases.append(ZeroCase(name, "scales", system, root(system, at)))
    tiny = lambda m, x: [m.exp(x[0]) * x[1] - x[1], 1 / (1 + m.exp(-x[0])) - 0.5, x[1] * x[1] - 2]
    for small in (0.0, 1e-300, 1.2246467991473532e-16, -1e-17):
        cases.append(ZeroCase(f"beside {small:g}", "scales", tiny, np.array([small, 1.4142135623730951])))
    return cases
