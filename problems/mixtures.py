"""The log posterior of a Gaussian mixture with full covariances: the problem on which AD tools have
been compared since ADBench.

Parameters (alpha in R^K, mu in R^(K x D), q in R^(K x D), l in R^(K x D(D-1)/2)), flat in this
order; size is their number. Q_k is lower triangular with diagonal exp(q_k) and its strict lower
part filled column by column from l_k. Samples are the columns of `x`, shape (D, N). F = -N D/2 log
2π - N LSE(alpha) + sum_i LSE_k(alpha_k + sum q_k - |Q_k (x_i - mu_k)|²/2) + prior, a Wishart prior
with gamma = 1, m = 0. ADBench subtracts the prior by mistake; its figures are still quoted, so both
signs are here.
"""

from math import lgamma, log, pi

import numpy as np

from diffbench.interface import problem

SIZES = {30: (2, 5), 1650: (10, 25), 11_550: (20, 50)}  # parameters: (D, K)
GRADBENCH = "GradBench, gmm; Šrajer, Kukelova, Fitzgibbon (2018), doi:10.1080/10556788.2018.1435651"


def mixture(n, rng):
    """A point drawn as GradBench does: mu uniform, all else normal."""
    d, k = SIZES[n]
    return np.concatenate(
        [rng.normal(size=k), rng.uniform(size=k * d), rng.normal(size=n - k - k * d)]
    )


def columns(n, rng):
    """1,000 samples, one a column, and the placement of the parameters of Q."""
    d = SIZES[n][0]
    return rng.normal(size=(d, 1000)), placement(d)


def placement(d):
    """0/1 matrix, shape (D(D+1)/2, D²), that puts (exp q_k, l_k) on the diagonal of Q_k and column
    by column below it.
    """
    column, row = np.triu_indices(d, 1)
    places = np.concatenate([np.arange(d) * (d + 1), row * d + column])
    return np.eye(d * d)[places]


def unpack(p, d, xp):
    """alpha (K), mu (K, D), q (K, D), l (K, D(D-1)/2) of a flat vector."""
    each = 1 + 2 * d + d * (d - 1) // 2
    k = len(p) // each
    cuts = (k, k + k * d, k + 2 * k * d)
    return (
        p[: cuts[0]],
        xp.reshape(p[cuts[0] : cuts[1]], (k, d)),
        xp.reshape(p[cuts[1] : cuts[2]], (k, d)),
        xp.reshape(p[cuts[2] :], (k, -1)),
    )


def triangles(q, l, places, xp):
    """The matrices Q_k, shape (K, D, D)."""
    return xp.reshape(xp.concatenate([xp.exp(q), l], axis=1) @ places, (*q.shape, q.shape[1]))


def log_sum_exp(b, xp):
    """Over the first axis, without overflow."""
    top = xp.max(b, axis=0)
    return top + xp.log(xp.sum(xp.exp(b - top), axis=0))


def likelihood(alpha, mu, q, triangle, x, xp):
    d, n = x.shape
    y = triangle @ (x - mu[:, :, None])
    b = (alpha + xp.sum(q, axis=1))[:, None] - xp.sum(y * y, axis=1) / 2
    return xp.sum(log_sum_exp(b, xp)) - n * log_sum_exp(alpha, xp) - n * d / 2 * log(2 * pi)


def wishart(triangle, xp):
    """Log prior with gamma = 1, m = 0, nu = D + 1."""
    k, d, _ = triangle.shape
    log_gamma = d * (d - 1) / 4 * log(pi) + sum(lgamma((d + 1 - j) / 2) for j in range(d))
    return -xp.sum(triangle**2) / 2 - k * ((d + 1) * d * log(2) / 2 + log_gamma)


@problem(
    point=mixture,
    data=columns,
    sizes=tuple(SIZES),
    source=GRADBENCH,
    tags=("learning", "mixture", "linear-algebra", "paper"),
)
def gmm(p, x, places, xp=np):
    """Log posterior. Hard: a log-sum-exp over batched triangular products; the intermediates dwarf
    the parameters.
    """
    alpha, mu, q, l = unpack(p, len(x), xp)
    triangle = triangles(q, l, places, xp)
    return likelihood(alpha, mu, q, triangle, x, xp) + wishart(triangle, xp)


@problem(
    point=mixture,
    data=columns,
    sizes=(30,),
    source="ADBench, GMM, with its sign of the prior",
    tags=("learning", "mixture", "linear-algebra"),
)
def gmm_adbench(p, x, places, xp=np):
    """The same with the prior subtracted, as in ADBench's published figures. As hard as the right
    one.
    """
    alpha, mu, q, l = unpack(p, len(x), xp)
    triangle = triangles(q, l, places, xp)
    return likelihood(alpha, mu, q, triangle, x, xp) - wishart(triangle, xp)


@gmm.manual("value_and_gradient")
def gmm_with_gradient(p, x, places):
    return posterior_with_gradient(p, x, places, 1)


@gmm_adbench.manual("value_and_gradient")
def gmm_adbench_with_gradient(p, x, places):
    return posterior_with_gradient(p, x, places, -1)


def posterior_with_gradient(p, x, places, sign):
    """Responsibilities r = softmax_k b are the cotangent of b. A row of ones below x lets one
    matrix product give all Q_k (x_i - mu_k) and another one, transposed, all their adjoints.
    """
    d, n = x.shape
    alpha, mu, q, l = unpack(p, d, np)
    triangle = triangles(q, l, places, np)
    affine = np.concatenate([triangle, -triangle @ mu[:, :, None]], axis=2)
    x1 = np.concatenate([x, np.ones_like(x[:1])])
    y = (affine.reshape(-1, d + 1) @ x1).reshape(-1, d, n)
    b = np.einsum("kdn,kdn->kn", y, y)
    b *= -0.5
    b += (alpha + q.sum(axis=1))[:, None]
    total, r = softmax(b)
    normaliser, mixing = softmax(alpha)
    y *= r[:, None, :]
    counts = r.sum(axis=1)
    affine_bar = -(y.reshape(-1, n) @ x1.T).reshape(affine.shape)
    offset_bar = affine_bar[:, :, d:]
    mu_bar = -(offset_bar.swapaxes(1, 2) @ triangle)
    triangle_bar = affine_bar[:, :, :d] - offset_bar * mu[:, None, :] - sign * triangle
    entries_bar = triangle_bar.reshape(len(alpha), d * d) @ places.T
    q_bar = counts[:, None] + entries_bar[:, :d] * np.exp(q)
    value = total.sum() - n * normaliser - n * d / 2 * log(2 * pi) + sign * wishart(triangle, np)
    return value, np.concatenate(
        [part.ravel() for part in (counts - n * mixing, mu_bar, q_bar, entries_bar[:, d:])]
    )


def softmax(b):
    """Log-sum-exp over the first axis, and its gradient."""
    top = b.max(axis=0)
    e = b - top
    np.exp(e, out=e)
    total = e.sum(axis=0)
    return top + np.log(total), np.divide(e, total, out=e)
