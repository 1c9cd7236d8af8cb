"""Maxima that only shift a log-sum-exp are constants, and no others."""

import numpy as np
import pytest

import diffbench as db
from diffbench.program.passes.shifts import without_shifts

X = np.array([[0.3, -1.2, 2.0], [0.7, 0.7, 0.7]])


def log_sum_exp(axis):
    def f(x):
        top = np.max(x, axis=axis)
        return top + np.log(np.sum(np.exp(x - top), axis=axis))

    return f


def kept(x):
    top = np.max(x, axis=1, keepdims=True)
    return np.log(np.sum(np.exp(x - top), axis=1, keepdims=True)) + top


def read_elsewhere(x):
    top = np.max(x, axis=0)
    return (top + np.log(np.sum(np.exp(x - top), axis=0))) * top


def half_of_it(x):
    top = np.max(x, axis=0)
    return np.log(np.sum(np.exp(x - top), axis=0)) + 0.5 * top


def other_axis(x):
    top = np.max(x, axis=0)
    return top + np.log(np.sum(np.exp(x[:, :2] - top[:2]), axis=0))[0]


def softmax_too(x):
    top = np.max(x, axis=0)
    e = np.exp(x - top)
    return top + np.log(np.sum(e, axis=0)) + e[0]


def constants(f):
    return [
        e.primitive.name
        for e in without_shifts(db.record(f, X)).equations
        if e.primitive.name == "max" and not e.primitive.differentiable
    ]


@pytest.mark.parametrize("f", [log_sum_exp(None), log_sum_exp(0), kept], ids=range(3))
def test_a_shift_is_a_constant_and_the_derivatives_are_those_of_the_tape(f):
    assert constants(f) == ["max"]
    np.testing.assert_allclose(
        db.jacobian(f, X, method="compiled"),
        db.jacobian(f, X, method="forward"),
        rtol=1e-14,
        atol=1e-15,
    )
    total = lambda x: np.sum(np.sin(f(x)))
    np.testing.assert_allclose(
        db.hessian(total, X, method="compiled"),
        db.hessian(total, X, method="reverse"),
        rtol=1e-12,
        atol=1e-14,
    )


@pytest.mark.parametrize("f", [read_elsewhere, half_of_it, other_axis, softmax_too])
def test_a_maximum_that_matters_is_differentiated(f):
    assert constants(f) == []
    np.testing.assert_allclose(
        db.jacobian(f, X, method="compiled"),
        db.jacobian(f, X, method="forward"),
        rtol=1e-14,
        atol=1e-15,
    )


def test_the_gradient_has_no_noise_where_entries_tie():
    x = np.zeros(4)
    np.testing.assert_array_equal(
        db.gradient(log_sum_exp(None), x, method="compiled"), np.full(4, 0.25)
    )
