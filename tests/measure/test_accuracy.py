"""Errors measured against the reference: each figure by its definition."""

import numpy as np
import pytest
import scipy.sparse

from diffbench.measure.error.accuracy import errors
from diffbench.measure.reference.true_derivative import reference

POINT = np.array([0.5, -1.2, 2.0])
EPS = np.finfo(float).eps

ROUNDING = 1024.0  # units of max(1, cond) eps that the arithmetic of a stable method may take
DIFFERENCES = 2.0**29  # the same for methods that difference: half the digits of a double


def valley(x):
    return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


@pytest.fixture(scope="module")
def truth():
    return reference(valley, POINT, "gradient")


def test_the_nearest_floats_are_wrong_by_half_a_unit_at_most(truth):
    found = errors(truth.value, truth)
    assert 0 < found.ulp <= 0.5
    assert found.units <= ROUNDING


def test_an_error_of_one_unit_in_the_last_place_is_measured_as_one(truth):
    computed = np.nextafter(truth.value, np.inf)
    expected = np.max(
        np.abs((computed - truth.value) - truth.rest) / np.spacing(np.abs(truth.value))
    )
    assert errors(computed, truth).ulp == pytest.approx(expected, rel=1e-12)


def test_relative_and_norm_wise_errors_follow_their_definitions(truth):
    shift = np.array([0.0, 1e-6, 0.0])
    found = errors(truth.value + shift, truth)
    assert found.rel == pytest.approx(1e-6 / abs(truth.value[1]), rel=1e-6)
    assert found.norm == pytest.approx(1e-6 / np.linalg.norm(truth.value), rel=1e-6)
    assert found.component.argmax() == 1


def test_a_zero_entry_is_judged_against_the_largest_one():
    truth = reference(lambda x: 5.0 * x[0] + 0.0 * x[1], np.ones(2), "gradient")
    assert errors(np.array([5.0, 1e-10]), truth).rel == pytest.approx(2e-11)


def test_errors_are_divided_by_the_condition_number_and_never_by_less_than_one():
    ill = reference(np.sin, 1e6, "derivative")
    wrong = float(ill.value) * (1 + 1e-9)
    assert errors(wrong, ill).units == pytest.approx(1e-9 / (ill.cond * EPS), rel=1e-5)
    well = reference(np.exp, 1e-3, "derivative")
    assert errors(float(well.value) * (1 + 1e-9), well).units == pytest.approx(1e-9 / EPS, rel=1e-5)


def test_single_precision_is_measured_in_its_own_units(truth):
    found = errors(truth.value.astype(np.float32), truth)
    assert found.eps == np.finfo(np.float32).eps
    assert found.ulp <= 0.5
    assert found.units <= ROUNDING


@pytest.mark.parametrize("wrong", [np.zeros(3), np.full(3, np.nan), np.array([np.inf, 0, 0])])
def test_nothing_at_all_is_inaccurate(truth, wrong):
    assert errors(wrong, truth).units > DIFFERENCES
    assert errors(np.full(3, np.nan), truth).rel == np.inf


def test_an_entry_off_by_a_millionth_is_inaccurate_even_for_a_method_of_differences(truth):
    assert errors(truth.value * (1 + 1e-6), truth).units > DIFFERENCES
    assert errors(truth.value * (1 + 1e-8), truth).units <= DIFFERENCES
    assert errors(truth.value * (1 + 1e-8), truth).units > ROUNDING


def test_a_sparse_jacobian_and_a_pair_with_the_value_are_understood(truth):
    assert errors((valley(POINT), truth.value), truth).ulp <= 0.5
    jacobian = reference(lambda x: x**2, POINT, "jacobian")
    assert errors(scipy.sparse.csr_array(np.diag(2 * POINT)), jacobian).rel == 0.0


def test_the_same_infinity_is_no_error():
    truth = reference(lambda x: np.exp(2 * x**3 + 10), 42.0, "derivative")
    assert errors(np.inf, truth).rel == 0.0
    assert errors(np.float64(1e308), truth).rel == np.inf
