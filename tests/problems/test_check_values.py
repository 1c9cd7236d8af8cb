"""The problems give the values and derivatives that were computed elsewhere, by every tracing
method.
"""

import json
from pathlib import Path

import numpy as np
import pytest
from check_values import GRADIENTS, HESSIAN_NONZEROS, NONZEROS, SQUARED_NORMS, SYSTEMS
from diffbench.problems.gradbench import diagonal_lstm
from mpmath import mp

import diffbench as db
from diffbench import registry

TRACING = ("reverse", "forward", "compiled")
EXACT = [(name, n) for name, n in GRADIENTS if registry.find("problems", name).exact_formulas]
BY_HAND = [(name, n) for name, n in GRADIENTS if registry.find("problems", name).hand_written]
PRINTED = 1e-11  # fifteen digits are printed, and float64 loses a few on the way
ILL_CONDITIONED = {"cantilever": 100}  # a beam's stiffness loses two more at eight elements


def instance_of(name, size):
    return registry.find("problems", name).at(size)


def assert_entries(found, wanted, scale=0.0):
    for entry, value in wanted.items():
        digits = 1e-8 if value == round(value, 9) and value != round(value) else PRINTED
        assert abs(found[entry] - value) <= digits * max(abs(value), scale), (entry, found[entry])


@pytest.mark.parametrize("method", TRACING)
@pytest.mark.parametrize(("name", "size"), GRADIENTS)
def test_a_gradient_has_the_entries_computed_elsewhere(name, size, method):
    value, entries = GRADIENTS[name, size]
    instance = instance_of(name, size)
    assert instance(instance.point) == pytest.approx(value, rel=PRINTED)
    if entries:
        gradient = np.ravel(db.gradient(instance, instance.point, method=method))
        scale = 1e-3 * np.abs(gradient).max() * ILL_CONDITIONED.get(name, 1)
        assert_entries(gradient, entries, scale)


@pytest.mark.parametrize(("name", "size"), BY_HAND)
def test_a_gradient_written_by_hand_has_the_entries_computed_elsewhere(name, size):
    instance = instance_of(name, size)
    gradient = np.ravel(instance.manual["gradient"](instance.point))
    assert_entries(gradient, GRADIENTS[name, size][1], scale=1e-3 * np.abs(gradient).max())


@pytest.mark.parametrize(("name", "size"), EXACT)
def test_an_exact_formula_has_the_entries_computed_elsewhere(name, size):
    instance = instance_of(name, size)
    numbers = np.frompyfunc(mp.mpf, 1, 1)(instance.point)
    gradient = np.ravel(instance.exact["gradient"](numbers, mp=mp)).astype(float)
    assert_entries(gradient, GRADIENTS[name, size][1])


@pytest.mark.parametrize("method", TRACING)
@pytest.mark.parametrize(("name", "size"), SYSTEMS)
def test_a_jacobian_has_the_entries_computed_elsewhere(name, size, method):
    values, entries = SYSTEMS[name, size]
    instance = instance_of(name, size)
    assert_entries(instance(instance.point), values)
    assert_entries(db.jacobian(instance, instance.point, method=method), entries)


@pytest.mark.parametrize(("name", "size"), SQUARED_NORMS)
def test_a_large_system_has_the_norm_computed_elsewhere(name, size):
    instance = instance_of(name, size)
    y = instance(instance.point)
    assert y @ y == pytest.approx(SQUARED_NORMS[name, size], rel=PRINTED)


@pytest.mark.parametrize("method", ("forward", "compiled"))
@pytest.mark.parametrize(("name", "size"), NONZEROS)
def test_a_detected_pattern_has_as_many_entries_as_were_counted_by_hand(name, size, method):
    instance = instance_of(name, size)
    found = db.jacobian(instance, instance.point, method=method, sparsity="detect")
    assert found.nnz == NONZEROS[name, size]


@pytest.mark.parametrize("name", HESSIAN_NONZEROS)
def test_a_chained_sum_has_the_hessian_pattern_that_was_counted_by_hand(name):
    for n, wanted in zip((10, 1000), HESSIAN_NONZEROS[name], strict=True):
        instance = instance_of(name, n)
        found = db.hessian(instance, instance.point, sparsity="detect")
        assert found.nnz == wanted
        if n == 10:
            dense = db.hessian(instance, instance.point, method="forward")
            np.testing.assert_allclose(found.toarray(), dense, rtol=1e-12, atol=1e-9)


def test_broydens_banded_system_is_known_exactly_at_its_start():
    """Every residual is -6 inside; the Jacobian has 17 on its diagonal and 1 beside it."""
    instance = instance_of("broyden_banded_residuals", 100_000)
    found = db.jacobian(instance, instance.point, sparsity="detect")
    assert set(np.unique(found.data)) == {1.0, 17.0}
    np.testing.assert_array_equal(found.diagonal(), 17)
    np.testing.assert_array_equal(instance(instance.point), -6)


def test_a_pattern_taken_from_values_would_miss_entries_of_the_brusselator():
    """u is 0 on two edges: sixteen entries of 768 are 0 at the point."""
    instance = instance_of("brusselator", 128)
    assert np.count_nonzero(db.jacobian(instance, instance.point)) == 768 - 16


def test_the_lstm_is_that_of_adbench_on_its_own_text():
    case = json.loads((Path(__file__).parents[1] / "data" / "adbench_lstm.json").read_text())
    text = np.array(
        [[int(bit) for bit in f"{ord(code):014b}"] for code in case["text"]], dtype=float
    )
    p = np.concatenate([np.ravel(case[part]).astype(float) for part in ("main", "extra")])
    state = np.array(case["state"], dtype=float).reshape(2, 2, 14)
    loss, gradient = db.value_and_gradient(lambda q: diagonal_lstm(q, text, state), p)
    wanted = np.array(case["gradient"], dtype=float)
    assert loss == pytest.approx(float(case["loss"]), rel=1e-14)
    np.testing.assert_allclose(gradient, wanted, atol=1e-14 * np.abs(wanted).max(), rtol=0)


def test_four_links_of_the_chain_are_solved_exactly_by_the_classical_method():
    """y_i(2) = 2^(i+1)/(i+1)! x_0 ... x_i solves the equation, and for n <= 4 the program too."""
    instance = instance_of("runge_kutta_chain", 4)
    x = instance.point
    solution = np.cumprod(2 * x / np.arange(1, 5))
    slopes = np.tril(solution[:, None] / x)
    np.testing.assert_allclose(instance(x), solution, rtol=1e-13)
    for method in TRACING:
        np.testing.assert_allclose(
            db.jacobian(instance, x, method=method), slopes, rtol=1e-13, atol=1e-15
        )
