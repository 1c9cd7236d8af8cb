"""Large systems whose Jacobian is mostly zeros: fields on a grid, each coupled to its neighbours,
and sums of functions of a few neighbours, whose Hessian is banded.
"""

from math import isqrt

import numpy as np
from diffbench.problems.counted_numbers import v

from diffbench.interface import problem

SCIML = "Prigogine, Lefever (1968), doi:10.1063/1.1668896; sizes as in SciMLBenchmarks"


def neighbours(u, xp):
    """Sum of the four neighbours on a torus."""
    return xp.roll(u, 1, 0) + xp.roll(u, -1, 0) + xp.roll(u, 1, 1) + xp.roll(u, -1, 1)


def brusselator_start(n, rng):
    side = isqrt(n // 2)
    t = np.arange(side) / (side - 1)
    bump = (t * (1 - t)) ** 1.5
    return np.concatenate([np.tile(22 * bump, side), np.repeat(27 * bump, side)])


def source_of(n, rng):
    """5 inside a small circle, else 0, and the scale of the diffusion."""
    side = isqrt(n // 2)
    t = np.arange(side) / (side - 1)
    inside = (t[:, None] - 0.3) ** 2 + (t - 0.6) ** 2 <= 0.01
    return 5.0 * inside, 10.0 * (side - 1) ** 2


@problem(
    operator="jacobian",
    point=brusselator_start,
    data=source_of,
    sizes=(128, 2048, 20_000),
    source=SCIML,
    tags=("vector", "structure", "sparse", "ode"),
)
def brusselator(x, forcing, diffusion, xp=np):
    """Two reacting fields on a periodic grid, six entries a row. Hard: u = 0 on two edges, so that
    a pattern taken from values misses entries.
    """
    side = forcing.shape[0]
    u, q = xp.reshape(x[: side * side], (side, side)), xp.reshape(x[side * side :], (side, side))
    spread_u = diffusion * (neighbours(u, xp) - 4 * u)
    spread_q = diffusion * (neighbours(q, xp) - 4 * q)
    reaction = u * u * q
    return xp.concatenate(
        [
            xp.ravel(1 + reaction - 4.4 * u + spread_u + forcing),
            xp.ravel(3.4 * u - reaction + spread_q),
        ]
    )


def bordered(u, xp):
    """The field with a frame of zeros, shape (N + 2, N + 2)."""
    side = u.shape[0]
    row = xp.zeros((1, side), dtype=u.dtype)
    column = xp.zeros((side + 2, 1), dtype=u.dtype)
    tall = xp.concatenate([row, u, row], axis=0)
    return xp.concatenate([column, tall, column], axis=1)


@problem(
    operator="jacobian",
    point=lambda n, rng: v(np.arange(n)),
    sizes=(16, 1024, 90_000),
    source="Vázquez (2007), The Porous Medium Equation",
    tags=("vector", "structure", "sparse", "extended"),
)
def nonlinear_diffusion(x, xp=np):
    """10u - div((1 + u²) grad u) on a square with zero border. Hard: each flux is a product in two
    unknowns, and the scale is that of 1/h².
    """
    side = isqrt(len(x))
    u = bordered(xp.reshape(x, (side, side)), xp)
    down, right = u[1:, 1:-1] - u[:-1, 1:-1], u[1:-1, 1:] - u[1:-1, :-1]
    flux_down = (1 + ((u[1:, 1:-1] + u[:-1, 1:-1]) / 2) ** 2) * down
    flux_right = (1 + ((u[1:-1, 1:] + u[1:-1, :-1]) / 2) ** 2) * right
    spread = flux_down[1:] - flux_down[:-1] + flux_right[:, 1:] - flux_right[:, :-1]
    return xp.ravel(10 * u[1:-1, 1:-1] - (side + 1) ** 2 * spread)


@problem(
    operator="jacobian",
    point=lambda n, rng: v(np.arange(n)),
    sizes=(32, 2048),
    source="Burgers (1948), doi:10.1016/S0065-2156(08)70100-5",
    tags=("vector", "structure", "sparse", "extended"),
)
def burgers(x, xp=np):
    """Two velocities that carry themselves and each other, on a square with zero border. Hard: rows
    couple two fields, with products as entries.
    """
    side = isqrt(len(x) // 2)
    fields = [xp.reshape(part, (side, side)) for part in (x[: side * side], x[side * side :])]
    u, q = fields
    return xp.concatenate([xp.ravel(transported(c, u, q, xp)) for c in fields])


def transported(c, u, q, xp):
    """u c_x + q c_y - (Laplacian of c)/100 by central differences, h = 1/(N + 1)."""
    n = c.shape[0] + 1
    framed = bordered(c, xp)
    along = u * (framed[2:, 1:-1] - framed[:-2, 1:-1]) * n / 2
    across = q * (framed[1:-1, 2:] - framed[1:-1, :-2]) * n / 2
    around = framed[2:, 1:-1] + framed[:-2, 1:-1] + framed[1:-1, 2:] + framed[1:-1, :-2]
    return along + across - (around - 4 * c) * n * n / 100


@problem(
    operator="jacobian",
    point=lambda n, rng: v(np.arange(n)),
    sizes=(32, 2048),
    source="Burgers (1948), doi:10.1016/S0065-2156(08)70100-5; upwind differences",
    tags=("vector", "structure", "sparse", "control-flow", "extended"),
)
def burgers_upwind(x, xp=np):
    """The same, looking against the wind: max(u, 0) and min(u, 0), a kink in every row."""
    side = isqrt(len(x) // 2)
    u, q = (xp.reshape(part, (side, side)) for part in (x[: side * side], x[side * side :]))
    return xp.concatenate([xp.ravel(blown(c, u, q, xp)) for c in (u, q)])


def blown(c, u, q, xp):
    """Transport by the difference that the wind comes from."""
    n = c.shape[0] + 1
    framed = bordered(c, xp)
    middle = framed[1:-1, 1:-1]
    back = (middle - framed[:-2, 1:-1], middle - framed[1:-1, :-2])
    ahead = (framed[2:, 1:-1] - middle, framed[1:-1, 2:] - middle)
    carried = sum(
        xp.maximum(wind, 0.0) * before + xp.minimum(wind, 0.0) * after
        for wind, before, after in zip((u, q), back, ahead, strict=True)
    )
    spread = ahead[0] - back[0] + ahead[1] - back[1]
    return n * carried - spread * n * n / 100


def chain(start, sizes=(10, 1000, 100_000), tags=()):
    """A sum over neighbours of CUTEst, from its start."""
    return problem(
        point=lambda n, rng: start(n),
        sizes=sizes,
        source="CUTEr: Gould, Orban, Toint (2003), doi:10.1145/962437.962439",
        tags=("vector", "polynomial", "optimisation", "structure", "extended", *tags),
    )


@chain(lambda n: np.arange(1, n + 1) / (n + 1))
def genrose(x, xp=np):
    """1 + sum 100 (x_i - x_(i-1)²)² + (x_i - 1)²: Rosenbrock's valley, chained."""
    return 1 + xp.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (x[1:] - 1) ** 2)


@chain(np.ones)
def arwhead(x, xp=np):
    """sum (x_i² + x_n²)² - 4x_i + 3: an arrow, since everybody meets the last."""
    return xp.sum((x[:-1] ** 2 + x[-1] ** 2) ** 2 - 4 * x[:-1] + 3)


@chain(lambda n: np.full(n, 2.0))
def engval1(x, xp=np):
    """sum (x_i² + x_(i+1)²)² - 4x_i + 3: tridiagonal."""
    return xp.sum((x[:-1] ** 2 + x[1:] ** 2) ** 2 - 4 * x[:-1] + 3)


@chain(np.ones)
def bdqrtic(x, xp=np):
    """Four neighbours and the last one in every term: a band and an arrow."""
    head = x[:-4]
    group = head**2 + 2 * x[1:-3] ** 2 + 3 * x[2:-2] ** 2 + 4 * x[3:-1] ** 2 + 5 * x[-1] ** 2
    return xp.sum((3 - 4 * head) ** 2 + group**2)


@chain(lambda n: np.full(n, 4.0))
def liarwhd(x, xp=np):
    """sum 4 (x_i² - x_1)² + (x_i - 1)²: an arrow, with the first."""
    return xp.sum(4 * (x**2 - x[0]) ** 2 + (x - 1) ** 2)


@chain(np.ones)
def tridia(x, xp=np):
    """(x_1 - 1)² + sum i (2x_i - x_(i-1))²: quadratic, and worse conditioned with n."""
    i = xp.arange(2, len(x) + 1, dtype=x.dtype)
    return (x[0] - 1) ** 2 + xp.sum(i * (2 * x[1:] - x[:-1]) ** 2)


@chain(lambda n: np.full(n, 3.0))
def dqdrtic(x, xp=np):
    """sum x_i² + 100 x_(i+1)² + 100 x_(i+2)²: a diagonal Hessian that no slice shows."""
    return xp.sum(x[:-2] ** 2 + 100 * x[1:-1] ** 2 + 100 * x[2:] ** 2)
