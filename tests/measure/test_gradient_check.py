"""The checker of gradients: every mutation of a right gradient is found and named, and noise is
never called an error.
"""

import numpy as np
import pytest
from scipy.sparse import csr_array

from diffbench.asking import operators
from diffbench.errors import BadInput
from diffbench.interface import Operator
from diffbench.measure.checking.gradient_check import UNDECIDABLE, check_gradient
from diffbench.registry import find, names

RNG = np.random.default_rng(5)
POINT = np.array([-1.2, 1.0, 0.3, 2.0])


def valley(x):
    return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def valley_gradient(x):
    return operators.gradient(valley, x)


MUTATIONS = {
    "zero": np.zeros_like,
    "sign": np.negative,
    "one entry off by a millionth": lambda g: at_the_largest(g, lambda entry: entry * (1 + 1e-6)),
    "NaN": lambda g: at_the_largest(g, lambda entry: np.nan),
    "shifted index": lambda g: np.roll(g.reshape(-1), 1).reshape(g.shape),
    "transposed": lambda g: g.T if g.ndim == 2 and g.shape[0] == g.shape[1] else g,
}


def at_the_largest(gradient, change):
    changed = np.array(gradient)
    place = np.unravel_index(np.argmax(np.abs(changed)), changed.shape)
    changed[place] = change(changed[place])
    return changed


# ---- the problems of the suite

LEFT_OUT = {
    "heron_square_root": "its loop never ends for the negative arguments that a difference may try",
    "overflowing_logarithm": "not finite at its point",
    "overflowing_exponential": "not finite at its point",
}
# what values of f do not tell, whoever asks: the verdict is then not "wrong", but never a wrong one
HIDDEN = {
    "near_a_pole": {"zero"},  # the higher derivatives leave no line along which f is smooth
    "beside_a_pole": {"zero"},
    "large_offset": {"one entry off by a millionth"},  # eight digits of f are the offset's
    "noisy": {"one entry off by a millionth"},
    "single_inside": {"one entry off by a millionth"},
}
UNDECIDED = {"saturated", "cancelling"}  # f is 1 to the last digit; f's rounding has its own slope


def small_problems():
    for name in names("problems"):
        problem = find("problems", name)
        if (
            problem.operator in (Operator.GRADIENT, Operator.DERIVATIVE, Operator.JACOBIAN)
            and name not in LEFT_OUT
        ):
            instance = problem.at(problem.sizes[0])
            if instance.point.size <= 12 and problem.operator in instance.manual:
                yield pytest.param(instance, problem.operator, id=name)


@pytest.mark.parametrize(("instance", "operator"), list(small_problems()))
def test_of_every_problem_the_gradient_is_right_and_each_mutation_wrong(instance, operator):
    gradient = np.asarray(instance.manual[operator](instance.point))
    name = instance.problem.name
    verdict = UNDECIDABLE if name in UNDECIDED else "right"
    assert check_gradient(instance, gradient, instance.point).verdict == verdict
    for fault, mutate in MUTATIONS.items():
        mutated = mutate(gradient)
        seen = name not in UNDECIDED and fault not in HIDDEN.get(name, ())
        if seen and not np.array_equal(mutated, gradient):
            assert check_gradient(instance, mutated, instance.point).verdict == "wrong", fault


# ---- what the verdict says


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(
    ("mutation", "fault"),
    [
        ("sign", "sign"),
        ("zero", "missing term"),
        ("NaN", "NaN"),
        ("shifted index", "shifted index"),
    ],
)
def test_the_fault_is_named_in_either_precision(mutation, fault, dtype):
    x = POINT.astype(dtype)
    found = check_gradient(valley, MUTATIONS[mutation](valley_gradient(x)), x)
    assert (found.verdict, found.fault) == ("wrong", fault)


def test_a_wrong_factor_is_named_with_its_value():
    assert check_gradient(valley, lambda x: 2 * valley_gradient(x), POINT).fault == "factor 2"
    assert (
        check_gradient(
            valley, lambda x: at_the_largest(valley_gradient(x), lambda entry: entry / 2), POINT
        ).fault
        == "factor 0.5"
    )


def test_an_entry_off_by_a_millionth_is_located_with_its_right_value():
    right = valley_gradient(POINT)
    found = check_gradient(valley, MUTATIONS["one entry off by a millionth"](right), POINT)
    assert [entry.index for entry in found.worst] == [(int(np.argmax(np.abs(right))),)]
    assert found.worst[0].measured == pytest.approx(
        np.abs(right).max() * np.sign(right[found.worst[0].index]), rel=1e-9
    )


def test_two_faults_among_many_entries_are_found_by_bisection():
    x = RNG.normal(size=100)
    gradient = valley_gradient(x)
    gradient[17] *= -1
    gradient[60] = 0.0
    found = check_gradient(valley, gradient, x)
    assert {entry.index for entry in found.worst} == {(17,), (60,)}
    assert found.fault == "missing term"


def test_a_transposed_gradient_and_jacobian_are_recognised():
    matrix = RNG.normal(size=(3, 3))
    f = lambda x: np.sum(np.sin(x @ x))
    assert check_gradient(f, operators.gradient(f, matrix).T, matrix).fault == "transposition"
    assert check_gradient(lambda x: matrix @ x, matrix.T, np.ones(3)).fault == "transposition"
    assert check_gradient(lambda x: matrix @ x, matrix, np.ones(3)).verdict == "right"


def test_a_jacobian_of_the_wrong_shape_is_wrong_without_a_measurement():
    found = check_gradient(lambda x: np.ones((2, 3)) @ x, np.ones((3, 2)), np.ones(3))
    assert (found.verdict, found.fault, found.nfev) == ("wrong", "transposition", 0)
    assert "(3, 2) and should be (2, 3)" in str(found)


def test_the_remainder_falls_as_the_cube_of_the_step_when_right_and_as_the_step_when_wrong():
    assert check_gradient(valley, valley_gradient, POINT).slopes == pytest.approx(
        (3.0,) * 3, abs=0.1
    )
    assert check_gradient(
        valley, lambda x: valley_gradient(x) + 1.0, POINT
    ).slopes == pytest.approx((1.0,) * 3, abs=0.2)


def test_coordinates_of_very_different_size_are_each_moved_in_proportion():
    f, x = lambda x: np.sum(np.sqrt(x)), np.array([1e-8, 1.0, 1e6])
    assert check_gradient(f, lambda x: 0.5 / np.sqrt(x), x).verdict == "right"
    assert check_gradient(f, lambda x: 0.5 / np.sqrt(x) * [1, 1, 1.001], x).worst[0].index == (2,)


def test_at_a_minimum_of_zero_a_gradient_of_zero_is_right():
    f = lambda x: np.sum(x**2)
    assert check_gradient(f, lambda x: 2 * x, np.zeros(3)).verdict == "right"
    assert check_gradient(lambda x: f(x) + x[0], lambda x: 2 * x, np.zeros(3)).worst[0].index == (
        0,
    )


def test_a_gradient_in_single_precision_is_held_to_single_precision():
    found = check_gradient(valley, lambda x: valley_gradient(x).astype(np.float32), POINT)
    assert found.verdict == "right"
    off = lambda x: at_the_largest(
        valley_gradient(x).astype(np.float32), lambda entry: entry * 1.01
    )
    assert check_gradient(valley, off, POINT).verdict == "wrong"


def test_a_jacobian_may_be_sparse_a_list_or_of_integers():
    matrix = np.array([[1, 0, 2], [0, 3, 0]])
    for claim in (csr_array(matrix), matrix.tolist(), matrix):
        assert check_gradient(lambda x: matrix @ x, claim, np.ones(3)).verdict == "right"


def test_a_complex_gradient_is_refused():
    with pytest.raises(BadInput, match="dtype complex128, and that of a real function is real"):
        check_gradient(valley, lambda x: valley_gradient(x) + 0j, POINT)


def test_a_gradient_that_overwrites_its_argument_is_checked_and_x_left_alone():
    def gradient(x):
        found = valley_gradient(x)
        x[:] = 0
        return found

    x = POINT.copy()
    assert check_gradient(valley, gradient, x).verdict == "right"
    np.testing.assert_array_equal(x, POINT)


# ---- noise is not an error


def noisy(amplitude):
    return lambda x: np.sum(x**2) + amplitude * (hash(x.tobytes()) % 1000 / 1000 - 0.5)


def test_a_right_gradient_of_a_noisy_function_is_right_and_a_wrong_one_wrong():
    assert check_gradient(noisy(1e-6), lambda x: 2 * x, np.ones(3)).verdict == "right"
    assert check_gradient(noisy(1e-6), lambda x: -2 * x, np.ones(3)).fault == "sign"


@pytest.mark.parametrize("gradient", [lambda x: 2 * x, lambda x: -2 * x])
def test_noise_as_large_as_the_function_decides_nothing(gradient):
    assert check_gradient(noisy(5.0), gradient, np.ones(3)).verdict == UNDECIDABLE


def test_a_random_function_decides_nothing_and_says_why():
    found = check_gradient(
        lambda x: np.sum(x**2) + 1e-6 * RNG.normal(), lambda x: 2 * x, np.ones(3)
    )
    assert found.verdict == UNDECIDABLE
    assert "two values at the same x" in str(found)


@pytest.mark.parametrize(
    ("f", "claim", "x"),
    [
        (np.abs, 0.0, 0.0),
        (lambda x: np.sin(1e9 * x), 1e9 * np.cos(1e9), 1.0),
        (lambda x: (1 - np.cos(x)) / x**2, -1e-8 / 12, 1e-8),
    ],
    ids=["kink", "faster than any step", "cancels to a staircase"],
)
def test_a_right_derivative_is_never_called_wrong_where_differences_fail(f, claim, x):
    assert check_gradient(f, claim, x).verdict in ("right", UNDECIDABLE)


def test_a_function_that_does_not_move_has_gradient_zero():
    assert check_gradient(lambda x: 7.0, 0.0, 0.3).verdict == "right"
    assert check_gradient(lambda x: 7.0, 1e-3, 0.3).verdict == "wrong"
    assert check_gradient(lambda x: np.sin(x) ** 2 + np.cos(x) ** 2, 0.0, 0.3).verdict == "right"


def test_a_function_that_reuses_its_buffer_and_overwrites_its_argument_is_checked_all_the_same():
    buffer = np.empty(())

    def f(x):
        np.sum(x**3, out=buffer)
        x[:] = 0
        return buffer

    assert check_gradient(f, lambda x: 3 * x**2, np.array([1.0, 2.0])).verdict == "right"


def test_a_million_units_of_rounding_in_single_precision_are_not_an_error():
    f = lambda x: np.float32(np.sum(np.sin(x)))
    assert check_gradient(f, np.cos, np.array([1.0, 2.0])).verdict == "right"
