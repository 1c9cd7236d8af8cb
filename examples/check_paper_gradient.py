"""Two gradients as papers print them, held against nothing but the function itself.

The first is right. In the second a factor 1/2 was lost, which no plot of a training run shows.
"""

import numpy as np

import diffbench as db

rng = np.random.default_rng(5)
A = rng.normal(size=(5, 5))
K = A @ A.T + 5 * np.eye(5)
y = rng.normal(size=5)


def log_likelihood(scales):
    """Of a Gaussian process with covariance K scaled by diag(s): -y'C^-1 y/2 - log|C|/2."""
    C = K * np.outer(scales, scales)
    return -0.5 * y @ np.linalg.solve(C, y) - 0.5 * np.linalg.slogdet(C)[1]


def gradient(scales, factor=0.5):
    """tr((a a' - C^-1) dC/ds_i) / 2 with a = C^-1 y (Rasmussen and Williams, 2006, equation 5.9)."""
    inverse = np.linalg.inv(K * np.outer(scales, scales))
    inner = np.outer(inverse @ y, inverse @ y) - inverse
    dC = K * scales  # dC/ds_i has row i and column i of it
    return factor * 2 * np.sum(inner * dC, axis=1)


at = np.array([1.0, 0.5, 2.0, 1.5, 0.8])
print(db.check_gradient(log_likelihood, gradient, at))
print(db.check_gradient(log_likelihood, lambda s: gradient(s, factor=1.0), at))
