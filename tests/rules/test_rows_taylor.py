"""The Taylor coefficients of every row, along a line through its sample, are the derivatives that
nested forward mode gives.
"""

import numpy as np
import pytest

import diffbench as db
from diffbench.bench.conform.samples import SAMPLES

ORDER = 3


def nested(f, t, order):
    """f(t), f'(t), f''(t)/2, ..."""
    if order == 0:
        return [f(t)]
    higher = nested(lambda t: db.derivative(f, t, method="forward"), t, order - 1)
    return [f(t), *(slope / (k + 1) for k, slope in enumerate(higher))]


@pytest.mark.parametrize("sample", SAMPLES, ids=str)
def test_taylor_coefficients_are_those_of_nested_derivatives(sample):
    direction = np.cos(1.0 + np.arange(sample.x.size)).reshape(sample.x.shape)
    f = lambda t: np.sum(np.sin(sample.function(sample.x + t * direction)))
    expected = np.array(nested(f, 0.0, ORDER))
    scale = max(np.max(np.abs(expected)), 1e-3)
    np.testing.assert_allclose(db.taylor(f, 0.0, ORDER), expected, rtol=1e-8, atol=1e-9 * scale)
