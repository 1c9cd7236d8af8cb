"""Each elementwise function, in series and in mpmath numbers, against NumPy or SciPy itself and
against each other.
"""

import mpmath
import numpy as np
import pytest
import scipy.special as special
from flint import arb_series
from mpmath import mp

from diffbench.measure.reference.numbers.ball_arithmetic import BALL
from diffbench.measure.reference.numbers.mpmath_arithmetic import MP
from diffbench.measure.reference.numbers.series import Kink, Series, Undecided, lift, precision

UNARY = "sin cos tan exp exp2 expm1 log log2 log10 log1p sqrt cbrt sinh cosh tanh arctan arcsinh sinc degrees radians floor ceil rint trunc"
HALF_OPEN = {"arcsin": 0.3, "arccos": -0.6, "arctanh": 0.7, "arccosh": 1.4, "logit": 0.2}
SPECIAL = "erf erfc erfcx gamma gammaln digamma expit logit log_expit entr ndtr log_ndtr"
BINARY = "add subtract multiply divide power hypot logaddexp logaddexp2 arctan2 remainder fmod floor_divide maximum minimum copysign heaviside"
PAIRS = [(0.7, 1.9), (2.5, 0.75), (3.25, 1.5)]


def scalar_function(name):
    return getattr(np, name, None) or getattr(special, name)


def value_and_slope(name, x, *rest):
    with precision(200, 1):
        result = lift(BALL[name](Series(arb_series([x, 1])), *rest)).terms
    return float(result[0]), float(result[1])


def mp_slope(name, x, *rest):
    f = lambda t: MP[name](t, *rest)
    with mp.workdps(60):
        h = mp.mpf(10) ** -20
        return float((f(mp.mpf(x) + h) - f(mp.mpf(x) - h)) / (2 * h))


@pytest.mark.parametrize("x", [0.3, 0.85])
@pytest.mark.parametrize("name", (UNARY + " " + SPECIAL).split())
def test_a_function_of_one_number_has_numpys_value_and_the_slope_of_mpmaths_differences(name, x):
    value, slope = value_and_slope(name, x)
    assert value == pytest.approx(float(scalar_function(name)(x)), rel=1e-14, abs=1e-300)
    assert slope == pytest.approx(mp_slope(name, x), rel=1e-15, abs=1e-300)


@pytest.mark.parametrize("name", HALF_OPEN)
def test_a_function_with_a_narrow_domain_agrees_in_both_numbers(name):
    value, slope = value_and_slope(name, HALF_OPEN[name])
    assert value == pytest.approx(float(scalar_function(name)(HALF_OPEN[name])), rel=1e-14)
    assert slope == pytest.approx(mp_slope(name, HALF_OPEN[name]), rel=1e-15)


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("name", BINARY.split())
def test_a_function_of_two_numbers_has_numpys_value_and_the_slope_of_mpmaths_differences(
    name, pair
):
    value, slope = value_and_slope(name, *pair)
    assert value == pytest.approx(float(getattr(np, name)(*pair)), rel=1e-14)
    assert slope == pytest.approx(mp_slope(name, *pair), rel=1e-15)


@pytest.mark.parametrize("x", [-1.7, -0.4, 0.0, 2.3])
@pytest.mark.parametrize("y", [-2.0, 0.5])
def test_arctan2_finds_every_quadrant(x, y):
    with precision(128, 1):
        assert float(BALL["arctan2"](y, Series(arb_series([x, 1]))).terms[0]) == pytest.approx(
            np.arctan2(y, x), rel=1e-15
        )


@pytest.mark.parametrize("exponent", [0, 1, 2, 3.0, -1, -3])
def test_an_integer_power_of_a_negative_number_is_real(exponent):
    value, slope = value_and_slope("power", -1.5, exponent)
    assert value == (-1.5) ** exponent
    assert slope == pytest.approx(exponent * (-1.5) ** (exponent - 1), rel=1e-15)
    assert float(MP["power"](mpmath.mpf(-1.5), exponent)) == (-1.5) ** exponent


def test_tanh_keeps_its_relative_accuracy_where_it_saturates():
    assert value_and_slope("tanh", 40.0)[1] == pytest.approx(4 * np.exp(-80.0), rel=1e-13)


def test_comparing_equal_values_whose_derivatives_differ_is_a_kink():
    with precision(128, 1), pytest.raises(Kink, match="equal here"):
        BALL["maximum"](Series(arb_series([0.0, 1])), 0.0)


def test_comparing_values_that_are_equal_to_the_order_of_the_series_is_a_kink_too():
    with precision(128, 1), pytest.raises(Kink, match="equal here"):
        BALL["greater"](Series(arb_series([0, 1])) ** 2, 0.0)


def test_comparing_equal_constants_is_no_kink():
    with precision(128, 1):
        assert BALL["greater_equal"](lift(0.5), Series(arb_series([0.5]), moving=False))


def test_an_arc_cosine_at_one_has_no_series_though_its_argument_seems_constant():
    with precision(128, 1):
        assert BALL["arccos"](Series(arb_series([0, 1])).map(lambda s: s.cos())).terms[1].is_nan()


def test_intervals_that_overlap_are_never_ordered_by_guess():
    with precision(64, 1), pytest.raises(Undecided):
        third = Series(arb_series([1.0])) / 3
        BALL["greater"](third * 3, 1.0)


def test_a_step_function_on_its_step_is_a_kink():
    with precision(128, 1), pytest.raises(Kink, match="on its step"):
        BALL["floor"](Series(arb_series([2.0, 1])))


def test_a_float_enters_exactly():
    with precision(256, 1):
        assert BALL["multiply"](Series(arb_series([1.0, 1])), 0.2).terms[0].mid().man_exp() == (
            3602879701896397,
            -54,
        )
