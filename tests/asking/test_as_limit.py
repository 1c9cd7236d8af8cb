"""Second derivatives where the rules give 0 * inf: the limit from both sides where there is one,
and else a refusal; never a 0.
"""

import numpy as np
import pytest

import diffbench as db
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
