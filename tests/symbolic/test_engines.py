"""Maxima, GiNaC and Giac as engines: their derivatives are SymPy's in value, shared by Maxima's own
`optimize`; what they leave unevaluated or can't be told is refused.
"""

import numpy as np
import pytest
import sympy as sp

import diffbench as db
from diffbench import Symbolic
from diffbench.errors import NotInstalled, Unsupported
from diffbench.measure.expressions.swell import swell
from diffbench.symbolic.engines import systems
from diffbench.symbolic.engines.systems import SYSTEMS, optimized
from diffbench.symbolic.engines.text import Dialect, read, written

EPS = np.finfo(float).eps
FUNCTIONS = {
    "baydin": (lambda x: np.log(x[0]) + x[0] * x[1] - np.sin(x[1]), [2.0, 5.0]),
    "rosenbrock": (lambda x: np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2), [-1.2, 1.0, 0.7]),
    "every function": (
        lambda x: np.sqrt(x[0]) * np.exp(-0.1 * x[1]) + np.arctan(np.pi * x[0]) + np.tanh(x[1])
        + x[0] ** x[1] + np.arcsinh(x[0]) + np.tan(x[0]) / np.cosh(x[1]) + np.arcsin(x[0] / 3),
        [0.7, 1.3],
    ),
}  # fmt: skip


@pytest.fixture(params=SYSTEMS)
def engine(request):
    if not SYSTEMS[request.param].is_installed:
        pytest.skip(f"{request.param} is not here; apt install {SYSTEMS[request.param].package}")
    return request.param


@pytest.fixture
def maxima():
    if not SYSTEMS["maxima"].is_installed:
        pytest.skip("Maxima is not here")


@pytest.mark.parametrize("pipeline", ["raw", "cse"])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_gradients_and_hessians_are_those_of_automatic_differentiation(name, pipeline, engine):
    f, point = FUNCTIONS[name]
    x, method = np.array(point), Symbolic(pipeline, engine=engine)
    for operator in (db.gradient, db.hessian):
        expected = operator(f, x)
        # the same formulas, summed in another order
        allowed = 64 * EPS * np.max(np.abs(expected))
        np.testing.assert_allclose(operator(f, x, method=method), expected, rtol=0, atol=allowed)


def test_products_and_jacobians_go_through_an_engine(engine):
    f, x, v = lambda x: np.stack([x[0] * x[1], np.sin(x[0])]), np.array([0.3, 0.7]), np.ones(2)
    method = Symbolic(engine=engine)
    np.testing.assert_allclose(db.jacobian(f, x, method=method), db.jacobian(f, x), rtol=4 * EPS)
    for operator in (db.jvp, db.vjp):
        found = operator(f, x, v, method=method)[1]
        np.testing.assert_allclose(found, operator(f, x, v)[1], rtol=4 * EPS)


def test_a_float_goes_there_and_back_as_it_is(engine):
    x = sp.Symbol("x", real=True)
    for value in (0.1, 1 / 3, 1e-300, 12345.678901234567):
        [slope] = SYSTEMS[engine].jacobian([value * x], [x])
        assert float(slope) == value


@pytest.mark.parametrize(
    "f", [np.abs, lambda x: np.maximum(x, 0.3), lambda x: np.where(x > 0, x, 2 * x)]
)
def test_what_an_engine_is_not_told_is_refused_by_name(f, engine):
    with pytest.raises(Unsupported, match="use engine='sympy'"):
        db.derivative(f, 0.5, method=Symbolic(engine=engine))


def test_what_stays_unevaluated_is_refused():
    with pytest.raises(Unsupported, match="'diff', which has no formula"):
        read("2*diff(max(a,b),a)", Dialect("%e", "%pi", {}), {"a": sp.Symbol("a")})


@pytest.mark.parametrize(
    "text", ["__import__('os')", "[1]", "a.b", "lambda: 1", "a if a else 2", "1;2"]
)
def test_an_answer_is_no_code(text):
    with pytest.raises(Unsupported):
        read(text, Dialect("e", "pi", {}), {"a": sp.Symbol("a")})


def test_numbers_and_constants_are_written_exactly():
    x = sp.Symbol("x")
    [text] = written(
        [sp.Rational(1, 3) * x ** sp.Float(0.5) * sp.pi * sp.E], Dialect("%e", "%pi", {}), {x: "v"}
    )
    assert "/3" in text and "(1/2)" in text and "%pi" in text and "%e" in text


def test_maximas_optimize_takes_out_what_is_shared(maxima):
    x, y = sp.symbols("x y", real=True)
    results = [sp.sin(x) * y + sp.cos(sp.sin(x)), sp.sin(x) ** 2 + y]
    replacements, reduced = optimized(results)
    assert [e for _, e in replacements] == [sp.sin(x)]
    back = [e.subs(replacements[::-1]) for e in reduced]
    assert [sp.simplify(a - b) for a, b in zip(back, results, strict=True)] == [0, 0]
    assert optimized([x + y]) == ([], [x + y])


def test_an_engine_that_is_not_there_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(systems, "which", lambda name: None)
    with pytest.raises(NotInstalled, match="apt install maxima"):
        db.derivative(np.sin, 0.5, method=Symbolic(engine="maxima"))


def test_the_swell_has_the_systems_as_forms(engine):
    frame = swell("logistic", [2, 3, 4], forms=["raw", engine])
    assert set(frame["status"]) == {"ok"}
    sizes = frame.pivot(index="n", columns="form", values="operations")
    assert (sizes[engine].diff().dropna() > 0).all()  # it swells there, too
    assert (frame["error_eps"] < 64).all()
