"""Particles and spins: a cluster, electrons in a box of harmonics, a magnet."""

from math import isqrt

import numpy as np
from diffbench.problems.counted_numbers import v

from diffbench.interface import problem


def icosahedron():
    """Thirteen points: the middle, and twelve at distance 1; shape (13, 3)."""
    golden = (1 + 5**0.5) / 2
    corners = [
        turned
        for s in (1, -1)
        for g in (golden, -golden)
        for turned in ((0, s, g), (s, g, 0), (g, 0, s))
    ]
    return np.concatenate([np.zeros((1, 3)), np.array(corners) / np.sqrt(1 + golden**2)])


@problem(
    point=lambda n, rng: 1.1 * icosahedron().ravel() + v(np.arange(n)) / 50,
    sizes=(39,),
    source="Hoare, Pal (1971), doi:10.1080/00018737100101231",
    tags=("science", "vector", "rational"),
)
def lennard_jones(x, xp=np):
    """Energy of thirteen atoms near the icosahedron. Hard: at the optimum the gradient is 0 made of
    terms of size 10, and six eigenvalues of the Hessian are 0.
    """
    atoms = xp.reshape(x, (-1, 3))
    first, second = np.triu_indices(len(x) // 3, 1)
    squared = xp.sum((atoms[first] - atoms[second]) ** 2, axis=1)
    sixth = squared**-3
    return xp.sum(4 * (sixth * sixth - sixth))


@lennard_jones.manual("value_and_gradient")
def lennard_jones_with_gradient(x):
    atoms = x.reshape(-1, 3)
    first, second = np.triu_indices(len(atoms), 1)
    apart = atoms[first] - atoms[second]
    squared = np.sum(apart**2, axis=1)
    sixth = squared**-3
    pull = apart * (-24 * (2 * sixth**2 - sixth) / squared)[:, None]
    gradient = np.zeros_like(atoms)
    np.add.at(gradient, first, pull)
    np.subtract.at(gradient, second, pull)
    return np.sum(4 * (sixth * sixth - sixth)), gradient.ravel()


@problem(
    point=lambda n, rng: (2 * np.arange(n) - 4) / 3 + v(np.arange(n)) / 5,
    sizes=(5, 10),
    source="Slater (1929), doi:10.1103/PhysRev.34.1293",
    tags=("science", "linear-algebra", "extended"),
)
def slater_determinant(x, xp=np):
    """log |det H_j(x_i) exp(-x_i²/2)|: electrons in a harmonic well. Hard: the logarithm of a
    determinant; its Laplacian is what quantum Monte Carlo wants.
    """
    hermite = [xp.ones(len(x), dtype=x.dtype), 2 * x]
    for j in range(2, len(x)):
        hermite.append(2 * x * hermite[-1] - 2 * (j - 1) * hermite[-2])
    orbitals = xp.stack(hermite, axis=1) * xp.exp(-(x**2) / 2)[:, None]
    return xp.linalg.slogdet(orbitals)[1]


@slater_determinant.manual("gradient")
def slater_gradient(x):
    """The determinant is Vandermonde's: sum over j of 1/(x_i - x_j), minus x_i."""
    apart = x[:, None] - x + np.diag(np.full(len(x), np.inf, dtype=x.dtype))
    return np.sum(1 / apart, axis=1) - x


@problem(
    point=lambda n, rng: np.array([0.4, 0.1]),
    data=lambda n, rng: (n,),
    sizes=(100,),
    source="Ising (1925), doi:10.1007/BF02980577",
    tags=("science", "matrix", "loop", "extended"),
)
def ising_ring(x, spins, xp=np):
    """log tr T^n of a ring of n spins, in coupling and field. Hard: powers overflow, so the matrix
    is scaled at every squaring.
    """
    up, down = x[0] + x[1], x[0] - x[1]
    transfer = xp.exp(xp.reshape(xp.stack([up, -x[0], -x[0], down]), (2, 2)))
    return scaled_log_trace(transfer, spins, xp)


def scaled_log_trace(matrix, power, xp):
    """log tr matrix^power, by squaring matrices whose trace is 1."""
    product, log_product = None, 0.0
    log_square = 0.0
    while power:
        if power % 2:
            product = matrix if product is None else product @ matrix
            log_product = log_product + log_square
            scale = xp.trace(product)
            product, log_product = product / scale, log_product + xp.log(scale)
        scale = xp.trace(matrix)
        matrix, log_square = matrix / scale, log_square + xp.log(scale)
        matrix, log_square, power = matrix @ matrix, 2 * log_square, power // 2
    return log_product + xp.log(xp.trace(product))


@ising_ring.manual("gradient")
def ising_ring_gradient(x, spins):
    """By the two eigenvalues of T, exp(K) cosh H ± sqrt(exp(2K) sinh² H + exp(-2K))."""
    k, h = x
    root = np.sqrt(np.exp(2 * k) * np.sinh(h) ** 2 + np.exp(-2 * k))
    middle = np.exp(k) * np.cosh(h)
    large, small = middle + root, middle - root
    by_k = (np.exp(2 * k) * np.sinh(h) ** 2 - np.exp(-2 * k)) / root
    by_h = np.exp(2 * k) * np.sinh(h) * np.cosh(h) / root
    ratio = (small / large) ** (spins - 1)
    scale = spins / (large * (1 + ratio * small / large))
    tilt = np.exp(k) * np.sinh(h)
    return scale * np.array(
        [middle + by_k + ratio * (middle - by_k), tilt + by_h + ratio * (tilt - by_h)]
    )


def neighbouring_rows(n, rng):
    """The states of a ring of `side` spins, shape (2^side, side), and the coupled pairs within a
    state and between two.
    """
    side = isqrt(n)
    states = 1.0 - 2 * (np.arange(2**side)[:, None] >> np.arange(side) & 1)
    within = np.sum(states * np.roll(states, 1, axis=1), axis=1)
    return np.sum(states, axis=1), within, states @ states.T, side


@problem(
    point=lambda n, rng: np.array([0.4, 0.1]),
    data=neighbouring_rows,
    sizes=(16, 36),
    source="Kramers, Wannier (1941), doi:10.1103/PhysRev.60.252",
    tags=("science", "matrix", "loop", "extended"),
)
def ising_torus(x, total, within, between, rows, xp=np):
    """log of the partition function of n spins on a square torus, in coupling and field, row by row.
    Hard: powers of a matrix of 2^side rows.
    """
    own = x[0] * within + x[1] * total
    transfer = xp.exp((own[:, None] + own) / 2 + x[0] * between)
    return scaled_log_trace(transfer, rows, xp)


@ising_torus.manual("gradient")
def ising_torus_gradient(x, total, within, between, rows):
    """d log tr T^m = m tr(T^(m-1) dT)/tr T^m, T scaled by its largest entry."""
    own = x[0] * within + x[1] * total
    exponent = (own[:, None] + own) / 2 + x[0] * between
    transfer = np.exp(exponent - exponent.max())
    before = np.linalg.matrix_power(transfer, rows - 1)
    weight = rows * before.T * transfer / np.sum(before.T * transfer)
    halves = [(part[:, None] + part) / 2 for part in (within, total)]
    slopes = [np.sum(weight * part) for part in (halves[0] + between, halves[1])]
    return np.array(slopes, dtype=x.dtype)
