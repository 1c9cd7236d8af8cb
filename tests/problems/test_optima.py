"""Derivatives at roots, optima and on difficult curves, against closed forms with 30 digits."""

import numpy as np
import pytest
import scipy.optimize
from diffbench.problems.curves import scrambled

import diffbench as db
from diffbench import registry
from diffbench.errors import DiffbenchError
from diffbench.measure.reference.true_derivative import reference

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


def test_single_precision_inside_leaves_seven_digits_of_the_slope():
    instance = registry.find("problems", "single_inside").at(1)
    assert instance.manual["derivative"](1.1) == pytest.approx(0.776642682682526, rel=1e-14)
    for method in ("forward", "reverse", "compiled"):
        found = db.derivative(instance, instance.point, method=method)
        assert found == pytest.approx(0.776642682682526, rel=2.0**-22)


def test_a_hash_of_the_bits_is_refused_by_whoever_follows_it_and_seen_through_by_differences():
    assert scrambled(1.0) == pytest.approx(0.7985309620827934, rel=1e-15)
    assert scrambled(1 + 2.0**-52) == pytest.approx(0.34197414449162955, rel=1e-15)
    instance = registry.find("problems", "noisy").at(1)
    assert reference(instance, instance.point, "derivative").method == "exact formula"
    for method in ("forward", "reverse", "compiled"):
        with pytest.raises(DiffbenchError, match="view"):
            db.derivative(instance, instance.point, method=method)
    found = db.estimate(instance, instance.point)
    assert found.df == pytest.approx(np.cos(1), abs=float(found.error))


@pytest.mark.parametrize("name", ["bisection", "bisection_from_moving_end"])
def test_bisection_has_the_slope_of_its_root_which_only_differences_see(name):
    instance = registry.find("problems", name).at(1)
    assert instance(instance.point) == pytest.approx(0.682327803828019, rel=1e-15)
    slope = pytest.approx(-0.284693079975319, rel=1e-13)
    assert instance.manual["derivative"](1.0) == slope
    found = reference(instance, instance.point, "derivative")
    assert (found.method, float(found.value)) == ("exact formula", slope)
    assert db.derivative(instance, instance.point, method="adaptive-difference") == slope
    by_theorem = lambda p: scipy.optimize.brentq(lambda t: t**3 + p * t - 1, 0, 1)
    assert db.derivative(by_theorem, 1.0) == slope
    assert db.hessian(by_theorem, np.array(1.0)) == pytest.approx(0.0991230350809016, rel=1e-9)


@pytest.mark.parametrize("method", ["forward", "reverse", "compiled", "manual"])
def test_the_gradient_of_a_singular_determinant_are_its_cofactors(method):
    instance = registry.find("problems", "singular_determinant").at(1)
    found = db.gradient(instance, instance.point, method=method)
    np.testing.assert_allclose(found, [[-3, 6, -3], [6, -12, 6], [-3, 6, -3]], atol=1e-14)
