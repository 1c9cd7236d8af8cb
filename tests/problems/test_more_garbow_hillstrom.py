"""The 35 problems of Moré, Garbow and Hillstrom are those of the paper: its values at the start,
and its minima, reached by SciPy's solver with our Jacobian.
"""

import numpy as np
import pytest
from diffbench.problems.more_garbow_hillstrom import OSBORNE_2, PUBLISHED
from scipy.optimize import least_squares

import diffbench as db
from diffbench import registry

STARTS = [
    (name, n, value)
    for name, p in PUBLISHED.items()
    for n, value in p.at_start.items()
    if value is not None
]
PRINTED_MINIMA = [
    (name, n, values) for name, p in PUBLISHED.items() for n, values in p.least.items()
]


def find(name, n):
    return registry.find("problems", name).at(n)


def least(residuals, start):
    """The minimum of the sum of squares that SciPy's solver reaches with our Jacobian."""
    solved = least_squares(
        residuals,
        start,
        jac=lambda x: db.jacobian(residuals, x),
        x_scale="jac",
        xtol=1e-15,
        ftol=1e-15,
        gtol=1e-15,
        max_nfev=3000,
    )
    return 2 * solved.cost


def test_there_are_thirty_five():
    assert len(PUBLISHED) == 35


@pytest.mark.parametrize(("name", "n", "value"), STARTS)
def test_the_value_at_the_start_is_the_published_one(name, n, value):
    instance = registry.find("problems", name).at(n)
    assert instance(instance.point) == pytest.approx(value, rel=1e-6)  # as many digits as printed


@pytest.mark.parametrize(("name", "n", "values"), PRINTED_MINIMA)
def test_least_squares_from_the_start_reaches_a_published_minimum(name, n, values):
    """A minimum of 0 is reached to rounding: 1e-9 of the paper's problems of scale 1."""
    instance = registry.find("problems", f"{name}_residuals").at(n)
    found = least(instance, instance.point)
    assert any(found == pytest.approx(value, rel=1e-4, abs=1e-9) for value in values)


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_jacobian_is_the_same_by_every_tracing_method(name):
    problem = registry.find("problems", f"{name}_residuals")
    instance = problem.at(problem.sizes[0])
    forward = db.jacobian(instance, instance.point, method="forward")
    scale = np.abs(forward).max()
    for method in ("reverse", "compiled"):
        found = db.jacobian(instance, instance.point, method=method)
        np.testing.assert_allclose(found, forward, rtol=1e-12, atol=1e-13 * scale)


MINIMA = {  # of 50 digits
    ("bard", 3): 0.00821487730658,
    ("gaussian", 3): 1.12793276962e-8,
    ("meyer", 3): 87.9458551709,
    ("kowalik_osborne", 4): 3.07505603849e-4,
    ("osborne_1", 5): 5.46489469748e-5,
    ("osborne_2", 11): 0.0401377362936,
    ("linear_rank_1", 10): 4.63414634146341,
    ("linear_rank_1_zeros", 10): 6.13513513513514,
}


@pytest.mark.parametrize(("name", "n"), MINIMA)
def test_a_minimum_is_reached_to_the_digits_computed_elsewhere(name, n):
    f = find(f"{name}_residuals", n)
    assert least(f, f.point) == pytest.approx(MINIMA[name, n], rel=1e-10)


def test_the_linear_problems_have_the_printed_minima_at_a_hundred_rows():
    """m(m - 1)/(2(2m + 1)) and (m² + 3m - 6)/(2(2m - 3)): the first factor i - 1 of No. 34 counts."""
    rank_1 = lambda m: m * (m - 1) / (2 * (2 * m + 1))
    zeros = lambda m: (m * m + 3 * m - 6) / (2 * (2 * m - 3))
    assert rank_1(20) == pytest.approx(MINIMA["linear_rank_1", 10], rel=1e-14)
    assert zeros(20) == pytest.approx(MINIMA["linear_rank_1_zeros", 10], rel=1e-14)
    assert rank_1(100) == pytest.approx(24.62687, rel=1e-6)
    assert zeros(100) == pytest.approx(26.1269, rel=1e-6)


def test_the_misprint_of_osbornes_second_problem_has_a_minimum_of_its_own():
    """y_18 is 0.626; with the 0.625 of public copies the minimum is 4.01686e-2."""
    f = find("osborne_2_residuals", 11)
    assert OSBORNE_2[17] == 0.626
    misprint = np.where(np.arange(65) == 17, -0.001, 0.0)
    assert least(lambda x: f(x) + misprint, f.point) == pytest.approx(4.01686e-2, rel=1e-5)
