"""Drawn expression graphs: native code, generated NumPy, generated Python and the tape agree on
value, gradient and Hessian product.

A graph is a list of steps, each applied to arrays made before it, so that parts are shared;
magnitudes are kept near 1 by bounded functions, so that a tolerance of some roundings a step is
right.
"""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import diffbench as db
from diffbench.differentiators.compiled import Compiled

EPS = np.finfo(float).eps
UNARY = [
    np.sin, np.tanh, np.negative, np.arctan, lambda v: np.exp(-v * v), lambda v: np.log(2 + v * v), lambda v: np.sqrt(1 + v * v),
    lambda v: 3 * v / 4, lambda v: v - 0.5, lambda v: 1 / (2 + np.cos(v)), lambda v: np.where(v > 0.1, v, 0.3 * v),
    lambda v: (1 + v * v) ** 0.7,
]  # fmt: skip
BINARY = [
    np.add,
    np.subtract,
    np.multiply,
    lambda u, v: u / (2 + v * v),
    lambda u, v: 2 * u - 2 * v,
    lambda u, v: u * 0.5 + v / 2,
]
WHOLE = [
    lambda v: v[::-1], lambda v: v[1:], lambda v: v[:1] * v, lambda v: v - np.mean(v), lambda v: np.sum(v * v) * v,
    lambda v: v / np.sum(1 + v * v), lambda v: np.concatenate([v, v[:2]]), lambda v: np.outer(v, v) @ v / v.size,
    lambda v: np.reshape(np.outer(v, np.sin(v)), -1)[: v.size], lambda v: np.cumsum(v) / v.size, lambda v: np.max(v) * v,
    lambda v: np.linspace(-1, 1, v.size) @ v + v, lambda v: v[np.arange(v.size) // 2],
]  # fmt: skip

steps = st.tuples(st.integers(0, 50), st.integers(0, 50), st.integers(0, 50), st.integers(0, 2))


def array_function(graph):
    """x -> a sum over all arrays of the graph; arrays of two lengths meet in their common part."""

    def f(x):
        made = [x]
        for operation, i, j, kind in graph:
            u, v = made[i % len(made)], made[j % len(made)]
            if kind == 0:
                made.append(UNARY[operation % len(UNARY)](u))
            elif kind == 1:
                n = min(len(u), len(v))
                made.append(BINARY[operation % len(BINARY)](u[:n], v[:n]))
            elif len(u) > 2:
                made.append(np.tanh(WHOLE[operation % len(WHOLE)](u)))
        return sum([np.sum(v * np.cos(k + np.arange(len(v)))) for k, v in enumerate(made)])

    return f


def number_function(graph):
    """The same on the entries of x, one number at a time."""

    def f(x):
        made = [x[k] for k in range(len(x))]
        for operation, i, j, kind in graph:
            u, v = made[i % len(made)], made[j % len(made)]
            made.append(
                UNARY[operation % len(UNARY)](u)
                if kind == 0
                else BINARY[operation % len(BINARY)](u, v)
            )
        return sum([v * (0.5 + k / len(made)) for k, v in enumerate(made)])

    return f


def assert_routes_agree(f, x, routes):
    direction = np.cos(np.arange(x.size))
    value, gradient = db.value_and_gradient(f, x, method="reverse")
    product = db.hvp(f, x, direction, method="reverse")
    for route, native in routes.items():
        prepared = db.prepare(f, x, operator="value_and_gradient", method=Compiled(native))
        assert prepared.route in (route, "eager")
        found_value, found = prepared(x)
        assert abs(found_value - value) <= 1e3 * EPS * (1 + abs(value))
        assert np.max(np.abs(found - gradient)) <= 1e4 * EPS * (1 + np.max(np.abs(gradient)))
        pushed = db.prepare(f, x, operator="hvp", method=Compiled(native))(x, direction)
        assert np.max(np.abs(pushed - product)) <= 1e5 * EPS * (1 + np.max(np.abs(product)))
    return gradient


@given(st.lists(steps, min_size=1, max_size=12), st.integers(3, 6), st.floats(0.1, 1.0))
@settings(max_examples=25, deadline=None)
def test_numpy_and_the_tape_agree_on_arrays(graph, n, start):
    assert_routes_agree(array_function(graph), np.linspace(start, 1.3, n), {"numpy": False})


@given(st.lists(steps, min_size=1, max_size=15), st.integers(2, 4), st.floats(0.1, 1.0))
@settings(max_examples=25, deadline=None)
def test_python_and_the_tape_agree_on_numbers(graph, n, start):
    assert_routes_agree(number_function(graph), np.linspace(start, 1.3, n), {"python": False})


@given(st.lists(steps, min_size=2, max_size=8), st.integers(3, 5), st.booleans())
@settings(max_examples=12, deadline=None, derandomize=True)
def test_native_code_agrees_too(graph, n, arrays):
    f = array_function(graph) if arrays else number_function(graph)
    x = np.linspace(0.2, 1.3, n)
    value, gradient = db.value_and_gradient(f, x, method="reverse")
    found_value, found = db.prepare(f, x, operator="value_and_gradient", method=Compiled("auto"))(x)
    assert abs(found_value - value) <= 1e3 * EPS * (1 + abs(value))
    assert np.max(np.abs(found - gradient)) <= 1e4 * EPS * (1 + np.max(np.abs(gradient)))
