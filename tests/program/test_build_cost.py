"""What building costs, in calls of Python functions: a count that does not depend on the
machine.
"""

import sys

import numpy as np
import pytest

import diffbench as db
from diffbench.program.derive import differentiate
from diffbench.program.native.scalar_programs import ScalarWriter
from diffbench.program.passes.pipelines import simplify
from diffbench.program.python.source import generate


def logistic(steps):
    def f(x):
        for _ in range(steps):
            x = 3.7 * x * (1 - x)
        return x

    return f, np.float64(0.3)


def product(n):
    def f(x):
        y = x[0]
        for i in range(1, n):
            y = y * x[i]
        return y

    return f, np.linspace(0.99, 1.01, n)


def drawn(steps):
    """Arithmetic without a pattern: each step takes two of the thirty values before it."""
    rng = np.random.default_rng(3)
    kinds, near = rng.integers(0, 5, steps), rng.integers(1, 30, (steps, 2))

    def f(x):
        v = [x[i % 8] for i in range(30)]
        for kind, (a, b) in zip(kinds, near, strict=True):
            a, b = v[-a], v[-b]
            v.append(
                a * b
                if kind == 0
                else a + b
                if kind == 1
                else a - b
                if kind == 2
                else np.sin(a)
                if kind == 3
                else a / (1.5 + b * b)
            )
        return v[-1] + v[-2]

    return f, rng.random(8)


def python_calls(action):
    """How many Python functions run while `action` does, and what it returns."""
    count = 0

    def seen(frame, event, argument):
        nonlocal count
        count += event == "call"

    sys.setprofile(seen)
    try:
        made = action()
    finally:
        sys.setprofile(None)
    return count, made


@pytest.mark.parametrize(
    "f, x", [logistic(300), product(300), drawn(400)], ids=["logistic map", "product", "no pattern"]
)
def test_a_node_is_derived_simplified_and_written_in_few_calls(f, x):
    derived = differentiate.value_and_gradient(db.record(f, x))
    simplify(derived)  # the rules are recorded once
    deriving, derived = python_calls(lambda: differentiate.value_and_gradient(db.record(f, x)))
    simplifying, simple = python_calls(lambda: simplify(derived))
    writing, _ = python_calls(lambda: generate(simple, "answer"))
    nodes = len(derived.equations)
    assert deriving < 14 * nodes
    assert simplifying < 9 * nodes
    assert writing < 9 * nodes


def test_the_cost_of_building_grows_with_the_number_of_steps_and_no_faster():
    def build(steps):
        f, x = logistic(steps)
        return generate(simplify(differentiate.value_and_gradient(db.record(f, x))), "answer")

    build(10)
    short, _ = python_calls(lambda: build(1000))
    long, source = python_calls(lambda: build(4000))
    assert long < 4.1 * short
    assert len(source.text) < 2000


@pytest.mark.parametrize("f, x", [logistic(10_000), product(5000)], ids=["logistic map", "product"])
def test_c_of_a_long_loop_is_short(f, x):
    program = simplify(differentiate.value_and_gradient(db.record(f, x)))
    assert len(ScalarWriter(program).write()) < 4000


def test_a_gradient_made_by_several_lines_of_a_loop_in_turn_is_copied_by_loops():
    def valley(x):
        total = 0.0
        for i in range(len(x) - 1):
            total = total + 100 * (x[i + 1] - x[i] * x[i]) ** 2 + (1 - x[i]) ** 2
        return total

    program = simplify(differentiate.value_and_gradient(db.record(valley, np.linspace(-1, 1, 600))))
    assert len(ScalarWriter(program).write()) < 12_000
