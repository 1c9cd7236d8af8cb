"""What was computed elsewhere with 70 digits at points that a run does not visit: overflow, tails,
optima, singular starts; and second derivatives.
"""

import numpy as np
import pytest
from diffbench.problems.counted_numbers import v
from diffbench.problems.mechanics import planar_arm
from diffbench.problems.molecules import icosahedron
from diffbench.problems.physiology import opening

import diffbench as db
from diffbench import registry

W = v(np.arange(1, 6))
Q = v(np.arange(27) + 5)
FLAT = np.concatenate([np.ones(12), [1, 2, 3], np.zeros(3)])
# (problem, size, point): (value, {entry: its derivative}, relative error allowed)
ELSEWHERE = {
    "risk at 0": ("regularised_risk", 5, 0 * W, np.log(2), {0: 0.0453465346534653}, 1e-12),
    "risk far out": ("regularised_risk", 5, 1e4 * W, 1130667.95412214, {0: -93.1566336633663}, 1e-12),
    "noiseless process": ("gaussian_process", 8, [0, 0, -8], -39975.2356549112, {0: 15006.8056041667, 1: -80257.2700259576, 2: 64991.6301396719}, 1e-7),
    "cox at 0": ("cox_likelihood", 30, [0, 0, 0], -44.4740005380668, {}, 1e-12),
    "option at the money, at once": ("black_scholes", 5, [100, 100, 0.05, 0.2, 1e-6], 0.00798134564453586, {0: 0.500139629795290}, 1e-10),
    "option in the tail": ("black_scholes", 5, [42, 100, 0.1, 0.2, 0.5], 5.44023893235025e-9, {0: 5.65241856988565e-9}, 1e-9),
    "ten thousand paths": ("monte_carlo_call", 10_000, [42, 40, 0.1, 0.2, 0.5], 4.7593389737964, {0: 0.7790876}, 5e-8),
    "an orbit like a comet's": ("kepler", 2, [0.01, 0.99], 0.342270316491775, {0: 14.8313301368308, 1: 4.97778864500887}, 1e-11),
    "no field": ("ising_ring", 100, [0.4, 0.0], 77.1100665947778, {0: 37.9948962255225, 1: 0.0}, 1e-12),
    "uniform beam": ("cantilever", 8, np.ones(8), 8 / 3, {}, 1e-11),
    "constant rows": ("layer_normalisation", 18, FLAT, 0.0, {0: 339.188197872846}, 1e-11),
}  # fmt: skip
SECOND = {  # entries of Hessians at the problem's own point
    ("regularised_risk", 5): {(0, 0): 0.0922825505877379, (0, 1): 0.00736949888641297},
    ("black_scholes", 5): {(0, 0): 0.0499626704059119, (0, 3): -0.931600678613668, (3, 3): 21.2832880610144},
    ("kepler", 2): {(0, 0): -1.81724437562048},
    ("ising_ring", 100): {(1, 1): 207.973669668965},
}  # fmt: skip
TRACING = ("forward", "reverse", "compiled")


def find(name, size):
    return registry.find("problems", name).at(size)


@pytest.mark.parametrize("method", TRACING)
@pytest.mark.parametrize("case", ELSEWHERE)
def test_a_value_and_its_derivatives_are_those_computed_elsewhere(case, method):
    name, size, point, value, entries, digits = ELSEWHERE[case]
    x = np.asarray(point, dtype=float)
    found, gradient = db.value_and_gradient(find(name, size), x, method=method)
    assert found == pytest.approx(value, rel=digits, abs=1e-12 if value == 0 else 0)
    for k, wanted in entries.items():
        assert gradient[k] == pytest.approx(wanted, rel=digits, abs=1e-14 if wanted == 0 else 0)


@pytest.mark.parametrize("method", TRACING)
@pytest.mark.parametrize(("name", "size"), SECOND)
def test_a_hessian_has_the_entries_computed_elsewhere(name, size, method):
    instance = find(name, size)
    found = db.hessian(instance, instance.point, method=method)
    for entry, wanted in SECOND[name, size].items():
        assert found[entry] == pytest.approx(wanted, rel=1e-11)


@pytest.mark.parametrize("method", TRACING)
def test_the_comet_has_the_second_derivative_computed_elsewhere(method):
    found = db.hessian(find("kepler", 2), np.array([0.01, 0.99]), method=method)
    assert found[0, 0] == pytest.approx(-1084.0064132196, rel=1e-10)


def test_the_laplacian_of_the_slater_determinant_leaves_the_energy():
    """(|x|² - Laplacian - |gradient|²)/2 is n²/2 at every x."""
    f = find("slater_determinant", 5)
    laplacian, slope = np.trace(db.hessian(f, f.point)), db.gradient(f, f.point)
    assert laplacian == pytest.approx(-29.2834032464404, rel=1e-11)
    assert f.point @ f.point - laplacian - slope @ slope == pytest.approx(25, rel=1e-12)


def test_the_cluster_at_its_optimum_has_no_slope_and_six_directions_without_cost():
    f = find("lennard_jones", 39)
    x = 1.08183828855137 * icosahedron().ravel()
    assert f(x) == pytest.approx(-44.326801419534, rel=1e-13)
    assert np.abs(db.gradient(f, x)).max() < 1e-11  # terms of order 10, R* to 15 digits
    eigenvalues = np.linalg.eigvalsh(db.hessian(f, x))
    assert np.sum(np.abs(eigenvalues) < 1e-9) == 6
    assert eigenvalues[-1] == pytest.approx(592.73976, rel=1e-7)


@pytest.mark.parametrize(("scale", "at", "wanted"), [(1, -40.0, (1, 0.05, 1 / 600)), (0.1, -55.0, (0.1, 0.005, 1 / 6000))])  # fmt: skip
def test_a_rate_of_the_membrane_is_smooth_where_its_formula_is_nought_by_nought(scale, at, wanted):
    f = lambda x: scale * opening((x - at) / 10, np)
    found = f(np.array(at)), db.derivative(f, at), db.hessian(f, np.array(at))
    assert found == pytest.approx(wanted, rel=1e-13)


def test_another_rate_is_that_of_the_formula():
    rate = lambda x: opening((x + 40) / 10, np)
    assert rate(np.array(-65.0)) == pytest.approx(0.22356372458463, rel=1e-13)
    assert db.derivative(rate, -65.0) == pytest.approx(0.0154130530330839, rel=1e-12)


def test_the_membrane_starts_where_a_rate_is_singular():
    f = find("hodgkin_huxley", 1)
    x = np.array([-55.0, *f.point[1:]])
    jacobian = db.jacobian(f, x)
    assert f(x)[0] == pytest.approx(-55.0364071881157, rel=1e-14)
    assert jacobian[0, 0] == pytest.approx(0.987554362535426, rel=1e-12)
    assert jacobian[3, 0] == pytest.approx(3.52353863151487e-5, rel=1e-11)


@pytest.mark.parametrize("method", TRACING)
def test_a_rotation_is_differentiated_beside_0_and_at_0(method):
    f = find("rotation_vector", 3)
    near = np.array([1e-5, -2e-5, 3e-5])
    beside = db.jacobian(f, near, method=method)
    assert f(near)[0] == pytest.approx(0.999879999600028, rel=1e-14)
    assert beside[0, 0] == pytest.approx(2.50003999977499e-5, rel=1e-9)  # of terms of size 1
    assert beside[1, 0] == pytest.approx(-3.00002999929999, rel=1e-11)
    np.testing.assert_allclose(db.jacobian(f, np.zeros(3), method=method)[:, 0], [0, -3, 2])


def test_a_stretched_and_a_bent_arm_are_singular_where_they_should_be():
    arm = find("seven_joint_arm", 7)
    straight = np.zeros(7)
    assert arm(straight)[2] == pytest.approx(1.266, rel=1e-14)
    assert abs(db.jacobian(arm, straight)[0, 1]) == pytest.approx(0.926, rel=1e-14)
    assert np.linalg.matrix_rank(db.jacobian(planar_arm, np.zeros(3))) == 1


@pytest.mark.parametrize("method", TRACING)
def test_attention_with_logits_of_ten_thousand_keeps_ten_digits(method):
    """The logits times 1e4 are those of a query matrix times 1e4."""
    f, stretch = find("self_attention", 27), np.where(np.arange(27) < 9, 1e4, 1.0)
    value, gradient = db.value_and_gradient(f, stretch * Q, method=method)
    assert value == pytest.approx(1.27586938140267, rel=1e-10)
    assert 1e4 * gradient[0] == pytest.approx(-0.0133877158150715, rel=1e-8)


def test_the_contrast_does_not_change_along_a_row_that_is_normalised():
    f = find("contrastive_loss", 24)
    assert abs(f.point[:3] @ db.gradient(f, f.point)[:3]) < 1e-15


def test_the_spline_moves_with_its_values_as_a_whole():
    f = find("natural_spline", 12)
    assert np.sum(db.gradient(f, f.point)[6:]) == pytest.approx(1, rel=1e-13)


@pytest.mark.parametrize("method", TRACING)
def test_at_roots_and_optima_the_derivatives_are_those_of_the_exact_point(method):
    root, dottie = find("square_minus_two", 1), find("dottie", 1)
    assert db.derivative(root, root.point, method=method) == pytest.approx(2.82842712474619)
    assert db.derivative(dottie, dottie.point, method=method) == pytest.approx(-1.67361202918321)
    valley = find("rosenbrock", 2)
    np.testing.assert_array_equal(db.gradient(valley, np.ones(2), method=method), 0)
    hessian = db.hessian(valley, np.ones(2), method=method)
    np.testing.assert_allclose(hessian, [[802, -400], [-400, 200]], rtol=1e-14)


def test_the_second_minimum_of_freudenstein_and_roth_is_a_point_without_slope():
    f, root = find("freudenstein_roth", 2), np.sqrt(22)
    x = np.array([(53 - 4 * root) / 3, (2 - root) / 3])
    assert f(x) == pytest.approx(48.98425367924, rel=1e-12)
    assert np.abs(db.gradient(f, x)).max() < 1e-12 * np.abs(db.hessian(f, x)).max()


def test_upwind_transport_is_the_same_point_by_point():
    """The formula in loops, h = 1/(N + 1), 0 outside."""
    f, n, h = find("burgers_upwind", 32), 4, 1 / 5
    framed = [np.pad(part.reshape(n, n), 1) for part in np.split(f.point, 2)]
    wanted = [upwind(c, *framed, i, j, h) for c in framed for i in range(1, 5) for j in range(1, 5)]
    np.testing.assert_allclose(f(f.point), wanted, rtol=1e-12, atol=1e-13)


def upwind(c, u, q, i, j, h):
    across = (c[i, j] - c[i - 1, j], c[i + 1, j] - c[i, j])[int(u[i, j] < 0)]
    along = (c[i, j] - c[i, j - 1], c[i, j + 1] - c[i, j])[int(q[i, j] < 0)]
    around = c[i - 1, j] + c[i + 1, j] + c[i, j - 1] + c[i, j + 1] - 4 * c[i, j]
    return (u[i, j] * across + q[i, j] * along) / h - around / (100 * h * h)
