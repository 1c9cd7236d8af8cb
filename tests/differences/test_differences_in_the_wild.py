"""Cases found by running other people's programs: each was wrong without a word."""

import numpy as np
import pytest
import scipy.linalg
from click.testing import CliRunner

import diffbench as db
from diffbench.bench.calibration.outside import nist
from diffbench.bench.calibration.zero_cases import ZeroCase
from diffbench.bench.calibration.zeros_tuned_half import chebyquad
from diffbench.cli import main

NIST = {case.name: case for case in nist()}
DIRECTION = np.array([[0.5, -1, 0.25], [1.5, 0.75, -0.5], [0, 1, -0.25]])


def test_the_right_jacobian_of_lanczos2_at_its_certified_values_is_not_called_wrong():
    case = NIST["Lanczos2 certified"]
    assert db.check_gradient(case.f, case.jacobian, case.x).verdict == "right"


@pytest.mark.parametrize("name", ["Bennett5 certified", "MGH17 certified", "Misra1a certified"])
def test_systems_of_many_outputs_are_right_within_their_bars(name):
    case = NIST[name]
    found = db.estimate(case.f, case.x, operator="jacobian")
    column = np.abs(case.jacobian).max(axis=0)
    assert (abs(found.df - case.jacobian) <= 1e-8 * column).all()
    within = abs(found.df - case.jacobian) <= found.error + 1e-15 * column
    assert np.mean(within) >= 0.95


@pytest.mark.parametrize("d", [0.0, 1e-14, 1e-11, 1e-8, 1e-6, 1e-4])
def test_a_loss_less_its_baseline_is_judged_right(d):
    x = np.array([0.3, 1.2, -0.5, 2.0])
    c = np.log(np.sum(np.exp(x)))
    f = lambda x: np.log(np.sum(np.exp(x))) - c * (1 + d)
    gradient = lambda x: np.exp(x) / np.sum(np.exp(x))
    assert db.check_gradient(f, gradient, x).verdict == "right"
    assert db.check_gradient(f, lambda x: 1.001 * gradient(x), x).verdict == "wrong"


@pytest.mark.parametrize("n", [4, 6, 8, 9, 10])
def test_chebyquad_at_its_own_starting_point_is_answered(n):
    case = ZeroCase("chebyquad", "root", chebyquad, np.arange(1, n + 1) / (n + 1))
    found = db.jacobian(case.f, case.x, method="adaptive-difference")
    np.testing.assert_allclose(found, case.jacobian, atol=1e-11)


def test_the_square_root_of_a_matrix_near_the_identity():
    found = db.estimate(lambda t: scipy.linalg.sqrtm(np.eye(3) + t * DIRECTION).real[1, 0], 0.0)
    assert abs(found.df - 0.75) <= found.error < 1e-10


def test_the_command_calls_a_right_gradient_at_a_root_right(tmp_path):
    (tmp_path / "parabola.py").write_text(
        "def f(t):\n    return t * t - 1\n\n\ndef slope(t):\n    return 2 * t\n"
    )
    program = f"{tmp_path / 'parabola.py'}"
    found = CliRunner().invoke(
        main, ["check", f"{program}:f", "--gradient", f"{program}:slope", "--at", "1"]
    )
    assert found.exit_code == 0, found.output
