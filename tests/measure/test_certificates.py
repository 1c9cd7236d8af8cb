"""certify: the enclosure contains the derivative, is narrow, and is refused where nothing is proved."""

import mpmath
import numpy as np
import pytest
from scipy.optimize import rosen, rosen_der, rosen_hess

import diffbench as db
from diffbench.errors import BadInput, BadPoint, NotScalar, Unsupported
from diffbench.measure.reference.true_derivative import reference
from diffbench.registry import find

X = np.array([2.0, 5.0])
PROBLEMS = [
    *("logistic_map", "helmholtz", "compliance", "cantilever", "kepler", "planar_arm", "beale"),
    *("lennard_jones", "self_attention", "contrastive_loss", "runge_kutta_chain", "near_a_pole"),
    *("continued_fraction", "power_tower", "meyer", "bard", "natural_spline", "heated_plate"),
]


WIDER = 1 + 1e-12  # the reference is 24 digits and more, and no ball


def formula(x):
    return np.log(x[0]) + x[0] * x[1] - np.sin(x[1])


def inside(high, midpoint, radius):
    """Whether numbers of mpmath are within the radius, compared without rounding."""
    with mpmath.workprec(600):
        return all(
            abs(h - mpmath.mpf(float(m))) <= mpmath.mpf(float(r))
            for h, m, r in zip(np.ravel(high), np.ravel(midpoint), np.ravel(radius), strict=True)
        )


@pytest.mark.parametrize("name", PROBLEMS)
def test_a_certificate_contains_the_reference_and_is_narrow(name):
    problem = find("problems", name)
    instance = problem.at(problem.sizes[0])
    found = db.certify(instance, instance.point, operator=problem.operator)
    true = reference(instance, instance.point, problem.operator)
    assert true.digits >= 18
    assert inside(true.high, true.select(found.midpoint), true.select(found.radius) * WIDER)
    assert np.max(found.radius) <= 1e-10 * np.max(np.abs(found.midpoint))


@pytest.mark.parametrize("operator", [str(operator) for operator in db.Operator][1:])
def test_every_operator_is_certified(operator):
    direction = {"jvp": (X,), "hvp": (X,), "vjp": (2.0,)}.get(operator, ())
    found = db.certify(formula, X, *direction, operator=operator)
    true = reference(formula, X, operator, *direction)
    assert inside(true.high, found.midpoint, found.radius * WIDER)
    computed = getattr(db, operator)(formula, X, *direction)
    computed = computed[1] if type(computed) is tuple else computed
    assert np.all(np.abs(computed - found.midpoint) <= found.radius + 4e-16 * np.abs(computed))


def test_a_box_contains_the_derivative_at_each_of_its_points():
    found = db.certify(formula, X, radius=np.array([0.1, 0.01]))
    for shift in np.random.default_rng(1).uniform(-1, 1, (200, 2)):
        assert np.all(found.contains(db.gradient(formula, X + shift * [0.1, 0.01])))
    assert np.all(found.radius < [0.1, 0.2])  # a bound on the second derivatives, times the width


def test_an_ill_conditioned_derivative_is_certified_where_floats_have_no_digit():
    # (1 - cos x) / x² near 0, of which floats compute nothing at 1e-9
    found = db.certify(lambda x: (1 - np.cos(x)) / x**2, 1e-9, operator="derivative")
    assert found.contains(-1e-9 / 12) and found.radius < 1e-24


def test_a_constant_of_the_code_is_the_float_that_it_is():
    third = 1 / 3
    found = db.certify(lambda x: third * x, 1.0, operator="derivative")
    assert found.midpoint == third and found.radius == 0


def test_a_function_of_scipy_is_certified_and_its_own_derivative_is_near():
    x = np.array([1.3, 0.7, 0.8, 1.9, 1.2])
    found = db.certify(rosen, x)
    assert np.all(np.abs(rosen_der(x) - found.midpoint) <= 1e-15 * np.max(np.abs(found.midpoint)))
    assert np.max(found.radius) < 1e-13
    np.testing.assert_allclose(db.certify(rosen, x, operator="hessian").midpoint, rosen_hess(x))


def test_structures_and_further_arguments_are_certified():
    f = lambda p, a: a * np.sum(np.exp(p["u"])) * p["v"]
    found = db.certify(f, {"u": X, "v": 3.0}, 2.0)
    np.testing.assert_allclose(found.midpoint["u"], 6 * np.exp(X), rtol=1e-15)
    assert found.radius["v"] < 1e-13


@pytest.mark.parametrize(
    ("f", "x", "because"),
    [
        (np.abs, 0.0, "equal here"),
        (lambda x: x**2 if x > 1 else x, 1.0, "equal here"),
        (lambda x: np.floor(x) * x, 2.0, "exactly on its step"),
        (np.sqrt, 0.0, "can't be enclosed"),
        (lambda x: np.max(x), np.array([1.0, 1.0]), "equal here"),
        # in floats 0.3 is lost in 1e17
        (lambda x: x if 10 * x - 1 + 1e17 == 1e17 else 2 * x, 0.3, "another branch"),
        (lambda x: np.sum(np.linalg.eigvalsh(x)), np.eye(2), "can't be evaluated"),
    ],
)
def test_what_is_not_proved_is_refused(f, x, because):
    with pytest.raises(Unsupported, match=because):
        db.certify(f, x)


def test_a_box_across_a_kink_is_refused_and_beside_it_is_not():
    with pytest.raises(Unsupported, match="can't be decided"):
        db.certify(np.abs, 0.5, radius=1.0)
    assert db.certify(np.abs, 0.5, radius=0.25).midpoint == 1.0


@pytest.mark.parametrize(
    ("ask", "error"),
    [
        (lambda: db.certify(formula, X, radius=-1.0), BadInput),
        (lambda: db.certify(formula, np.array([np.nan, 1.0])), BadPoint),
        (lambda: db.certify(lambda x: x, X), NotScalar),
        (lambda: db.certify(lambda x: np.exp(np.exp(x)), 7.0), Unsupported),
        (lambda: db.certify(lambda x: np.sum(np.sin(x)), np.ones(3000)), Unsupported),
    ],
)
def test_what_can_not_be_asked_is_refused(ask, error):
    with pytest.raises(error):
        ask()
