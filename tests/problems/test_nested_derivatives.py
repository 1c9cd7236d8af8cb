"""Derivatives inside derivatives, every pair of modes: GradBench's particle and saddle, and the
three cases in which inner and outer perturbations are easily confused.
"""

from itertools import product

import numpy as np
import pytest
from diffbench.problems.nested import CHARGE_X, FAR_Y, descended, fall

import diffbench as db
from diffbench import registry

PAIRS = list(product(["forward", "reverse"], repeat=2))


def potential(z, height):
    return sum(
        1 / ((z[0] - CHARGE_X) ** 2 + (z[1] - charge) ** 2) ** 0.5
        for charge in (FAR_Y - height, 0.0)
    )


def landing(inner):
    """Where the particle lands, its force by differentiation of the potential."""

    def function(height):
        slope = db.grad(lambda z: potential(z, height), method=inner)
        return fall(height, lambda z: -slope(z), np)

    return function


@pytest.mark.parametrize(("outer", "inner"), PAIRS)
def test_the_nested_slope_of_the_particle_is_that_of_its_written_force(outer, inner):
    particle = registry.find("problems", "particle").at(1)
    expected = db.derivative(particle, 0.0)
    assert db.derivative(landing(inner), 0.0, method=outer) == pytest.approx(expected, rel=1e-12)


def test_the_particle_is_steered_to_where_gradbench_steers_it():
    """One pair to the end: 0.20719187 in the suite, to the descent's own tolerance."""
    particle = registry.find("problems", "particle").at(1)
    f = lambda x: particle(x[0])
    found = descended(f, lambda x: db.gradient(f, x), np.zeros(1))
    assert found[0] == pytest.approx(0.2071918746486116, rel=1e-9)


def squares_apart(x, y):
    return np.sum(x * x) - np.sum(y * y)


@pytest.mark.parametrize(("outer", "inner"), PAIRS)
def test_the_saddle_is_where_gradbench_finds_it(outer, inner):
    highest = lambda x: descended(
        lambda y: -squares_apart(x, y),
        lambda y: db.gradient(lambda t: -squares_apart(x, t), y, method=inner),
        np.ones(2),
    )
    envelope = lambda x: squares_apart(x, highest(x))
    step = db.gradient(envelope, np.array([1.0, 1.0]), method=outer)
    np.testing.assert_allclose(step, [2, 2], rtol=1e-12)
    there = descended(
        lambda x: x @ x, lambda x: db.gradient(lambda t: t @ t, x, method=outer), np.ones(2)
    )
    np.testing.assert_allclose(there, [8.24632483e-06] * 2, rtol=1e-8)
    np.testing.assert_allclose(highest(there), [8.24632483e-06] * 2, rtol=1e-8)


@pytest.mark.parametrize(("outer", "inner"), PAIRS)
def test_inner_and_outer_perturbations_are_kept_apart(outer, inner):
    slope = lambda f, x, method: db.derivative(f, x, method=method)
    assert slope(lambda x: x * slope(lambda y: x + y, 1.0, inner), 1.0, outer) == 1
    assert slope(lambda x: x * slope(lambda y: x * y, 3.0, inner), 2.0, outer) == 4
    assert slope(lambda x: x * slope(lambda y: y * y, x, inner), 1.0, outer) == 4
