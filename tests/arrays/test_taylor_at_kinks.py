"""Taylor coefficients are numbers, or refused: where a rule has none at a kink, the limit from both
sides is taken if there is one.
"""

import numpy as np
import pytest

import diffbench as db
from diffbench.errors import NotDifferentiable


@pytest.mark.parametrize(
    ("f", "x", "coefficients"),
    [
        (lambda x: np.abs(x) ** 3, 0.0, [0, 0, 0]),
        (lambda x: 5 + x + np.abs(x) ** 4, 0.0, [5, 1, 0, 0]),
        (
            lambda x: np.max(np.stack([x, 2 - x])) ** 2 + np.min(np.stack([x, 2 - x])) ** 2,
            1.0,
            [2, 0, 2, 0],
        ),
        (lambda x: 1 / (1 + np.exp(-x)), -1000.0, [0, 0, 0]),
    ],
)
def test_a_smooth_function_with_a_kink_inside_has_its_coefficients(f, x, coefficients):
    assert np.allclose(db.taylor(f, x, len(coefficients) - 1), coefficients, rtol=1e-14, atol=1e-14)


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (lambda x: np.abs(x) ** 3, 0.0),
        (np.sqrt, 0.0),
        (np.log, -1.0),
        (np.exp, 710.0),
        (lambda x: np.floor(x) * x, 3.0),
    ],
)
def test_a_coefficient_that_does_not_exist_is_refused(f, x):
    with pytest.raises(NotDifferentiable, match="Taylor polynomial"):
        db.taylor(f, x, 3)
