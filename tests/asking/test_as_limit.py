"""Second derivatives where the rules give 0 * inf: the limit from both sides where there is one,
and else a refusal; never a 0.
"""

import numpy as np
import pytest

import diffbench as db
from diffbench.differentiators.finite_difference import FiniteDifference
from diffbench.errors import NotDifferentiable

METHODS = ("forward", "reverse", "compiled")
IDENTITY = np.eye(4).reshape(2, 2, 2, 2)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("f", "hessian"),
    [
        (lambda a: np.sum(np.linalg.svd(a, compute_uv=False) ** 2), 2 * IDENTITY),
        (lambda a: np.linalg.norm(a) ** 2, 2 * IDENTITY),
        (
            lambda a: np.sum(np.linalg.eigvalsh(a + a.T) ** 2),
            4 * (IDENTITY + IDENTITY.transpose(1, 0, 2, 3)),
        ),
        (lambda a: np.sum(np.abs(a) ** 2), 2 * IDENTITY),
    ],
    ids=["singular values", "norm", "eigenvalues", "abs"],
)
def test_a_smooth_sum_of_squares_has_its_hessian_at_a_zero_matrix(f, hessian, method):
    np.testing.assert_allclose(db.hessian(f, np.zeros((2, 2)), method=method), hessian, atol=1e-9)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "f",
    [
        lambda a: np.linalg.norm(a, 2) ** 2,
        lambda a: np.linalg.norm(a, "nuc") ** 2,
        lambda a: np.linalg.norm(a, 1) ** 2,
        lambda a: np.max(np.abs(a)) ** 2,
    ],
    ids=["2", "nuclear", "1", "largest"],
)
def test_the_square_of_another_norm_has_no_hessian_at_zero(f, method):
    with pytest.raises(NotDifferentiable):
        db.hessian(f, np.zeros((2, 2)), method=method)


def kernel(name):
    """A kernel of distances between points, of which each has none from itself."""

    def f(x):
        z = np.reshape(x, (3, 2))
        d = np.sqrt(np.sum((z[:, None] - z[None]) ** 2, -1))
        k = {
            "exp": lambda: np.exp(-d),
            "square": lambda: np.exp(-(d**2)),
            "Matern 3/2": lambda: (1 + np.sqrt(3) * d) * np.exp(-np.sqrt(3) * d),
            "Matern 5/2": lambda: (1 + np.sqrt(5) * d + 5 / 3 * d**2) * np.exp(-np.sqrt(5) * d),
        }[name]()
        return np.sum(k * np.arange(9.0).reshape(3, 3))

    return f


APART = np.array([0.1, 0.5, 0.9, 0.2, -0.4, 0.3])


@pytest.mark.parametrize("method", ["forward", "reverse", "compiled"])
@pytest.mark.parametrize("name", ["exp", "square", "Matern 3/2", "Matern 5/2"])
def test_distances_that_are_zero_everywhere_do_not_count(name, method):
    f = kernel(name)
    by_differences = db.gradient(f, APART, method=FiniteDifference(scheme="central", order=6))
    found = db.gradient(f, APART, method=method)
    np.testing.assert_allclose(found, by_differences, rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("method", ["forward", "reverse", "compiled"])
def test_a_kernel_of_points_that_coincide_here_only_is_refused(method):
    with pytest.raises(NotDifferentiable):
        db.gradient(kernel("exp"), np.array([0.1, 0.5, 0.1, 0.5, -0.4, 0.3]), method=method)


@pytest.mark.parametrize("method", ["forward", "reverse", "compiled"])
@pytest.mark.parametrize(
    "padded",
    [
        lambda w: np.sum(np.maximum(0 * w, 0)) + w[0] ** 2,
        lambda w: np.sum(np.maximum(np.array([[1.0, 2.0], [0.0, 0.0]]) @ w, 0.0) ** 2),
        lambda w: np.sum(np.abs(np.zeros((2, 2)) @ w)) + w[0] ** 2,
        lambda w: np.sum(np.minimum(w, w) ** 2),
    ],
)
def test_a_tie_that_holds_everywhere_is_no_kink(padded, method):
    w = np.array([0.3, 0.5])
    g = lambda z: db.gradient(padded, z, method="reverse")
    expected = db.jacobian(g, w, method=FiniteDifference(scheme="central", order=6))
    np.testing.assert_allclose(db.hessian(padded, w, method=method), expected, rtol=1e-7, atol=1e-7)
