"""What was computed elsewhere about the problems and is no entry of their own derivative: prices and
places, other ways to the same number, one-sided slopes.
"""

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from diffbench.problems.gradbench import polynomial_least_squares
from diffbench.problems.mechanics import OFFSETS, TWISTS
from diffbench.problems.molecules import icosahedron
from diffbench.problems.physiology import membrane
from diffbench.problems.statistics import design
from mpmath import mp
from scipy.integrate import solve_ivp

import diffbench as db
from diffbench import registry
from diffbench.measure.reference.true_derivative import reference

TRACING = ("forward", "reverse", "compiled")


def find(name, size):
    return registry.find("problems", name).at(size)


# ---------------------------------------------------------------- finance


def test_a_put_costs_what_parity_says():
    call = find("black_scholes", 5)
    spot, strike, rate, _, time = call.point
    put = call(call.point) - spot + strike * np.exp(-rate * time)
    assert put == pytest.approx(0.808599372900094, rel=1e-12)
    assert (round(call(call.point), 2), round(put, 2)) == (4.76, 0.81)  # Hull's own figures


@pytest.mark.parametrize("method", TRACING)
def test_gamma_at_the_money_just_before_the_end_is_computed_to_eight_digits(method):
    """The price cancels to 1e-4 of the spot, and gamma is that of the density."""
    x = np.array([100, 100, 0.05, 0.2, 1e-6])
    gamma = db.hessian(find("black_scholes", 5), x, method=method)[0, 0]
    assert gamma == pytest.approx(19.9471127983109, rel=1e-8)


def test_the_program_of_the_paths_has_no_gamma_though_the_option_has():
    paths = find("monte_carlo_call", 100)
    assert db.hessian(paths, paths.point)[0, 0] == 0
    assert db.hessian(find("black_scholes", 5), paths.point)[0, 0] > 0.04


# ---------------------------------------------------------------- science


def test_the_energy_of_the_icosahedron_has_its_closed_form():
    """E(R) = 4 (A/R^12 - B/R^6), least at (2A/B)^(1/6), where it is -B²/A."""
    cluster, a, b = find("lennard_jones", 39), 28.48095703125, 35.53125
    shape = icosahedron().ravel()
    for radius in (0.9, 1.1, 1.5):
        energy = 4 * (a / radius**12 - b / radius**6)
        assert cluster(radius * shape) == pytest.approx(energy, rel=1e-12)
    assert (2 * a / b) ** (1 / 6) == pytest.approx(1.08183828855137, rel=1e-14)
    assert -(b**2) / a == pytest.approx(-44.326801, rel=1e-8)


def test_an_epidemic_by_many_steps_has_the_slope_of_its_differential_equation():
    """With 20 steps the program's is -0.45240; the equation's is what 2,000 steps reach."""
    fine = find("epidemic", 2000)
    assert db.gradient(fine, fine.point)[0] == pytest.approx(-0.4526341458, rel=1e-9)


@pytest.mark.parametrize("steps", [2, 20])
def test_the_variational_equations_by_the_same_steps_are_the_programs_derivative(steps):
    f = find("epidemic", steps)
    s, i, h = 0.99, 0.01, 20 / steps
    state = np.array([s, i, 0, 0, 0, 0])  # S, I and their slopes in b and g
    b, g = f.point

    def slope(z):
        s, i, sb, ib, sg, ig = z
        caught, by_b, by_g = b * s * i, s * i + b * (sb * i + s * ib), b * (sg * i + s * ig)
        return np.array([-caught, caught - g * i, -by_b, by_b - g * ib, -by_g, by_g - i - g * ig])

    for _ in range(steps):
        k1 = slope(state)
        k2 = slope(state + h / 2 * k1)
        k3 = slope(state + h / 2 * k2)
        k4 = slope(state + h * k3)
        state = state + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    np.testing.assert_allclose(db.gradient(f, f.point), state[[3, 5]], rtol=1e-13)


def test_an_arm_turns_as_its_matrices_do():
    """R00 and its slope in the last joint, which the position ignores."""
    joints = np.arange(1, 8) / 5
    entry = lambda x: orientation(x)[0, 0]
    assert entry(joints) == pytest.approx(-0.932672569821535, rel=1e-13)
    for method in TRACING:
        slope = db.gradient(entry, joints, method=method)
        assert slope[6] == pytest.approx(-0.272296759218911, rel=1e-13)
    place = find("seven_joint_arm", 7)
    np.testing.assert_allclose(tool(joints), place(joints), rtol=1e-13)


def orientation(x):
    return frame(x)[:3, :3]


def tool(x):
    return frame(x)[:3, 3]


def frame(x):
    """The product of Rz(x) Tz(d) Rx(alpha), its sines and cosines of alpha as whole numbers."""
    whole = np.eye(4)
    for angle, offset, twist in zip(x, OFFSETS, TWISTS, strict=True):
        cos, sin, c, s = np.cos(angle), np.sin(angle), 1 - abs(twist), twist
        whole = whole @ np.array(
            [[cos, -sin * c, sin * s, 0], [sin, cos * c, -cos * s, 0], [0, s, c, offset], [0, 0, 0, 1]]
        )  # fmt: skip
    return whole


def test_a_planet_is_where_its_anomaly_puts_it():
    orbit = find("kepler", 2)
    anomaly, eccentricity = orbit(orbit.point), orbit.point[1]
    assert np.cos(anomaly) - eccentricity == pytest.approx(-0.27731923383362, rel=1e-13)
    side = np.sqrt(1 - eccentricity**2) * np.sin(anomaly)
    assert side == pytest.approx(0.647212403045269, rel=1e-13)


def test_the_membrane_moves_as_its_equations_say():
    """A step of 0.01 against SciPy's solver, to the order of the method."""
    f = find("hodgkin_huxley", 1)
    slope = membrane(f.point[4:7], f.point[7], np)
    fine = solve_ivp(lambda _, y: slope(y), (0, 0.01), f.point[:4], rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(f(f.point), fine.y[:, -1], rtol=1e-9)


# ---------------------------------------------------------------- matrices


def test_the_largest_eigenvalue_and_its_slope_are_those_computed_elsewhere():
    x = find("eigenvector", 16).point
    largest = lambda x: np.linalg.eigvalsh((x.reshape(4, 4) + x.reshape(4, 4).T) / 2)[-1]
    assert largest(x) == pytest.approx(0.809798997846954, rel=1e-13)
    for method in TRACING:
        slope = db.gradient(largest, x, method=method)
        assert slope[0] == pytest.approx(0.0463635531348677, rel=1e-12)
        assert slope[1] == pytest.approx(-0.144658072742256, rel=1e-12)


def test_the_squared_length_of_a_pseudo_inverse_is_that_of_the_normal_equations():
    """By Cholesky's factor of A'A, which shares nothing with pinv."""
    f = find("pseudo_inverse", 15)
    a, b = f.point.reshape(5, 3), f.data[0]
    factor = np.linalg.cholesky(a.T @ a)
    solution = np.linalg.solve(factor.T, np.linalg.solve(factor, a.T @ b))
    assert f(f.point) == pytest.approx(solution @ solution, rel=1e-12)


def test_a_banded_solve_is_an_exact_fraction():
    f = find("compliance", 5)
    assert f(f.point) == pytest.approx(935897 / 110400, rel=1e-14)


def test_a_spline_rises_as_its_knots_fall():
    """All knots moved by d are the place moved by -d: the slope at 2.6 is minus their sum."""
    f = find("natural_spline", 12)
    for method in TRACING:
        rise = -np.sum(db.gradient(f, f.point, method=method)[:6])
        assert rise == pytest.approx(-1.74770673360931, rel=1e-12)


# ---------------------------------------------------------------- learning


def test_the_lstm_of_adbench_has_the_loss_and_the_spread_that_are_printed():
    case = json.loads((Path(__file__).parents[1] / "data" / "adbench_lstm.json").read_text())
    gradient = np.array(case["gradient"], dtype=float)
    assert float(case["loss"]) == pytest.approx(0.6666651795588522, rel=1e-14)
    assert float(case["loss"]) == pytest.approx(0.66666518, rel=1e-8)  # the file of its own test
    assert gradient[0] == pytest.approx(3.14387025e-06, rel=1e-8)
    assert np.abs(gradient).max() == pytest.approx(5.0e-2, rel=1e-2)
    assert np.median(np.abs(gradient)) == pytest.approx(1.8e-4, rel=3e-2)


def test_the_regularised_risk_is_that_of_its_samples_one_by_one():
    f = find("regularised_risk", 5)
    a, y = design(5)
    losses = [np.log1p(np.exp(-label * row @ f.point)) for row, label in zip(a, y, strict=True)]
    assert f(f.point) == pytest.approx(np.mean(losses) + f.point @ f.point / 100, rel=1e-14)


def test_five_links_and_one_step_of_the_classical_method_reach_nothing():
    """A step of four stages moves what is four links away at most."""
    chain = registry.find("problems", "runge_kutta_chain")
    assert chain(np.linspace(0.5, 1.5, 5), 1)[-1] == 0


def test_the_gradient_of_a_polynomial_fit_is_the_fraction_that_it_is():
    """Points of 64ths: every residual and every sum is a fraction of whole numbers."""
    n, m = 16, 5
    t = [Fraction(2 * i, n - 1) - 1 for i in range(n)]
    x = [Fraction(k, 64) for k in (9, 20, 33, 48, 61)]
    signs = [(s > 0) - (s < 0) for s in t]
    left = [s - sum(c * a**j for j, c in enumerate(x)) for s, a in zip(signs, t, strict=True)]
    exact = [float(-sum(r * a**j for r, a in zip(left, t, strict=True))) for j in range(m)]
    powers = np.array([[float(a) ** j for j in range(m)] for a in t])
    f = lambda x: polynomial_least_squares(x, powers, np.array(signs, dtype=float))
    for method in TRACING:
        found = db.gradient(f, np.array(x, dtype=float), method=method)
        np.testing.assert_allclose(found, exact, rtol=1e-12)


def test_the_step_of_k_means_is_from_the_centre_to_the_mean_of_its_points():
    """Gradient over the Hessian's diagonal, GradBench's answer: C_j - mean(points of j)."""
    f = find("k_means", 80)
    points, centres = f.data[0], f.point.reshape(-1, 8)
    nearest = np.argmin(((points[:, None] - centres) ** 2).sum(axis=2), axis=1)
    means = np.array([points[nearest == j].mean(axis=0) for j in range(len(centres))])
    gradient = db.gradient(f, f.point)
    diagonal = [db.hvp(f, f.point, e)[k] for k, e in enumerate(np.eye(80)[:16])]
    np.testing.assert_allclose(gradient[:16] / diagonal, (centres - means).ravel()[:16], rtol=1e-10)


# ---------------------------------------------------------------- one number


@pytest.mark.parametrize(
    ("name", "value"),
    [("square_minus_two", 2.73432346306477e-16), ("dottie", -5.1275785796e-17)],
)
def test_a_value_at_a_root_is_that_of_the_float_and_not_of_float64(name, value):
    """What float64 says, 4.4e-16 and 0, is rounding."""
    x = find(name, 1).point[()]
    with mp.workdps(40):
        exact = mp.mpf(x) ** 2 - 2 if name == "square_minus_two" else mp.cos(mp.mpf(x)) - x
        assert float(exact) == pytest.approx(value, rel=1e-10)
    assert find(name, 1)(x) in (4.440892098500626e-16, 0.0)


def test_the_cancelling_curve_has_the_values_of_its_series():
    curve = find("cancelling", 1)
    with mp.workdps(60):
        f = lambda t: (mp.exp(t) - 1 - t) / t**2
        at = mp.mpf(float(curve.point))
        found = [float(mp.diff(f, at, k)) for k in range(3)]
    assert found == pytest.approx([0.500001666670833, 0.1666675000025, 0.083333833335], rel=1e-12)
    truth = reference(curve, curve.point, "derivative")
    assert float(truth.value) == pytest.approx(0.1666675000025, rel=1e-12)


def test_noise_and_offset_stand_on_the_sine():
    noisy, offset = find("noisy", 1), find("large_offset", 1)
    assert noisy(noisy.point) == pytest.approx(0.8414709877932062, rel=1e-15)
    for method in TRACING:
        slope = db.derivative(offset, offset.point, method=method)
        assert slope == pytest.approx(0.54030230586814, rel=1e-13)


@pytest.mark.parametrize("method", TRACING)
def test_a_kink_and_a_table_have_one_slope_on_each_side(method):
    """max(x, x²) at 1: 1 and 2; squares looked up at 3: 5 and 7."""
    larger = lambda x: np.maximum(x, x * x)
    table = lambda x: np.interp(x, np.arange(11.0), np.arange(11.0) ** 2)
    for f, at, value, (left, right) in ((larger, 1.0, 1, (1, 2)), (table, 3.0, 9, (5, 7))):
        assert f(at) == value
        before, after = np.nextafter(at, 0), np.nextafter(at, 9)
        assert db.derivative(f, before, method=method) == pytest.approx(left)
        assert db.derivative(f, after, method=method) == pytest.approx(right)


@pytest.mark.parametrize("method", TRACING)
def test_bisection_from_a_moving_end_gives_half_its_motion_to_whoever_follows_it(method):
    moving = find("bisection_from_moving_end", 1)
    assert db.derivative(moving, moving.point, method=method) == pytest.approx(0.34116, rel=1e-4)
