"""At a zero made by cancellation noise is that of what f is made of, and an exact zero has none."""

import math

import numpy as np
import pytest

import diffbench as db
from diffbench.differentiators.adaptive_difference import AdaptiveDifference
from diffbench.errors import NotDifferentiable

EPS = 2.0**-52


@pytest.mark.parametrize(
    ("f", "x", "parts"),
    [
        (lambda t: t * t - 1, 1.0, 1.0),
        (lambda t: np.cos(t) - t, 0.7390851332151607, 0.74),
        (lambda t: 3.7e5 * (np.exp(t) - 2), math.log(2), 7.4e5),
        (lambda t: 1 / (1 + np.exp(-t)) - 0.5, 1e-17, 0.5),
    ],
)
def test_the_noise_at_a_root_is_that_of_the_parts(f, x, parts):
    assert 0.02 * EPS * parts < db.noise_level(f, x) < 4 * EPS * parts


@pytest.mark.parametrize("f", [np.sin, lambda t: t * t, np.expm1, lambda t: 3 * t])
def test_an_exact_zero_has_no_noise(f):
    assert db.noise_level(f, 0.0) < 1e-30


@pytest.mark.parametrize(
    ("f", "x", "exact", "bar"),
    [
        (lambda t: t * t - 1, 1.0, 2.0, 1e-14),
        (lambda t: np.cos(t) - t, 0.7390851332151607, -1.6736120291832148, 1e-13),
        (lambda t: 1 / (1 + np.exp(-t)) - 0.5, 1e-17, 0.25, 1e-14),
        (np.exp, np.sin(np.pi), 1.0, 1e-13),
        (np.exp, 1e-300, 1.0, 1e-13),
        (np.sqrt, 1e300, 5e-151, 1e-162),
        (np.sin, 0.0, 1.0, 1e-13),
    ],
)
def test_error_bars_hold_at_roots_and_at_extreme_points(f, x, exact, bar):
    found = db.estimate(f, x)
    assert found.success
    assert abs(found.df - exact) <= found.error + EPS * abs(exact)
    assert found.error < bar


@pytest.mark.parametrize("small", [0.0, 1e-300, np.sin(np.pi), -1e-17])
@pytest.mark.parametrize("large", [1.0, 1e5, 1e300])
def test_a_tiny_coordinate_beside_others_has_steps_that_mean_something(small, large):
    f = lambda x: np.exp(x[0]) + np.log(x[1])
    found = db.estimate(f, np.array([small, large]), operator="gradient")
    np.testing.assert_allclose(found.df, [1.0, 1 / large], rtol=1e-8)
    assert found.success.all()


def test_the_second_derivative_at_a_tiny_point_is_not_lost():
    found = db.estimate(np.cos, 1e-8, operator="second_derivative")
    assert abs(found.df + 1) <= found.error < 1e-10


@pytest.mark.parametrize(
    "f",
    [lambda t: np.round(10 * np.sin(t), 0), lambda t: np.round(10 * np.sin(t), 1)],
    ids=["whole numbers", "one digit"],
)
def test_coarse_stairs_are_no_success(f):
    found = db.estimate(f, 0.5)
    assert (found.status, found.success) == ("inconsistent", False)
    assert abs(found.df - 10 * math.cos(0.5)) <= found.error


@pytest.mark.parametrize("slope", [3.0, 0.3, 1.0])
def test_float32_inside_a_linear_function_leaves_seven_digits(slope):
    found = db.estimate(lambda t: float(np.float32(slope) * np.float32(t)), 0.7)
    assert abs(found.df - slope) <= found.error < 1e-6


def test_the_sweep_at_an_exact_zero_has_the_error_of_a_rounding():
    curve = db.sweep(np.sin, 0.0, dtypes=(np.float64,), schemes=("central",))
    assert curve.error_bound.iloc[0] == EPS
    # truncation h²/6 is a rounding there
    assert curve.h_opt_theory.iloc[0] == pytest.approx(math.sqrt(6 * EPS), rel=1e-6)


def test_the_sweep_at_a_root_knows_the_rounding_of_the_parts():
    curve = db.sweep(lambda t: t * t - 1, 1.0, dtypes=(np.float64,), schemes=("forward",))
    h = math.sqrt(EPS)
    assert h / 4 < curve.h_opt_theory.iloc[0] < 4 * h


def test_steps_do_not_fall_where_the_noise_of_a_sum_of_squares_ends():
    f = lambda x: np.array([10 * (x[1] - x[0] ** 2), 1 - x[0]])
    found = db.estimate(f, np.ones(2), operator="jacobian")
    np.testing.assert_allclose(found.df, [[-20, 10], [-1, 0]], atol=1e-12)
    assert found.success.all()


# ---- what the method answers, and what it refuses


def hopeless(x):
    return np.stack([np.sin(x[0]) * x[1], np.abs(x[0] - 1), np.exp(x[1])])


def test_a_hopeless_entry_is_nan_where_asked_for_and_refuses_only_itself():
    x = np.array([1.0, 0.5])
    found = AdaptiveDifference(refused="nan").jacobian(hopeless, x)
    exact = [[0.5 * math.cos(1), math.sin(1)], [np.nan, 0], [0, math.exp(0.5)]]
    np.testing.assert_allclose(found, exact, rtol=1e-12, atol=1e-15)
    with pytest.raises(NotDifferentiable, match=r"entry \(1, 0\) of the derivative discontinuous"):
        AdaptiveDifference().jacobian(hopeless, x)


def test_a_derivative_without_a_digit_is_refused_with_its_status():
    f = lambda x: 3e15 + np.sin(x)
    with pytest.raises(NotDifferentiable, match=r"noise-limited: .* ± "):
        AdaptiveDifference().jacobian(f, np.array(1.0))


def many(x, shift=0.0):
    t = np.linspace(0.01, 300, 80)
    return x[0] * np.exp(-x[1] * t) + x[2] * np.arctan(t / x[3]) + shift


def test_every_output_has_its_own_plateau_within_the_stated_limit():
    x = np.array([10.0, 1e-3, 1.3, 40.0])
    calls = []
    found = db.estimate(
        lambda x: calls.append(1) or many(x, -many(np.array([10.0, 1e-3, 1.3, 40.0]))),
        x,
        operator="jacobian",
    )
    assert found.nfev == len(calls) <= 256 * x.size
    t = np.linspace(0.01, 300, 80)
    bell = 1 + (t / x[3]) ** 2
    exact = np.column_stack(
        [
            np.exp(-x[1] * t),
            -t * x[0] * np.exp(-x[1] * t),
            np.arctan(t / x[3]),
            -x[2] * t / x[3] ** 2 / bell,
        ]
    )
    assert found.success.all()
    assert np.mean(abs(found.df - exact) <= found.error + 4 * EPS * abs(exact)) > 0.98


@pytest.mark.parametrize(
    "f", [np.sin, lambda x: np.sin(1e9 * x), lambda x: np.round(x, 3), np.sqrt]
)
@pytest.mark.parametrize("x", [0.0, 1e-9, 0.3, 1e7])
def test_at_most_64_evaluations_of_a_number(f, x):
    calls = []
    found = db.estimate(lambda t: calls.append(1) or f(t), x)
    assert found.nfev == len(calls) <= 64


# ---- bounds, sizes, further arguments, workers


def test_no_evaluation_leaves_the_bounds():
    seen = []
    f = lambda x: seen.append(x.copy()) or np.sum(np.exp(x))
    found = db.estimate(f, np.array([0.0, 1.0]), operator="gradient", bounds=(0, [np.inf, 1.0]))
    np.testing.assert_allclose(found.df, [1, math.e], rtol=1e-8)
    assert np.min(seen) >= 0
    assert np.max(np.array(seen)[:, 1]) <= 1
    assert set(found.status) == {"domain-edge"}


def test_further_arguments_are_handed_on():
    found = db.estimate(lambda x, a, *, b: a * np.sin(b * x), 1.0, 3.0, b=2.0)
    assert found.df == pytest.approx(6 * math.cos(2), rel=1e-12)


def test_the_size_of_a_coordinate_may_be_given():
    smallest = []
    db.estimate(lambda x: smallest.append(abs(x - 1e-12)) or np.cos(x), 1e-12, typical_x=1.0)
    assert min(step for step in smallest if step) > 1e-11


@pytest.mark.parametrize("workers", [2, map])
def test_workers_give_the_same_answer(workers):
    x = np.array([10.0, 1e-3, 1.3, 40.0])
    alone = db.estimate(many, x, 1.0, operator="jacobian")
    shared = db.estimate(many, x, 1.0, operator="jacobian", workers=workers)
    np.testing.assert_array_equal(alone.df, shared.df)
    np.testing.assert_array_equal(alone.error, shared.error)
    assert alone.nfev == shared.nfev
