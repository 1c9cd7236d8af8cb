"""Bounds, sizes of coordinates, f's further arguments and workers mean the same to every difference."""

import os
from multiprocessing import Pool

import numpy as np
import pytest

import diffbench as db
from diffbench.differences.terms import Terms
from diffbench.differentiators.adaptive_difference import AdaptiveDifference
from diffbench.differentiators.complex_step import ComplexStep
from diffbench.differentiators.finite_difference import FiniteDifference
from diffbench.differentiators.richardson import Richardson
from diffbench.errors import BadInput, BadPoint, Unsupported

METHODS = {
    "forward": lambda **terms: FiniteDifference("forward", **terms),
    "backward": lambda **terms: FiniteDifference("backward", **terms),
    "central": FiniteDifference,
    "of order 6": lambda **terms: FiniteDifference(order=6, **terms),
    "richardson": Richardson,
    "adaptive": AdaptiveDifference,
    "complex step": ComplexStep,
}
SAMPLING = {name: method for name, method in METHODS.items() if name != "complex step"}
DIGITS = {"forward": 1e-6, "backward": 1e-6}


def wave(x, size, shift=0.0):
    return np.sum(size * np.exp(x) * np.sin(x + shift))


def slope(x, size, shift=0.0):
    return size * np.exp(x) * (np.sin(x + shift) + np.cos(x + shift))


def curvature(x, size, shift=0.0):
    return np.diag(size * 2 * np.exp(x) * np.cos(x + shift))


def guarded(lower, upper):
    def f(x, *args, **kwargs):
        assert (x >= lower).all() and (x <= upper).all(), f"evaluated at {x}"
        return wave(x, *args, **kwargs)

    return f


def twice_the_sine(x):
    return 2 * np.sin(x)


# at a bound, a little inside, and between
POINT = np.array([0.0, 1e-9, 0.3, 1.0])


@pytest.mark.parametrize("name", SAMPLING)
def test_no_evaluation_leaves_the_bounds_and_the_answers_keep_their_digits(name):
    method = SAMPLING[name](bounds=(0.0, 1.0))
    f, tolerance = guarded(0.0, 1.0), DIGITS.get(name, 1e-8)
    found = db.gradient(f, POINT, 2.0, shift=0.5, method=method)
    np.testing.assert_allclose(found, slope(POINT, 2.0, 0.5), rtol=tolerance)
    direction = np.array([1.0, -1.0, 0.5, -2.0])
    tangent = db.jvp(f, POINT, direction, 2.0, method=method)[1]
    assert tangent == pytest.approx(slope(POINT, 2.0) @ direction, rel=10 * tolerance)


@pytest.mark.parametrize("name", SAMPLING)
def test_hessians_stay_within_the_bounds(name):
    found = db.hessian(guarded(0.0, 1.0), POINT, 2.0, method=SAMPLING[name](bounds=(0.0, 1.0)))
    exact = curvature(POINT, 2.0)
    assert np.abs(found - exact).max() <= (0.1 if name in DIGITS else 1e-4) * np.abs(exact).max()


def test_the_second_derivatives_of_the_complex_step_stay_within_the_bounds():
    def f(x):
        assert (np.real(x.value if hasattr(x, "value") else 0.0) >= 0).all()
        return np.sum(x**2.5)  # NaN beyond 0

    found = ComplexStep(bounds=(0.0, np.inf)).hessian(
        lambda x: np.sum(x**2.5), np.array([1e-9, 2.0])
    )
    np.testing.assert_allclose(found[1, 1], 3.75 * np.sqrt(2.0), rtol=1e-9)


@pytest.mark.parametrize("name", SAMPLING)
def test_bounds_without_room_are_refused_with_the_width_needed(name):
    with pytest.raises(BadInput, match=r"no room .* at most \d?.*e-1\d and need .* for all digits"):
        SAMPLING[name](bounds=(0.0, 1e-17)).jacobian(np.exp, np.array(0.0))


@pytest.mark.parametrize("name", SAMPLING)
def test_a_point_outside_is_refused(name):
    with pytest.raises(BadPoint, match="outside the bounds"):
        SAMPLING[name](bounds=(0.0, 1.0)).jacobian(np.sin, np.array([2.0]))


@pytest.mark.parametrize("name", SAMPLING)
def test_the_size_of_small_coordinates_sets_their_steps(name):
    x, size = np.array([0.0, 1.0]), np.array([1e-6, 1.0])
    f = lambda x: np.sin(x / size)
    found = SAMPLING[name](typical_x=size).jacobian(f, x)
    exact = np.diag(np.cos(x / size) / size)
    assert np.abs((found - exact) * size).max() < DIGITS.get(name, 1e-8)


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("workers", [2, -1])
def test_processes_give_the_same_answer(name, workers):
    alone, shared = (METHODS[name](workers=n).jacobian(np.sin, POINT) for n in (1, workers))
    np.testing.assert_array_equal(alone, shared)


@pytest.mark.parametrize("name", SAMPLING)
def test_an_operator_sends_the_function_to_processes(name):
    shared = db.jacobian(twice_the_sine, POINT, method=METHODS[name](workers=2))
    np.testing.assert_allclose(shared, np.diag(2 * np.cos(POINT)), atol=1e-6)


@pytest.mark.parametrize("name", METHODS)
def test_a_map_is_handed_the_work(name):
    handed = []

    def spread(call, items):
        items = list(items)
        handed.append(len(items))
        return map(call, items)

    found = METHODS[name](workers=spread).jacobian(lambda x: np.sin(x), POINT)
    np.testing.assert_allclose(found, np.diag(np.cos(POINT)), atol=1e-6)
    assert max(handed) >= len(POINT)


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("workers", [0, -2, 1.5, "two"])
def test_workers_that_are_none_are_refused_at_once(name, workers):
    with pytest.raises(BadInput, match=r"workers is .*; give a number of processes"):
        METHODS[name](workers=workers)


def test_what_processes_can_not_be_sent_is_refused_with_the_cure():
    with pytest.raises(Unsupported, match="define it at the top level"):
        AdaptiveDifference(workers=2).jacobian(lambda x: x, np.ones(2))


@pytest.mark.parametrize("accuracy", [-1e-3, 1.0, np.nan])
def test_an_accuracy_that_is_none_is_refused(accuracy):
    with pytest.raises(BadInput, match="a relative error is between 0 and 1"):
        Terms(accuracy=accuracy)


# ---- what is no method


def test_a_pool_maps_and_changes_nothing():
    with Pool(2) as pool:
        alone, shared = (
            db.estimate(np.sin, POINT, operator="jacobian", workers=workers)
            for workers in (1, pool.map)
        )
        verdict = db.check_gradient(np.sin, np.diag(np.cos(POINT)), POINT, workers=pool.map)
        noise = db.noise_level(np.sin, POINT, workers=pool.map)
        table = db.sweep(np.sin, 0.5, schemes=["central"], workers=pool.map)
    assert alone.nfev == shared.nfev
    np.testing.assert_array_equal(alone.df, shared.df)
    np.testing.assert_array_equal(alone.error, shared.error)
    assert verdict.verdict == "right"
    np.testing.assert_array_equal(noise, db.noise_level(np.sin, POINT))
    assert table.error_median.min() < 1e-9


def test_an_estimate_takes_the_same_terms():
    found = db.estimate(
        guarded(0.0, 1.0), POINT, 2.0, shift=0.5, operator="gradient", bounds=(0, 1), workers=map
    )
    assert found.success.all()
    # a bar is true in 95 of 100 cases
    assert (np.abs(found.df - slope(POINT, 2.0, 0.5)) <= 2 * found.error).all()
    assert (found.error <= 1e-10).all()
    assert set(found.status.tolist()) == {"ok", "domain-edge"}


@pytest.mark.parametrize("side", [1, -1])
@pytest.mark.parametrize(
    ("f", "x", "exact"),
    [
        (lambda t: np.cos(t) - t, 0.7390851332151607, -1.6736120291832148),
        (lambda t: np.exp(t) - np.exp(1.0), 1.0, np.exp(1.0)),
        (lambda t: t**3 - 8, 2.0, 12.0),
        (lambda t: t * t - 1, 1.0, 2.0),
        (lambda t: (t - 1) ** 2, 1.0, 0.0),
    ],
)
def test_a_root_or_an_optimum_at_a_bound_has_a_narrow_bar(f, x, exact, side):
    found = db.estimate(f, x, bounds=(x, np.inf) if side > 0 else (-np.inf, x))
    assert found.success
    # an optimum is known to the slope at the smallest step
    assert abs(found.df - exact) <= found.error <= (1e-11 if exact else 1e-9)


def test_an_integrator_whose_tolerance_is_told_has_a_true_bar():
    # the Taylor series cut off where its terms are 1e-6: smooth, and not the exponential
    series = lambda t: sum(t**k / np.prod(np.arange(1.0, k + 1)) for k in range(10))
    blind, told = db.estimate(series, 1.0), db.estimate(series, 1.0, accuracy=1e-6)
    assert abs(blind.df - np.e) > 100 * blind.error
    assert abs(told.df - np.e) <= told.error < 1e-4


def test_the_step_from_theory_follows_the_accuracy_of_f():
    f = lambda x: np.round(np.exp(x), 6)
    blind, told = (
        abs(FiniteDifference(accuracy=a).jacobian(f, np.array(0.3)) - np.exp(0.3))
        for a in (0, 1e-6)
    )
    assert told < 1e-3 < blind


def test_the_noise_is_told_at_a_bound_with_further_arguments():
    f = lambda x, size: guarded(0.0, 1.0)(x, size).astype(np.float32).astype(float)
    told = [db.noise_level(f, POINT, 2.0, bounds=(0, 1), workers=n) for n in (1, map)]
    free = db.noise_level(lambda x: float(np.float32(wave(x, 2.0))), POINT)
    assert told[0] == told[1]
    assert free / 5 < told[0] < 5 * free


def test_a_curve_stays_within_the_bounds():
    smooth = lambda x, rate: np.sin(rate * x)
    table = db.sweep(smooth, 1.0, 3.0, schemes=["forward"], bounds=(1, 1.01), workers=map)
    assert 0.001 < table.h.max() <= 0.01
    assert table.derivative.iloc[0] == pytest.approx(3 * np.cos(3.0))
    assert np.isfinite(table.error_max).all()
    with pytest.raises(
        BadInput, match=r"leave a central difference at x = 1\.0 steps of at most 0"
    ):
        db.sweep(smooth, 1.0, 3.0, bounds=(1, 1.01))
    mirrored = db.sweep(smooth, 1.0, 3.0, schemes=["backward"], bounds=(0, 1))
    assert mirrored.error_median.min() < 1e-6


@pytest.mark.parametrize("workers", [1, 2, map])
def test_a_gradient_is_checked_within_bounds_with_further_arguments(workers):
    f = wave if workers == 2 else guarded(0.0, 1.0)
    bounds = (-np.inf, np.inf) if workers == 2 else (0, 1)
    terms = {"shift": 0.5, "bounds": bounds, "workers": workers}
    assert db.check_gradient(f, slope, POINT, 2.0, **terms).verdict == "right"
    off = lambda x, size, shift: slope(x, size, shift) * [1, 1, 1, 1.001]
    found = db.check_gradient(f, off, POINT, 2.0, **terms)
    assert (found.verdict, found.worst[0].index) == ("wrong", (3,))


def test_a_slope_at_a_bound_is_confirmed_on_one_side():
    f = lambda t: np.exp(t) - 1
    assert db.check_gradient(f, 1.0, 0.0, bounds=(0, 1)).verdict == "right"
    assert db.check_gradient(f, 1.0001, 0.0, bounds=(0, 1)).verdict == "wrong"


def test_every_process_may_be_asked_for():
    assert Terms(workers=-1).each(os.path.basename, ["a/b", "c/d"]) == ["b", "d"]
