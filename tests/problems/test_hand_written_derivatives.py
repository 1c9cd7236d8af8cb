"""Hand-written derivatives and exact formulas against 80-digit differences along a random
direction, which no wrong entry survives.
"""

import numpy as np
import pytest
from high_precision import DIGITS, directional, dot, lift
from mpmath import mp

from diffbench import registry

PROBLEMS = [registry.find("problems", name) for name in registry.names("problems")]
TOO_LARGE_FOR_MPMATH = {
    ("rosenbrock", 100_000), ("helmholtz", 1000), ("helmholtz_unweighted", 1000), ("tanh_mlp", 256), ("logistic_regression", 50),
    ("rnn", 100), ("gmm", 1650), ("gmm", 11_550), ("determinant_by_minors", 7),
    ("k_means", 80), ("k_means", 800), ("polynomial_least_squares", 128),
    ("log_sum_exp_drawn", 2500), ("log_sum_exp_drawn", 160_000),
}  # fmt: skip
# LAPACK, ndtr, a table, bits of a float: there is no mpmath behind them; or it takes long, and differences lose 1000. test_check_values.py and test_optima.py
# hold these against numbers from elsewhere.
NOT_IN_MPMATH = {("log_sum_exp_far", 2500), ("log_sum_exp_far", 160_000)} | {
    (problem.name, size)
    for problem in PROBLEMS
    for size in problem.sizes
    if problem.name
    in (
        "gaussian_process",
        "slater_determinant",
        "singular_determinant",
        "black_scholes",
        "looked_up",
        "compliance",
        "cantilever",
        "noisy",
        "single_inside",
        "bisection",
        "bisection_from_moving_end",
        "saddle",
        "pseudo_inverse",
        "triangular_factor",
        "eigenvector",
    )
}
# condition number 2^n: float64 results keep a digit at most
HOPELESS = {
    ("logistic_map", 100),
    ("logistic_map", 1000),
}
OVERFLOWING = {("overflowing_exponential", 1)}


def cases(having, without=frozenset()):
    found = (
        (p, size)
        for p in PROBLEMS
        if having(p)
        for size in p.sizes
        if (p.name, size) not in without
    )
    return [pytest.param(p, size, id=f"{p.name}-{size}") for p, size in found]


def draw_direction(instance):
    return np.random.default_rng(7).normal(size=instance.point.shape)


def assert_close(gradient, expected, direction, relative):
    found, scale = dot(gradient, direction)
    truncation = 1e-40  # of the difference, where the derivative is exactly 0
    assert abs(found - expected) <= relative * max(scale, abs(expected)) + truncation


def answer(derivatives):
    """The gradient, or the derivative of a function R -> R."""
    return derivatives.get("gradient") or derivatives["derivative"]


def is_scalar(problem):
    return problem.operator in ("gradient", "derivative")


@pytest.mark.parametrize(
    ("problem", "size"),
    cases(
        lambda p: is_scalar(p) and p.hand_written,
        TOO_LARGE_FOR_MPMATH | HOPELESS | OVERFLOWING | NOT_IN_MPMATH,
    ),
)
def test_hand_written_gradient_agrees_with_high_precision_differences(problem, size):
    instance = problem.at(size)
    direction = draw_direction(instance)
    assert_close(
        answer(instance.manual)(instance.point),
        directional(instance, direction),
        direction,
        relative=1e-12,
    )


@pytest.mark.parametrize(
    ("problem", "size"),
    [
        pytest.param(registry.find("problems", p), n, id=f"{p}-{n}")
        for p, n in sorted(TOO_LARGE_FOR_MPMATH)
    ],
)
def test_hand_written_gradient_of_a_large_problem_agrees_with_extended_precision_differences(
    problem, size
):
    """Fourth-order differences in longdouble: truncation (h/x)⁴ and rounding eps f/h both stay
    below 1e-9 of the gradient.
    """
    instance = problem.at(size)
    direction, h = draw_direction(instance), np.longdouble(1e-6)
    x = instance.point.astype(np.longdouble)
    near, far = (instance(x + k * h * direction) - instance(x - k * h * direction) for k in (1, 2))
    terms = instance.manual["gradient"](instance.point) * direction
    assert abs(terms.sum() - (8 * near - far) / (12 * h)) <= 1e-9 * np.abs(terms).sum()


@pytest.mark.parametrize(
    ("problem", "size"), cases(lambda p: "value_and_gradient" in p.hand_written)
)
def test_hand_written_value_is_the_value_of_the_problem(problem, size):
    instance = problem.at(size)
    value, _ = instance.manual["value_and_gradient"](instance.point)
    np.testing.assert_allclose(
        value, instance(instance.point), rtol=1e-13
    )  # other orders of summation, up to 10^5 terms; l_4 is written differently


@pytest.mark.parametrize(
    ("problem", "size"),
    cases(
        lambda p: is_scalar(p) and p.exact_formulas,
        TOO_LARGE_FOR_MPMATH | HOPELESS | NOT_IN_MPMATH,
    ),
)
def test_exact_formula_agrees_with_high_precision_differences(problem, size):
    """To 1e-15 only where the problem's own constants are rounded, as √(2π) is; to 30 digits
    elsewhere.
    """
    instance = problem.at(size)
    direction = draw_direction(instance)
    with mp.workdps(DIGITS):
        gradient = answer(instance.exact)(lift(instance.point), mp=mp)
    assert_close(
        gradient,
        directional(instance, direction),
        direction,
        1e-15 if problem.name == "normal_density" else 1e-30,
    )


@pytest.mark.parametrize(("problem", "size"), cases(lambda p: p.exact_formulas.get("jacobian")))
def test_hand_written_jacobian_is_the_exact_one_to_two_ulp(problem, size):
    instance = problem.at(size)
    exact = instance.exact["jacobian"](lift(instance.point), mp=mp).astype(float)
    np.testing.assert_array_max_ulp(instance.manual["jacobian"](instance.point), exact, maxulp=2)


@pytest.mark.parametrize(("problem", "size"), cases(lambda p: p.operator == "vjp"))
def test_hand_written_vjp_is_the_adjoint_of_the_linear_map(problem, size):
    """<y_bar, F(x)> = <F'y_bar, x>, because these maps are linear; rounding of n³ products at
    most.
    """
    instance = problem.at(size)
    y_bar = draw_direction(instance)
    y, x_bar = instance.manual["vjp"](instance.point, y_bar)
    np.testing.assert_array_equal(y, instance(instance.point))
    scale = np.linalg.norm(y) * np.linalg.norm(y_bar)
    assert abs(np.vdot(y_bar, y) - np.vdot(x_bar, instance.point)) <= 1e-13 * scale


def test_logistic_map_loses_its_digits_but_its_exact_formula_does_not():
    """At n = 100 float64 has at most one digit left; the closed form, which takes n more bits for
    itself, is good to 15.
    """
    instance = registry.find("problems", "logistic_map").at(100)
    exact = instance.exact["derivative"](mp.mpf(0.2), mp=mp)
    with mp.workdps(100):
        more = instance.exact["derivative"](mp.mpf(0.2), mp=mp)
    assert abs(exact / more - 1) < 1e-14
    assert abs(instance.manual["derivative"](instance.point) / more - 1) > 0.01
