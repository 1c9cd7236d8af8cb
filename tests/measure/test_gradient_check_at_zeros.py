"""The checker where gradients are used: at roots, at optima, on systems; and what it says of small
faults and of functions with a memory.
"""

import numpy as np
import pytest

from diffbench.bench.calibration.error_bars import SETS
from diffbench.bench.calibration.zeros_tuned_half import built
from diffbench.measure.checking.gradient_check import UNDECIDABLE, check_gradient

CASES = {case.name: case for case in built() if case.x.size <= 6 and "500" not in case.name}
# f is 0 at every float there, and a right entry of 1e-16 can't be told from one of 0
UNSEEN = {"beside 1.22465e-16", "beside -1e-17", "beside 1e-300"}


@pytest.mark.parametrize("name", [name for name in CASES if name not in UNSEEN])
def test_at_a_zero_the_exact_jacobian_is_right_and_one_per_cent_off_is_wrong(name):
    case = CASES[name]
    assert check_gradient(case.f, case.jacobian, case.x).verdict == "right"
    if case.name.startswith("decay loss"):
        return  # the derivative itself is 1e-16 of f
    off = case.jacobian.copy()
    off.flat[np.argmax(np.abs(off))] *= 1.01
    found = check_gradient(case.f, off, case.x)
    assert found.verdict == "wrong"
    where = np.unravel_index(np.argmax(np.abs(off)), off.shape)
    assert found.worst[0].index == tuple(map(int, where))


@pytest.mark.parametrize("name", sorted(UNSEEN))
def test_what_no_difference_can_see_is_not_called_wrong(name):
    case = CASES[name]
    assert check_gradient(case.f, case.jacobian, case.x).verdict in ("right", UNDECIDABLE)


def test_the_derivative_at_an_optimum_is_right_and_one_that_moves_f_is_wrong():
    case = CASES["decay loss 0"]
    assert check_gradient(case.f, np.zeros(2), case.x).verdict == "right"
    assert check_gradient(case.f, np.array([0.0, 1e-6]), case.x).worst[0].index == (1,)


def valley(x):
    return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def valley_gradient(x):
    inner = x[1:] - x[:-1] ** 2
    gradient = np.zeros_like(x)
    gradient[1:] += 200 * inner
    gradient[:-1] += -400 * x[:-1] * inner - 2 * (1 - x[:-1])
    return gradient


@pytest.mark.parametrize("size", [1e-9, 1e-8, 5e-8])
def test_a_fault_below_the_tolerance_agrees_to_its_size(size):
    x = np.array([-1.2, 1.0, 0.3, 2.0])
    found = check_gradient(valley, lambda x: valley_gradient(x) * (1 + size), x)
    assert found.verdict == "right"
    assert size / 10 < found.resolution < 100 * size
    assert f"agrees to {found.resolution:.0e}" in str(found)


@pytest.mark.parametrize("size", [1e-6, 1e-3, 1e-2])
def test_a_fault_above_it_is_wrong(size):
    x = np.array([-1.2, 1.0, 0.3, 2.0])
    found = check_gradient(valley, lambda x: valley_gradient(x) * (1 + size), x)
    assert found.verdict == "wrong"


def test_a_right_gradient_takes_three_lines_and_that_of_a_number_one():
    calls = []
    x = np.array([-1.2, 1.0, 0.3, 2.0])
    check_gradient(lambda x: calls.append(1) or valley(x), valley_gradient, x)
    assert len(calls) <= 3 * 40
    calls.clear()
    check_gradient(lambda x: calls.append(1) or np.sin(x), np.cos, 0.7)
    assert len(calls) <= 40


def test_one_output_that_has_no_derivative_hides_no_fault_of_the_others():
    f = lambda x: np.stack([np.abs(x[0] - 1), np.sin(x[0]) * x[1]])
    x = np.array([1.0, 2.0])
    right = np.array([[0, 0], [2 * np.cos(1), np.sin(1)]])
    found = check_gradient(f, right, x)
    assert found.verdict == UNDECIDABLE
    assert "of output 0 are discontinuous: f jumps or has a kink" in str(found)
    assert check_gradient(f, right * 1.01, x).worst[0].index[0] == 1


def test_a_solver_that_starts_where_it_stopped_is_found_out():
    state = [1.0]

    def solved(x):
        y = state[0]
        for _ in range(3):
            y = (y + x / y) / 2
        state[0] = y
        return y

    for _ in range(20):
        solved(2.0)
    found = check_gradient(solved, 0.5 / np.sqrt(2.0), 2.0)
    assert found.verdict == UNDECIDABLE
    assert "keeps a state" in str(found) or "two values" in str(found)


@pytest.mark.parametrize("half", ["tuned", "held back"])
def test_no_right_derivative_of_a_calibration_set_is_called_wrong(half):
    verdicts = []
    for family in SETS[half]:
        if family.name == "(1-cos x)/x²":
            continue  # 1 - cos x is one float around 1e-7: what is left, 1/x², is smooth and another f
        x = float(family.points(4)[3])
        with np.errstate(all="ignore"):
            verdicts.append(check_gradient(family.f, float(family.derivative(x)), x).verdict)
    assert "wrong" not in verdicts
    assert verdicts.count("right") >= 0.95 * len(verdicts)
