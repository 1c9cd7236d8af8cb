"""scipy.stats.gaussian_kde, whose sum over all pairs is compiled: in the points, the data, the weights and
the bandwidth.
"""

# fmt: off
import numpy as np
from scipy.special import logsumexp
from scipy.stats import gaussian_kde

from diffbench.errors import MissingRule
from diffbench.rules.interception import caught
from diffbench.rules.table import composite

HELD = ("dataset", "weights", "cho_cov", "covariance")


def log_terms(self, points):
    """The logarithm of each datum's share of the density at each point, shape (data, points)."""
    dataset, factor = self.dataset, self.cho_cov
    d = np.shape(dataset)[0]
    points = points * 1.0 if np.ndim(points) == 2 else np.reshape(points * 1.0, (1, -1))
    if np.shape(points)[0] != d:
        if np.shape(points) != (1, d):
            raise ValueError(f"points have dimension {np.shape(points)[0]}, dataset has dimension {d}")
        points = np.reshape(points, (d, 1))
    apart = np.linalg.solve(factor, np.reshape(points[:, None, :] - dataset[:, :, None], (d, -1)))
    energy = np.reshape(np.sum(apart**2, axis=0) / 2, (np.shape(dataset)[1], -1))
    return np.log(self.weights)[:, None] - energy - np.sum(np.log(np.diagonal(factor))) - d / 2 * np.log(2 * np.pi)


def array(points):
    return np.stack(points) if isinstance(points, (list, tuple)) else points


def evaluate(self, points):
    return np.sum(np.exp(log_terms(self, array(points))), axis=0)


def logpdf(self, x):
    return logsumexp(log_terms(self, array(x)), axis=0)


def in_a_box(self, low_bounds, high_bounds, maxpts=None, *, rng=None):
    raise MissingRule("scipy.stats.gaussian_kde.integrate_box has no derivative rule; use integrate_box_1d, or integrate the density")


for _name, _rule in (("evaluate", evaluate), ("logpdf", logpdf), ("integrate_box", in_a_box)):
    composite(caught(vars(gaussian_kde)[_name], holding=HELD), _rule)
composite(caught(gaussian_kde.pdf, holding=HELD), lambda self, x: evaluate(self, x))
