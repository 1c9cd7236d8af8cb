"""Answers of linear algebra whose parameters are in the matrix: a banded solve, least squares, a
triangular factor, an eigenvector, a beam assembled into a buffer, a spline.
"""

import numpy as np
from diffbench.problems.counted_numbers import v, w

from diffbench.interface import problem

GILES = "Giles (2008), doi:10.1007/978-3-540-68942-3_4"


def counted(operator="gradient", *, sizes, source, tags, data=lambda n, rng: ()):
    return problem(
        operator=operator,
        point=lambda n, rng: v(np.arange(n)),
        data=data,
        sizes=sizes,
        source=source,
        tags=("linear-algebra", "extended", *tags),
    )


@problem(
    point=lambda n, rng: np.arange(1, n + 1) / 10,
    data=lambda n, rng: (2 * np.eye(n) - np.eye(n, k=1) - np.eye(n, k=-1),),
    sizes=(5, 100),
    source=GILES,
    tags=("linear-algebra", "vector", "extended"),
)
def compliance(x, stiffness, xp=np):
    """1'(K + diag x)^-1 1. Hard: the parameter is in the matrix; the gradient is minus the squared
    solution.
    """
    ones = xp.ones(len(x), dtype=x.dtype)
    return xp.sum(xp.linalg.solve(stiffness + xp.diag(x), ones))


@compliance.manual("gradient")
def compliance_gradient(x, stiffness):
    return -(np.linalg.solve(stiffness + np.diag(x), np.ones_like(x)) ** 2)


@counted(
    sizes=(15,),
    source="Golub, Pereyra (1973), doi:10.1137/0710036",
    tags=("matrix",),
    data=lambda n, rng: (v(20 + np.arange(5)),),
)
def pseudo_inverse(x, b, xp=np):
    """|A^+ b|² of a 5 x 3 matrix: the projection moves with A too."""
    solution = xp.linalg.pinv(xp.reshape(x, (5, 3))) @ b
    return solution @ solution


@pseudo_inverse.exact("gradient")
def pseudo_inverse_exact(x, b, mp):
    """2 (r w' - A w x'), x the solution, r what it leaves of b, and A'A w = x."""
    a, b = as_matrix(x, 5, mp), mp.matrix(b.tolist())
    normal = a.T * a
    solution = mp.lu_solve(normal, a.T * b)
    w = mp.lu_solve(normal, solution)
    return as_array(2 * ((b - a * solution) * w.T - a * w * solution.T))


@counted(
    sizes=(15,),
    source=GILES,
    tags=("matrix",),
    data=lambda n, rng: (
        np.array([[v(3 * i + j + 30) * (i <= j) for j in range(3)] for i in range(3)]),
    ),
)
def triangular_factor(x, weight, xp=np):
    """A weighted sum of R in A = QR, its diagonal positive. Hard: LAPACK's signs are free, and are
    put right here.
    """
    r = xp.linalg.qr(xp.reshape(x, (5, 3)))[1]
    return xp.sum(weight * xp.sign(xp.diagonal(r))[:, None] * r)


@triangular_factor.exact("gradient")
def triangular_factor_exact(x, weight, mp):
    """Q (L + L' with the diagonal once) R'^-1, L the lower triangle of R W' (Walter, Lehmann 2018)."""
    a = as_matrix(x, 5, mp)
    r = mp.cholesky(a.T * a).T
    product = r * mp.matrix(weight.tolist()).T
    lower = mp.matrix(3, 3)
    for i in range(3):
        for j in range(i + 1):
            lower[i, j] = lower[j, i] = product[i, j]
    inverse = r**-1
    return as_array(a * inverse * lower * inverse.T)


@counted(
    sizes=(16,),
    source=GILES,
    tags=("matrix",),
    data=lambda n, rng: (v(40 + np.arange(4)),),
)
def eigenvector(x, direction, xp=np):
    """The squared component of the eigenvector of the largest eigenvalue of (B + B')/2. Hard: the
    derivative divides by the gaps.
    """
    b = xp.reshape(x, (4, 4))
    vectors = xp.linalg.eigh((b + xp.swapaxes(b, 0, 1)) / 2)[1]
    return (direction @ vectors[:, -1]) ** 2


@eigenvector.exact("gradient")
def eigenvector_exact(x, direction, mp):
    """2 (d.u) sum over the other eigenpairs of (d.v)/(gap) times v u', made symmetric."""
    b = as_matrix(x, 4, mp)
    values, vectors = mp.eigsy((b + b.T) / 2)
    d, u = mp.matrix(direction.tolist()), vectors[:, 3]
    pull = mp.matrix(4, 1)
    for k in range(3):
        other = vectors[:, k]
        pull += other * ((d.T * other)[0] / (values[3] - values[k]))
    slope = 2 * (d.T * u)[0] * pull * u.T
    return as_array((slope + slope.T) / 2)


def as_matrix(x, rows, mp):
    """A flat array of numbers as mpmath's matrix."""
    return mp.matrix(np.reshape(x, (rows, -1)).tolist())


def as_array(matrix):
    """The entries of mpmath's matrix, row by row."""
    return np.array(list(matrix), dtype=object)


@problem(
    point=lambda n, rng: 1 + w(np.arange(n)),
    sizes=(8, 100),
    source="Euler-Bernoulli beam, cubic elements",
    tags=("linear-algebra", "science", "loop", "extended"),
)
def cantilever(x, xp=np):
    """Deflection of the tip under a unit load, length 2, in the stiffness of each element. Hard:
    element matrices are added into a buffer, and the condition grows as n^4.
    """
    n = len(x)
    l = 2 / n
    element = xp.asarray(
        [[12, 6 * l, -12, 6 * l], [6 * l, 4 * l * l, -6 * l, 2 * l * l],
         [-12, -6 * l, 12, -6 * l], [6 * l, 2 * l * l, -6 * l, 4 * l * l]],
        dtype=x.dtype,
    )  # fmt: skip
    stiffness = xp.zeros((2 * n + 2, 2 * n + 2), dtype=x.dtype)
    for e in range(n):
        stiffness[2 * e : 2 * e + 4, 2 * e : 2 * e + 4] += x[e] / l**3 * element
    load = xp.zeros(2 * n, dtype=x.dtype)
    load[-2] = 1.0
    return xp.linalg.solve(stiffness[2:, 2:], load)[-2]


@cantilever.manual("gradient")
def cantilever_gradient(x):
    """The closed form: every element bends on its own, sum ((2 - s)³ - (2 - s')³)/(3 x)."""
    s = 2 * np.arange(len(x) + 1) / len(x)
    return -(((2 - s[:-1]) ** 3 - (2 - s[1:]) ** 3) / (3 * x**2)).astype(x.dtype)


@problem(
    point=lambda n, rng: np.concatenate(
        [np.arange(n // 2) + v(np.arange(n // 2)) / 4, v(9 + np.arange(n // 2))]
    ),
    sizes=(12,),
    source="de Boor (1978), A Practical Guide to Splines",
    tags=("linear-algebra", "basis", "extended"),
)
def natural_spline(x, xp=np):
    """The natural cubic spline at 2.6 in its knots and values. Hard: the interval is searched for,
    then a tridiagonal system.
    """
    t, y = x[: len(x) // 2], x[len(x) // 2 :]
    h, rise = t[1:] - t[:-1], y[1:] - y[:-1]
    slope = rise / h
    system = xp.diag(2 * (h[1:] + h[:-1])) + xp.diag(h[1:-1], 1) + xp.diag(h[1:-1], -1)
    inner = xp.linalg.solve(system, 6 * (slope[1:] - slope[:-1]))
    zero = xp.zeros(1, dtype=x.dtype)
    bend = xp.concatenate([zero, inner, zero])
    k = int(xp.searchsorted(t, 2.6)) - 1
    left, right = 2.6 - t[k], t[k + 1] - 2.6
    cubic = (bend[k] * right**3 + bend[k + 1] * left**3) / (6 * h[k])
    linear = (y[k] / h[k] - bend[k] * h[k] / 6) * right
    return cubic + linear + (y[k + 1] / h[k] - bend[k + 1] * h[k] / 6) * left
