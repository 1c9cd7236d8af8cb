"""A program's derivative is a program: evaluated, differentiated again, generated, it agrees with
the levels that run at once.
"""

import numpy as np
import pytest

import diffbench as db
from diffbench.program.derive import differentiate, rule_programs
from diffbench.program.passes.pipelines import simplify
from diffbench.program.python.source import function_of, generate

RNG = np.random.default_rng(5)
A = RNG.normal(size=(3, 3)) + 3 * np.eye(3)


def scatter(x):
    y = np.zeros_like(x)
    y[1:] = x[:-1] ** 2
    y[[0, 0, 2]] += x[2]
    return np.sum(y * x)


FUNCTIONS = {
    "slices that overlap": lambda x: np.sum(x[1:] * np.sin(x[:-1])) + x[0] * x[-1],
    "indices that repeat": lambda x: (
        np.sum(x[[0, 0, 2, 1]] ** 3) + x[np.array([True, False, True])].sum()
    ),
    "writes": scatter,
    "broadcasting": lambda x: np.sum(np.exp(x[:, None] * x) / (1 + x**2)),
    "a solver": lambda x: np.sum(np.linalg.solve(A + np.outer(x, x), x) ** 2),
    "stacking": lambda x: np.prod(np.concatenate([x, np.stack([x[0] * x[1], x[2]])])),
    "extremes": lambda x: np.max(x) * np.min(x) + np.maximum(x, 0.3).sum() * np.abs(x).sum(),
    "selection": lambda x: np.sum(np.where(x > 0.5, np.sqrt(np.abs(x)), x**2)),
    "scans and moments": lambda x: np.cumsum(x)[1] * np.var(x) + np.mean(np.tanh(x)),
    "matrices": lambda x: np.trace((A * x) @ (A.T @ np.diag(x))),
    "powers": lambda x: x[0] ** x[1] + x[2] ** 3 + 2.0 ** x[0],
}
POINTS = [np.array([0.7, 0.2, 1.4]), np.array([1.1, 0.9, 0.4])]
cases = pytest.mark.parametrize("f", FUNCTIONS.values(), ids=FUNCTIONS)


def refuse(*xs):
    raise AssertionError("the generated code gave up")


def generated(program):
    """The simplified program's generated function, which may not fall back on anything."""
    source = generate(simplify(program), "answer")
    source.namespace |= {"otherwise": refuse, "guard_failed": refuse}
    return function_of(source, "answer")


@cases
def test_value_and_gradient(f):
    program = differentiate.value_and_gradient(db.record(f, POINTS[0]))
    answer = generated(program)
    for x in POINTS:
        value, gradient = db.value_and_gradient(f, x, method="reverse")
        for found in (program.evaluate(x), simplify(program).evaluate(x), answer(x), answer(x)):
            np.testing.assert_allclose(found[0], value, rtol=1e-13)
            np.testing.assert_allclose(found[1], gradient, rtol=1e-12, atol=1e-13)


@cases
def test_pushing_and_pulling_are_transposes_of_each_other(f):
    g = lambda x: np.sin(x) * f(x)
    x, x_dot, y_bar = POINTS[1], RNG.normal(size=3), RNG.normal(size=3)
    program = db.record(g, POINTS[0])
    y, y_dot = generated(differentiate.jvp(program))(x, x_dot)
    z, x_bar = generated(differentiate.vjp(program))(x, y_bar)
    np.testing.assert_allclose(y, g(x), rtol=1e-13)
    np.testing.assert_allclose(z, g(x), rtol=1e-13)
    assert y_bar @ y_dot == pytest.approx(x_bar @ x_dot, rel=1e-12)


@cases
def test_a_gradient_of_a_gradient_is_a_program_again(f):
    program = db.record(f, POINTS[0])
    x, x_dot = POINTS[0], RNG.normal(size=3)
    expected = db.hessian(f, x, method="reverse")
    np.testing.assert_allclose(
        generated(differentiate.hvp(program))(x, x_dot), expected @ x_dot, rtol=1e-10, atol=1e-11
    )
    gradient = differentiate.part(differentiate.value_and_gradient(program), 1)
    np.testing.assert_allclose(
        generated(differentiate.jacobian_rows(simplify(gradient)))(x),
        expected,
        rtol=1e-10,
        atol=1e-11,
    )


def test_third_derivatives_by_differentiating_three_times():
    program = db.record(lambda x: np.exp(np.sin(x)), np.array(0.4))
    for _ in range(3):
        program = simplify(differentiate.part(differentiate.derivative(program), 1))
    s, c = np.sin(0.4), np.cos(0.4)
    assert program.evaluate(0.4) == pytest.approx(np.exp(s) * (c**3 - 3 * s * c - c), rel=1e-14)


def test_a_primitive_with_several_results():
    f = lambda x: np.sum(np.linalg.slogdet(A + np.outer(x, x))[1] * x)
    program = db.record(f, POINTS[0])
    np.testing.assert_allclose(
        generated(differentiate.value_and_gradient(program))(POINTS[1])[1],
        db.gradient(f, POINTS[1], method="reverse"),
        rtol=1e-12,
    )


def test_the_rule_of_a_primitive_is_recorded_once_for_each_shape():
    program = db.record(lambda x: np.sum(np.sin(np.sin(np.sin(x)))), np.ones(7))
    differentiate.value_and_gradient(program)
    before = len(rule_programs._rules)
    differentiate.value_and_gradient(db.record(lambda x: np.sum(np.sin(np.sin(x))), np.zeros(7)))
    assert len(rule_programs._rules) == before


def test_the_gradient_of_a_loop_has_a_fixed_number_of_operations_a_step():
    def operations(n):
        def f(x):
            for _ in range(n - 1):
                x = 4 * x * (1 - x)
            return x

        return (
            simplify(differentiate.value_and_gradient(db.record(f, np.array(0.2))))
            .operations()
            .total()
        )

    assert operations(20) - operations(10) == operations(30) - operations(20) <= 10 * 8


def test_a_rule_recorded_where_it_has_no_value_is_not_used_elsewhere():
    def f(x):
        w, v = np.linalg.eigh(x)
        return np.sum((v * np.exp(w)) @ v.T)

    apart = np.array([[1.0, 0.2], [0.2, 3.0]])
    # repeated eigenvalues: NaN
    db.prepare(f, np.eye(2), operator="gradient", method="compiled")(np.eye(2))
    prepared = db.prepare(f, apart, operator="gradient", method="compiled")
    np.testing.assert_allclose(prepared(apart), db.gradient(f, apart, method="reverse"), rtol=1e-12)
