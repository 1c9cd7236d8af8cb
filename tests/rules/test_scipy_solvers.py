"""Results of SciPy's solvers and routines against 30 digits of mpmath (tests/data/README.md), in
every input.
"""

import inspect
import json
from pathlib import Path

import numpy as np
import pytest
import scipy.optimize as so
from scipy import integrate
from scipy_programs import PROGRAMS

import diffbench as db
from diffbench.errors import DiffbenchError, MissingRule

DATA = json.loads((Path(__file__).parents[1] / "data" / "solver-derivatives.json").read_text())
KNOWN = {entry["name"]: entry for entry in DATA["entries"]}
METHODS = ("forward", "reverse")


# name -> the inputs in which it is refused
REFUSED = {"jumping-integrand": "p"}


def numbers(nested):
    return np.array(nested, dtype=object).astype(float)


def inputs(name):
    return KNOWN[name]["derivative"].keys()


def refused_in(name):
    return REFUSED.get(name, "").split()


def found(name, varying, method):
    """The derivative by one input, in the shape in which it is known."""
    point = {key: numbers(value)[()] for key, value in KNOWN[name]["point"].items()}
    true = numbers(KNOWN[name]["derivative"][varying])

    def f(x):
        return PROGRAMS[name](*(point | {varying: x}).values())

    operator = db.jacobian if true.ndim else db.derivative
    return np.reshape(operator(f, point[varying], method=method), true.shape), true


def test_every_program_of_the_data_is_tried():
    compiled = {name for name in KNOWN if KNOWN[name]["group"] == "rotations"}
    assert set(PROGRAMS) | compiled == set(KNOWN)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("name", "varying"),
    [(name, key) for name in PROGRAMS for key in inputs(name) if key not in refused_in(name)],
)
def test_the_derivative_is_that_of_the_solution(name, varying, method):
    answer, true = found(name, varying, method)
    np.testing.assert_allclose(answer, true, rtol=0, atol=1e-10 * np.max(np.abs(true)) + 1e-14)


@pytest.mark.filterwarnings("ignore")  # of SciPy's, on the way to the refusal
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("name", "varying"), [(name, key) for name in REFUSED for key in refused_in(name)]
)
def test_what_is_not_differentiated_is_refused_and_never_wrong(name, varying, method):
    with pytest.raises(DiffbenchError):
        found(name, varying, method)


def test_a_root_that_has_moved_is_found_anew_by_a_prepared_answer():
    def root(p):
        return so.brentq(lambda x: x**3 + p * x - 1, 0, 1)

    answer = db.prepare(root, 2.5, operator="derivative", method="compiled")
    for p in (2.5, 3.0, 1.0):
        x = root(p)
        assert abs(answer(p) + x / (3 * x**2 + p)) < 1e-12


def test_the_second_derivative_of_a_root_is_that_of_the_implicit_function():
    def root(p):
        return so.brentq(lambda x: x**2 - p, 0, 4)

    found = db.derivative(lambda p: db.derivative(root, p), 4.0, method="reverse")
    assert abs(found + 4.0**-1.5 / 4) < 1e-12


def test_a_minimiser_that_iterates_in_python_gives_the_derivative_of_the_minimum():
    # golden sections move by comparisons alone: traced through, the derivative was 0
    found = db.derivative(lambda c: so.minimize_scalar(lambda x: (x - c) ** 2 + 0.1 * x**4).x, 1.0)
    x = so.minimize_scalar(lambda x: (x - 1) ** 2 + 0.1 * x**4).x
    assert abs(found - 2 / (2 + 1.2 * x**2)) < 1e-7  # of x, not of the derivative


@pytest.mark.parametrize(
    ("f", "reason"),
    [
        (lambda p: so.brentq(lambda x: (x - p) ** 3, 0, 3), "Jacobian there is singular"),
        (lambda p: integrate.quad(lambda x: float(x > p), 0, 4)[0], "the integrand jumps at 1.5"),
        (
            lambda p: integrate.solve_ivp(lambda t, y: [float(t > p)], (0, 4), [0.0]).y[0, -1],
            "the right-hand side jumps at t = 1.5",
        ),
    ],
)
def test_where_the_theorem_does_not_hold_a_sentence_says_so(f, reason):
    with pytest.raises(MissingRule, match=reason):
        db.derivative(f, 1.5)


def test_a_solver_stays_what_it_was_for_everyone_else():
    db.derivative(lambda p: so.brentq(lambda x: x - p, 0, 4), 1.5)
    assert so.brentq(lambda x: x**2 - 2, 0, 2) == pytest.approx(np.sqrt(2))
    assert list(inspect.signature(so.brentq).parameters)[:3] == ["f", "a", "b"]
    assert so.minimize(lambda x: (x[0] - 1) ** 2, [0.0]).hess_inv.shape == (1, 1)


ITERATED = {
    "golden": lambda a: so.golden(lambda x: (x - a) ** 2),
    "brent": lambda a: so.brent(lambda x: (x - a) ** 2),
    "fminbound": lambda a: so.fminbound(lambda x: (x - a) ** 2, -2, 3),
    "fmin": lambda a: so.fmin(lambda x: (x[0] - a) ** 2, [0.0], disp=False)[0],
    "differential_evolution": lambda a: so.differential_evolution(
        lambda x: (x[0] - a) ** 2, [(-2, 3)], polish=False
    ).x[0],
}


@pytest.mark.parametrize("method", ["forward", "reverse", "compiled"])
@pytest.mark.parametrize("name", ITERATED)
def test_an_iteration_without_a_rule_is_refused_by_its_name(name, method):
    """Traced through, golden sections end in numbers that do not depend on a: 0 without a word."""
    with pytest.raises(MissingRule, match=f"scipy.optimize.{name} has no derivative rule"):
        db.derivative(ITERATED[name], 1.0, method=method)


def projected(p, **options):
    """The nearest point to p under bounds or constraints."""
    return so.minimize(lambda z: np.sum((z - p) ** 2), [0.0, 0.0], **options).x


PLANE = {"type": "ineq", "fun": lambda z: 1.0 - z[0] - z[1]}
# at p = (0.7, 1.3): the projection's derivative, by geometry
CONSTRAINED = {
    "bounds": (lambda p: projected(p, bounds=[(0, 0.5), (0, 5)]), [[0, 0], [0, 1]]),
    "a bound that moves": (
        lambda p: projected(p, bounds=[(0, p[0] / 2), (0, 5)]),
        [[0.5, 0], [0, 1]],
    ),
    "an inequality": (lambda p: projected(p, constraints=PLANE), [[0.5, -0.5], [-0.5, 0.5]]),
    "an equation that moves": (
        lambda p: projected(p, constraints={"type": "eq", "fun": lambda z: z[0] + z[1] - p[0]}),
        [[1, -0.5], [0, 0.5]],
    ),
    "a linear constraint": (
        lambda p: projected(p, constraints=so.LinearConstraint([[1.0, 1.0]], -1, 1)),
        [[0.5, -0.5], [-0.5, 0.5]],
    ),
    "value and slope together": (
        lambda p: so.minimize(lambda z: (np.sum((z - p) ** 2), 2 * (z - p)), [0, 0], jac=True).x,
        [[1, 0], [0, 1]],
    ),
    "a bounded interval": (
        lambda p: so.minimize_scalar(lambda t: (t - p[0]) ** 2, bounds=(0, p[1] / 4)).x,
        [0, 0.25],
    ),
}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", CONSTRAINED)
def test_a_constrained_minimum_moves_as_its_active_constraints_let_it(name, method):
    f, exact = CONSTRAINED[name]
    found = db.jacobian(f, np.array([0.7, 1.3]), method=method)
    np.testing.assert_allclose(found, exact, rtol=0, atol=1e-10)


def test_where_a_bound_is_just_met_the_derivative_jumps_and_is_refused():
    with pytest.raises(MissingRule, match="just met"):
        db.derivative(
            lambda p: so.minimize(lambda x: (x[0] - p) ** 2, [1.0], bounds=[(0, None)]).x[0], 0.0
        )


@pytest.mark.parametrize("method", METHODS)
def test_curve_fit_moves_with_its_data_as_the_minimum_does(method):
    t, y = np.linspace(0.0, 5.0, 6), np.array([3.3, 2.2, 1.7, 1.2, 0.7, 0.4])

    def parameters(y):
        return so.curve_fit(lambda t, a, b: a * np.exp(-b * t), t, y, p0=[1.0, 0.1])[0]

    def residual(p):
        return p[0] * np.exp(-p[1] * t) - y

    def half(p):
        return np.sum(residual(p) ** 2) / 2

    p = parameters(y)
    for _ in range(2):  # SciPy stops at 1e-8
        p = p - np.linalg.solve(db.hessian(half, p), db.gradient(half, p))
    steep = db.jacobian(residual, p)
    # the Hessian of half the sum of squares: Gauss and Newton's, and the curvature of the residuals
    exact = np.linalg.solve(db.hessian(half, p), steep.T)
    np.testing.assert_allclose(db.jacobian(parameters, y, method=method), exact, rtol=1e-9)
