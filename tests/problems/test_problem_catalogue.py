"""What every problem promises, whatever it computes."""

import math

import numpy as np
import pytest
from check_values import GRADIENTS, SYSTEMS
from diffbench.problems.more_garbow_hillstrom import PUBLISHED

from diffbench import registry
from diffbench.errors import UnknownName

PROBLEMS = [registry.find("problems", name) for name in registry.names("problems")]
CASES = [
    pytest.param(problem, size, id=f"{problem.name}-{size}")
    for problem in PROBLEMS
    for size in problem.sizes
]
# tests of their own hold these: ADBench's gradient, a closed form, GradBench's optimum, a second form
ELSEWHERE = {"diagonal_lstm", "runge_kutta_chain", "particle", "burgers_upwind"}


@pytest.fixture(params=PROBLEMS, ids=lambda problem: problem.name)
def problem(request):
    return request.param


def test_every_theme_registers_its_problems_without_being_listed():
    assert {
        "logistic_map",
        "rosenbrock",
        "helmholtz",
        "tanh_mlp",
        "logistic_regression",
        "gmm",
        "baydin",
    } <= set(registry.names("problems"))


def test_an_unknown_problem_is_answered_with_the_nearest_name():
    with pytest.raises(UnknownName, match="did you mean rosenbrock"):
        registry.find("problems", "rosenbrok")


def test_a_problem_says_what_it_is_and_where_it_comes_from(problem):
    assert len(problem.function.__doc__) > 20 and problem.source and problem.tags


def test_sizes_are_few_and_ascending(problem):
    assert 1 <= len(problem.sizes) <= 6 and list(problem.sizes) == sorted(set(problem.sizes))


def test_every_problem_has_an_answer_that_no_method_of_ours_computed(problem):
    """Written by hand, printed in its source, or computed elsewhere with 70 digits."""
    name = problem.name.removesuffix("_residuals")
    computed = {name for name, _ in (*GRADIENTS, *SYSTEMS)} | ELSEWHERE
    assert (
        problem.operator in problem.hand_written
        or name in PUBLISHED
        or problem.name in computed
        or "nist" in problem.tags
    )


@pytest.mark.parametrize(("problem", "size"), CASES)
def test_the_point_is_finite_and_the_value_too_unless_the_problem_is_about_overflow(problem, size):
    instance = problem.at(size)
    with np.errstate(over="ignore"):
        value = instance(instance.point)
    assert np.isfinite(instance.point).all()
    assert np.isfinite(value).all() != ("overflow" in problem.tags)


def test_the_same_seed_draws_the_same_point_and_data(problem):
    size = problem.sizes[0]
    first, again = problem.at(size, seed=3), problem.at(size, seed=3)
    np.testing.assert_array_equal(first.point, again.point)
    for one, other in zip(first.data, again.data, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_problem_neither_writes_to_its_point_nor_remembers_a_call(problem):
    instance = problem.at(problem.sizes[0])
    instance.point.flags.writeable = False
    with np.errstate(over="ignore"):
        np.testing.assert_array_equal(instance(instance.point), instance(instance.point))


@pytest.mark.parametrize(
    "problem",
    [p for p in PROBLEMS if "floats" in p.tags and "overflow" not in p.tags],
    ids=lambda problem: problem.name,
)
def test_scalar_code_runs_on_plain_floats_with_the_math_module(problem):
    """Its fastest plain form, beside which the cost of a gradient is stated; NumPy's own exp and
    log may differ by an ulp an operation.
    """
    instance = problem.at(problem.sizes[0])
    np.testing.assert_allclose(
        instance(instance.point.tolist(), xp=math), instance(instance.point), rtol=1e-14
    )


def test_float32_in_gives_float32_out(problem):
    instance = problem.at(problem.sizes[0], dtype=np.float32)
    with np.errstate(over="ignore"):
        value = instance(instance.point)
    if problem.name not in ("looked_up", "noisy"):  # np.interp answers in double precision
        assert np.result_type(value, np.float32(0)) == np.float32


def test_hand_written_gradients_have_the_shape_and_dtype_of_the_point(problem):
    for dtype in (np.float32, np.float64):
        instance = problem.at(problem.sizes[0], dtype=dtype)
        if instance.point.shape and "gradient" in instance.manual:
            gradient = instance.manual["gradient"](instance.point)
            assert (gradient.shape, gradient.dtype) == (instance.point.shape, dtype)
