"""cdf, sf, their logarithms and inverses in scipy.stats: in x against the density to 30 digits
(tests/data/README.md), in shapes against mpmath and adaptive differences; masses of discrete
distributions.
"""

import json
from pathlib import Path

import mpmath
import numpy as np
import pytest
from scipy import special, stats

import diffbench as db
from diffbench.errors import MissingRule

DATA = json.loads((Path(__file__).parents[1] / "data" / "scipy-distributions.json").read_text())
KNOWN = {entry["name"]: entry for entry in DATA["distributions"]}
METHODS = ("forward", "reverse")
KINDS = ("cdf", "sf", "logcdf", "logsf", "ppf", "isf")
# compiled integrals, of seconds a value, and one whose density SciPy has with 8 digits only
SLOW = {"gausshyper", "kstwobign", "landau", "levy_stable", "norminvgauss"}
LOC, SCALE = 0.25, 1.5


def at_point(name, point):
    entry = KNOWN[name]
    shapes = {key: float(value) for key, value in entry["shapes"].items()}
    return getattr(stats, name)(**shapes, loc=LOC, scale=SCALE), float(point["x"])


@pytest.mark.parametrize("name", sorted(KNOWN.keys() - SLOW))
def test_in_x_the_slope_is_the_density(name):
    for point in KNOWN[name]["points"]:
        frozen, x = at_point(name, point)
        pdf = float(point["pdf"])
        with np.errstate(all="ignore"):
            below, above = frozen.cdf(x), frozen.sf(x)
        true = {"cdf": pdf, "sf": -pdf, "logcdf": pdf / below, "logsf": -pdf / above}
        for kind, slope in true.items():
            for method in METHODS:
                found = db.derivative(getattr(frozen, kind), x, method=method)
                # SciPy's own distribution functions are as far off
                assert abs(found - slope) <= 1e-9 * abs(slope), (kind, method)


@pytest.mark.parametrize("name", ["norm", "gamma", "beta", "t", "weibull_min", "genextreme"])
@pytest.mark.parametrize("method", METHODS)
def test_an_inverse_undoes_its_function_and_their_slopes(name, method):
    frozen, x = at_point(name, KNOWN[name]["points"][1])
    for kind, inverse in (("cdf", "ppf"), ("sf", "isf")):
        slope = db.derivative(getattr(frozen, kind), x, method=method)
        back = db.derivative(getattr(frozen, inverse), getattr(frozen, kind)(x), method=method)
        assert abs(slope * back - 1) < 1e-10


def test_in_the_shape_of_a_gamma_distribution_it_has_the_digits_of_mpmath():
    for a in (0.3, 2.5, 40.0):
        for x in (0.2 * a, a, 2 * a):
            with mpmath.workdps(40):
                true = mpmath.diff(lambda s, x=x: mpmath.gammainc(s, 0, x, regularized=True), a)
            found = db.derivative(lambda s, x=x: stats.gamma.cdf(x, s), a)
            assert abs(found - float(true)) < 1e-12


SHAPED = ["beta", "chi2", "f", "t", "nct", "ncx2", "genextreme", "gengamma", "skewnorm"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", SHAPED)
def test_in_each_shape_it_is_that_of_a_difference(name, kind):
    entry = KNOWN[name]
    at = {"loc": LOC, "scale": SCALE}
    at |= {key: float(value) for key, value in entry["shapes"].items()}
    x = float(entry["points"][1]["x"])
    distribution = getattr(stats, name)
    first = {"q": float(distribution.cdf(x, **at))} if kind in ("ppf", "isf") else {"x": x}
    for argument in at:

        def f(value, argument=argument):
            return getattr(distribution, kind)(**first, **at | {argument: value})

        true = db.derivative(f, at[argument], method="richardson")
        for method in METHODS:
            found = db.derivative(f, at[argument], method=method)
            # what a difference of SciPy's function, itself found by iteration, is good for
            assert abs(found - true) <= 1e-6 * max(abs(true), 0.1), (argument, method)


def test_outside_the_support_it_is_constant_and_parameters_that_are_none_give_nan():
    y, slope = db.value_and_gradient(lambda x: np.sum(stats.expon.cdf(x)), np.array([-1.0, 0.5]))
    assert y == stats.expon.cdf(0.5)
    np.testing.assert_allclose(slope, [0, np.exp(-0.5)], rtol=1e-15)
    count = db.value_and_gradient(
        lambda x: np.sum(np.isnan(stats.norm.cdf(x, scale=-1.0))) * x[0], np.ones(2)
    )[0]
    assert count == 2


def test_a_prepared_answer_is_right_at_other_points():
    def f(p):
        return np.sum(stats.weibull_min.logsf(np.array([0.5, 1.5, 2.5]), p[0], scale=p[1]))

    answer = db.prepare(f, np.array([1.5, 2.0]))
    p = np.array([2.2, 1.3])
    np.testing.assert_allclose(answer(p), db.gradient(f, p), rtol=1e-12)


def test_a_censored_likelihood_has_a_second_derivative():
    def f(p):
        return stats.norm.logsf(1.2, loc=p[0], scale=p[1]) + stats.norm.logpdf(0.3, p[0], p[1])

    p = np.array([0.2, 0.9])
    found = db.hessian(f, p)
    np.testing.assert_allclose(found, db.hessian(f, p, method="richardson"), rtol=1e-6)


# ---------------------------------------------------------------- discrete
MASSES = {
    "bernoulli": (0, {"p": 0.3}),
    "betabinom": (4, {"n": 10, "a": 2.3, "b": 0.63}),
    "binom": (3, {"n": 10, "p": 0.3}),
    "boltzmann": (2, {"lambda_": 1.4, "N": 19}),
    "dlaplace": (-1, {"a": 0.8}),
    "geom": (3, {"p": 0.4}),
    "logser": (3, {"p": 0.6}),
    "nbinom": (4, {"n": 5.5, "p": 0.4}),
    "planck": (2, {"lambda_": 0.5}),
    "poisson": (3, {"mu": 2.2}),
    "skellam": (2, {"mu1": 3.0, "mu2": 2.0}),
    "yulesimon": (3, {"alpha": 2.5}),
    "zipf": (3, {"a": 3.2}),
    "zipfian": (3, {"a": 1.25, "n": 10}),
}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", MASSES)
def test_masses_and_their_sums_have_the_slopes_of_differences(name, method):
    k, shapes = MASSES[name]
    distribution = getattr(stats, name)
    for shape in [shape for shape, value in shapes.items() if isinstance(value, float)]:
        for kind in ("pmf", "logpmf", "cdf", "sf", "logcdf", "logsf"):

            def f(value, kind=kind, shape=shape):
                return getattr(distribution, kind)(k, **shapes | {shape: value})

            found = db.derivative(f, shapes[shape], method=method)
            true = db.derivative(f, shapes[shape], method="richardson")
            assert abs(found - true) <= 1e-7 * max(abs(true), 0.1), kind


def test_whole_numbers_and_steps_are_refused_in_a_sentence():
    with pytest.raises(MissingRule, match="poisson has no derivative in its point"):
        db.derivative(lambda k: stats.poisson.pmf(k, 2.0), 3.0)
    with pytest.raises(MissingRule, match=r"poisson\.ppf is a step function"):
        db.derivative(lambda mu: stats.poisson.ppf(0.4, mu), 2.0)
    with pytest.raises(MissingRule, match="irwinhall has a whole number among its shapes"):
        db.derivative(lambda n: stats.irwinhall.cdf(1.2, n), 3.0)


def test_zeta_has_its_slope_in_the_order():
    for s, q in ((1.01, 1.0), (3.2, 0.7), (30.0, 2.5)):
        true = float(mpmath.zeta(s, q, 1))
        found = db.derivative(lambda s, q=q: special.zeta(s, q), s)
        assert abs(found - true) <= 1e-13 * abs(true)


@pytest.mark.parametrize("method", ["forward", "reverse", "compiled"])
@pytest.mark.parametrize(
    ("name", "x", "slope"),
    [("genextreme", 0.7, 0.07404499187458671), ("pearson3", 0.4, (1 - 0.4**2) / 6)],
)
def test_a_formula_for_one_shape_alone_hides_no_slope(name, x, slope, method):
    if name == "pearson3":  # Gram and Charlier's series: -(x² - 1)/6 of the normal density
        slope *= stats.norm.pdf(x)
    found = db.derivative(lambda c: getattr(stats, name).cdf(x, c), 0.0, method=method)
    assert found == pytest.approx(slope, rel=1e-9)


@pytest.mark.parametrize("method", ["forward", "reverse"])
def test_what_is_remembered_of_one_function_does_not_let_another_pass_untraced(method):
    def slope(kind):
        return db.derivative(lambda c: getattr(stats.pearson3, kind)(0.4, c), 0.0, method=method)

    first = slope("cdf")
    slope("logcdf")  # the same code, which is remembered to need another function now
    assert slope("cdf") == first != 0


@pytest.mark.parametrize("kind", ["cdf", "sf", "ppf", "logcdf"])
@pytest.mark.parametrize("name", ["gamma", "t", "weibull_min"])
def test_the_second_derivative_knows_that_point_and_shape_move_together(name, kind):
    f = lambda x: getattr(getattr(stats, name), kind)(x[0], x[1])
    x, h = np.array([0.3, 0.4]), 1e-5
    found = db.hessian(f, x)
    by_differences = [
        (db.gradient(f, x + h * e) - db.gradient(f, x - h * e)) / (2 * h) for e in np.eye(2)
    ]
    np.testing.assert_allclose(found, by_differences, atol=1e-7 * np.max(np.abs(found)))
