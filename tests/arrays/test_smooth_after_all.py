"""Smooth functions that go through what is not smooth by itself: kernels of distances that are 0, the
spectral abscissa of a complex pair, a padded row of a network.
"""

import numpy as np
import pytest

import diffbench as db

METHODS = ("forward", "reverse", "compiled")
PLACES = np.array([[0.0, 1.0], [2.0, 0.5], [-1.0, 0.3]])
WEIGHTS = np.cos(np.arange(9.0)).reshape(3, 3)


def distances(z):
    """With the zeros of each point's distance to itself, which stay 0 wherever the points go."""
    return np.sqrt(np.sum((z[:, None] - z[None]) ** 2, -1))


KERNELS = {
    "matern 3/2": lambda d: (1 + np.sqrt(3) * d) * np.exp(-np.sqrt(3) * d),
    "matern 5/2": lambda d: (1 + np.sqrt(5) * d + 5 / 3 * d**2) * np.exp(-np.sqrt(5) * d),
    "squared exponential": lambda d: np.exp(-(d**2)),
    "exponential": lambda d: np.exp(-d),
}


def pairs_apart(kernel):
    """The same sum without the diagonal, on which each kernel is 1."""
    i, j = np.nonzero(~np.eye(3, dtype=bool))
    return lambda z: np.sum(WEIGHTS[i, j] * kernel(np.sqrt(np.sum((z[i] - z[j]) ** 2, -1))))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", KERNELS)
def test_kernels_of_distances_with_zeros_are_right_in_every_mode(name, method):
    kernel = KERNELS[name]
    whole, apart = lambda z: np.sum(WEIGHTS * kernel(distances(z))), pairs_apart(kernel)
    for operator in (db.gradient, db.hessian):
        found, expected = operator(whole, PLACES, method=method), operator(apart, PLACES)
        np.testing.assert_allclose(found, expected, atol=1e-13)


def companion(p):
    """A matrix with the eigenvalues p0 +- i p1."""
    return np.array([[p[0] * 2, -(p[0] ** 2) - p[1] ** 2], [1.0, 0.0]])


@pytest.mark.parametrize("method", METHODS)
def test_the_spectral_abscissa_of_a_complex_pair_has_its_second_derivative(method):
    """The largest real part of cos(p0) +- i p1 is cos(p0); the mean of both sides is right to some
    digits less than all.
    """
    f = lambda p: np.max(np.linalg.eigvals(companion([np.cos(p[0]), p[1]])).real)
    p = np.array([0.4, 1.3])
    expected = [[-np.cos(0.4), 0.0], [0.0, 0.0]]
    np.testing.assert_allclose(db.hessian(f, p, method=method), expected, atol=1e-10)
    later = db.prepare(f, p + 0.1, operator="hessian", method=method)
    np.testing.assert_allclose(later(p), expected, atol=1e-10)


@pytest.mark.parametrize("method", METHODS)
def test_a_padded_row_of_a_network_has_its_hessian(method):
    f = lambda x: np.sum(np.maximum(np.array([[1.0, 2.0], [0.0, 0.0]]) @ x, 0) ** 2)
    found = db.hessian(f, np.array([0.5, 0.25]), method=method)
    np.testing.assert_allclose(found, [[2.0, 4.0], [4.0, 8.0]], rtol=1e-14)
