"""The error bars of adaptive differences are true on functions they were not tuned on, and those of
the rivals are not.
"""

import math
from importlib.util import find_spec

import mpmath as mp
import numpy as np
import pandas as pd
import pytest

from diffbench.bench.calibration.error_bars import METHODS, PACKAGES, SETS, calibration, summary

TUNED, HELD_BACK = SETS["tuned"], SETS["held back"]


@pytest.fixture(scope="module")
def figures():
    return summary(calibration(["adaptive-difference"], points=12))


@pytest.fixture(scope="module")
def rivals():
    return summary(calibration(points=2))


def test_there_are_enough_families_and_no_two_alike():
    names = [family.name for families in SETS.values() for family in families]
    assert len(set(names)) == len(names)
    assert min(len(TUNED), len(HELD_BACK)) >= 40


@pytest.mark.parametrize("family", TUNED + HELD_BACK, ids=lambda family: family.name)
def test_the_stated_derivative_is_that_of_the_function(family):
    x = float(family.points(3)[1])
    steps = np.float64(abs(x)) * 2.0 ** -np.arange(1, 50, 0.5)
    with np.errstate(all="ignore"):
        differences = np.array(
            [(family.f(x + h) - family.f(x - h)) / ((x + h) - (x - h)) for h in steps], float
        )
    exact = float(family.derivative(x))
    scale = abs(exact) + abs(float(family.f(x)) / x) * 1e-6
    assert np.nanmin(abs(differences - exact)) <= 1e-3 * scale


def test_points_are_the_same_for_the_same_seed_and_differ_between_seeds():
    family = TUNED[0]
    np.testing.assert_array_equal(family.points(5), family.points(5))
    assert (family.points(5) != family.points(5, seed=1)).all()


@pytest.mark.parametrize("half", ["tuned", "held back"])
def test_error_bars_hold_on_every_half(figures, half):
    figure = figures.loc[half, "adaptive-difference"]
    assert figure.coverage >= 0.95
    assert figure.silent <= 0.02
    assert figure.doubtful <= 0.01
    assert figure.claimed_over_true <= 10
    assert figure.nfev <= 30
    assert figure.nfev_max <= 64


@pytest.mark.parametrize("half", ["tuned", "held back"])
def test_accuracy_meets_its_target_on_both_halves(figures, half):
    figure = figures.loc[half, "adaptive-difference"]
    assert figure.median_digits_lost <= 2.0
    assert figure.p90_digits_lost <= 9


def test_the_rivals_claim_more_than_they_keep(rivals):
    held = rivals.loc["held back"]
    assert set(held.index) == {
        name for name in METHODS if find_spec(PACKAGES.get(name, "numpy"))
    }  # SciPy before 1.15 has no differentiate
    assert (held.coverage.drop("adaptive-difference") < 0.9).all()
    assert held.coverage["adaptive-difference"] > 0.9


def test_a_missing_claim_does_not_hold_and_an_infinite_one_does():
    rows = {
        "half": "x",
        "method": "m",
        "error": [0.5, 0.5, 1e-20],
        "claimed": [math.nan, math.inf, 0.0],
        "status": "ok",
        "nfev": 1,
    }
    assert summary(pd.DataFrame(rows)).coverage.iloc[0] == pytest.approx(2 / 3)


def test_exact_derivatives_are_taken_at_the_float():
    log = next(family for family in TUNED if family.name == "log")
    with mp.workdps(80):
        assert log.derivative(0.1) == 1 / mp.mpf(0.1)
        assert log.derivative(0.1) != 10
