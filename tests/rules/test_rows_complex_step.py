"""The complex step on every sample of the rule table: right to many digits, or refused; what only
moves entries about is not refused.
"""

import numpy as np
import pytest

import diffbench as db
from diffbench.bench.conform.samples import SAMPLES
from diffbench.errors import LostTrace, Unsupported

MOVES = (
    "split",
    "pad",
    "rot90",
    "meshgrid",
    "select",
    "piecewise",
    "choose",
    "delete",
    "resize",
    "block",
    "gradient",
    "interp",
    "quantile",
)


@pytest.mark.parametrize("sample", SAMPLES, ids=str)
def test_the_complex_step_is_right_or_refused(sample):
    f = lambda x: np.sum(np.sin(sample.function(x)))
    try:
        gradient = db.gradient(f, sample.x, method="complex-step")
    except (Unsupported, LostTrace):
        assert not sample.text.startswith(tuple(f"np.{name}(" for name in MOVES))
        return
    expected = db.gradient(f, sample.x)
    np.testing.assert_allclose(
        gradient, expected, rtol=0, atol=1e-11 * max(np.max(np.abs(expected), initial=0), 1e-3)
    )
