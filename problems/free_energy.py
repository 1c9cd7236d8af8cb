"""The Helmholtz free energy of a mixed fluid (Peng-Robinson), on which the cheap-gradient principle
was first demonstrated.

f(x) = sum w_i log(x_i / (1 - b.x)) - x'Ax / (√8 b.x) log((1 + (1 + √2) b.x) / (1 + (1 - √2) b.x)),
RT = 1, A symmetric.
Two readings are in print: weights w_i = x_i (the physics, and DiffSharp's documentation) and w_i =
1 (Baydin et al., as printed). The data are fixed, b_i = 1/(10(i+1)), A_ik = 1/(10(i+k+1)), x_i =
1/(10+i), so that 0 < b.x < 1 at every size.
"""

from math import log, sqrt

import numpy as np

from diffbench.interface import problem

# as floats: the exact formula below is that of the function as written
ROOT8, WIDE, NARROW = (
    sqrt(8),
    1 + sqrt(2),
    1 - sqrt(2),
)
GRIEWANK = "Griewank (1989), On Automatic Differentiation, in Mathematical Programming: Recent Developments and Applications, p. 83"


def composition(n, rng):
    return 1 / (10 + np.arange(n))


def fluid(n, rng):
    i = np.arange(n)
    return 1 / (10 * (i + 1)), 1 / (10 * (i[:, None] + i + 1))


def attraction(x, b, a, xp):
    """The second term, which both readings share."""
    bx = b @ x
    return (x @ (a @ x)) / (ROOT8 * bx) * xp.log((1 + WIDE * bx) / (1 + NARROW * bx))


@problem(
    point=composition,
    data=fluid,
    sizes=(1, 8, 10, 50, 100, 1000),
    source=GRIEWANK,
    tags=("vector", "linear-algebra", "swell", "showcase"),
)
def helmholtz(x, b, a, xp=np):
    """Free energy with w_i = x_i. Hard: every entry of x meets every other, so symbolic gradients
    grow like n² times n.
    """
    return xp.sum(x * xp.log(x / (1 - b @ x))) - attraction(x, b, a, xp)


@problem(
    point=composition,
    data=fluid,
    sizes=(1, 8, 10, 50, 100, 1000),
    source="Baydin, Pearlmutter, Radul, Siskind (2018), JMLR 18(153), 5",
    tags=("vector", "linear-algebra", "swell", "paper"),
)
def helmholtz_unweighted(x, b, a, xp=np):
    """Free energy with w_i = 1, as the survey prints it. Hard as the weighted one; steeper, because
    1/x_i enters alone.
    """
    return xp.sum(xp.log(x / (1 - b @ x))) - attraction(x, b, a, xp)


def attraction_with_slopes(energy, bx):
    """The second term from x'Ax and b.x, its slope along A x (A is symmetric, so x'Ax gives 2 A x),
    and its slope along b.
    """
    wide, narrow = 1 + WIDE * bx, 1 + NARROW * bx
    ratio = log(wide / narrow) / (ROOT8 * bx)
    return energy * ratio, 2 * ratio, energy / (bx * wide * narrow) - energy * ratio / bx


@helmholtz.manual("value_and_gradient")
def helmholtz_with_gradient(x, b, a):
    bx, ax = float(b @ x), a @ x
    value, along_ax, along_b = attraction_with_slopes(float(x @ ax), bx)
    logs = np.log(x / (1 - bx))
    gradient = (x.sum() / (1 - bx) - along_b) * b
    gradient -= along_ax * ax
    gradient += logs
    gradient += 1
    return x @ logs - value, gradient


@helmholtz_unweighted.manual("value_and_gradient")
def helmholtz_unweighted_with_gradient(x, b, a):
    bx, ax = float(b @ x), a @ x
    value, along_ax, along_b = attraction_with_slopes(float(x @ ax), bx)
    gradient = (len(x) / (1 - bx) - along_b) * b
    gradient -= along_ax * ax
    gradient += 1 / x
    return np.log(x / (1 - bx)).sum() - value, gradient


@helmholtz.exact("gradient")
def helmholtz_gradient(x, b, a, mp):
    free, total = 1 - mp.fdot(b, x), mp.fsum(x)
    return np.array(
        [
            mp.log(v / free) + 1 + total / free * c - s
            for v, c, s in zip(x, b, attraction_gradient(x, b, a, mp), strict=True)
        ]
    )


@helmholtz_unweighted.exact("gradient")
def helmholtz_unweighted_gradient(x, b, a, mp):
    free = 1 - mp.fdot(b, x)
    return np.array(
        [
            1 / v + len(x) / free * c - s
            for v, c, s in zip(x, b, attraction_gradient(x, b, a, mp), strict=True)
        ]
    )


def attraction_gradient(x, b, a, mp):
    """The gradient of the second term, entry by entry."""
    bx, ax = mp.fdot(b, x), [mp.fdot(row, x) for row in a.tolist()]
    wide, narrow, energy = 1 + WIDE * bx, 1 + NARROW * bx, mp.fdot(x, ax)
    ratio = mp.log(wide / narrow) / (ROOT8 * bx)
    along_b = energy * ((WIDE / wide - NARROW / narrow) / (ROOT8 * bx) - ratio / bx)
    return [2 * ratio * p + along_b * c for p, c in zip(ax, b, strict=True)]
