"""The 35 test problems of Moré, Garbow and Hillstrom: residuals r(x), each as its Jacobian and as
the gradient of f = sum r².

Point: the paper's start. Numbers follow the paper; where public copies disagree with it (Nos. 11,
13, 17, 19, 22, 24, 34) the paper's minimum decides, and the line says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, sqrt

import numpy as np

from diffbench.interface import problem

SOURCE = "Moré, Garbow, Hillstrom (1981), doi:10.1145/355934.355936"


@dataclass(frozen=True)
class Published:
    """What the paper prints: f at the start and at the minimum, by size."""

    at_start: dict[int, float | None]  # None: not printed at this size
    least: dict[int, Sequence[float]]


PUBLISHED: dict[str, Published] = {}


def residuals(number, start, at_start, least=None, tags=()):
    """Register residuals twice: as a system (its Jacobian) and as a sum of squares (its gradient).

    start: n -> x0. at_start: size -> f(x0). least: size -> the published minima of f.
    """

    def register(function):
        tagged = ("least-squares", "optimisation", "extended", *tags)
        shared = {
            "point": lambda n, rng: np.array(start(n), dtype=float),
            "sizes": tuple(at_start),
            "source": f"{SOURCE}, No. {number}",
        }
        system = problem(operator="jacobian", tags=tagged, **shared)(function)
        total = squares_of(function)
        PUBLISHED[total.__name__] = Published(at_start, least or {})
        problem(tags=tagged, **shared)(total)
        return system

    return register


def squares_of(function):
    """f(x) = sum of the squared residuals."""

    def total(x, xp=np):
        return xp.sum(function(x, xp=xp) ** 2)

    total.__name__ = function.__name__.removesuffix("_residuals")
    total.__doc__ = f"Sum of squares. {function.__doc__}"
    return total


def fixed(*numbers):
    return lambda n: numbers


@residuals(1, fixed(-1.2, 1), {2: 24.2}, {2: [0]})
def mgh_rosenbrock_residuals(x, xp=np):
    """Curved valley: 10 (x2 - x1²), 1 - x1."""
    return xp.stack([10 * (x[1] - x[0] ** 2), 1 - x[0]])


@residuals(2, fixed(0.5, -2), {2: 400.5}, {2: [0, 48.98425]})
def freudenstein_roth_residuals(x, xp=np):
    """Two cubics with a root at (5, 4) and a second minimum that is none."""
    return xp.stack(
        [
            -13 + x[0] + ((5 - x[1]) * x[1] - 2) * x[1],
            -29 + x[0] + ((x[1] + 1) * x[1] - 14) * x[1],
        ]
    )


@residuals(3, fixed(0, 1), {2: 1.135261717}, {2: [0]})
def powell_badly_scaled_residuals(x, xp=np):
    """Minimiser (1.1e-5, 9.1): the two coordinates are six orders apart."""
    return xp.stack([1e4 * x[0] * x[1] - 1, xp.exp(-x[0]) + xp.exp(-x[1]) - 1.0001])


@residuals(4, fixed(1, 1), {2: 9.99998e11}, {2: [0]})
def brown_badly_scaled_residuals(x, xp=np):
    """Minimiser (1e6, 2e-6): residuals and coordinates of very unequal size."""
    return xp.stack([x[0] - 1e6, x[1] - 2e-6, x[0] * x[1] - 2])


@residuals(5, fixed(1, 1), {2: 14.203125}, {2: [0]})
def beale_residuals(x, xp=np):
    """y_i - x1 (1 - x2^i), a flat valley along x2 = 1."""
    return xp.stack([y - x[0] * (1 - x[1] ** (i + 1)) for i, y in enumerate((1.5, 2.25, 2.625))])


@residuals(6, fixed(0.3, 0.4), {2: 4171.306162}, {2: [124.362]})
def jennrich_sampson_residuals(x, xp=np):
    """2 + 2i - (exp(i x1) + exp(i x2)), i = 1, ..., 10: steep, and the minimum is far from 0."""
    i = xp.arange(1.0, 11.0, dtype=x.dtype)
    return 2 + 2 * i - (xp.exp(i * x[0]) + xp.exp(i * x[1]))


@residuals(7, fixed(-1, 0, 0), {3: 2500}, {3: [0]}, tags=("control-flow",))
def helical_valley_residuals(x, xp=np):
    """A helix around the third axis. Hard: an angle by its branch, at a start where atan's argument
    is 0/-1.
    """
    turn = xp.arctan(x[1] / x[0]) / (2 * np.pi)
    turn = turn + 0.5 if x[0] < 0 else turn
    return xp.stack([10 * (x[2] - 10 * turn), 10 * (xp.sqrt(x[0] ** 2 + x[1] ** 2) - 1), x[2]])


BARD = (0.14, 0.18, 0.22, 0.25, 0.29, 0.32, 0.35, 0.39, 0.37, 0.58, 0.73, 0.96, 1.34, 2.10, 4.39)


@residuals(8, fixed(1, 1, 1), {3: 41.681695861678}, {3: [8.21487e-3]}, tags=("rational",))
def bard_residuals(x, xp=np):
    """y_i - (x1 + u/(v x2 + w x3)): rational, and it has a second minimum at infinity."""
    u = xp.arange(1.0, 16.0, dtype=x.dtype)
    v = 16 - u
    return xp.asarray(BARD, dtype=x.dtype) - (x[0] + u / (v * x[1] + xp.minimum(u, v) * x[2]))


HALF_BELL = (0.0009, 0.0044, 0.0175, 0.0540, 0.1295, 0.2420, 0.3521)
BELL = (*HALF_BELL, 0.3989, *HALF_BELL[::-1])


@residuals(9, fixed(0.4, 1, 0), {3: 3.88810699116666e-6}, {3: [1.12793e-8]})
def gaussian_residuals(x, xp=np):
    """x1 exp(-x2 (t - x3)²/2) - y. Hard: residuals of 1e-3 from terms of 0.4, and a gradient entry
    that is exactly 0 at the start.
    """
    t = (7 - xp.arange(15.0, dtype=x.dtype)) / 2
    return x[0] * xp.exp(-x[1] * (t - x[2]) ** 2 / 2) - xp.asarray(BELL, dtype=x.dtype)


MEYER = (34780, 28610, 23650, 19630, 16370, 13720, 11540, 9744,
         8261, 7030, 6005, 5147, 4427, 3820, 3307, 2872)  # fmt: skip


@residuals(10, fixed(0.02, 4000, 250), {3: 1693607809.43615}, {3: [87.9458]})
def meyer_residuals(x, xp=np):
    """x1 exp(x2/(t + x3)) - y: parameters of sizes 1e-2, 1e4 and 1e2 trade off against each
    other.
    """
    t = 50 + 5 * xp.arange(16.0, dtype=x.dtype)
    return x[0] * xp.exp(x[1] / (t + x[2])) - xp.asarray(MEYER, dtype=x.dtype)


@residuals(11, fixed(5, 2.5, 0.15), {3: 12.1107058255695}, {3: [0]})
def gulf_residuals(x, xp=np):
    """exp(-|y - x2|^x3 / x1) - t. Hard: a power of an absolute value, whose exponent is sought (the
    paper prints y m i x2, a misprint of the minus).
    """
    t = xp.arange(1.0, 100.0, dtype=x.dtype) / 100
    y = 25 + (-50 * xp.log(t)) ** (2 / 3)
    return xp.exp(-(xp.abs(y - x[1]) ** x[2]) / x[0]) - t


@residuals(12, fixed(0, 10, 20), {3: 1031.153811}, {3: [0]})
def box_residuals(x, xp=np):
    """exp(-t x1) - exp(-t x2) - x3 (exp(-t) - exp(-10t)): two rates that may change places."""
    t = xp.arange(1.0, 11.0, dtype=x.dtype) / 10
    return xp.exp(-t * x[0]) - xp.exp(-t * x[1]) - x[2] * (xp.exp(-t) - xp.exp(-10 * t))


@residuals(13, fixed(3, -1, 0, 1), {4: 215}, {4: [0]})
def powell_singular_residuals(x, xp=np):
    """The Jacobian is singular at the root (the factor is sqrt 10; a public copy has sqrt 2)."""
    return xp.stack(
        [
            x[0] + 10 * x[1],
            sqrt(5) * (x[2] - x[3]),
            (x[1] - 2 * x[2]) ** 2,
            sqrt(10) * (x[0] - x[3]) ** 2,
        ]
    )


@residuals(14, fixed(-3, -1, -3, -1), {4: 19192}, {4: [0]})
def wood_residuals(x, xp=np):
    """Two valleys of Rosenbrock's, tied together."""
    return xp.stack(
        [
            10 * (x[1] - x[0] ** 2),
            1 - x[0],
            sqrt(90) * (x[3] - x[2] ** 2),
            1 - x[2],
            sqrt(10) * (x[1] + x[3] - 2),
            (x[1] - x[3]) / sqrt(10),
        ]
    )


KOWALIK_U = (4, 2, 1, 0.5, 0.25, 0.167, 0.125, 0.1, 0.0833, 0.0714, 0.0625)
KOWALIK_Y = (0.1957, 0.1947, 0.1735, 0.1600, 0.0844, 0.0627, 0.0456, 0.0342, 0.0323, 0.0235, 0.0246)


@residuals(
    15,
    fixed(0.25, 0.39, 0.415, 0.39),
    {4: 0.00531317227210854},
    {4: [3.07505e-4]},
    tags=("rational",),
)
def kowalik_osborne_residuals(x, xp=np):
    """An enzyme's rate, a quotient of quadratics."""
    u = xp.asarray(KOWALIK_U, dtype=x.dtype)
    return xp.asarray(KOWALIK_Y, dtype=x.dtype) - x[0] * (u**2 + u * x[1]) / (
        u**2 + u * x[2] + x[3]
    )


@residuals(16, fixed(25, 5, -5, -1), {4: 7926693.337}, {4: [85822.2]})
def brown_dennis_residuals(x, xp=np):
    """(x1 + t x2 - e^t)² + (x3 + x4 sin t - cos t)²: residuals that are squares themselves."""
    t = xp.arange(1.0, 21.0, dtype=x.dtype) / 5
    return (x[0] + t * x[1] - xp.exp(t)) ** 2 + (x[2] + x[3] * xp.sin(t) - xp.cos(t)) ** 2


OSBORNE_1 = (0.844, 0.908, 0.932, 0.936, 0.925, 0.908, 0.881, 0.85, 0.818, 0.784, 0.751,
             0.718, 0.685, 0.658, 0.628, 0.603, 0.58, 0.558, 0.538, 0.522, 0.506, 0.49,
             0.478, 0.467, 0.457, 0.448, 0.438, 0.431, 0.424, 0.42, 0.414, 0.411, 0.406)  # fmt: skip


@residuals(17, fixed(0.5, 1.5, -1, 0.01, 0.02), {5: 0.87902629354464}, {5: [5.46489e-5]})
def osborne_1_residuals(x, xp=np):
    """Two decays and a constant, t = 0, 10, ..., 320: nearly equal rates, ill-conditioned."""
    t = 10 * xp.arange(33.0, dtype=x.dtype)
    return xp.asarray(OSBORNE_1, dtype=x.dtype) - (
        x[0] + x[1] * xp.exp(-t * x[3]) + x[2] * xp.exp(-t * x[4])
    )


@residuals(18, fixed(1, 2, 1, 1, 1, 1), {6: 0.7790700757}, {6: [0, 5.65565e-3]})
def biggs_residuals(x, xp=np):
    """Three decays of exact data: six parameters, and minima where two of the rates agree."""
    t = xp.arange(1.0, 14.0, dtype=x.dtype) / 10
    y = xp.exp(-t) - 5 * xp.exp(-10 * t) + 3 * xp.exp(-4 * t)
    return x[2] * xp.exp(-t * x[0]) - x[3] * xp.exp(-t * x[1]) + x[5] * xp.exp(-t * x[4]) - y


OSBORNE_2 = (1.366, 1.191, 1.112, 1.013, 0.991, 0.885, 0.831, 0.847, 0.786, 0.725, 0.746,
             0.679, 0.608, 0.655, 0.616, 0.606, 0.602, 0.626, 0.651, 0.724, 0.649, 0.649,
             0.694, 0.644, 0.624, 0.661, 0.612, 0.558, 0.533, 0.495, 0.5, 0.423, 0.395,
             0.375, 0.372, 0.391, 0.396, 0.405, 0.428, 0.429, 0.523, 0.562, 0.607, 0.653,
             0.672, 0.708, 0.633, 0.668, 0.645, 0.632, 0.591, 0.559, 0.597, 0.625, 0.739,
             0.71, 0.729, 0.72, 0.636, 0.581, 0.428, 0.292, 0.162, 0.098, 0.054)  # fmt: skip


@residuals(
    19,
    fixed(1.3, 0.65, 0.65, 0.7, 0.6, 3, 5, 7, 2, 4.5, 5.5),
    {11: 2.09341951421206},
    {11: [4.01377e-2]},
)
def osborne_2_residuals(x, xp=np):
    """A decay and three bells, t = 0, 0.1, ..., 6.4, eleven parameters."""
    t = xp.arange(65.0, dtype=x.dtype) / 10
    bells = [x[k] * xp.exp(-((t - x[k + 7]) ** 2) * x[k + 4]) for k in (1, 2, 3)]
    return xp.asarray(OSBORNE_2, dtype=x.dtype) - (
        x[0] * xp.exp(-t * x[4]) + bells[0] + bells[1] + bells[2]
    )


@residuals(
    20,
    lambda n: np.zeros(n),
    {6: 30, 9: 30},
    {6: [2.28767e-3], 9: [1.39976e-6]},
    tags=("linear-algebra",),
)
def watson_residuals(x, xp=np):
    """A polynomial that solves a differential equation. Hard: from n = 9 on the minimum is lost in
    rounding.
    """
    j = xp.arange(len(x), dtype=x.dtype)
    t = xp.arange(1.0, 30.0, dtype=x.dtype)[:, None] / 29
    slope = xp.where(j > 0, j * t ** xp.maximum(j - 1, 0), 0.0)
    fit = slope @ x - (t**j @ x) ** 2 - 1
    return xp.concatenate([fit, xp.stack([x[0], x[1] - x[0] ** 2 - 1])])


@residuals(21, lambda n: [-1.2, 1] * (n // 2), {20: 242, 1000: 12100}, {20: [0]}, tags=("vector",))
def extended_rosenbrock_residuals(x, xp=np):
    """n/2 valleys side by side: a block-diagonal Jacobian."""
    return xp.concatenate([10 * (x[1::2] - x[::2] ** 2), 1 - x[::2]])


@residuals(
    22, lambda n: [3, -1, 0, 1] * (n // 4), {20: 1075, 1000: 53750}, {20: [0]}, tags=("vector",)
)
def extended_powell_residuals(x, xp=np):
    """n/4 singular problems side by side (in a public copy the third residual is not squared)."""
    a, b, c, d = (x[k::4] for k in range(4))
    return xp.concatenate(
        [a + 10 * b, sqrt(5) * (c - d), (b - 2 * c) ** 2, sqrt(10) * (a - d) ** 2]
    )


@residuals(
    23,
    lambda n: np.arange(1.0, n + 1),
    {4: 885.06264, 10: 148032.5653},
    {4: [2.24997e-5], 10: [7.08765e-5]},
)
def penalty_1_residuals(x, xp=np):
    """|x|² = 1/4 with a weak pull to 1: residuals whose weights are five orders apart."""
    return xp.concatenate([sqrt(1e-5) * (x - 1), xp.reshape(x @ x - 0.25, (1,))])


@residuals(
    24,
    lambda n: [0.5] * n,
    {4: 2.340008805, 10: 162.6527766},
    {4: [9.37629e-6], 10: [2.93660e-4]},
)
def penalty_2_residuals(x, xp=np):
    """Neighbours tied by exponentials (in a public copy the index of y is shifted by one)."""
    n = len(x)
    i = xp.arange(2.0, n + 1, dtype=x.dtype)
    y = xp.exp(i / 10) + xp.exp((i - 1) / 10)
    e = xp.exp(x / 10)
    return xp.concatenate(
        [
            x[:1] - 0.2,
            sqrt(1e-5) * (e[1:] + e[:-1] - y),
            sqrt(1e-5) * (e[1:] - exp(-0.1)),
            xp.reshape(xp.sum(xp.arange(n, 0.0, -1, dtype=x.dtype) * x**2) - 1, (1,)),
        ]
    )


@residuals(25, lambda n: 1 - np.arange(1.0, n + 1) / n, {10: 2198551.163}, {10: [0]})
def variably_dimensioned_residuals(x, xp=np):
    """x - 1, S and S² with S = sum j (x_j - 1): two dense rows on a diagonal."""
    s = xp.sum(xp.arange(1, len(x) + 1, dtype=x.dtype) * (x - 1))
    return xp.concatenate([x - 1, xp.stack([s, s**2])])


@residuals(26, lambda n: [1 / n] * n, {10: 0.007075759466}, {10: [0, 2.79506e-5]})
def trigonometric_residuals(x, xp=np):
    """n - sum cos x_j + i (1 - cos x_i) - sin x_i. Hard: 1 - cos x cancels near 0."""
    n = len(x)
    i = xp.arange(1.0, n + 1, dtype=x.dtype)
    return n - xp.sum(xp.cos(x)) + i * (1 - xp.cos(x)) - xp.sin(x)


@residuals(27, lambda n: [0.5] * n, {10: 273.2480478}, {10: [0, 1]})
def brown_almost_linear_residuals(x, xp=np):
    """Linear rows and one product of everything."""
    return xp.concatenate([x[:-1] + xp.sum(x) - (len(x) + 1), xp.reshape(xp.prod(x) - 1, (1,))])


def grid(n):
    return np.arange(1.0, n + 1) / (n + 1)


def parabola(n):
    return grid(n) * (grid(n) - 1)


@residuals(28, parabola, {10: 7.885191013e-4, 1000: None}, {10: [0]}, tags=("vector", "structure"))
def discrete_boundary_value_residuals(x, xp=np):
    """u'' = (u + t + 1)³/2 by differences: tridiagonal."""
    n = len(x)
    left, right = (
        xp.concatenate([xp.zeros(1, dtype=x.dtype), x[:-1]]),
        xp.concatenate([x[1:], xp.zeros(1, dtype=x.dtype)]),
    )
    return (
        2 * x
        - left
        - right
        + (x + xp.asarray(grid(n), dtype=x.dtype) + 1) ** 3 / (2 * (n + 1) ** 2)
    )


@residuals(29, parabola, {10: 0.06341684158}, {10: [0]}, tags=("linear-algebra",))
def discrete_integral_residuals(x, xp=np):
    """The same equation as an integral: dense."""
    t = xp.asarray(grid(len(x)), dtype=x.dtype)
    kernel = xp.where(t[:, None] >= t, (1 - t[:, None]) * t, t[:, None] * (1 - t))
    return x + kernel @ (x + t + 1) ** 3 / (2 * (len(x) + 1))


@residuals(30, lambda n: [-1] * n, {10: 21, 1000: 1011}, {10: [0]}, tags=("vector", "structure"))
def broyden_tridiagonal_residuals(x, xp=np):
    """(3 - 2x_i) x_i - x_(i-1) - 2 x_(i+1) + 1: three colours at any size."""
    left, right = (
        xp.concatenate([xp.zeros(1, dtype=x.dtype), x[:-1]]),
        xp.concatenate([x[1:], xp.zeros(1, dtype=x.dtype)]),
    )
    return (3 - 2 * x) * x - left - 2 * right + 1


@residuals(
    31,
    lambda n: [-1] * n,
    {10: 360, 1000: 36_000, 100_000: 3_600_000},
    {10: [0]},
    tags=("vector", "structure", "sparse"),
)
def broyden_banded_residuals(x, xp=np):
    """x_i (2 + 5x_i²) + 1 - sum over five below and one above of x_j (1 + x_j): seven colours."""
    pull = xp.concatenate([xp.zeros(5, dtype=x.dtype), x * (1 + x), xp.zeros(1, dtype=x.dtype)])
    n = len(x)
    near = [pull[5 + k : 5 + k + n] for k in (-5, -4, -3, -2, -1, 1)]
    return x * (2 + 5 * x**2) + 1 - (near[0] + near[1] + near[2] + near[3] + near[4] + near[5])


ROWS = 20  # m of the three linear problems


@residuals(32, lambda n: [1] * n, {10: 50}, {10: [10]}, tags=("linear-algebra",))
def linear_full_rank_residuals(x, xp=np):
    """x_i - (2/m) S - 1, then rows without x_i: the Hessian of the sum of squares is exactly 2 I."""
    rest = -2 / ROWS * xp.sum(x) - 1
    return xp.concatenate([x + rest, xp.ones(ROWS - len(x), dtype=x.dtype) * rest])


@residuals(33, lambda n: [1] * n, {10: 8658670}, {10: [190 / 41]}, tags=("linear-algebra",))
def linear_rank_1_residuals(x, xp=np):
    """i sum j x_j - 1: every row a multiple of one."""
    return (
        xp.arange(1.0, ROWS + 1, dtype=x.dtype)
        * xp.sum(xp.arange(1, len(x) + 1, dtype=x.dtype) * x)
        - 1
    )


@residuals(34, lambda n: [1] * n, {10: 4067996}, {10: [227 / 37]}, tags=("linear-algebra",))
def linear_rank_1_zeros_residuals(x, xp=np):
    """(i - 1) sum over 1 < j < n of j x_j - 1 with zero rows and columns (with i for i - 1 the
    published minimum is not met).
    """
    factor = xp.arange(ROWS, dtype=x.dtype) * (np.arange(ROWS) < ROWS - 1)
    return factor * xp.sum(xp.arange(2, len(x), dtype=x.dtype) * x[1:-1]) - 1


@residuals(
    35,
    grid,
    {8: 0.03861769829},
    {8: [3.51687e-3], 9: [0], 10: [6.50395e-3]},
    tags=("polynomial", "loop"),
)
def chebyquad_residuals(x, xp=np):
    """Means of Chebyshev polynomials at x against their integrals; a recurrence over arrays."""
    n = len(x)
    t = 2 * x - 1
    before, now = xp.ones(n, dtype=x.dtype), t
    means = []
    for i in range(1, n + 1):
        means.append(xp.sum(now) / n + (1 / (i * i - 1) if i % 2 == 0 else 0))
        before, now = now, 2 * t * now - before
    return xp.stack(means)
