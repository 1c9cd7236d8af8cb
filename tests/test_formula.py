"""Text becomes a function, or a sentence that says what to write instead; it is never executed."""

import ast
import math
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diffbench.errors import BadFormula, BadPoint
from diffbench.formula import ARRAY_FUNCTIONS, functions, parse_formula
from diffbench.rules.table import named

FUNCTIONS = functions()


def value(text, *point, dtype=float):
    return parse_formula(text)(np.array(point, dtype=dtype))


def test_the_worked_example_has_its_published_value():
    assert value("log(x1)+x1*x2-sin(x2)", 2, 5) == 11.652071455223084


def test_names_follow_the_natural_order():
    assert parse_formula("x10 + x2 + x1*alpha + y").names == ("alpha", "x1", "x2", "x10", "y")


def test_names_that_computer_algebra_reserves_are_ordinary_variables():
    f = parse_formula("E + 10*I + 100*N + 1000*O + 10000*Q + 100000*S + beta*gamma")
    assert f.names == ("E", "I", "N", "O", "Q", "S", "beta", "gamma")
    assert f(np.array([1.0, 2, 3, 4, 5, 6, 7, 8])) == 654321 + 56


def test_e_and_pi_are_the_constants():
    assert value("e**x + pi", 1) == math.e + math.pi


@pytest.mark.parametrize("point", [2.0, np.float64(2), np.array(2.0), np.array([2.0])])
def test_a_formula_of_one_name_takes_a_scalar_or_one_coordinate(point):
    assert parse_formula("x**2")(point) == 4
    assert np.shape(parse_formula("x**2")(point)) == ()


@pytest.mark.parametrize(
    "text", ["sqrt(2)*x", "x/3 + pi", "maximum(x, 1/3)", "x if x > 0 else 3", "-2**0.5*x", "e*x**2"]
)
def test_float32_stays_float32(text):
    assert value(text, 2, dtype=np.float32).dtype == np.float32


def test_a_constant_branch_is_a_float():
    assert isinstance(parse_formula("x if x > 0 else 3")(np.array(-1.0)), float)


@pytest.mark.parametrize(
    "text", ["1 if 0 < x <= 2 else -1", "-1 if x == 1 else 1", "(x != 2) + (x >= 2)"]
)
def test_comparisons_read_as_in_python(text):
    assert value(text, 2) == 1


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_every_function_is_numpy_s_or_scipy_s_own(name):
    row = FUNCTIONS[name]
    x = np.array([1.25 if row.name == "arccosh" else 0.25, 0.5, 0.75])[: row.arity]
    text = f"{name}({', '.join(f'x{i}' for i in range(1, len(x) + 1))})"
    expected = getattr(np, row.name, None) or named[row.name].evaluate
    assert parse_formula(text)(x) == expected(*x)


def test_what_computer_algebra_and_python_call_it_is_understood():
    assert {alias: FUNCTIONS[alias].name for alias in ("ln", "asin", "atan2", "abs", "max")} == {
        "ln": "log",
        "asin": "arcsin",
        "atan2": "arctan2",
        "abs": "absolute",
        "max": "maximum",
    }


def test_the_module_handed_in_as_xp_is_the_one_that_computes():
    class Recording:
        def sin(self, x):
            return ("sin", x)

    assert parse_formula("sin(x)")(np.array(2.0), xp=Recording()) == ("sin", 2.0)


def test_a_negative_zero_keeps_its_sign():
    assert math.copysign(1, value("x * -0.0", 1)) == -1


def test_formulas_survive_pickling():
    f = pickle.loads(pickle.dumps(parse_formula("x*y")))
    assert f(np.array([2.0, 3.0])) == 6
    assert f.__name__ == "x*y"


REFUSED = {
    "": "can't be read",
    "2x": "as in 2*x1",
    "x1 x2": "as in 2*x1",
    "x//2": "floor(a/b)",
    "x@y": "dot(a, b)",
    "(x, y)*2": "separated by commas",
    "x[y]": "whole numbers",
    "x[0:2]": "whole numbers",
    "2[0]*x": "index a name",
    "dot(x)": "2 arguments",
    "sum(x, y)": "1 argument",
    "min()": "1 argument or more",
    "9" * 400 + "*x": "finite real",
    "np.sin(x)": "write sin(x)",
    "x.__class__": "write sin(x)",
    "x and y": "conditional",
    "not x": "turn the comparison round",
    "lambda*x": "lambda_",
    "sinn(x)": "did you mean sin",
    "logg(x)": "did you mean log",
    "f(x)": "f*(...)",
    "sin + x": "sin(...)",
    "sin(x, y)": "1 argument ",
    "maximum(x)": "2 arguments ",
    "sin(x=2)": "no keywords",
    "sin(*x)": "every argument",
    "7": "no variable",
    "pi*e": "no variable",
    "1e400*x": "finite",
    "1/0*x": "1 / 0",
    "9**9**9**9*x": "finite",
    "(-8)**(1/3)*x": "finite real",
    "2j*x": "2j",
    "'x'": "real number",
    "None": "reserved",
    "[x for x in y]": "reserved",
    "f'{x}'": "JoinedStr",
    "{x}": "Set",
    "x := 2": "can't be read",
    "x is y": "reserved",
    "x in y": "reserved",
    "__import__('os').system('true')": "write sin(x)",
    "x\0": "null",
    "(" * 300 + "x" + ")" * 300: "can't be read",
    "-" * 6000 + "x": "nests more than",
    "+".join(["x"] * 300): "nests more than",
    "x" * 20_000: "20000 characters",
}


@pytest.mark.parametrize(("text", "cure"), REFUSED.items(), ids=[text[:20] for text in REFUSED])
def test_what_is_no_formula_is_refused_in_one_sentence_with_the_cure(text, cure):
    with pytest.raises(BadFormula) as caught:
        parse_formula(text)
    message = str(caught.value)
    assert cure in message
    assert "\n" not in message
    assert len(message) < 500


def test_the_wrong_number_of_coordinates_names_both_sides():
    with pytest.raises(BadPoint, match=r"2 names \(x1, x2\), but the point has shape \(3,\)"):
        value("x1*x2", 1, 2, 3)


def of_arrays(text, **arrays):
    """The value of a formula whose names stand for arrays."""
    formula = parse_formula(text)
    assert formula.names == tuple(sorted(arrays))
    shapes = tuple(np.shape(arrays[name]) for name in formula.names)
    flat = np.concatenate([np.ravel(arrays[name]) for name in formula.names]).astype(float)
    return formula.of_shapes(shapes)(flat)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sum(x*x)", 14),
        ("prod(x)", 6),
        ("dot(x, x)", 14),
        ("max(x) - min(x)", 2),
        ("x[0] + 10*x[-1]", 31),
        ("sum(x)**2", 36),
        ("x*sum(x)", [6, 12, 18]),
        ("min(x[0], x[1], 0)", 0),
    ],
)
def test_a_name_may_stand_for_an_array(text, expected):
    found = parse_formula(text).of_shapes(((3,),))(np.array([1.0, 2, 3]))
    np.testing.assert_array_equal(found, expected)


def test_numbers_and_arrays_stand_one_after_another_in_the_point():
    assert of_arrays("a*sum(x) + y[1]", a=2, x=[1, 2, 3], y=[4, 5]) == 17
    matrix = of_arrays("sum(x*w)", w=[[1, 2], [3, 4]], x=2)
    assert matrix == 20


def test_several_results_are_separated_by_commas():
    np.testing.assert_allclose(
        value("sin(x1*x2), x1*x2 + log(x2)", 2, 3),
        [-0.27941549819892586, 7.09861228866811],  # worked examples, section 3
        rtol=1e-15,
    )
    np.testing.assert_array_equal(of_arrays("x, sum(x), 1", x=[1, 2]), [1, 2, 3, 1])


def test_a_caret_is_a_power_and_a_notice_says_so():
    formula = parse_formula("1 + x^2")  # Python's own ^ would bind looser than +
    assert formula(np.array(3.0)) == 10 and "**" in formula.notice
    assert parse_formula("x**2").notice == ""


@pytest.mark.parametrize(
    ("text", "column"), [("log(x1) + sinn(x2)", 10), ("2x", 0), ("x + 1/0", 4), ("x*foo.bar", 2)]
)
def test_the_place_of_an_error_has_a_caret(text, column):
    with pytest.raises(BadFormula) as caught:
        parse_formula(text)
    [note] = caught.value.__notes__
    shown, mark = note.splitlines()
    assert shown[2:] == text and mark.index("^") - 2 == column


def test_a_formula_of_arrays_pickles():
    formula = parse_formula("sum(x)").of_shapes(((3,),))
    again = pickle.loads(pickle.dumps(formula))
    assert again == formula != parse_formula("sum(x)")
    assert again(np.ones(3)) == 3


def test_the_deepest_formula_that_is_read_can_be_evaluated():
    text = "+".join(["x"] * 199)
    assert value(text, 1) == 199


leaves = st.sampled_from(["x1", "x2", "2", "0.5", "pi"])
expressions = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*"), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        st.tuples(st.sampled_from(["sin", "tanh", "exp2", "-"]), inner).map(
            lambda t: f"{t[0]}({t[1]})"
        ),
    ),
    max_leaves=12,
).map(lambda text: f"x1*0.25 + x2*0.5 + {text}")


@given(expressions, st.floats(-2, 2), st.floats(-2, 2))
def test_the_value_is_the_one_python_computes(text, x1, x2):
    scope = {name: getattr(np, name) for name in FUNCTIONS if hasattr(np, name)} | {
        "pi": np.pi,
        "x1": np.float64(x1),
        "x2": np.float64(x2),
    }
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(value(text, x1, x2), eval(text, scope))


@given(st.text(alphabet="x12+-*/()., sincoe<>=if", max_size=25))
def test_any_text_is_read_or_refused_and_nothing_else_happens(text):
    try:
        f = parse_formula(text)
    except BadFormula:
        return
    assert set(f.names).isdisjoint(FUNCTIONS)
    assert {node.id for node in ast.walk(ast.parse(f.text)) if isinstance(node, ast.Name)} <= {
        *f.names,
        *FUNCTIONS,
        *ARRAY_FUNCTIONS,
        "pi",
        "e",
    }
