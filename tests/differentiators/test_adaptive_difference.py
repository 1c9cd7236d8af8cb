"""The adaptive differencer says how wrong it is. Its error bars on whole families of functions are
tested in bench/test_calibration.
"""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diffbench.differences.adaptive.estimates import MESSAGES, estimate
from diffbench.differentiators.adaptive_difference import AdaptiveDifference
from diffbench.errors import BadInput, NotDifferentiable

SIN_1E9 = 837887202.552960856  # 1e9 cos(1e9)


@pytest.mark.parametrize(
    ("f", "x", "exact"),
    [
        (np.sin, 1.0, math.cos(1)),
        (np.log, 1e-8, 1e8),
        (np.exp, 1e-10, math.exp(1e-10)),
        (np.exp, 709.0, math.exp(709)),
        (np.sin, 1e6, math.cos(1e6)),
        (lambda x: x**2, 1e10, 2e10),
        (lambda x: x**2, 0.0, 0.0),
        (lambda x: x**3, 0.0, 0.0),
        (lambda x: x + x**3, 0.0, 1.0),
        (lambda x: np.cos(1000 * x), 3.0, -1000 * math.sin(3000)),
        (lambda x: np.exp(-x / 2**20), 1.0, -math.exp(-(2.0**-20)) / 2**20),
        (lambda x: np.maximum(x, 0), -1.0, 0.0),
        (lambda x: np.where(x >= 1.001, 1.0, 0.0) + x, 1.0, 1.0),
        (lambda x: 3.0, 1.0, 0.0),
        (lambda x: 3 * x, 0.0, 3.0),
        (math.log, 1e-8, 1e8),  # raises ValueError at the neighbours beyond 0
        # the derivative is that of the ripple
        (
            lambda x: x**2 + 1e-9 * np.sin(1e12 * x),
            1.0,
            793.4463018528902,
        ),
    ],
)
def test_the_error_bar_holds_and_the_status_is_ok(f, x, exact):
    found = estimate(f, x)
    assert found.status == "ok", found
    assert found.success
    assert abs(found.df - exact) <= found.error + 2.0**-52 * abs(exact)
    assert found.error <= 2e-3 * abs(exact) + 1e-12
    assert found.nfev <= 64


def test_fast_oscillation_is_not_aliased():
    found = estimate(lambda x: np.sin(1e9 * x), 1.0)
    assert found.success
    assert abs(found.df - SIN_1E9) <= found.error < 1e-4 * SIN_1E9


@settings(deadline=None)  # seconds are not what is tested
@given(st.floats(-1e3, 1e3).filter(lambda x: abs(x) > 1e-3), st.floats(0.1, 10))
def test_error_bars_hold_for_any_point_and_frequency(x, frequency):
    found = estimate(lambda t: np.sin(frequency * t), x)
    assert abs(found.df - frequency * math.cos(frequency * x)) <= max(
        found.error, 1e-13 * frequency * max(1, abs(x))
    )


@pytest.mark.parametrize(
    ("f", "x", "status"),
    [
        (lambda x: float(np.float32(x) ** 2), 1.0, "noise-limited"),
        (lambda x: 1e15 + np.sin(x), 1.0, "noise-limited"),
        (np.abs, 0.0, "discontinuous"),
        (lambda x: np.maximum(x, 0), 0.0, "discontinuous"),
        (lambda x: np.sqrt(np.abs(x)), 0.0, "discontinuous"),
        (np.cbrt, 0.0, "discontinuous"),
        (np.floor, 1.0, "discontinuous"),
        (lambda x: int(x), 1.0, "discontinuous"),
        (lambda x: np.exp(x) if x >= 0 else math.nan, 0.0, "domain-edge"),
        (lambda x: math.sqrt(x), 0.0, "domain-edge"),
        (lambda x: (1 - np.cos(x)) / x**2, 1e-5, "inconsistent"),
    ],
)
def test_what_stands_in_the_way_is_named(f, x, status):
    found = estimate(f, x)
    assert found.status == status
    assert MESSAGES[status] in found.message


def test_a_kink_reports_half_the_jump_of_the_slope_as_its_error():
    found = estimate(np.abs, 0.0)
    assert (found.df, found.error, found.success) == (0, pytest.approx(1), False)


@pytest.mark.parametrize(
    ("f", "x", "exact"),
    [
        (np.cos, 1e-10, -1e-10),
        (lambda x: 1 + x, 1e-20, 1.0),
        (lambda x: 1e10 + x, 1e-8, 1.0),
        (np.exp, 1e-25, 1.0),
    ],
)
def test_f_that_only_moves_at_steps_far_beyond_x_is_not_taken_for_constant(f, x, exact):
    found = estimate(f, x)
    assert abs(found.df - exact) <= found.error <= 1e-12
    assert found.status == "ok"


@pytest.mark.parametrize("rounded", [lambda y: np.round(y, 6), lambda y: np.float64(np.float32(y))])
def test_rounded_values_that_agree_by_chance_are_not_believed(rounded):
    for x in np.geomspace(0.01, 30, 40):
        found = estimate(lambda t: rounded(np.sin(0.7 * t)), x)
        assert abs(found.df - 0.7 * np.cos(0.7 * x)) <= found.error
        assert found.status == "noise-limited"


def test_an_infinite_slope_has_an_infinite_error():
    assert estimate(np.cbrt, 0.0).error == math.inf
    assert estimate(np.sqrt, 0.0).error == math.inf


def test_a_one_sided_derivative_is_right_within_its_error():
    found = estimate(lambda x: np.exp(x) if x >= 0 else math.nan, 0.0)
    assert abs(found.df - 1) <= found.error < 1e-8


def test_a_random_function_is_recognised():
    rng = np.random.default_rng(0)
    found = estimate(lambda x: x + 1e-3 * rng.normal(), 1.0)
    assert (found.status, found.success) == ("non-deterministic", False)


def test_float32_arithmetic_inside_f_shows_in_the_noise():
    found = estimate(lambda x: float(np.float32(x) ** 2), 1.0)
    assert found.success
    assert abs(found.df - 2) <= found.error < 1e-4
    assert 2.0**-30 < found.noise < 2.0**-20


@pytest.mark.parametrize(
    ("dtype", "digits"), [(np.float16, 1.5), (np.float32, 5), (np.longdouble, 16)]
)
def test_other_precisions_are_used_to_their_own_limit(dtype, digits):
    found = estimate(np.sin, np.array(1, dtype))
    assert abs(found.df - np.cos(np.longdouble(1))) <= found.error < 10**-digits


def test_gradient_and_jacobian_carry_an_error_for_each_entry():
    f = lambda x: np.stack([x[0] * x[1], np.sin(x[0]), np.float64(np.float32(np.exp(x[1])))])
    found = estimate(f, np.array([1.0, 2.0]), operator="jacobian")
    exact = [[2, 1], [math.cos(1), 0], [0, math.exp(2)]]
    assert found.df.shape == found.error.shape == found.status.shape == (3, 2)
    assert (abs(found.df - exact) <= found.error).all()
    assert found.status[2, 1] == "noise-limited"
    assert (found.status.ravel()[:5] == "ok").all()


def test_second_derivatives_and_hessians_have_error_bars_too():
    found = estimate(np.exp, 1.0, operator="second_derivative")
    assert abs(found.df - math.e) <= found.error < 1e-9
    hessian = estimate(
        lambda x: np.log(x[0]) + x[0] * x[1] - np.sin(x[1]),
        np.array([2.0, 5.0]),
        operator="hessian",
    )
    assert (abs(hessian.df - [[-0.25, 1], [1, math.sin(5)]]) <= hessian.error).all()
    assert (hessian.error < 1e-8).all()


def test_a_reused_buffer_and_an_overwritten_argument_do_no_harm():
    buffer = np.empty(2)

    def f(x):
        x *= x
        buffer[...] = x
        return buffer

    x = np.array([1.0, 2.0])
    found = estimate(f, x, operator="jacobian")
    np.testing.assert_allclose(found.df, [[2, 0], [0, 4]], atol=1e-13)
    np.testing.assert_array_equal(x, [1, 2])


def test_evaluations_are_counted():
    calls = []
    found = estimate(
        lambda x: calls.append(1) or np.sum(np.sin(x)), np.array([1.0, 2.0]), operator="gradient"
    )
    assert found.nfev == len(calls)


def test_no_value_at_the_point_is_refused():
    with pytest.raises(NotDifferentiable, match="f is inf at x = 710"):
        estimate(np.exp, 710.0)


@pytest.mark.parametrize(
    ("x", "operator", "message"),
    [
        ([1.0], "derivative", r"x of shape \(\), not \(1,\)"),
        ([1.0], "gradient", r"returned shape \(1,\), and a gradient needs a number"),
        (1.0, "slope", "no operator 'slope'"),
    ],
)
def test_an_operator_that_does_not_fit_is_refused(x, operator, message):
    with pytest.raises(BadInput, match=message):
        estimate(np.sin, np.array(x), operator=operator)


def test_the_method_returns_values_of_the_dtype_of_x():
    x = np.array([0.5, 1.5], np.float32)
    jacobian = AdaptiveDifference().jacobian(np.sin, x)
    assert jacobian.dtype == np.float32
    np.testing.assert_allclose(jacobian, np.diag(np.cos(x)), atol=2e-6)


def test_the_method_follows_a_direction():
    f = lambda x: np.stack([x[0] * x[1], np.sin(x[0])])
    value, tangent = AdaptiveDifference().jvp(f, np.array([0.5, 2.0]), np.array([3.0, -1.0]))
    np.testing.assert_allclose(tangent, [2 * 3 - 0.5, math.cos(0.5) * 3], rtol=1e-12)
    np.testing.assert_array_equal(value, [1.0, math.sin(0.5)])


def test_the_method_refuses_what_it_does_not_trust():
    with pytest.raises(
        NotDifferentiable,
        match=r"entry \(1,\) of the derivative discontinuous: f jumps or has a kink",
    ):
        AdaptiveDifference().jacobian(lambda x: np.sum(np.abs(x)), np.array([1.0, 0.0]))


def test_a_function_singular_at_zero_is_not_asked_for_the_other_sign():
    seen = []
    # a loop inside f may never end there
    estimate(lambda x: seen.append(float(x)) or np.sqrt(abs(x)), 0.025)
    assert min(seen) > 0
