"""The 35 problems of Moré, Garbow and Hillstrom are those of the paper: its values at the start,
and its minima, reached by SciPy's solver with our Jacobian.
"""

import numpy as np
import pytest
from diffbench.problems.more_garbow_hillstrom import PUBLISHED
from scipy.optimize import least_squares

import diffbench as db
from diffbench import registry

STARTS = [
    (name, n, value)
    for name, p in PUBLISHED.items()
    for n, value in p.at_start.items()
    if value is not None
]
MINIMA = [(name, n, values) for name, p in PUBLISHED.items() for n, values in p.least.items()]


def test_there_are_thirty_five():
    assert len(PUBLISHED) == 35


@pytest.mark.parametrize(("name", "n", "value"), STARTS)
def test_the_value_at_the_start_is_the_published_one(name, n, value):
    instance = registry.find("problems", name).at(n)
    assert instance(instance.point) == pytest.approx(value, rel=1e-6)  # as many digits as printed


@pytest.mark.parametrize(("name", "n", "values"), MINIMA)
def test_least_squares_from_the_start_reaches_a_published_minimum(name, n, values):
    """A minimum of 0 is reached to rounding: 1e-9 of the paper's problems of scale 1."""
    instance = registry.find("problems", f"{name}_residuals").at(n)
    found = least_squares(
        instance,
        instance.point,
        jac=lambda x: db.jacobian(instance, x),
        x_scale="jac",
        xtol=1e-15,
        ftol=1e-15,
        gtol=1e-15,
        max_nfev=3000,
    )
    assert any(2 * found.cost == pytest.approx(value, rel=1e-4, abs=1e-9) for value in values)


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_jacobian_is_the_same_by_every_tracing_method(name):
    problem = registry.find("problems", f"{name}_residuals")
    instance = problem.at(problem.sizes[0])
    forward = db.jacobian(instance, instance.point, method="forward")
    scale = np.abs(forward).max()
    for method in ("reverse", "compiled"):
        found = db.jacobian(instance, instance.point, method=method)
        np.testing.assert_allclose(found, forward, rtol=1e-12, atol=1e-13 * scale)
