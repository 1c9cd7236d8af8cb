"""Detected patterns hold whatever the Jacobian has: products with a matrix that varies, entries
picked by tuples, computed choices.
"""

import numpy as np
import pytest

import diffbench as db

RNG = np.random.default_rng(0)
A, V3, V4 = RNG.normal(size=(4, 3)), RNG.normal(size=3), np.array([1.0, 0.0, 2.0, 0.0])
FUNCTIONS = {
    "a varying matrix and a vector": (lambda x: np.reshape(x, (4, 3)) @ V3, 12),
    "a vector and a varying matrix": (lambda x: V4 @ np.reshape(x, (4, 3)), 12),
    "a matrix and x": (lambda x: A @ x, 3),
    "x and a matrix": (lambda x: x @ A, 4),
    "both vary": (lambda x: np.outer(x, x) @ x, 3),
    "two matrices": (lambda x: np.reshape(x, (2, 3)) @ A.T, 6),
    "a median": (lambda x: np.median(x) * x, 5),
    "a choice by truth": (lambda x: np.compress(x > 0, x) ** 2, 5),
    "a choice along an axis": (
        lambda x: np.compress(np.array([1, 0, 1]), np.reshape(x, (2, 3)), axis=-1),
        6,
    ),
    "an entry by a tuple": (lambda x: x[(1,)] * x, 3),
    "an entry by a NumPy integer": (lambda x: x[np.int64(-1)] * x, 3),
}


@pytest.mark.parametrize("f, n", FUNCTIONS.values(), ids=list(FUNCTIONS))
def test_a_jacobian_by_colours_is_the_jacobian(f, n):
    x = RNG.normal(size=n)
    expected = db.jacobian(f, x, method="forward")
    found = db.jacobian(f, x, method="forward", sparsity="detect").toarray()
    np.testing.assert_allclose(found, expected.reshape(found.shape), rtol=1e-14)
    np.testing.assert_allclose(
        db.jacobian(f, x, method="compiled"), expected, rtol=1e-13, atol=1e-15
    )
