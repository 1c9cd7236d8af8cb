"""scipy.stats: what its multivariate densities are made of, where SciPy takes eigenvectors or BLAS.

A covariance with equal eigenvalues, a multiple of the identity above all, has no eigenvectors that move
smoothly, and yet its density does: it is taken by Cholesky's factor.
"""

# fmt: off
import numpy as np
from scipy.special import multigammaln
from scipy.stats import _multivariate

from diffbench.arrays.traced import core
from diffbench.rules.interception import caught
from diffbench.rules.scipy.solving import refusal
from diffbench.rules.table import composite, settled


def symmetric(M, lower=True):
    """The matrix that one triangle tells, as eigh reads it."""
    half = np.tril(M) if lower else np.triu(M).T
    return half + np.tril(half, -1).T


def whitening(self, M, cond=None, rcond=None, lower=True, check_finite=True, allow_singular=True):
    """_PSD.__init__: U with U U' the inverse of M, and the logarithm of its determinant."""
    _ORIGINAL(self, np.array(settled(M)), cond, rcond, lower, check_finite, allow_singular)
    n = len(core(M))
    if self.rank < n:
        raise refusal("a covariance matrix that is singular has no derivative rule in scipy.stats: it may lose its rank or win it; leave the dependent variables out")
    factor = np.linalg.cholesky(symmetric(M, lower))
    self._M, self.U = M, np.linalg.solve(factor, np.eye(n)).T
    self.log_pdet = 2 * np.sum(np.log(np.diagonal(factor)))


_ORIGINAL = _multivariate._PSD.__init__
composite(caught(_ORIGINAL), whitening)


def inverse_wishart(self, x, dim, df, log_det_scale, C):
    """invwishart._logpdf, of the matrices x[:, :, i] and the factor C of the scale."""
    matrices = np.moveaxis(x, -1, 0)
    factors = np.linalg.cholesky(matrices)
    log_det = 2 * np.sum(np.log(np.diagonal(factors, axis1=1, axis2=2)), axis=-1)
    trace = np.sum(np.linalg.solve(factors, np.broadcast_to(C, np.shape(matrices))) ** 2, axis=(1, 2))
    return (df * (log_det_scale - dim * np.log(2.0)) - trace - (df + dim + 1) * log_det) / 2 - multigammaln(0.5 * df, dim)


composite(caught(_multivariate.invwishart_gen._logpdf), inverse_wishart)
