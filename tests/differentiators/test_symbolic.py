"""The three symbolic methods: right, closed, refusing what they can't do, and never hanging."""

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

import diffbench as db
from diffbench.asking import operators
from diffbench.differentiators.symbolic import Symbolic
from diffbench.errors import BadInput, NotDifferentiable, Unsupported
from diffbench.measure.expressions.families import FAMILIES
from diffbench.registry import find
from diffbench.symbolic.budgets import Limits
from diffbench.symbolic.closed_code import generate
from diffbench.symbolic.from_sympy import from_sympy

METHODS = pytest.mark.parametrize("method", ["symbolic-raw", "symbolic", "symbolic-accumulate"])
EPS = np.finfo(float).eps


def baydin(x):
    return np.log(x[0]) + x[0] * x[1] - np.sin(x[1])


def logistic(n):
    def iterate(x):
        for _ in range(n - 1):
            x = 4 * x * (1 - x)
        return x

    return iterate


@METHODS
def test_the_survey_s_example_is_right_to_two_units_in_the_last_place(method):
    found = operators.gradient(baydin, np.array([2.0, 5.0]), method=method)
    truth = np.array([5.5, 1.7163378145367737])
    assert np.all(np.abs(found - truth) <= 2 * np.spacing(truth))


@METHODS
@settings(max_examples=6, deadline=None)  # each derives ten formulas
@given(
    x=st.tuples(st.floats(0.1, 3), st.floats(-3, 3)),
    v=st.tuples(st.floats(-1, 1), st.floats(-1, 1)),
)
def test_all_operators_agree_with_each_other(method, x, v):
    x, v, method = np.array(x), np.array(v), find("differentiators", method)
    f = lambda x: np.stack([baydin(x), x[0] * np.exp(x[1]), x[1] ** 3])
    jacobian = method.jacobian(f, x)
    y, y_dot = method.jvp(f, x, v)
    y_bar = np.array([1.0, -2.0, 0.5])
    np.testing.assert_allclose(y, f(x), rtol=1e-14)
    np.testing.assert_allclose(y_dot, jacobian @ v, atol=1e-12)
    np.testing.assert_allclose(method.vjp(f, x, y_bar)[1], y_bar @ jacobian, atol=1e-12)
    value, gradient = method.value_and_gradient(baydin, x)
    np.testing.assert_array_equal(gradient, method.gradient(baydin, x))
    np.testing.assert_allclose([value, *gradient], [baydin(x), *jacobian[0]], rtol=1e-14)
    hessian = method.hessian(baydin, x)
    np.testing.assert_array_equal(hessian, hessian.T)
    np.testing.assert_allclose(method.hvp(baydin, x, v), hessian @ v, atol=1e-12)


# Baydin et al. (2018), Table 1: l_n, its derivative as differentiated, and simplified
X = sp.Symbol("x", real=True)
PUBLISHED = [
    (1, sp.Integer(1), sp.Integer(1)),
    (2, 4 * (1 - X) - 4 * X, 4 - 8 * X),
    (
        3,
        16 * (1 - X) * (1 - 2 * X) ** 2
        - 16 * X * (1 - 2 * X) ** 2
        - 64 * X * (1 - X) * (1 - 2 * X),
        16 * (1 - 10 * X + 24 * X**2 - 16 * X**3),
    ),
    (
        4,
        128 * X * (1 - X) * (-8 + 16 * X) * (1 - 2 * X) ** 2 * (1 - 8 * X + 8 * X**2)
        + 64 * (1 - X) * (1 - 2 * X) ** 2 * (1 - 8 * X + 8 * X**2) ** 2
        - 64 * X * (1 - 2 * X) ** 2 * (1 - 8 * X + 8 * X**2) ** 2
        - 256 * X * (1 - X) * (1 - 2 * X) * (1 - 8 * X + 8 * X**2) ** 2,
        64
        * (
            1
            - 42 * X
            + 504 * X**2
            - 2640 * X**3
            + 7040 * X**4
            - 9984 * X**5
            + 7168 * X**6
            - 2048 * X**7
        ),
    ),
]


@pytest.mark.parametrize(("n", "differentiated", "simplified"), PUBLISHED)
def test_the_published_derivatives_of_the_logistic_map_are_reproduced(
    n, differentiated, simplified
):
    (raw,) = Symbolic("raw").formulas(logistic(n), np.float64(0.2), "derivative").results
    (short,) = (
        Symbolic("raw", form="simplify")
        .formulas(logistic(n), np.float64(0.2), "derivative")
        .results
    )
    assert sp.expand(raw - differentiated) == 0
    assert sp.expand(short - simplified) == 0
    assert sp.expand(differentiated - simplified) == 0


@pytest.mark.parametrize("n", [4, 5, 7, 9])
def test_operation_counts_of_the_three_pipelines_on_the_logistic_map(n):
    def count(pipeline, operator):
        return Symbolic(pipeline).formulas(logistic(n), np.float64(0.2), operator).operations()

    assert count("raw", "derivative") == 2 ** (n - 4) * (5 * n**2 + 5 * n - 18)
    assert count("cse", "derivative") == 2 * n**2 - 5
    assert count("cse", "value_and_gradient") == 2 * n**2 - 4
    assert count("accumulate", "value_and_gradient") == 6 * n - 7


@pytest.mark.parametrize("form", ["as-is", "simplify", "expand", "factor", "horner"])
def test_every_form_has_the_same_value_up_to_its_rounding(form):
    found = Symbolic("cse", form=form).derivative(logistic(4), np.float64(0.2))
    assert found == pytest.approx(9.0660864000000007, rel=64 * EPS)


@pytest.mark.parametrize(
    "options", [{"order": "canonical"}, {"optimizations": "basic"}, {"engine": "symengine"}]
)
def test_options_change_the_formulas_and_not_the_value(options):
    found = Symbolic("cse", **options).gradient(
        FAMILIES["helmholtz"].numeric(3)[0], np.array([0.1, 0.09, 0.08])
    )
    usual = operators.gradient(
        FAMILIES["helmholtz"].numeric(3)[0], np.array([0.1, 0.09, 0.08]), method="reverse"
    )
    np.testing.assert_allclose(found, usual, rtol=1e-13)


@METHODS
def test_a_path_that_depends_on_the_data_is_refused_with_its_line(method):
    def f(x):
        if x[0] > 1:  # the line that decides
            return x[0] ** 2
        return x[1]

    with pytest.raises(
        Unsupported, match=r"test_symbolic\.py:\d+.*the line that decides.*branch='taken'"
    ):
        operators.gradient(f, np.array([2.0, 3.0]), method=method)


@pytest.mark.parametrize("pipeline", ["raw", "cse", "accumulate"])
def test_the_branch_taken_is_differentiated_when_asked_and_never_stale(pipeline):
    f = lambda x: x**2 if x > 1 else 3 * x
    derivative = Symbolic(pipeline, branch="taken").prepare(f, np.float64(2.0), "derivative")
    assert [derivative(np.float64(x)) for x in (2.0, 0.5, 4.0)] == [4.0, 3.0, 8.0]


@METHODS
def test_prepared_formulas_follow_the_shape_of_the_point(method):
    gradient = find("differentiators", method).prepare(
        lambda x: np.sum(x**3), np.ones(2), "gradient"
    )
    np.testing.assert_array_equal(gradient(np.array([1.0, 2.0, 3.0])), [3.0, 12.0, 27.0])


@METHODS
@pytest.mark.parametrize(
    "step", [np.sign, np.floor, lambda x: np.heaviside(x, 0.5), lambda x: np.round(x)]
)
def test_what_has_no_derivative_as_a_function_is_refused(method, step):
    with pytest.raises(Unsupported, match=r"DiracDelta|Derivative|can't see into"):
        operators.derivative(lambda x: x * step(x), 0.5, method=method)


@METHODS
def test_kinks_follow_the_conventions_of_all_modes(method):
    assert operators.derivative(np.abs, 0.0, method=method) == 0.0
    assert operators.derivative(lambda x: np.maximum(x, 0), 0.0, method=method) == 0.5
    assert operators.derivative(lambda x: np.maximum(x, x), 1.0, method=method) == 1.0
    np.testing.assert_allclose(
        operators.gradient(np.max, np.ones(3), method=method), np.ones(3) / 3
    )
    assert operators.derivative(from_sympy(sp.Max(X, 0), [X]), 0.0, method=method) == 0.5


@METHODS
def test_a_branch_that_is_nan_or_infinite_is_not_met_when_not_selected(method):
    assert (
        operators.derivative(lambda x: np.where(x > 0, np.log(x), 2 * x), -1.0, method=method)
        == 2.0
    )
    assert (
        operators.derivative(lambda x: np.where(x > 0, np.sqrt(x), 2 * x), 0.0, method=method)
        == 2.0
    )
    assert (
        operators.derivative(lambda x: np.where(x > 0, np.sin(x) / x, 1.0), 0.0, method=method)
        == 0.0
    )


@METHODS
def test_infinities_and_domains_are_numpy_s(method):
    derivative = find("differentiators", method).prepare(np.log, np.float64(1.0), "derivative")
    assert derivative(np.float64(0.0)) == np.inf
    root = find("differentiators", method).prepare(
        lambda x: x ** (1 / 3), np.float64(1.0), "derivative"
    )
    assert np.isnan(root(np.float64(-8.0)))


@METHODS
def test_float32_in_gives_float32_out(method):
    found = operators.gradient(baydin, np.array([2.0, 5.0], dtype=np.float32), method=method)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, [5.5, 1.7163378], rtol=2e-7)


@METHODS
def test_derivatives_nest_with_other_methods(method):
    inner = lambda x: operators.derivative(lambda y: y**3 * np.sin(y), x, method=method)
    truth = 6 * 2 * np.sin(2) + 2 * 3 * 4 * np.cos(2) - 8 * np.sin(2)
    assert operators.derivative(inner, 2.0, method="forward") == pytest.approx(truth, rel=1e-14)
    assert operators.derivative(inner, 2.0, method="reverse") == pytest.approx(truth, rel=1e-14)


@METHODS
def test_a_function_of_an_outer_variable_is_refused_and_not_confused(method):
    inner = lambda x: operators.derivative(lambda y: x * y * y, 1.0, method=method)
    with pytest.raises(
        Unsupported, match=r"depends on a variable of an outer differentiation.*part of x"
    ):
        operators.derivative(inner, 3.0, method="forward")


@METHODS
def test_a_constant_has_gradient_zero(method):
    np.testing.assert_array_equal(
        operators.gradient(lambda x: 3.0, np.ones(2), method=method), [0.0, 0.0]
    )


@METHODS
def test_a_vector_where_a_number_is_needed_is_refused(method):
    with pytest.raises(BadInput, match=r"returned shape \(2,\).*use jacobian"):
        operators.gradient(lambda x: x, np.ones(2), method=method)


def test_accumulation_keeps_the_digits_that_one_minus_tanh_squared_loses():
    truth = 8.2446144530480e-09  # 1/cosh(10)^2
    assert operators.derivative(np.tanh, 10.0, method="symbolic-accumulate") == pytest.approx(
        truth, rel=1e-12
    )


def test_options_that_do_not_exist_are_refused_with_those_that_do():
    with pytest.raises(
        BadInput, match="form='short' is not an option of Symbolic; take one of as-is, simplify"
    ):
        Symbolic(form="short")
    with pytest.raises(BadInput, match="accumulation keeps it in parts"):
        Symbolic("accumulate", form="expand")


def test_the_name_tells_the_options():
    assert [Symbolic(p).name for p in ("raw", "cse", "accumulate")] == [
        "symbolic-raw",
        "symbolic",
        "symbolic-accumulate",
    ]
    assert Symbolic(form="expand").name == "symbolic(form='expand')"


def test_formulas_print_as_latex_and_as_python():
    method = Symbolic("accumulate")
    assert method.formulas(lambda x: np.exp(x) * x, np.float64(1.0), "derivative").latex() == (
        "t_{0} &= e^{x}\\\\\ny_{1} &= t_{0} x + t_{0}"
    )
    assert (
        method.prepare(lambda x: np.sin(x), np.float64(1.0), "derivative").source
        == "def evaluate(x0):\n    return [cos(x0)]\n"
    )


# Nothing hangs: a case that explodes for every step

SHORT, PATIENT = Limits(seconds=0.5), Limits(seconds=2.5)  # the steps before take up to a second


def multinomial(x):
    return (x + np.sin(x) + np.exp(x) + np.cos(x)) ** 60 * (x - np.sin(x) + np.exp(x)) ** 60


EXPLODING = [
    *(
        (form, Symbolic(form=form, limits=SHORT), multinomial)
        for form in ("simplify", "expand", "horner")
    ),
    ("factor", Symbolic(form="factor", limits=PATIENT), logistic(10)),
    ("diff", Symbolic("cse", limits=SHORT), logistic(15)),
    ("cse", Symbolic(optimizations="basic", limits=PATIENT), logistic(10)),
    (
        "translation to a graph",
        Symbolic("accumulate", limits=Limits(seconds=0.1)),
        logistic(20_000),
    ),
]


@pytest.mark.parametrize(("step", "method", "f"), EXPLODING, ids=[row[0] for row in EXPLODING])
def test_a_swelling_expression_is_refused_in_time_and_says_where(step, method, f):
    with pytest.raises(
        Unsupported, match=rf"^(timeout|out of memory) after .* in {step}; use symbolic-accumulate"
    ):
        method.derivative(f, np.float64(0.2))


def test_code_too_long_to_be_compiled_is_refused_at_once():
    e = X
    for _ in range(30):
        e = sp.sin(e) + sp.cos(e)
    with pytest.raises(
        Unsupported,
        match=r"4,294,967,293 terms, at most 5,000,000 compile; use symbolic-accumulate",
    ):
        generate([X], [], [e])


@pytest.mark.parametrize(
    ("family", "n"), [("nested sin(exp)", 80), ("continued fraction", 150), ("logistic", 14)]
)
def test_deep_expressions_do_not_meet_the_recursion_limit(family, n):
    f, x = FAMILIES[family].numeric(n)
    assert operators.derivative(f, x, method="symbolic-accumulate") == pytest.approx(
        operators.derivative(f, x, method="reverse"), rel=1e-9
    )


@pytest.mark.parametrize("method", ["symbolic-raw", "symbolic"])
def test_sympy_itself_is_given_the_depth_it_needs(method):
    def f(x):
        for _ in range(90):
            x = np.sin(x)
        return x

    assert operators.derivative(f, 0.5, method=method) == pytest.approx(
        operators.derivative(f, 0.5, method="reverse"), rel=1e-12
    )


def test_speelpenning_s_gradient_takes_three_n_minus_five_operations():
    f, x = FAMILIES["speelpenning"].numeric(100)
    formulas = Symbolic("accumulate").formulas(f, x, "value_and_gradient")
    assert formulas.operations() == 3 * 100 - 5
    np.testing.assert_allclose(
        operators.gradient(f, x, method="symbolic-accumulate"), np.prod(x) / x, rtol=100 * EPS
    )


def test_the_helmholtz_gradient_of_a_hundred_components_is_right():
    problem = find("problems", "helmholtz").at(100)
    gradient = Symbolic("accumulate", limits=Limits(seconds=60)).gradient(problem, problem.point)
    np.testing.assert_allclose(
        gradient, problem.manual["value_and_gradient"](problem.point)[1], rtol=1e-12
    )


@pytest.mark.parametrize("method", ["symbolic-raw", "symbolic", "symbolic-accumulate"])
@pytest.mark.parametrize(
    ("f", "x", "step"),
    [
        (lambda x: np.maximum(x, -x) ** 2, 0.0, 0.25),
        (lambda x: np.maximum(x, 0) ** 2, 0.0, 0.25),
        (lambda x: np.clip(x, 0, 1) ** 2, 1.0, -0.25),
        (lambda x: np.max(x) ** 2, np.array([1.0, 1.0]), np.array([0.0, 0.25])),
    ],
)
def test_second_derivatives_at_a_tie_are_refused_and_beside_it_answered(f, x, step, method):
    with pytest.raises(NotDifferentiable, match="chooses between equals"):
        db.hessian(f, x, method=method)
    beside = x + step
    np.testing.assert_allclose(
        db.hessian(f, beside, method=method), db.hessian(f, beside), rtol=1e-14, atol=0
    )
