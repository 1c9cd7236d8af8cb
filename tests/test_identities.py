"""Identities that need no answer key, over drawn functions, shapes and axes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, mutually_broadcastable_shapes

import diffbench as db

EPS = np.finfo(float).eps
UNARY = [
    np.sin,
    np.cos,
    np.tanh,
    np.exp,
    np.arctan,
    np.square,
    np.negative,
    lambda x: np.sqrt(x * x + 1.0),
    lambda x: np.log(x * x + 2.0),
]
BINARY = [
    np.add,
    np.subtract,
    np.multiply,
    np.hypot,
    np.arctan2,
    np.logaddexp,
    lambda a, b: a / (b * b + 1.0),
    np.maximum,
]
REDUCTIONS = [np.sum, np.mean, np.prod, np.max, np.var, np.cumsum, np.sort]

steps = st.lists(
    st.tuples(st.integers(0, 99), st.integers(0, 99), st.integers(0, 99)), min_size=1, max_size=12
)


def expression(steps):
    """A random DAG: each step applies a function to values made before it."""

    def f(x):
        values = [x, 0.5 * x[::-1]]
        for kind, i, j in steps:
            a, b = values[i % len(values)], values[j % len(values)]
            values.append(
                UNARY[kind % len(UNARY)](a)
                if kind % 2
                else np.tanh(BINARY[kind % len(BINARY)](a, b))
            )
        return values[-1] + 0.0 * values[0]

    return f


def draw_array(shape, seed):
    return np.random.default_rng(seed).uniform(-1.5, 1.5, shape)


def pairing(f, x, seed):
    """<y_bar, J x_dot>, <J' y_bar, x_dot>, and the size of what is summed in them."""
    x_dot = draw_array(x.shape, seed + 1)
    y, y_dot = db.jvp(f, x, x_dot)
    y_bar = draw_array(np.shape(y), seed + 2)
    x_bar = db.vjp(f, x, y_bar)[1]
    return (
        np.sum(y_bar * y_dot),
        np.sum(x_bar * x_dot),
        np.sum(np.abs(y_bar * y_dot)) + np.sum(np.abs(x_bar * x_dot)) + 1.0,
    )


@settings(deadline=None, max_examples=60)
@given(steps, st.integers(0, 1000))
def test_the_reverse_map_of_any_expression_is_the_transpose_of_its_forward_map(steps, seed):
    left, right, size = pairing(expression(steps), draw_array(4, seed), seed)
    # a dozen steps, each with a condition number of a few
    assert abs(left - right) <= 1e4 * EPS * size


@settings(deadline=None, max_examples=30)
@given(steps, st.integers(0, 1000))
def test_every_mode_gives_the_same_gradient_and_a_symmetric_hessian(steps, seed):
    f, x = (lambda x: np.sum(expression(steps)(x))), draw_array(3, seed)
    reverse = db.gradient(f, x)
    scale = 1 + np.max(np.abs(reverse))
    np.testing.assert_allclose(
        db.gradient(f, x, method="forward"), reverse, rtol=0, atol=1e-12 * scale
    )
    np.testing.assert_allclose(
        db.gradient(f, x, method="compiled"), reverse, rtol=0, atol=1e-12 * scale
    )
    hessian = db.hessian(f, x)
    np.testing.assert_allclose(
        hessian, hessian.T, rtol=0, atol=1e-11 * (1 + np.max(np.abs(hessian)))
    )


@settings(deadline=None, max_examples=60)
@given(
    mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=3),
    st.sampled_from(BINARY),
    st.integers(0, 1000),
)
def test_broadcasting_is_transposed_for_any_shapes(shapes, function, seed):
    other = draw_array(shapes.input_shapes[1], seed + 9)
    for f in (lambda x: function(x, other), lambda x: function(other, x)):
        left, right, size = pairing(f, draw_array(shapes.input_shapes[0], seed), seed)
        assert abs(left - right) <= 64 * EPS * size


@settings(deadline=None, max_examples=60)
@given(
    array_shapes(min_dims=1, max_dims=3, max_side=4),
    st.sampled_from(REDUCTIONS),
    st.data(),
    st.integers(0, 1000),
)
def test_reductions_are_transposed_along_any_axis(shape, reduce, data, seed):
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    left, right, size = pairing(lambda x: reduce(x, axis=axis), draw_array(shape, seed), seed)
    assert abs(left - right) <= 1e3 * EPS * size


@settings(deadline=None, max_examples=30)
@given(steps, steps, st.integers(0, 1000))
def test_the_derivative_is_linear_and_obeys_the_chain_rule(first, second, seed):
    f, g, x = expression(first), expression(second), draw_array(3, seed)
    x_dot = draw_array(3, seed + 1)
    y, y_dot = db.jvp(f, x, x_dot)
    z, z_dot = db.jvp(lambda x: 2.0 * f(x) - 3.0 * g(x), x, x_dot)
    np.testing.assert_allclose(
        z_dot,
        2.0 * y_dot - 3.0 * db.jvp(g, x, x_dot)[1],
        rtol=1e-12,
        atol=1e-12 * (1 + np.max(np.abs(z))),
    )
    composed = db.jvp(lambda x: g(f(x)), x, x_dot)[1]
    np.testing.assert_allclose(composed, db.jvp(g, y, y_dot)[1], rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("outer", ["forward", "reverse"])
@pytest.mark.parametrize("inner", ["forward", "reverse"])
def test_derivatives_nest_to_third_order(outer, inner):
    first = db.grad(lambda x: np.exp(2.0 * x) * np.sin(x), method=inner)
    third = db.grad(db.grad(first, method=outer), method=inner)
    x = 0.3
    assert third(x) == pytest.approx(np.exp(2 * x) * (2 * np.sin(x) + 11 * np.cos(x)), rel=1e-14)


@pytest.mark.parametrize(
    "method", ["forward", "reverse", "compiled", "symbolic", "symbolic-accumulate"]
)
@pytest.mark.parametrize(
    ("n", "f"),
    [
        (0, lambda x: x**2),
        (0, lambda x: np.array([1.0, 2.0]) * np.sum(x)),
        (2, lambda x: x[:0]),
        (0, np.sum),
    ],
)
def test_empty_points_and_results_have_empty_jacobians(n, f, method):
    x = np.ones(n)
    assert db.jacobian(f, x, method=method).shape == (*np.shape(f(x)), n)
    assert db.hessian(lambda x: np.sum(x**2), np.ones(0), method=method).shape == (0, 0)
