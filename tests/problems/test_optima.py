"""Derivatives at roots, optima and on difficult curves, against closed forms with 30 digits."""

import numpy as np
import pytest

import diffbench as db
from diffbench import registry

PRINTED = {  # (f, f', f'') of curves and roots at their points, from closed forms with 70 digits
    "smooth_curve": (1.59111216521498, -3.90480505476461, -3.50926371610788),
    "fast_oscillation": (-0.883849273431478, 467.771805322476, 883849.273431478),
    "crowded_oscillation": (0.826879540531991, -562379.07629072, -825754782379.409),
    "near_a_pole": (10381.3274175698, 107771959.950786, 2237632005364.66),
    "beside_a_pole": (2.0**20, -(2.0**40), 2.0**61),
    "flat_to_all_orders": (1.91516959671409e-174, 3.06427135474254e-170, 4.88444853945962e-166),
    "saturated": (1, 3.39868340423327e-16, -1.35947336169331e-14),
    "difference_of_roots": (5e-9, -5e-17, 1e-24),
    "kinked": (0.141120008059867, -0.989992496600445, -0.141120008059867),
    "tiny_argument": (0.841470984807897, 5.40302305868140e19, -8.41470984807897e39),
    "huge_argument": (0.841470984807897, 5.40302305868140e-21, -8.41470984807897e-41),
    "tiny_value": (8.41470984807897e-201, 5.40302305868140e-201, -8.41470984807897e-201),
    "looked_up": (5.5, 5, 0),
    "sine_at_pi": (1.22464679914735e-16, -1, -1.22464679914735e-16),
    "triple_root": (0, 0, 0),
    "log_at_one": (0, 1, -1),
}


@pytest.mark.parametrize("method", ["forward", "reverse", "compiled", "manual"])
@pytest.mark.parametrize("name", PRINTED)
def test_a_curve_has_the_value_and_slope_of_its_closed_form(name, method):
    instance = registry.find("problems", name).at(1)
    value, slope, _ = PRINTED[name]
    assert instance(instance.point) == pytest.approx(value, rel=1e-13, abs=0)
    found = db.derivative(instance, instance.point, method=method)
    assert found == pytest.approx(slope, rel=1e-13, abs=0)


@pytest.mark.parametrize("method", ["forward", "reverse", "compiled"])
@pytest.mark.parametrize("name", PRINTED)
def test_a_curve_has_the_second_derivative_of_its_closed_form(name, method):
    instance = registry.find("problems", name).at(1)
    found = db.hessian(instance, instance.point, method=method)
    assert found == pytest.approx(PRINTED[name][2], rel=1e-11, abs=0)


@pytest.mark.parametrize("method", ["forward", "reverse", "compiled", "manual"])
def test_the_gradient_of_a_singular_determinant_are_its_cofactors(method):
    instance = registry.find("problems", "singular_determinant").at(1)
    found = db.gradient(instance, instance.point, method=method)
    np.testing.assert_allclose(found, [[-3, 6, -3], [6, -12, 6], [-3, 6, -3]], atol=1e-14)
