"""Steps of a loop over vectors that do not wait for each other are one equation on a matrix; the
values stay.
"""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import diffbench as db
from diffbench.differentiators.compiled import Compiled
from diffbench.program import record
from diffbench.program.passes.batching import FEWEST, batch_steps
from diffbench.program.passes.pipelines import simplify

RNG = np.random.default_rng(0)
STEPS, N = 12, 5
MATRIX, DATA, TARGETS = (
    RNG.normal(size=(N, N)) / 3,
    RNG.normal(size=(STEPS, N)),
    RNG.normal(size=(STEPS, N)),
)
X = RNG.normal(size=N)


def names(program):
    return Counter(equation.primitive.name for equation in program.equations)


def batched(f, x=X):
    program = batch_steps(simplify(record(f, x)))
    np.testing.assert_allclose(program(x), f(x), rtol=1e-13, atol=1e-14)
    return names(program)


def independent(x):
    return sum([np.sum(np.sin(row * x) ** 2) for row in DATA])


def recurrent(x):
    h, total = x, 0.0
    for row, target in zip(DATA, TARGETS, strict=True):
        h = np.tanh(h @ MATRIX + row * x)
        total = total + np.sum((h - target) ** 2)
    return total


def test_independent_steps_are_one_equation_each():
    counted = batched(independent)
    assert (counted["sin"], counted["sum"]) == (1, 1)


def test_what_waits_for_the_step_before_stays_and_the_rest_is_done_at_once():
    counted = batched(recurrent)
    assert counted["tanh"] == STEPS
    assert counted["multiply"] + counted["square"] <= 3  # row * x of all steps, and the squares
    assert counted["subtract"] == 1


def test_a_product_with_a_matrix_is_one_product_for_all_steps():
    assert (
        batched(lambda x: sum([np.sum(np.cos(MATRIX @ np.sin(row + x))) for row in DATA]))["matmul"]
        == 1
    )
    assert (
        batched(lambda x: sum([np.sum(np.cos(np.sin(row + x) @ MATRIX)) for row in DATA]))["matmul"]
        == 1
    )


def test_numbers_that_differ_between_the_steps_keep_them_apart():
    f = lambda x: sum([np.sum(np.sin(x[k % N] * (DATA[k] + x))) * x[k % 3] for k in range(STEPS)])
    batched(f)
    np.testing.assert_allclose(
        db.gradient(f, X, method=Compiled(False)), db.gradient(f, X), rtol=1e-12
    )


def test_different_matrices_are_not_mixed_up():
    f = lambda x: sum(
        [np.sum(np.sin((MATRIX * (k + 1)) @ (row + x))) for k, row in enumerate(DATA)]
    )
    batched(f)


def test_few_steps_and_long_vectors_are_left_alone():
    few = lambda x: sum([np.sum(np.sin(row * x)) for row in DATA[: FEWEST - 1]])
    assert batched(few)["sin"] == FEWEST - 1
    long = lambda x: sum([np.sum(np.sin(k * x)) for k in range(1, 10)])
    assert batched(long, np.linspace(0, 1, 2000))["sin"] == 9


def test_an_output_may_be_a_row():
    f = lambda x: [np.sin(row * x) for row in DATA][7]
    all_of_them = lambda x: np.stack([np.sin(row * x) for row in DATA])
    batched(f)
    batched(all_of_them)
    answer = db.prepare(all_of_them, X, operator="jvp", method=Compiled(False))
    first = answer(X, X)[0]
    answer(2 * X, X)
    np.testing.assert_array_equal(first, all_of_them(X))


STEP = {
    "tanh": lambda h, row, x: np.tanh(h @ MATRIX + row * x),
    "gated": lambda h, row, x: h * np.exp(-row * row) + np.sin(x * row),
    "shifted": lambda h, row, x: np.cos(h[::-1] + x) * row,
    "summed": lambda h, row, x: h / (2 + np.sum(h * h)) + row @ MATRIX * x,
    "column": lambda h, row, x: np.arctan(MATRIX @ h - x) + row / 2,
}


@given(
    st.lists(st.sampled_from(sorted(STEP)), min_size=1, max_size=3),
    st.integers(8, 20),
    st.booleans(),
    st.booleans(),
)
@settings(max_examples=25, deadline=None)
def test_loops_over_vectors_have_the_gradient_of_the_tape(steps, count, backwards, shared):
    def f(x):
        h, total, states = x, 0.0, []
        for k in range(count):
            h = STEP[steps[k % len(steps)]](h, DATA[k % STEPS], x)
            states.append(h)
        for h, target in zip(
            states[::-1] if backwards else states, np.resize(TARGETS, (count, N)), strict=True
        ):
            total = total + np.sum((h @ MATRIX - (x if shared else target)) ** 2)
        return total

    value, gradient = db.prepare(f, X, operator="value_and_gradient", method=Compiled(False))(X)
    expected_value, expected = db.value_and_gradient(f, X, method="reverse")
    assert value == pytest.approx(expected_value, rel=1e-12)
    np.testing.assert_allclose(gradient, expected, rtol=0, atol=1e-11 * np.max(np.abs(expected)))
