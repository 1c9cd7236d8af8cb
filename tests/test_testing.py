"""diffbench.testing and the pytest plug-in, in a test suite that is not ours."""

import subprocess
import sys

import numpy as np
import pytest

from diffbench.testing import assert_gradient

SUITE = """
import numpy as np

def test_right(assert_gradient):
    assert_gradient(lambda x: x @ x, lambda x: 2 * x, np.array([1.0, 2.0]))

def test_wrong(assert_gradient):
    assert_gradient(lambda x: x @ x, lambda x: -2 * x, np.array([1.0, 2.0]))
"""


def cubes(x):
    return np.sum(x**3)


def test_a_right_gradient_passes():
    assert_gradient(cubes, lambda x: 3 * x**2, np.array([1.0, 2.0]))


@pytest.mark.parametrize(
    ("claimed", "message"),
    [
        (
            lambda x: -3 * x**2,
            r"the gradient of cubes is wrong: .*entry \[1\] is -12 and should be",
        ),
        (lambda x: 3 * x[:1] ** 2, r"its shape is \(1,\) and should be \(2,\)"),
    ],
)
def test_a_wrong_one_fails_and_says_what_and_where(claimed, message):
    with pytest.raises(AssertionError, match=message):
        assert_gradient(cubes, claimed, np.array([1.0, 2.0]))


def test_a_hessian_of_code_that_cannot_be_followed_is_held_against_a_gradient_given_for_it():
    def of_floats(x):
        return float(np.asarray(x)[0]) ** 3

    slope = lambda x: np.array([3 * float(x[0]) ** 2])
    right = lambda x: np.array([[6 * float(x[0])]])
    x = np.array([1.5])
    assert_gradient(of_floats, right, x, operator="hessian", gradient_of_f=slope)
    with pytest.raises(AssertionError, match="the hessian of of_floats is wrong"):
        assert_gradient(
            of_floats, lambda x: 2 * right(x), x, operator="hessian", gradient_of_f=slope
        )


def test_the_fixture_is_there_in_another_project_s_suite(tmp_path):
    (tmp_path / "test_theirs.py").write_text(SUITE)
    words = ["-q", "-p", "no:diffbench", "-p", "diffbench.pytest_plugin", "-p", "no:cacheprovider"]
    process = subprocess.run(
        [sys.executable, "-m", "pytest", *words, "test_theirs.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert "1 failed, 1 passed" in process.stdout
    assert "the gradient of <lambda> is wrong" in process.stdout
