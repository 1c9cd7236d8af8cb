"""Loops are found again in unrolled programs, and what is generated from them gives the same
numbers.
"""

import numpy as np
import pytest

import diffbench as db
from diffbench.program.derive import differentiate
from diffbench.program.passes.pipelines import simplify
from diffbench.program.passes.rolling import find_loops
from diffbench.program.python.source import function_of, generate


def logistic(x):
    for _ in range(900):
        x = 3.2 * x * (1 - x)
    return x


def rosenbrock(x):
    total = 0.0
    for i in range(len(x) - 1):
        total = total + 100 * (x[i + 1] - x[i] * x[i]) ** 2 + (1 - x[i]) ** 2
    return total


def product(x):
    y = x[0]
    for i in range(1, len(x)):
        y = y * x[i]
    return y


def table(x):
    y = x[0]
    for k in range(1200):
        y = np.sin(y) + x[1] * (k % 7)
    return y * x[1]


def two_loops(x):
    y = x[0]
    for _ in range(500):
        y = np.cos(y) * x[1]
    z = y
    for _ in range(500):
        z = z + np.sin(z * y) / 7
    return z + y


def guarded(x):
    y = x[0]
    for _ in range(3000):
        y = y + 0.01 if y > 0 else y * x[1]
    return y * y


CASES = [
    (logistic, np.array(0.3)),
    (rosenbrock, np.linspace(-1, 1, 400)),
    (product, np.linspace(0.99, 1.01, 1500)),
    (table, np.array([0.4, 0.1])),
    (two_loops, np.array([0.3, 0.9])),
    (guarded, np.array([0.5, 2.0])),
]


def refuse(*xs):
    raise AssertionError(f"generated code gave up at {xs}")


def compiled(f, x):
    program = simplify(differentiate.value_and_gradient(db.record(f, x)))
    source = generate(program, "answer")
    source.namespace |= {"otherwise": refuse, "guard_failed": refuse}
    return program, source, function_of(source, "answer")


@pytest.mark.parametrize("f, x", CASES, ids=lambda thing: getattr(thing, "__name__", ""))
def test_rolled_code_is_short_and_gives_the_value_and_gradient_of_the_program(f, x):
    program, source, answer = compiled(f, x)
    value, gradient = answer(x)
    expected_value, expected_gradient = program.evaluate(x)
    # unrolled, a line takes 20 characters and more
    assert len(source.text) < 2 * len(program.equations)
    np.testing.assert_allclose(value, expected_value, rtol=1e-13)
    np.testing.assert_allclose(gradient, expected_gradient, rtol=1e-12, atol=1e-300)


def test_code_does_not_grow_with_the_number_of_repetitions():
    lengths = [len(compiled(product, np.linspace(0.99, 1.01, n))[1].text) for n in (1500, 3000)]
    assert abs(lengths[1] - lengths[0]) < 100


def test_a_guard_inside_a_rolled_loop_names_the_repetition_that_failed():
    _, source, answer = compiled(guarded, np.array([0.5, 2.0]))
    failures = []
    answer = function_of(
        source.__class__(
            source.text,
            source.namespace | {"guard_failed": lambda *told: failures.append(told)},
            False,
        ),
        "answer",
    )
    answer(np.array([-0.5, 2.0]))
    assert failures[0][:2] == (0, False)
    prepared = db.prepare(guarded, np.array([0.5, 2.0]), operator="gradient", method="compiled")
    for x in ([-0.5, 0.999], [0.1, 3.0], [-0.1, 0.5]):
        np.testing.assert_allclose(
            prepared(np.array(x)), db.gradient(guarded, np.array(x)), rtol=1e-12
        )


def test_irregular_code_is_left_as_it_is():
    rng = np.random.default_rng(1)
    steps = rng.integers(0, 3, size=400)

    def f(x):
        for kind in steps:
            x = np.sin(x) if kind == 0 else x * 1.1 if kind == 1 else x + 0.3
        return x

    program = simplify(db.record(f, np.array(0.5)))
    assert all(loop.count * loop.length < 200 for loop in find_loops(program, set()))
