"""Step rules are judged by the error of the difference they lead to, beside the least one possible:
2 sqrt(eps_f |f''|).
"""

import numpy as np
import pytest

from diffbench.differences.step_rules import FIRST_ORDER, RULES
from diffbench.differentiators.finite_difference import FiniteDifference
from diffbench.errors import BadInput

EPS = 2.0**-52
MEASURING = list(FIRST_ORDER)


def logistic(x):
    return 64 * x * (1 - x) * (1 - 2 * x) ** 2 * (1 - 8 * x + 8 * x * x) ** 2


CASES = {  # f, x, f', |f''|
    "exp": (np.exp, 1.0, np.e, np.e),
    "logistic l4": (logistic, 0.2, 9.0660864000000007, 67.395584),
    "log near 0": (np.log, 1e-3, 1e3, 1e6),
    "large x": (lambda x: x * x, 1e10, 2e10, 2.0),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("rule", MEASURING)
def test_a_measuring_rule_comes_within_a_factor_ten_of_the_least_error(rule, case):
    f, x, slope, curvature = CASES[case]
    least = 2 * np.sqrt(EPS * abs(f(x)) * curvature)
    assert abs(FiniteDifference("forward", step=rule).jacobian(f, np.array(x)) - slope) < 10 * least


def test_measuring_rules_survive_a_large_offset_that_theory_does_not():
    f, x = lambda x: 1e8 + np.sin(x), np.array(1.0)
    errors = {
        rule: abs(FiniteDifference("forward", step=rule).jacobian(f, x) - np.cos(1))
        for rule in RULES
    }
    assert all(errors[rule] < 1e-3 for rule in MEASURING)
    assert errors["theory"] > 0.1


def test_more_wild_sees_float32_inside_f():
    f = lambda x: float(np.float32(np.sin(x)))
    assert FiniteDifference("forward", step="more-wild").jacobian(
        f, np.array(1.0)
    ) == pytest.approx(np.cos(1), abs=3e-3)


@pytest.mark.parametrize("rule", MEASURING)
def test_a_linear_function_gets_a_step_that_loses_nothing(rule):
    assert FiniteDifference("forward", step=rule).jacobian(
        lambda x: 3 * x, np.array(1.0)
    ) == pytest.approx(3, rel=1e-7)


@pytest.mark.parametrize("rule", MEASURING)
def test_coordinates_get_their_own_steps(rule):
    x = np.array([1.0, 1e-3])
    jacobian = FiniteDifference("forward", step=rule).jacobian(
        lambda x: np.exp(x[0]) + np.log(x[1]), x
    )
    np.testing.assert_allclose(jacobian, [np.e, 1e3], rtol=1e-5)


@pytest.mark.parametrize(
    "options",
    [
        {"scheme": "central"},
        {"scheme": "forward", "order": 2},
        {"scheme": "forward", "bounds": (0, 1)},
    ],
)
@pytest.mark.parametrize("rule", MEASURING)
def test_a_measuring_rule_is_refused_where_it_does_not_apply(rule, options):
    with pytest.raises(BadInput, match=f"'{rule}' is for a one-sided difference of order 1"):
        FiniteDifference(step=rule, **options)
