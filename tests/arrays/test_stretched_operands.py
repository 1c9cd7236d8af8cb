"""Operands that broadcasting stretches: their derivatives count every place that they were
stretched to, in every mode.
"""

import numpy as np
import pytest

import diffbench as db

X = np.array([0.3, 0.7, 1.1])
TABLE = np.arange(1.0, 7.0).reshape(2, 3)


@pytest.mark.parametrize("method", ["forward", "reverse"])
@pytest.mark.parametrize(
    "f",
    [
        lambda x: x + TABLE, lambda x: TABLE - x, lambda x: x[:, None] + x, lambda x: x * TABLE, lambda x: x[1] + TABLE,
        lambda x: np.where(TABLE > 2, x, TABLE), lambda x: np.maximum(x, TABLE), lambda x: np.heaviside(x, TABLE) + x[:1],
        lambda x: 1j * x + TABLE,
    ],
)  # fmt: skip
def test_a_stretched_operand_moves_every_entry_it_was_stretched_to(f, method):
    total = lambda x: np.sum(np.real(f(x)) ** 2)
    np.testing.assert_allclose(
        db.gradient(total, X, method=method),
        db.gradient(total, X, method="central-difference"),
        rtol=1e-7,
    )
    assert db.jacobian(lambda x: np.real(f(x)), X, method=method).shape == (*np.shape(f(X)), 3)
    assert db.jvp(lambda x: np.real(f(x)), X, X)[1].shape == np.shape(f(X))
