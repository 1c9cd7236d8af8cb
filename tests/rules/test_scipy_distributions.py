"""The densities of scipy.stats against 30 digits of mpmath (tests/data/README.md): 1,305 first
derivatives of 106 distributions, 318 second ones, and the limits where a formula divides by 0.
"""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from scipy.stats._continuous_distns import xpx

import diffbench as db
from diffbench.errors import MissingRule

DATA = json.loads((Path(__file__).parents[1] / "data" / "scipy-distributions.json").read_text())
KNOWN = {entry["name"]: entry for entry in DATA["distributions"]}
METHODS = ("forward", "reverse")
# of the largest derivative at the point
TOLERANCE = 1e-10
COMPILED = "its density is an integral that SciPy has compiled"
# distribution -> the parameters in which it is refused, and what the refusal says
REFUSED = {
    "landau": ({"x", "loc", "scale"}, COMPILED),
    "levy_stable": ({"x", "loc", "scale", "alpha", "beta"}, COMPILED),
}


def arguments(entry, point):
    shapes = {name: float(value) for name, value in entry["shapes"].items()}
    at = {name: float(entry.get(name, default)) for name, default in (("loc", 0), ("scale", 1))}
    return {"x": float(point["x"]), **at, **shapes}


def of_one(method, at, name):
    """The method of a distribution as a function of one of its arguments alone."""
    return lambda value: method(**at | {name: value})


def slopes(point, at):
    return {name: float(point[f"d_{name}"]) for name in at if f"d_{name}" in point}


def refused_in(name):
    return REFUSED.get(name, (set(), ""))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", KNOWN)
def test_densities_have_the_slopes_of_their_formulas_in_every_argument(name, method):
    for point in KNOWN[name]["points"]:
        at = arguments(KNOWN[name], point)
        true = slopes(point, at)
        size = max(map(abs, true.values()))
        for argument in true.keys() - refused_in(name)[0]:
            distribution = getattr(stats, name)
            f = of_one(distribution.logpdf, at, argument)
            g = of_one(distribution.pdf, at, argument)
            found = db.derivative(f, at[argument], method=method)
            assert abs(found - true[argument]) <= TOLERANCE * size, argument
            found = db.derivative(g, at[argument], method=method) / float(point["pdf"])
            assert abs(found - true[argument]) <= TOLERANCE * size, argument


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", REFUSED)
def test_what_has_no_derivative_in_known_functions_is_refused_in_a_sentence(name, method):
    entry = KNOWN[name]
    at = arguments(entry, entry["points"][1])
    arguments_refused, reason = REFUSED[name]
    for argument in arguments_refused:
        for density in (getattr(stats, name).logpdf, getattr(stats, name).pdf):
            with pytest.raises(MissingRule, match=reason):
                db.derivative(of_one(density, at, argument), at[argument], method=method)


@pytest.mark.parametrize("name", [name for name in KNOWN if "x" not in refused_in(name)[0]])
def test_the_second_slope_in_x_is_that_of_the_formula(name):
    for point in KNOWN[name]["points"]:
        at = arguments(KNOWN[name], point)
        f = of_one(getattr(stats, name).logpdf, at, "x")
        found = db.derivative(lambda x, f=f: db.derivative(f, x), at["x"], method="reverse")
        size = max(abs(float(point["d_xx"])), abs(float(point["d_x"])) ** 2)
        assert abs(found - float(point["d_xx"])) <= TOLERANCE * size


@pytest.mark.parametrize("limit", DATA["limits"], ids=lambda limit: limit["name"])
def test_where_a_formula_divides_by_zero_the_slopes_are_the_limits(limit):
    at = arguments(limit, limit)
    true = slopes(limit, at)
    for argument, slope in true.items():
        f = of_one(getattr(stats, limit["name"]).logpdf, at, argument)
        assert abs(db.derivative(f, at[argument]) - slope) <= TOLERANCE * max(
            map(abs, true.values())
        )


@pytest.mark.parametrize("name", [name for name in KNOWN if "x" not in refused_in(name)[0]])
def test_an_array_that_reaches_out_of_the_support_keeps_values_and_slopes(name):
    entry = KNOWN[name]
    at = arguments(entry, entry["points"][1])
    inside = [float(point["x"]) for point in entry["points"]]
    far = {"exponpow": 2.0, "gompertz": 100.0}.get(name, 1e4)  # exp(exp(x))
    x = np.array([-1e3, *inside, far])
    shapes = [at[shape] for shape in entry["shapes"]]
    frozen = getattr(stats, name)(*shapes, loc=at["loc"], scale=at["scale"])
    true = [float(point["pdf"]) * float(point["d_x"]) for point in entry["points"]]
    found = db.gradient(lambda x: np.sum(frozen.pdf(x)[1:4]), x)
    np.testing.assert_allclose(found[1:4], true, rtol=0, atol=TOLERANCE * max(map(abs, true)))
    with np.errstate(all="ignore"):  # SciPy's own overflow far out
        plain = frozen.pdf(x)
    outside = plain == 0
    assert not found[outside].any()
    kolmogorov = 4e-8 if name == "kstwobign" else 1e-11  # SciPy has too few terms of its series
    one_by_one = [lambda x, k=k: frozen.pdf(x)[k] for k in range(len(x))]
    values = [db.value_and_gradient(f, x)[0] for f in one_by_one]
    np.testing.assert_allclose(values, plain, rtol=kolmogorov, atol=1e-300)


def test_a_branch_at_one_shape_does_not_hide_the_slope_there():
    # SciPy takes the normal density itself at a = 0; 2 phi(x) Phi(a x) has the slope 2 phi(0) x
    found = db.derivative(lambda a: stats.skewnorm.logpdf(0.7, a), 0.0)
    assert abs(found - 0.7 * np.sqrt(2 / np.pi)) < 1e-15


@pytest.mark.parametrize("method", METHODS)
def test_a_log_likelihood_is_differentiated_in_all_its_parameters(method):
    data = np.array([0.3, 1.2, 2.5, 0.9])

    def f(p):
        return np.sum(stats.gamma(p[0], loc=p[1], scale=p[2]).logpdf(data))

    p = np.array([1.5, -0.2, 0.8])
    found = db.gradient(f, p, method=method)
    np.testing.assert_allclose(found, db.gradient(f, p, method="richardson"), rtol=1e-8)


def test_parameters_that_are_none_give_nan_as_in_scipy():
    value, slope = db.value_and_gradient(
        lambda x: np.sum(np.isnan(stats.norm.logpdf(x, scale=-1.0))) * x[0], np.ones(2)
    )
    assert value == 2
    assert slope[0] == 2


@pytest.mark.parametrize("method", ["forward", "reverse", "compiled"])
def test_a_formula_for_parts_of_an_array_may_close_over_traced_values(method):
    def f(a):  # as SciPy 1.16 computes some densities
        chosen = xpx.apply_where(
            np.array([True, False, True]), np.arange(3.0), lambda x: a * x, fill_value=-1.0
        )
        return np.sum(chosen) * a

    assert db.derivative(f, 1.5, method=method) == 5.0  # (2 a - 1) a
