"""Rosenbrock's curved valley: the same sum vectorised, where arrays do the work, and as a loop over
scalars, where the interpreter does.
"""

from itertools import pairwise

import numpy as np

from diffbench.interface import problem

ROSENBROCK = "doi:10.1093/comjnl/3.3.175"


@problem(
    point=lambda n, rng: rng.normal(size=n),
    sizes=(2, 10, 1000, 100_000),
    source=ROSENBROCK,
    tags=("vector", "polynomial", "optimisation", "showcase"),
)
def rosenbrock(x, xp=np):
    """The chained valley. Hard: its Hessian is tridiagonal and badly scaled, and overlapping slices
    of x meet in each gradient entry.
    """
    return xp.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


@rosenbrock.plain
def rosenbrock_in_dot_products(x):
    head = x[:-1]
    bend, slack = x[1:] - head * head, 1 - head
    return 100 * (bend @ bend) + slack @ slack


@rosenbrock.manual("value_and_gradient")
def rosenbrock_with_gradient(x):
    head = x[:-1]
    bend, slack = x[1:] - head * head, 1 - head
    gradient = np.empty_like(x)
    np.multiply(bend, 200, out=gradient[1:])
    gradient[0] = 0
    gradient[:-1] -= 400 * head * bend + 2 * slack
    return 100 * (bend @ bend) + slack @ slack, gradient


@rosenbrock.exact("gradient")
def rosenbrock_gradient(x, mp):
    rise = [200 * (x[i + 1] - x[i] ** 2) for i in range(len(x) - 1)]
    left, right = [0, *rise], [*rise, 0]
    pull = [2 * (1 - v) for v in x[:-1]] + [0]
    return np.array(
        [l - 2 * v * r - p for l, r, v, p in zip(left, right, x, pull, strict=True)], dtype=object
    )


@problem(
    point=lambda n, rng: rng.normal(size=n),
    sizes=(10, 100),
    source=ROSENBROCK,
    tags=("loop", "polynomial", "optimisation", "floats"),
)
def rosenbrock_loop(x, xp=np):
    """The chained valley, one scalar at a time. Hard: every x[i] is a separate read, and reverse
    mode must not pay n for each of them.
    """
    total = 0.0
    for i in range(len(x) - 1):
        total = total + 100 * (x[i + 1] - x[i] * x[i]) ** 2 + (1 - x[i]) ** 2
    return total


@rosenbrock_loop.manual("value_and_gradient")
def rosenbrock_loop_with_gradient(x):
    values = x.tolist()
    total, carry, gradient = 0.0, 0.0, []
    for head, tail in pairwise(values):
        bend, slack = tail - head * head, 1 - head
        total += 100 * bend * bend + slack * slack
        gradient.append(carry - 400 * head * bend - 2 * slack)
        carry = 200 * bend
    return total, np.array([*gradient, carry], dtype=x.dtype)


rosenbrock_loop.exact("gradient")(rosenbrock_gradient)
