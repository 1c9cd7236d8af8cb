"""Finite differences: orders of convergence, published figures, and functions that do not
behave.
"""

import math
import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import diffbench as db
from diffbench.differences.step_rules import relative
from diffbench.differentiators.finite_difference import FiniteDifference
from diffbench.errors import BadInput, BadPoint, NotDifferentiable, UnknownName, Unsupported

SCHEMES = [
    ("forward", 1),
    ("forward", 2),
    ("forward", 3),
    ("backward", 1),
    ("backward", 4),
    ("central", 2),
    ("central", 4),
    ("central", 6),
    ("central", 8),
]


def baydin(x):
    return np.log(x[0]) + x[0] * x[1] - np.sin(x[1])


def curve(x):
    return np.exp(np.sin(3 * x))


def curve_prime(x):
    return 3 * np.cos(3 * x) * curve(x)


@pytest.mark.parametrize(("scheme", "order"), SCHEMES)
def test_halving_the_step_divides_the_error_by_two_to_the_order(scheme, order):
    x = np.array(0.4)
    errors = [
        abs(FiniteDifference(scheme, order, step=h).jacobian(curve, x) - curve_prime(x))
        for h in (0.02, 0.01)
    ]
    assert np.log2(errors[0] / errors[1]) == pytest.approx(order, abs=0.35)


@pytest.mark.parametrize(("scheme", "order"), SCHEMES)
def test_the_theory_step_comes_within_a_factor_hundred_of_its_error_bound(scheme, order):
    method, x = FiniteDifference(scheme, order), np.array(0.4)
    stencil = method.stencil()
    bound = stencil.error_bound(stencil.optimal_step(2**-53), 2**-53)
    assert abs(method.jacobian(np.exp, x) - np.exp(x)) < 100 * bound


def test_the_float32_forward_difference_shows_the_published_error():
    x = np.array([2, 5], np.float32)
    difference = FiniteDifference("forward", step=1e-5).jacobian(baydin, x)
    assert difference.dtype == np.float32
    assert abs(np.float32(1.7163378145367737) - difference[1]) == np.float32(0.09509146)


def test_the_float64_forward_difference_shows_the_published_error():
    difference = FiniteDifference("forward", step=1e-5).jacobian(baydin, np.array([2.0, 5.0]))
    # libm decides the last digits
    assert abs(difference[1] - 1.7163378145367737) == pytest.approx(
        4.7946512775620675e-06, rel=1e-4
    )


@settings(deadline=None)  # seconds are not what is tested
@given(arrays.arrays(float, arrays.array_shapes(max_dims=3, max_side=3), elements=st.floats(-3, 3)))
def test_jacobian_has_the_shape_of_f_then_of_x(x):
    f = lambda x: np.stack([np.sum(x**2), np.sum(np.sin(x))])
    expected = np.stack([2 * x, np.cos(x)])
    np.testing.assert_allclose(FiniteDifference().jacobian(f, x), expected, atol=1e-8)


@pytest.mark.parametrize("scheme", ["forward", "backward", "central"])
def test_a_scalar_is_a_point_of_shape_nothing(scheme):
    slope = FiniteDifference(scheme).jacobian(np.sin, np.array(1.0))
    assert slope.shape == ()
    assert slope == pytest.approx(math.cos(1.0), abs=1e-7)


def test_value_and_gradient_does_not_evaluate_f_twice_at_the_point():
    seen = []
    value, gradient = FiniteDifference("forward").value_and_gradient(
        lambda x: seen.append(1) or baydin(x), np.array([2.0, 5.0])
    )
    assert len(seen) == 3
    assert value == baydin(np.array([2.0, 5.0]))
    np.testing.assert_allclose(gradient, [5.5, 1.7163378145367737], atol=1e-6)


@pytest.mark.parametrize("scheme", ["forward", "central"])
def test_jvp_is_the_jacobian_times_the_direction(scheme):
    f = lambda x: np.stack([x[0] * x[1], np.sin(x[0]), x[1] ** 3])
    x, x_dot = np.array([0.5, -1.25]), np.array([[1e6, -3e5]])[0]
    method = FiniteDifference(scheme)
    value, tangent = method.jvp(f, x, x_dot)
    np.testing.assert_array_equal(value, f(x))
    np.testing.assert_allclose(tangent / 1e6, method.jacobian(f, x) @ x_dot / 1e6, atol=1e-6)


@pytest.mark.parametrize("scheme", ["forward", "central"])
def test_a_direction_across_coordinates_of_very_different_size_loses_none_of_them(scheme):
    f, x, x_dot = (
        lambda x: np.stack([3 * x[0], np.sin(x[1])]),
        np.array([1e12, 1.0]),
        np.array([1.0, 1.0]),
    )
    np.testing.assert_allclose(
        FiniteDifference(scheme).jvp(f, x, x_dot)[1], [3, math.cos(1)], rtol=1e-6
    )
    g = lambda x: (x[0] / 1e12) ** 2 * np.exp(x[1])
    expected = [2 * np.e * (1e-24 + 1e-12), np.e * (2e-12 + 1)]
    np.testing.assert_allclose(FiniteDifference(scheme).hvp(g, x, x_dot), expected, rtol=1e-2)


def test_jvp_along_zero_is_zero():
    assert (FiniteDifference().jvp(np.sin, np.ones(3), np.zeros(3))[1] == 0).all()


@pytest.mark.parametrize(("scheme", "tolerance"), [("forward", 2e-4), ("central", 2e-6)])
def test_hessian_is_symmetric_and_right(scheme, tolerance):
    x = np.array([0.3, -0.7, 1.1])
    f = lambda x: np.sin(x[0] * x[1]) + x[1] * x[2] ** 3
    s, c = np.sin(x[0] * x[1]), np.cos(x[0] * x[1])
    mixed = c - x[0] * x[1] * s
    expected = [
        [-(x[1] ** 2) * s, mixed, 0],
        [mixed, -(x[0] ** 2) * s, 3 * x[2] ** 2],
        [0, 3 * x[2] ** 2, 6 * x[1] * x[2]],
    ]
    method = FiniteDifference(scheme)
    hessian = method.hessian(f, x)
    assert (hessian == hessian.T).all()
    np.testing.assert_allclose(hessian, expected, atol=tolerance)
    np.testing.assert_allclose(
        method.hvp(f, x, np.array([1.0, 2.0, -1.0])), hessian @ [1, 2, -1], atol=8 * tolerance
    )


def test_the_second_derivative_of_a_scalar_is_its_hessian():
    assert FiniteDifference(order=4).hessian(np.sin, np.array(1.0)) == pytest.approx(
        -math.sin(1), abs=1e-9
    )


def test_a_central_hessian_costs_the_evaluations_its_docstring_states():
    calls = []
    FiniteDifference().hessian(lambda x: calls.append(1) or x.sum(), np.ones(5))
    assert len(calls) == 1 + 2 * 5 + 2 * 5 * 4


def test_bounds_are_never_crossed_and_the_order_is_kept():
    x, seen = np.array([0.0, 1.0, 0.5]), []
    f = lambda x: seen.append(x.copy()) or np.sum(np.exp(x))
    gradient = FiniteDifference(bounds=(0.0, [1.0, 1.0, np.inf])).jacobian(f, x)
    assert all((point >= 0).all() and (point[:2] <= 1).all() for point in seen)
    np.testing.assert_allclose(gradient, np.exp(x), atol=1e-9)


def boxed(x):
    assert (x >= 0).all() and (x <= 1).all()
    return np.sum(np.exp(x)) * x[0] + x[1] ** 2


@pytest.mark.parametrize("x", [[0.0, 1.0], [0.0, 0.0], [1e-9, 1 - 1e-12], [0.5, 0.5]])
@pytest.mark.parametrize(
    ("scheme", "order"), [("forward", 1), ("backward", 3), ("central", 2), ("central", 4)]
)
def test_no_operator_leaves_the_bounds(scheme, order, x):
    x, v = np.array(x), np.array([1.0, -1.0])
    method = FiniteDifference(scheme, order, bounds=(0, 1))
    unbounded = lambda x: np.sum(np.exp(x)) * x[0] + x[1] ** 2
    for operator, direction in (("gradient", ()), ("jvp", (v,)), ("hessian", ()), ("hvp", (v,))):
        found = getattr(db, operator)(boxed, x, *direction, method=method)
        expected = getattr(db, operator)(unbounded, x, *direction, method="reverse")
        tolerance = 0.05 if operator in ("hessian", "hvp") else 1e-5
        np.testing.assert_allclose(
            found[-1] if operator == "jvp" else found,
            expected[-1] if operator == "jvp" else expected,
            atol=tolerance,
        )
    sparse = db.jacobian(lambda x: boxed(x) + x, x, method=method, sparsity=np.ones((2, 2)))
    np.testing.assert_allclose(
        sparse.toarray(), db.jacobian(lambda x: unbounded(x) + x, x, method="reverse"), atol=1e-5
    )


def test_a_step_cut_short_by_a_bound_is_the_step_that_is_taken():
    x = np.array([1.0, 3.0])
    jacobian = FiniteDifference(bounds=(x - 1e-13, x + 1e-12)).jacobian(lambda x: 4 * x, x)
    np.testing.assert_array_equal(jacobian, np.diag([4, 4]))


def test_bounds_that_hold_x_apart_are_refused():
    with pytest.raises(BadPoint, match="outside the bounds"):
        FiniteDifference(bounds=(0, 1)).jacobian(np.sum, np.array([2.0]))
    with pytest.raises(BadInput, match="leave no room"):
        FiniteDifference(bounds=(1, 1)).jacobian(np.sum, np.array([1.0]))


def test_a_relative_step_follows_large_and_small_coordinates():
    x = np.array([1e10, 1e-10])
    gradient = FiniteDifference(step=relative(1e-5)).jacobian(lambda x: np.sum(x**2), x)
    np.testing.assert_allclose(gradient[0], 2e10, rtol=1e-9)
    np.testing.assert_allclose(
        FiniteDifference(step=relative(1e-5)).jacobian(np.log, x[1]), 1e10, rtol=1e-9
    )


def test_typical_x_sets_the_scale_of_small_coordinates():
    assert FiniteDifference(typical_x=1e-8).jacobian(np.log, np.array(1e-8)) == pytest.approx(
        1e8, rel=1e-9
    )


def test_a_step_below_the_spacing_of_floats_is_refused_with_the_spacing():
    with pytest.raises(
        BadInput,
        match=r"step 1e-08 vanishes beside coordinate 0 of x, 10000000000.0; take at least 1.9e-06",
    ):
        FiniteDifference(step=1e-8).jacobian(lambda x: x[0] ** 2, np.array([1e10]))


def test_vectorized_and_one_by_one_agree():
    x = np.linspace(0.1, 1, 5)
    np.testing.assert_array_equal(
        FiniteDifference(vectorized=True).jacobian(lambda batch: np.sum(batch**3, axis=-1), x),
        FiniteDifference().jacobian(lambda x: np.sum(x**3, axis=-1), x),
    )


def test_workers_give_the_same_jacobian_as_one_process():
    x = np.linspace(0.1, 1, 5)
    np.testing.assert_array_equal(
        FiniteDifference(workers=2).jacobian(np.sin, x), FiniteDifference().jacobian(np.sin, x)
    )
    np.testing.assert_array_equal(
        FiniteDifference(workers=map).jacobian(lambda x: np.sin(x), x),
        FiniteDifference().jacobian(np.sin, x),
    )


def outside_above_one(x):
    if x[0] > 1:
        raise ValueError("too large")
    return x[0]


def texts(x):
    return x[0] + "metre"


def a_generator(x):
    return (part for part in x)


def exits(x):
    os._exit(3)


@pytest.mark.parametrize(
    ("f", "error", "message"),
    [
        (
            outside_above_one,
            NotDifferentiable,
            r"f raised ValueError \(too large\) at x = \[1\.00.*neighbour",
        ),
        (texts, TypeError, "ufunc 'add'"),
        (a_generator, Unsupported, "f returned dtype object"),
        (exits, Unsupported, "a worker process ended while it evaluated f; take workers=1"),
    ],
)
def test_what_goes_wrong_in_a_worker_is_told_as_it_is_told_without(f, error, message):
    for workers in (2,) if f is exits else (1, 2):
        with pytest.raises(error, match=message):
            FiniteDifference(workers=workers).jacobian(f, np.ones(2))


def test_a_buffer_that_a_map_keeps_is_copied_between_calls():
    buffer = np.empty(2)
    f, collected = lambda x: np.multiply(x, x, out=buffer), lambda f, points: list(map(f, points))
    np.testing.assert_allclose(
        FiniteDifference(workers=collected).jacobian(f, np.array([1.0, 2.0])),
        [[2, 0], [0, 4]],
        atol=1e-6,
    )


def test_a_map_that_loses_a_value_is_refused():
    with pytest.raises(BadInput, match="3 values for 4 points"):
        FiniteDifference(workers=lambda f, points: list(map(f, points))[1:]).jacobian(
            np.sin, np.ones(2)
        )


def test_a_function_that_can_not_be_sent_to_workers_is_refused_with_the_cure():
    with pytest.raises(Unsupported, match=r"2 worker processes.*top level of a module"):
        FiniteDifference(workers=2).jacobian(lambda x: x, np.ones(2))


@pytest.mark.parametrize("scheme", ["forward", "central"])
def test_a_function_that_reuses_its_output_buffer_is_differentiated(scheme):
    buffer = np.empty(2)
    f = lambda x: np.multiply(x, x, out=buffer)
    np.testing.assert_allclose(
        FiniteDifference(scheme).jacobian(f, np.array([1.0, 2.0])), [[2, 0], [0, 4]], atol=1e-6
    )


@pytest.mark.parametrize("scheme", ["forward", "central"])
def test_a_function_that_overwrites_its_argument_is_differentiated_and_leaves_x_alone(scheme):
    def f(x):
        x *= x
        return x

    x = np.array([1.0, 2.0])
    np.testing.assert_allclose(FiniteDifference(scheme).jacobian(f, x), [[2, 0], [0, 4]], atol=1e-6)
    np.testing.assert_array_equal(x, [1, 2])


def test_a_function_that_returns_its_argument_is_the_identity():
    np.testing.assert_allclose(
        FiniteDifference().jacobian(lambda x: x, np.array([1.0, 2.0])), np.eye(2), atol=1e-9
    )


def test_a_first_integer_value_does_not_truncate_the_others():
    f = lambda x: 0 if x == 0 else np.sin(x)
    assert FiniteDifference("forward").jacobian(f, np.array(0.0)) == pytest.approx(1, abs=1e-7)


def test_integers_that_jump_are_refused_and_constant_ones_have_derivative_zero():
    assert FiniteDifference().jacobian(lambda x: 3, np.array(1.0)) == 0
    with pytest.raises(NotDifferentiable, match="int64 values that jump"):
        FiniteDifference().jacobian(lambda x: math.floor(x), np.array(1.0))


def no_convergence(x):
    raise RuntimeError("no convergence")


@pytest.mark.parametrize(
    ("f", "x", "error", "message"),
    [
        (np.log, 1e-8, NotDifferentiable, r"f is nan at x = -6\.9.*neighbour.*bounds"),
        (
            lambda x: math.log(x),
            1e-8,
            NotDifferentiable,
            r"f raised ValueError \(math domain error\).*neighbour",
        ),
        (np.exp, 710.0, NotDifferentiable, "f is inf"),
        (np.sin, np.nan, BadPoint, "coordinate 0 of x is nan"),
        (np.sum, np.empty(0), BadPoint, "no coordinate to move"),
        (np.exp, np.inf, BadPoint, "coordinate 0 of x is inf"),
        (lambda x: x, np.finfo(float).max, BadPoint, "leads to inf; rescale x"),
        (lambda x: {2.0: 1.0}[float(x)], 2.0, NotDifferentiable, r"f raised KeyError .*neighbour"),
        (no_convergence, 2.0, NotDifferentiable, r"f raised RuntimeError \(no convergence\)"),
        (lambda x: x * 1j, 2.0, Unsupported, "complex128"),
        (lambda x: 1.0 if x < 1 else x * 1j, 1.0, Unsupported, "complex128"),
        (
            lambda x: np.float32(np.sin(x)),
            1.0,
            NotDifferentiable,
            r"f returned float32 at a float64 point.*astype\(np.float32\).*adaptive",
        ),
        (lambda x: np.ones(2 if x > 1 else 3), 1.0, BadInput, r"shapes \(\d,\) and \(\d,\)"),
    ],
)
def test_what_can_not_be_differenced_is_refused_with_the_point(f, x, error, message):
    with pytest.raises(error, match=message):
        FiniteDifference().jacobian(f, np.array(x))


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"scheme": "sideways"}, UnknownName, "'sideways' is not a difference scheme"),
        ({"step": "guess"}, UnknownName, "'guess' is not a step rule; take one of theory"),
        ({"step": -1e-3}, BadInput, "positive and finite"),
        ({"order": 3}, BadInput, "even order"),
        ({"order": 0}, BadInput, "order of accuracy is 0; give a whole number"),
        ({"order": 1.5}, BadInput, "whole number"),
        ({"step": np.float32(-1)}, BadInput, "positive and finite"),
        ({"step": [1e-3, 1e-4]}, BadInput, "the step is a list"),
        ({"step": None}, BadInput, "the step is a NoneType"),
        ({"workers": 0}, BadInput, "workers is 0"),
        ({"workers": 2, "vectorized": True}, BadInput, "one of the two"),
        ({"bounds": None}, BadInput, r"the bounds are None; give \(lower, upper\)"),
        ({"typical_x": -1}, BadInput, "sizes are not negative"),
    ],
)
def test_options_that_make_no_sense_are_refused_at_once(options, error, message):
    with pytest.raises(error, match=message):
        FiniteDifference(**options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"step": lambda x: [1e-6, 1e-6]}, r"the steps have shape \(2,\) and x has shape \(3,\)"),
        ({"step": lambda x: -1e-6 * x}, "is -1e-06, and a step is positive"),
        ({"bounds": (0, [1, 1])}, r"the bounds have shapes \(\) and \(2,\) and x has shape \(3,\)"),
        ({"typical_x": [1, 2]}, r"typical_x has shape \(2,\) and x has shape \(3,\)"),
    ],
)
def test_options_that_do_not_fit_x_are_refused_with_both_shapes(options, message):
    with pytest.raises(BadInput, match=message):
        FiniteDifference(**options).jacobian(np.sum, np.ones(3))


def test_a_batch_that_raises_is_told():
    with pytest.raises(
        NotDifferentiable,
        match=r"f raised ZeroDivisionError .* at a batch of 2 points, shape \(2, 1\)",
    ):
        FiniteDifference(vectorized=True).jacobian(lambda batch: 1 / 0, np.ones(1))


def test_the_name_says_what_differs_from_the_registered_method():
    assert FiniteDifference("forward").name == "forward-difference"
    assert FiniteDifference(order=4, step=1e-3).name == "central-difference(order=4, step=0.001)"


# ---- long stencils


@pytest.mark.parametrize("order", [4, 6, 8, 12])
@pytest.mark.parametrize(
    ("f", "x", "exact"),
    [
        (lambda t: 1 / (1 + 25 * t * t), 0.3, -15 / 3.25**2),
        (lambda t: np.sin(100 * t), 1.0, 100 * np.cos(100)),
        (np.exp, 0.3, np.exp(0.3)),
    ],
)
def test_a_long_stencil_takes_a_step_that_suits_f(f, x, exact, order):
    short, long = (
        abs(FiniteDifference(order=o).jacobian(f, np.array(x)) / exact - 1) for o in (2, order)
    )
    assert long <= max(short, 1e-13)


@pytest.mark.parametrize("order", [4, 6, 8, 12])
@pytest.mark.parametrize(
    ("f", "x", "exact"),
    [
        # a kink, and the end of the domain, within its reach
        (lambda t: np.sin(t) + np.where(t < 0.999, 0.0, t - 0.999), 0.998, np.cos(0.998)),
        (lambda t: np.abs(t - 0.4) ** 1.5, 0.41, 1.5 * np.sqrt(0.01)),
        (lambda t: np.log(t), 1e-4, 1e4),
        (lambda t: np.sqrt(1 - t), 0.995, -0.5 / np.sqrt(0.005)),
    ],
)
def test_a_long_stencil_gives_way_to_a_short_one(f, x, exact, order):
    short, long, along = (
        abs(found / exact - 1)
        for found in (
            FiniteDifference().jacobian(f, np.array(x)),
            FiniteDifference(order=order).jacobian(f, np.array(x)),
            FiniteDifference(order=order).jvp(f, np.array(x), np.array(1.0))[1],
        )
    )
    assert max(long, along) <= max(10 * short, 1e-13)


@pytest.mark.parametrize("order", [4, 6, 8])
def test_a_long_stencil_stays_where_noise_parts_the_short_one_from_it(order):
    """As in a solver's result: 1e-9 over h is least at the longest step."""
    noisy = lambda x: np.sin(x) + 1e-9 * np.sin(1e9 * x + np.arange(1.0, 6.0))
    found = FiniteDifference(order=order).jacobian(noisy, np.array(0.7))
    short = FiniteDifference().jacobian(noisy, np.array(0.7))
    error, of_short = np.abs(found - np.cos(0.7)).max(), np.abs(short - np.cos(0.7)).max()
    assert error < of_short / 10


def test_a_long_stencil_takes_two_evaluations_more_to_be_held_against():
    calls = []
    FiniteDifference(order=8).jacobian(
        lambda x: calls.append(1) or np.sum(np.exp(x)), np.array([0.3, 1.0])
    )
    assert len(calls) == 2 * (8 + 2)


def test_bounds_narrower_than_a_step_are_refused_with_the_width_needed():
    with pytest.raises(BadInput, match=r"at most 5e-18 and need 3e-14, 7e-06 for all digits"):
        FiniteDifference(bounds=(0, 1e-17)).jacobian(np.exp, np.array(0.0))
    narrow = FiniteDifference(bounds=(0, 1e-17), typical_x=1e-12)
    assert narrow.jacobian(lambda x: 3 * x, np.array(0.0)) == pytest.approx(3)
