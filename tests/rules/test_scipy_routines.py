"""SciPy's routines, a sample each (scipy_samples.py): value, derivative, a prepared answer at another
point and the second derivative, against SciPy itself and differences of it.
"""

import numpy as np
import pytest
from scipy_samples import REFUSED, SAMPLES

import diffbench as db
from diffbench.differentiators.finite_difference import FiniteDifference
from diffbench.errors import DiffbenchError

# right to some 1e-9 where SciPy's own rounding allows
CENTRAL = FiniteDifference(scheme="central", order=6)
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore::DeprecationWarning")
samples = pytest.mark.parametrize("sample", SAMPLES, ids=str)


def elsewhere(x):
    return x * 1.01 + 0.003 * np.cos(np.arange(x.size)).reshape(x.shape)


def agree(found, exact, accuracy):
    scale = max(np.max(np.abs(exact), initial=0.0), 1e-3)
    np.testing.assert_allclose(found, exact, rtol=0, atol=accuracy * scale)


@pytest.mark.parametrize("method", ["forward", "reverse", "compiled"])
@samples
def test_the_derivative_is_that_of_differences(sample, method):
    f, x = sample.function, sample.x
    prepared = db.prepare(f, x, operator="jacobian", method=method)
    for point in (x, elsewhere(x)):  # the second one is not recorded at
        agree(prepared(point), db.jacobian(f, point, method=CENTRAL), sample.accuracy)


@samples
def test_the_value_is_scipys(sample):
    f, x = sample.function, sample.x
    y = db.jvp(f, x, np.ones_like(x))[0]
    assert np.shape(y) == np.shape(f(x))
    agree(y, f(x), 1e-9)


@pytest.mark.parametrize("sample", [s for s in SAMPLES if s.twice], ids=str)
def test_the_second_derivative_is_that_of_the_gradient(sample):
    x = sample.x
    weights = np.cos(1.0 + np.arange(np.size(sample.function(x))))
    g = lambda x: np.sum(weights * np.ravel(sample.function(x)))
    direction = np.sin(1.0 + np.arange(x.size)).reshape(x.shape)
    by_differences = db.jvp(db.grad(g), x, direction, method=CENTRAL)[1]
    scale = max(np.max(np.abs(by_differences)), np.max(np.abs(db.gradient(g, x))), 1e-3)
    found = db.hvp(g, x, direction)
    np.testing.assert_allclose(found, by_differences, rtol=0, atol=1e-5 * scale)


@pytest.mark.parametrize("method", ["forward", "reverse", "compiled"])
@pytest.mark.parametrize("sample", REFUSED, ids=str)
def test_what_has_no_derivative_here_is_refused_in_a_sentence(sample, method):
    with pytest.raises(DiffbenchError):
        db.jacobian(sample.function, sample.x, method=method)
