"""What speaks no protocol of NumPy's and is differentiated all the same: lists, np.r_,
np.vectorize, scipy.sparse; or is told apart.
"""

import numpy as np
import pytest
import scipy.cluster.hierarchy
import scipy.sparse as sparse
import scipy.special as sp

import diffbench as db
from diffbench.errors import LostTrace, MissingRule

X = np.linspace(0.2, 1.0, 12)
HEAT = sparse.diags_array([np.ones(11), -2 * np.ones(12), np.ones(11)], offsets=[-1, 0, 1]).tocsr()


def test_a_sparse_product_has_the_pattern_of_its_matrix():
    step = lambda x: x + 0.1 * (HEAT @ x) - x**3
    for method in ("forward", "reverse", "compiled"):
        found = db.jacobian(step, X, method=method, sparsity="detect")
        assert found.nnz == HEAT.nnz
        np.testing.assert_allclose(
            found.toarray(), np.eye(12) + 0.1 * HEAT.toarray() - np.diag(3 * X**2), rtol=1e-14
        )


@pytest.mark.parametrize("method", ["forward", "reverse"])
def test_a_sparse_matrix_changed_after_use_counts_as_it_was(method):
    def f(x):
        matrix = HEAT.copy()
        y = matrix @ x
        matrix.data[:] = 0.0
        return np.sum(y**2)

    np.testing.assert_allclose(
        db.gradient(f, X, method=method), 2 * HEAT @ (HEAT @ X), rtol=1e-13, atol=1e-13
    )


def test_a_complex_sparse_matrix_gives_a_real_gradient():
    found = db.gradient(lambda x: np.sum(np.abs((HEAT * (1 + 2j)) @ x) ** 2), X)
    np.testing.assert_allclose(found, 10 * HEAT @ (HEAT @ X), rtol=1e-13, atol=1e-13)


def test_vectorize_has_the_type_of_its_first_result_as_numpy_has_it():
    ramp = lambda v: 0 if v < 0.5 else v**2
    assert db.gradient(lambda x: np.sum(np.vectorize(ramp, otypes=[float])(x)), X)[-1] == 2.0
    with pytest.raises(MissingRule, match=r"truncates its results to int64.*otypes=\[float\]"):
        db.gradient(lambda x: np.sum(np.vectorize(ramp)(x)), X)


@pytest.mark.parametrize(
    ("f", "cure"),
    [
        (
            lambda x: np.sum(scipy.cluster.hierarchy.linkage(x[:, None])),
            r"becomes one with diffbench\.primitive",
        ),
        (lambda x: sum(v * 1 for v in np.nditer(x)), r"x\.flat or np\.ndenumerate"),
    ],
)
def test_what_c_code_loses_is_told_with_the_cure(f, cure):
    with pytest.raises(LostTrace, match=cure):
        db.gradient(f, X)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: sp.struve(x[0], 0.3),
        lambda x: sp.hyperu(x[0], x[1], 1.0),
        lambda x: sp.eval_legendre(x[0], 0.3),
    ],
)
@pytest.mark.parametrize("method", ["forward", "reverse", "compiled"])
def test_the_order_of_a_special_function_is_refused_by_name(f, method):
    with pytest.raises(
        MissingRule,
        match=r"scipy\.special\.\w+ with respect to an order, .* hold that argument constant",
    ):
        db.gradient(f, X, method=method)
