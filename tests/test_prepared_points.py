"""A prepared answer says at every point what the direct call says there: each row of
docs/conventions.md, each edge of the rule table, whatever the caller's np.errstate.
"""

import re
from pathlib import Path

import numpy as np
import pytest

import diffbench as db
from diffbench.errors import BadInput, BadPoint, DiffbenchError, NotDifferentiable, Unsupported

PAGE = (Path(__file__).parents[1] / "docs" / "conventions.md").read_text()
ROWS = re.findall(r"^\| `(.+?)` \| (\S+) \| (\S+) \| (.+?) \|$", PAGE, flags=re.MULTILINE)
TRACING = ("forward", "reverse", "compiled")
OTHERS = ("symbolic", "symbolic-accumulate", "central-difference", "complex-step", "richardson")
STARTS = (0.37, -1.3)  # where the answers are prepared


def outcome(ask):
    """The derivative, or the class of the refusal."""
    try:
        return ask()
    except DiffbenchError as error:
        return type(error)


def same(found, expected):
    if isinstance(expected, type) or isinstance(found, type):
        return found is expected
    return np.allclose(found, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # of f itself, at points outside its domain
@pytest.mark.parametrize("method", (*TRACING, *OTHERS))
@pytest.mark.parametrize(("expression", "at", "value", "why"), ROWS, ids=[row[0] for row in ROWS])
def test_what_is_prepared_elsewhere_answers_as_the_direct_call(expression, at, value, why, method):
    f, x = eval(f"lambda x: {expression}", {"np": np}), np.array(float(at))
    operator = "hessian" if why.startswith("second derivative") else "derivative"
    direct = outcome(lambda: getattr(db, operator)(f, x, method=method))
    if method in TRACING:
        assert same(direct, NotDifferentiable if value == "refused" else float(value))
    for start in STARTS:
        prepare = lambda start=start: db.prepare(
            f, np.array(start), operator=operator, method=method
        )
        answer = outcome(prepare)
        if isinstance(answer, type):
            continue  # f has no derivative at the start, or the method none of f
        assert same(outcome(lambda answer=answer: answer(x)), direct)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("method", TRACING)
@pytest.mark.parametrize(("expression", "at", "value", "why"), ROWS, ids=[row[0] for row in ROWS])
def test_errors_that_the_caller_has_raised_change_nothing(expression, at, value, why, method):
    f, x = eval(f"lambda x: {expression}", {"np": np}), np.array(float(at))
    operator = "hessian" if why.startswith("second derivative") else "derivative"
    with np.errstate(all="raise"):
        before = np.geterr()
        direct = outcome(lambda: getattr(db, operator)(f, x, method=method))
        answer = outcome(lambda: db.prepare(f, np.array(0.37), operator=operator, method=method))
        later = direct if isinstance(answer, type) else outcome(lambda: answer(x))
        assert np.geterr() == before
    expected = NotDifferentiable if value == "refused" else float(value)
    assert same(direct, expected) and same(later, expected)


def test_a_logistic_function_that_overflows_inside_is_right_however_it_was_prepared():
    f = lambda x: 1 / (1 + np.exp(-x))
    for method in TRACING:
        answer = db.prepare(f, np.array(0.0), operator="derivative", method=method)
        assert answer(np.array(-1000.0)) == 0
        assert answer(np.array(2.0)) == pytest.approx(f(2.0) * (1 - f(2.0)), rel=1e-14)


def test_a_value_that_is_nan_on_a_branch_is_refused_by_the_prepared_gradient_too():
    f = lambda b: np.nan if b[0] < 0 else -b @ b
    for method in TRACING:
        answer = db.prepare(f, np.array([1.0, 2.0]), operator="value_and_gradient", method=method)
        np.testing.assert_array_equal(answer(np.array([1.0, 2.0]))[1], [-2.0, -4.0])


@pytest.mark.parametrize("method", (*TRACING, "symbolic", "central-difference"))
def test_what_the_direct_call_does_not_take_the_prepared_answer_does_not_take(method):
    f = lambda x: np.sum(x**2)
    gradient = db.prepare(f, np.ones(2), operator="gradient", method=method)
    with pytest.raises(BadPoint, match="bool"):
        gradient(np.array([True, False]))
    np.testing.assert_allclose(gradient(np.array([1, 2])), [2.0, 4.0], rtol=1e-8)
    with pytest.raises(BadPoint, match="complex"):
        gradient(np.array([1.0 + 0j, 2.0]))
    push = db.prepare(f, np.ones(2), operator="jvp", method=method)
    with pytest.raises(BadInput, match="direction"):
        push(np.ones(2), np.ones(()))
    slope = db.prepare(lambda x: x * x, np.array(1.0), operator="derivative", method=method)
    with pytest.raises((BadPoint, Unsupported), match="shape"):
        slope(np.ones(3))


@pytest.mark.parametrize(
    "ask", (db.gradient, lambda f, x, method: db.prepare(f, x, method=method)(x))
)
def test_a_complex_derivative_is_refused_where_a_real_one_is_asked(ask):
    class Mistaken:
        name = "mistaken"

        def gradient(self, f, x):
            return 2 * x + 1j

    with pytest.raises(Unsupported, match="mistaken returned a complex gradient"):
        ask(lambda x: np.sum(x * x), np.array([1.0, 2.0]), method=Mistaken())


def written_by_fill(x):
    w = np.sum(x)
    w.fill(3.0)
    return w * w


def written_through_flat(x):
    w = np.sum(x)
    w.flat[0] = 3.0
    return w * w


@pytest.mark.parametrize("method", (*TRACING, "symbolic"))
@pytest.mark.parametrize("f", (written_by_fill, written_through_flat))
def test_a_number_is_not_written_to_as_numpys_are_not(f, method):
    x = np.array([1.0, 3.0])
    assert f(x) == 16
    np.testing.assert_array_equal(db.gradient(f, x, method=method), [8.0, 8.0])


@pytest.mark.parametrize("method", TRACING)
def test_a_write_that_numpy_refuses_is_refused(method):
    def f(x):
        w = np.sum(x)
        w[...] = 3.0
        return w * w

    with pytest.raises(TypeError, match="item assignment"):
        f(np.ones(2))
    with pytest.raises(TypeError, match="item assignment"):
        db.gradient(f, np.ones(2), method=method)


@pytest.mark.parametrize("method", ("symbolic", "symbolic-raw", "symbolic-accumulate"))
@pytest.mark.parametrize("f", (np.log, np.log1p, np.arctanh, lambda x: x * np.log2(x)))
def test_a_formula_has_no_derivative_where_the_function_has_no_value(f, method):
    answer = db.prepare(lambda x: f(x), np.array(0.4), operator="derivative", method=method)
    assert np.isfinite(answer(np.array(0.5)))
    for ask in (lambda: answer(np.array(-3.0)), lambda: db.derivative(f, -3.0, method=method)):
        with pytest.raises(NotDifferentiable, match=r"no finite value|is NaN"):
            ask()
