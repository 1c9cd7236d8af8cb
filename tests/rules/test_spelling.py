"""One row for how an elementwise function is written: four functions that nobody spelled before are
added, and found everywhere; the rows agree with what they name.
"""

import re

import numpy as np
import pytest
import scipy.special as sp

import diffbench as db
from diffbench.differentiators.compiled import Compiled
from diffbench.errors import Unsupported
from diffbench.formula import parse_formula
from diffbench.measure.reference.true_derivative import reference
from diffbench.program.derive.sparsity import detect
from diffbench.program.native import scipy_functions
from diffbench.program.python.float_functions import FLOAT_FUNCTIONS
from diffbench.rules import spelling, table
from diffbench.rules.spelling import alone, special, spellings
from diffbench.rules.table import elementwise, named

EPS = np.finfo(float).eps
POINT = 1.75
# Kelvin functions: value, first and second derivative in terms of each other. Source: DLMF 10.61, 10.63
KELVIN = {
    sp.ber: (sp.berp, lambda y, x: -sp.bei(x) - y / x),
    sp.bei: (sp.beip, lambda y, x: sp.ber(x) - y / x),
    sp.ker: (sp.kerp, lambda y, x: -sp.kei(x) - y / x),
    sp.kei: (sp.keip, lambda y, x: sp.ker(x) - y / x),
}
functions = pytest.mark.parametrize("f", KELVIN, ids=lambda f: f.__name__)


@pytest.fixture(autouse=True)
def scratch(monkeypatch, tmp_path):
    """The rows are gone after each test."""
    kept = [(each, dict(each)) for each in (table.primitives, table.named, table.slopes, spellings)]
    monkeypatch.setenv("DIFFBENCH_CACHE", str(tmp_path))
    for f, (slope, second) in KELVIN.items():
        elementwise(f, lambda y, x, slope=slope: slope(x))
        elementwise(slope, second)
        name = f.__name__
        special(name, rf"\operatorname{{{{{name}}}}}", typed=name, mpmath=f"{name}(0, {{}})")
        special(slope.__name__)
    yield
    for each, before in kept:
        each.clear()
        each.update(before)


@functions
def test_a_function_that_is_added_is_differentiated_in_every_mode(f):
    slope, second = KELVIN[f]
    first, curvature = slope(POINT), second(slope(POINT), POINT)
    for method in ("forward", "reverse", "compiled"):
        assert db.derivative(f, POINT, method=method) == first
        twice = db.derivative(lambda x, m=method: db.derivative(f, x, method=m), POINT)
        assert twice == pytest.approx(curvature, rel=8 * EPS)
    np.testing.assert_allclose(
        db.taylor(f, POINT, 2), [f(POINT), first, curvature / 2], rtol=8 * EPS
    )
    assert db.derivative(f, POINT, method="adaptive-difference") == pytest.approx(first, rel=1e-9)


@functions
def test_it_is_native_through_a_call_of_scipy_s_own_and_generated_python_calls_numpy_s(f):
    for x in (POINT, np.array([0.5, 1.0, POINT])):
        g = lambda x: np.sum(x * f(x))
        expected = db.gradient(g, x)
        for native, route in ((True, "native"), (False, "numpy")):
            answer = db.prepare(g, x, operator="gradient", method=Compiled(native=native))
            assert answer.route == route
            np.testing.assert_allclose(answer(x), expected, rtol=4 * EPS)


@functions
def test_it_is_printed_typeset_counted_typed_and_known_to_work_entry_by_entry(f):
    program, name = db.record(lambda x: f(x) * x, POINT), f.__name__
    assert f"from scipy.special import {name}" in str(program)
    assert rf"v_{{1}} &= \operatorname{{{name}}}\left(v_{{0}}\right)" in program.to_latex()
    assert program.operations() == {name: 1, "*": 1}
    assert parse_formula(f"{name}(x) * x")(np.array(POINT)) == f(POINT) * POINT
    assert detect(db.record(f, np.ones(3))).nnz == 3


@functions
def test_its_reference_is_mpmath_s_and_the_methods_agree_with_it(f):
    truth = reference(f, POINT, "derivative")
    assert float(truth.value) == pytest.approx(KELVIN[f][0](POINT), rel=16 * EPS)
    rows = db.compare(f, POINT, operator="derivative", methods=["forward", "reverse", "compiled"])
    assert set(rows.frame()["status"]) == {"ok"}
    assert rows.frame()["error_rel"].max() < 16 * EPS


@functions
def test_what_has_no_word_for_it_refuses_it_by_name(f):
    for method in ("symbolic", "complex-step"):
        with pytest.raises(Unsupported, match=f.__name__):
            db.derivative(f, POINT, method=method)


# ---------------------------------------------------------------- the rows themselves


def test_every_row_is_of_a_function_that_has_a_derivative_row_or_a_definition():
    known = named.keys() | {function.__name__ for function in table.composites}
    assert spellings.keys() <= known


def test_the_words_for_python_and_c_exist():
    for row in spellings.values():
        assert not alone(row.python) or alone(row.python) in FLOAT_FUNCTIONS
        for name in scipy_functions.called_in(row.c):
            assert f"{name}_of_scipy" in scipy_functions.declarations([name])


def test_templates_have_a_slot_for_every_argument():
    for row in spellings.values():
        arguments = [f"argument{k}" for k in range(row.arity)]
        written = [row.python, row.c, row.sympy, row.terms, row.mpmath]
        for text in [text for text in written if text not in ("", "True", "False")]:
            assert all(argument in text.format(*arguments) for argument in arguments), text


def test_python_expressions_can_be_nested():
    for row in spellings.values():
        slots = re.findall(r"\{(\d*)\}", row.python)
        assert len(slots) == len(set(slots)) or set(slots) == {""}, (
            "an argument would be written twice"
        )
        assert row.python in ("", "{}") or row.is_operator or alone(row.python)


def test_a_second_function_of_a_known_name_does_not_get_the_first_one_s_code():
    @table.dispatched
    def sin(x):
        return 2.0 * np.sin(x)

    row = elementwise(sin, lambda y, x: 2.0 * np.cos(x))
    assert row.name == "own.sin" and named["sin"].evaluate is np.sin
    answer = db.prepare(lambda x: sin(x) * x, POINT, operator="derivative", method="compiled")
    assert answer(POINT) == pytest.approx(
        2 * np.sin(POINT) + 2 * POINT * np.cos(POINT), rel=4 * EPS
    )


def test_generated_code_is_written_by_the_rows():
    row = spelling.spelling("arctan2")
    assert row.python.format("y", "x") == row.c.format("y", "x") == "atan2(y, x)"
    assert row.latex.template.format("y", "x") == r"\operatorname{arctan2}\left(y, x\right)"
    assert spelling.spelling("of nobody") is spelling.UNSPELLED
