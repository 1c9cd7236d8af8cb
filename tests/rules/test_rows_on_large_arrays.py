"""The sweep treats large arrays otherwise: buffers take sums and products in place, operands are
forgotten, the tape is used up. Here every array counts as large, and each row gives the derivative
that it gives on small ones.
"""

import numpy as np
import pytest

import diffbench as db
from diffbench.arrays.reverse import sweep, tape
from diffbench.bench.conform.samples import SAMPLES


@pytest.mark.parametrize("sample", SAMPLES, ids=str)
def test_a_row_gives_the_same_derivative_on_large_arrays_as_on_small_ones(sample, monkeypatch):
    y = np.asarray(sample.function(sample.x))
    y_bar = np.sin(1.0 + np.arange(y.size)).reshape(y.shape)
    expected = db.vjp(sample.function, sample.x, y_bar)[1]
    for module in (sweep, tape):
        monkeypatch.setattr(module, "IN_CACHE", -1)
    found = db.vjp(sample.function, sample.x, y_bar)[1]
    np.testing.assert_allclose(
        found, expected, rtol=1e-13, atol=1e-13 * np.max(np.abs(expected), initial=1.0)
    )
