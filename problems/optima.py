"""Points where f is 0 or its gradient is: where Newton's method, least squares and constraints
evaluate, and where a relative error of f, or of the gradient, means nothing.
"""

import numpy as np

from diffbench.interface import problem

TAGS = ("root", "optimisation", "extended")


def at_root(x, operator="derivative", tags=("scalar",)):
    return problem(
        point=lambda n, rng: np.array(x, dtype=float)[()],
        operator=operator,
        source="a point where f or its gradient vanishes",
        tags=(*TAGS, *tags),
    )


@at_root(np.pi)
def sine_at_pi(x, xp=np):
    """f = 1.2e-16 from one rounding of x; f' = -1."""
    return xp.sin(x)


@sine_at_pi.manual("derivative")
def sine_slope(x):
    return np.cos(x)


@at_root(np.sqrt(2))
def square_minus_two(x, xp=np):
    """x² - 2 at sqrt 2: what is left of 2 after cancelling is rounding."""
    return x * x - 2


@square_minus_two.manual("derivative")
def square_slope(x):
    return 2 * x


@at_root(0.7390851332151607)
def dottie(x, xp=np):
    """cos x - x at its root: float64 says 0."""
    return xp.cos(x) - x


@dottie.manual("derivative")
def dottie_slope(x):
    return -np.sin(x) - 1


@at_root(1.0)
def triple_root(x, xp=np):
    """(x - 1)³ at 1: value and derivative are exactly 0."""
    return (x - 1) ** 3


@triple_root.manual("derivative")
def triple_slope(x):
    return 3 * (x - 1) ** 2


@at_root(1.0)
def log_at_one(x, xp=np):
    """An exact zero made without cancelling."""
    return xp.log(x)


@log_at_one.manual("derivative")
def log_slope(x):
    return 1 / x


@at_root(1.0)
def peak(x, xp=np):
    """x exp(-x) at its maximum: f' is exactly 0, and nothing about it is small."""
    return x * xp.exp(-x)


@peak.manual("derivative")
def peak_slope(x):
    return (1 - x) * np.exp(-x)


@at_root([1.0, 1.0], operator="gradient", tags=("vector",))
def valley_floor(x, xp=np):
    """Rosenbrock's function at its minimum: value and gradient are exactly 0."""
    return 100 * (x[1] - x[0] ** 2) ** 2 + (1 - x[0]) ** 2


@valley_floor.manual("gradient")
def valley_floor_gradient(x):
    bend = x[1] - x[0] ** 2
    return np.array([-400 * x[0] * bend - 2 * (1 - x[0]), 200 * bend], dtype=x.dtype)


@at_root([[1, 2, 3], [4, 5, 6], [7, 8, 9]], operator="gradient", tags=("matrix", "linear-algebra"))
def singular_determinant(a, xp=np):
    """det of a singular matrix: its gradient are the cofactors, where det * inverse fails."""
    return xp.linalg.det(a)


@singular_determinant.manual("gradient")
def cofactors(a):
    """Cross products of the rows."""
    return np.stack([np.cross(a[1], a[2]), np.cross(a[2], a[0]), np.cross(a[0], a[1])])


@at_root([0.0, 0.0, 0.0], operator="gradient", tags=("vector",))
def squared_length_at_zero(x, xp=np):
    """|x|² at 0: smooth, though |x| is not."""
    return x @ x


@squared_length_at_zero.manual("gradient")
def squared_length_gradient(x):
    return 2 * x
