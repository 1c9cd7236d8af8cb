"""NIST's models are those of the reference data: their whole Jacobians at three points, and their
certified sums of squares.
"""

import csv
import json
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

import diffbench as db
from diffbench import registry

DATA = Path(__file__).parents[1] / "data"
MODELS = {m["name"]: m for m in json.loads((DATA / "nist-nonlinear.json").read_text())["models"]}
STARTS = ("start1", "start2", "certified")
# a residual of 1e-13 is what rounding leaves of values of 1, and eleven digits are printed
SUMS_OF_ROUNDING = {"Lanczos1"}


@pytest.fixture(scope="module")
def jacobians():
    found = defaultdict(list)
    with (DATA / "nist-jacobians.csv").open() as lines:
        for name, at, _, *row in list(csv.reader(lines))[1:]:
            found[name, at].append([float(entry) for entry in row])
    return found


def problem_of(name):
    model = MODELS[name]
    return registry.find("problems", f"nist_{name.lower()}").at(model["p"])


def point_of(name, at):
    return np.array([float(number) for number in MODELS[name][at]])


def test_every_model_is_a_problem_at_its_first_start():
    assert len(db.list_problems("nist")) == len(MODELS) == 27
    for name in MODELS:
        np.testing.assert_array_equal(problem_of(name).point, point_of(name, "start1"))


@pytest.mark.parametrize("method", ["forward", "reverse", "compiled"])
@pytest.mark.parametrize("at", STARTS)
@pytest.mark.parametrize("name", MODELS)
def test_a_jacobian_is_that_of_the_reference_data(name, at, method, jacobians):
    """To the rounding of the largest entry of a column, as the data are compared themselves."""
    wanted = np.array(jacobians[name, at])
    with np.errstate(under="ignore"):
        found = db.jacobian(problem_of(name), point_of(name, at), method=method)
    off = np.abs(found - wanted) / np.abs(wanted).max(axis=0)
    assert off.max() < 1e-13


@pytest.mark.parametrize("name", sorted(MODELS.keys() - SUMS_OF_ROUNDING))
def test_the_residuals_have_the_certified_sum_of_squares(name):
    residuals = problem_of(name)(point_of(name, "certified"))
    assert residuals @ residuals == pytest.approx(float(MODELS[name]["certified_rss"]), rel=2e-10)
