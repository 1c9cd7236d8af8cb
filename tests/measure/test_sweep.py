"""The V-curve of the logistic iterate l4 at 0.2, as published by Baydin et al. (2018), and its
law.
"""

import numpy as np
import pytest

from diffbench.errors import BadInput
from diffbench.measure.step_sweep import sweep


def l4(x):
    return 64 * x * (1 - x) * (1 - 2 * x) ** 2 * (1 - 8 * x + 8 * x * x) ** 2


@pytest.fixture(scope="module")
def curves():
    table = sweep(l4, 0.2, dtypes=(np.float64, np.float32, np.longdouble))
    return {key: rows for key, rows in table.groupby(["scheme", "dtype"])}


@pytest.mark.parametrize(("scheme", "order"), [("forward", 1), ("central", 2)])
def test_the_branches_have_the_slopes_of_theory(curves, scheme, order):
    curve = curves[scheme, "float64"].iloc[0]
    assert curve.truncation_order == pytest.approx(order, abs=0.1)
    assert curve.roundoff_slope == pytest.approx(-1, abs=0.1)


@pytest.mark.parametrize(
    ("scheme", "dtype", "step", "bound", "least"),
    [
        ("forward", "float64", 1.95e-9, 1.3e-7, 3.2e-8),
        ("central", "float64", 3.65e-7, 2.6e-10, 2.0e-10),
        ("forward", "float32", 4.5e-5, 3.1e-3, 1.15e-3),
        ("central", "float32", 3.0e-4, 1.7e-4, 6.4e-5),
    ],
)
def test_the_best_step_its_bound_and_the_least_error_are_the_published_ones(
    curves, scheme, dtype, step, bound, least
):
    curve = curves[scheme, dtype]
    assert curve.h_opt_theory.iloc[0] == pytest.approx(step, rel=0.02)
    assert curve.error_bound.iloc[0] == pytest.approx(bound, rel=0.03)
    # round-off depends on libm and the order of operations
    assert least / 3 < curve.error_median.min() < 3 * least


@pytest.mark.parametrize(
    ("h", "forward", "central"),
    [
        (1e-2, 2.717e-1, 6.571e-2),
        (1e-3, 3.304e-2, 6.581e-4),
        (1e-4, 3.363e-3, 6.581e-6),
        (1e-5, 3.369e-4, 6.581e-8),
    ],
)
def test_the_truncation_branch_is_the_published_one(curves, h, forward, central):
    for scheme, expected in (("forward", forward), ("central", central)):
        curve = curves[scheme, "float64"]
        logarithm = np.interp(np.log(h), np.log(curve.h), np.log(curve.error_median))
        # medians over steps within an eighth of a decade
        assert np.exp(logarithm) == pytest.approx(expected, rel=0.1)


def test_wider_arithmetic_has_a_smaller_best_step_and_error(curves):
    wide, narrow = curves["central", np.dtype(np.longdouble).name], curves["central", "float64"]
    assert wide.h_opt_theory.iloc[0] < narrow.h_opt_theory.iloc[0]
    assert wide.error_median.min() < narrow.error_median.min() / 50


def test_steps_below_the_spacing_of_x_lose_the_derivative_altogether(curves):
    curve = curves["forward", "float64"]
    assert curve.error_max[curve.h < 1e-16].max() >= curve.derivative.iloc[0] * 0.9


def test_the_noise_of_the_left_branch_is_a_fraction_of_a_rounding(curves):
    assert 0.05 < curves["central", "float64"].roundoff_noise.iloc[0] / (2.0**-52 * 0.289) < 2


def test_float16_is_swept_as_well():
    table = sweep(lambda x: x * x * x, 0.5, dtypes=(np.float16,))
    assert set(table.dtype) == {"float16"}
    assert table.derivative.iloc[0] == pytest.approx(0.75)


def test_a_polynomial_the_stencil_differentiates_exactly_has_no_best_step():
    curve = sweep(lambda x: x * x, 1.0, schemes=("central",), dtypes=(np.float64,)).iloc[0]
    assert curve.h_opt_theory == np.inf
    assert curve.error_bound == 0


def test_what_can_not_be_swept_is_refused():
    with pytest.raises(BadInput, match=r"x has shape \(2,\)"):
        sweep(np.sin, [1.0, 2.0])
    with pytest.raises(BadInput, match="no scheme 'sideways'; take forward or central"):
        sweep(np.sin, 1.0, schemes=("sideways",))
