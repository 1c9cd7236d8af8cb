import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import diffbench as db
from diffbench.program.derive import differentiate
from diffbench.program.passes.pipelines import simplify
from diffbench.program.passes.rewriting.sharing import Simpler
from diffbench.program.passes.rewriting.simplify import share

SPECIAL = [0.0, -0.0, 1.0, -1.0, 2.0, 0.5, -3.0, np.inf, -np.inf, np.nan, 1e300, 1e-5]
OPERATIONS = {
    "add": lambda a, b: a + b, "subtract": lambda a, b: a - b, "multiply": lambda a, b: a * b, "divide": lambda a, b: a / b,
    "negate": lambda a, b: -a, "square": lambda a, b: a**2, "reciprocal": lambda a, b: a**-1, "exp": lambda a, b: np.exp(a),
    "sine": lambda a, b: np.sin(a), "root": lambda a, b: np.sqrt(a), "doubled": lambda a, b: a + a, "halved": lambda a, b: a / 2,
    "larger": lambda a, b: np.maximum(a, b), "chosen": lambda a, b: np.where(a > b, a, b), "tanh": lambda a, b: np.tanh(a),
}  # fmt: skip
CONSTANTS = [0, 1, -1, 2, 0.5, 3.0, -0.0, 100]
steps = st.lists(
    st.tuples(st.sampled_from(sorted(OPERATIONS)), st.integers(0, 40), st.integers(0, 40)),
    min_size=1,
    max_size=14,
)


def function_of(drawn):
    """A function whose operations and arguments are drawn: inputs, constants and earlier
    results.
    """

    def f(x):
        values = [x[0], x[1], *CONSTANTS]
        for name, a, b in drawn:
            left, right = values[-1 - a % len(values)], values[-1 - b % len(values)]
            with np.errstate(all="ignore"):
                values.append(
                    OPERATIONS[name](left, right)
                    if not isinstance(left, int | float)
                    else OPERATIONS[name](left * x[0], right)
                )
        return values[-1] + 0 * x[0]

    return f


@settings(max_examples=150, deadline=None)
@given(drawn=steps, x=st.tuples(st.sampled_from(SPECIAL), st.sampled_from(SPECIAL)))
def test_a_simplified_program_has_the_same_values_with_nan_and_inf_and_the_sign_of_zero(drawn, x):
    program = db.record(function_of(drawn), np.array([0.7, -1.3]))
    point = np.array(x)
    with np.errstate(all="ignore"):
        before, after = program.evaluate(point), simplify(program).evaluate(point)
    if np.isfinite(before) and before != 0 and abs(before) < 1e290:
        assert after == pytest.approx(before, rel=1e-12)
    elif abs(before) < 1e290 or not np.isfinite(before):
        np.testing.assert_equal(np.nan_to_num(after, nan=7.0), np.nan_to_num(before, nan=7.0))


def names(program):
    return [equation.primitive.name for equation in program.equations]


@pytest.mark.parametrize(
    "f, expected",
    [
        (lambda x: x * 1, []),
        (lambda x: x * -1, ["negative"]),
        (lambda x: x / 1 - 0, []),
        (lambda x: np.negative(-x), []),
        (lambda x: x + -np.sin(x), ["sin", "subtract"]),
        (lambda x: (-x) * np.sin(x), ["sin", "multiply", "negative"]),
        (lambda x: x * (1 / np.sin(x)), ["sin", "divide"]),
        (lambda x: 2 * (100 * x), ["multiply"]),
        (lambda x: x * 0.5 + x * 0.5, []),
        (lambda x: x**2, ["multiply"]),
        (lambda x: x**1, []),
        (
            lambda x: np.sin(x) * np.cos(x) + np.cos(x) * np.sin(x),
            ["sin", "cos", "multiply", "add"],
        ),
        (lambda x: x + np.log(2.0) * np.exp(1.0), ["add"]),
        (lambda x: np.sin(x) * 0, ["sin", "multiply"]),  # inf * 0 is NaN
        (lambda x: x + 0, ["add"]),  # -0.0 + 0 is +0.0
    ],
)
def test_an_identity_removes_what_it_says_and_no_more(f, expected):
    assert names(simplify(db.record(f, np.array(0.3)))) == expected


def test_sharing_keeps_every_operation_as_it_was_written():
    program = share(db.record(lambda x: (x * 1) ** 2 + (x * 1) ** 2, np.array(0.3)))
    assert names(program) == ["multiply", "power", "add"]


def test_dead_code_goes_and_guards_stay():
    def f(x):
        np.exp(x)
        return x if np.sin(x) > 0 else -x

    program = simplify(db.record(f, np.array(0.3)))
    assert names(program) == ["sin", "greater"]
    assert [guard.value for guard in program.guards] == [True]


def test_a_symmetric_matrix_is_multiplied_once():
    a = np.array([[2.0, 1.0], [1.0, 3.0]])
    program = simplify(
        differentiate.value_and_gradient(db.record(lambda x: x @ (a @ x), np.ones(2)))
    )
    assert names(program).count("matmul") == 2  # A x, and its product with x


def test_the_slope_of_tanh_does_not_cancel():
    x = np.linspace(5, 300, 100)
    program = simplify(differentiate.value_and_gradient(db.record(lambda x: np.sum(np.tanh(x)), x)))
    with np.errstate(all="ignore"):
        expected = (2 / (np.exp(x.astype(np.longdouble)) + np.exp(-x.astype(np.longdouble)))) ** 2
    np.testing.assert_allclose(
        program.evaluate(x)[1], expected.astype(float), rtol=16 * np.finfo(float).eps
    )


def test_log_of_one_plus_exp_keeps_its_digits_and_its_infinities():
    x = np.array([-np.inf, -800.0, -40.0, -1.0, 0.0, 1.0, 40.0, 800.0, np.inf, np.nan])
    program = simplify(db.record(lambda x: np.logaddexp(0.0, x) * 1.5, x))
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(
            program.evaluate(x), np.logaddexp(0.0, x) * 1.5, rtol=4 * np.finfo(float).eps
        )


@pytest.mark.parametrize("axis", [0, 1, None])
def test_sums_of_products_come_to_the_same(axis):
    rng = np.random.default_rng(2)
    a, b, row, column = (
        rng.normal(size=(5, 3)),
        rng.normal(size=(5, 3)),
        rng.normal(size=3),
        rng.normal(size=(5, 1)),
    )

    def f(x):
        return np.sum(np.sum(x * a * row * column / (2 + row) * b, axis=axis) * 2)

    x = rng.normal(size=(5, 3))
    program = db.record(f, x)
    assert simplify(program).evaluate(x) == pytest.approx(program.evaluate(x), rel=1e-13)


def test_a_weights_gradient_is_gathered_in_one_product():
    rng = np.random.default_rng(3)
    inputs, start = rng.normal(size=(20, 4)), rng.normal(size=(3, 3))

    def f(x):
        w, u = x[:9].reshape(3, 3), x[9:].reshape(4, 3)
        h = np.zeros_like(x[:3])
        for step in inputs:
            h = np.tanh(h @ w + step @ u)
        return np.sum(h**2)

    x = np.concatenate([start.ravel(), rng.normal(size=12)])
    gradient = simplify(differentiate.value_and_gradient(db.record(f, x)))
    assert names(gradient).count("join") >= 2
    # 20 steps of two additions, and 19 of a vector, not of matrices
    assert names(gradient).count("add") < 150
    np.testing.assert_allclose(
        gradient.evaluate(x)[1], db.gradient(f, x, method="reverse"), rtol=1e-12, atol=1e-14
    )


@settings(max_examples=60, deadline=None)
@given(drawn=steps)
def test_the_short_way_of_numbers_leads_where_the_long_way_does(drawn):
    program = differentiate.value_and_gradient(db.record(function_of(drawn), np.array([0.7, -1.3])))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Simpler, "take_number", lambda self, equation: False)
        expected = str(simplify(program))
    assert str(simplify(program)) == expected


@pytest.mark.parametrize("f", [np.copysign, np.maximum, lambda x, zero: np.where(x > 1, x, zero)])
def test_zero_and_minus_zero_are_different_arguments(f):
    program = simplify(db.record(lambda x: f(x, 0.0) * np.sin(f(x, -0.0)), 0.5))
    assert len({repr(equation.args) for equation in program.equations if 0 in equation.args}) == 2


def test_a_row_added_to_outer_products_is_no_outer_product():
    f, x = (lambda x: x[:, None] * np.array([1.0, 2.0, 3.0]) + x * x), np.arange(3.0)
    np.testing.assert_array_equal(simplify(db.record(f, x))(x), f(x))
