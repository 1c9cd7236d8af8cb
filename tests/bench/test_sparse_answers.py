"""Jacobians that are sparse by nature are asked for in sparse form, and judged as any other answer."""

import numpy as np
import pytest
import scipy.sparse

from diffbench import registry
from diffbench.asking.prepared.preparing import prepare
from diffbench.bench.examine import Subject, accuracy
from diffbench.bench.runner.cells import Suite
from diffbench.bench.runner.sparse_answers import asked_of
from diffbench.bench.runner.suite import run
from diffbench.interface import Operator
from diffbench.measure.reference.true_derivative import reference

METHODS = ("forward", "reverse", "compiled", "forward-difference", "complex-step")
ONCE = Suite("once", sizes=2, rounds=1, sample_s=0.0005, cell_s=0.01, timeout_s=60)


def instance(name, size):
    return registry.find("problems", name).at(size)


def method_of(name):
    return registry.find("differentiators", name)


@pytest.mark.parametrize("name", METHODS)
def test_a_sparse_answer_has_the_entries_of_the_dense_one(name):
    f, method = instance("nonlinear_diffusion", 16), method_of(name)
    asked = asked_of(f, method)
    assert (asked.name, asked.kind) == (method.name, method.kind)
    found = prepare(f, f.point, operator=Operator.JACOBIAN, method=asked)(f.point)
    dense = prepare(f, f.point, operator=Operator.JACOBIAN, method=method)(f.point)
    assert scipy.sparse.issparse(found) and found.nnz == 64
    np.testing.assert_allclose(found.toarray(), dense, rtol=1e-6, atol=1e-6 * np.abs(dense).max())


def test_only_sparse_problems_are_asked_so_and_only_of_methods_that_take_products():
    dense, sparse = instance("planar_arm", 3), instance("brusselator", 128)
    assert asked_of(dense, method_of("forward")) is method_of("forward")
    for name in ("manual", "symbolic"):
        assert asked_of(sparse, method_of(name)) is method_of(name)


def judged(f, answer, truth):
    subject = Subject(f, f.point, Operator.JACOBIAN, method_of("reverse"))
    subject.answer = answer
    return accuracy(subject, lambda: truth)


@pytest.mark.parametrize("size", [128, 2048])
def test_a_sparse_answer_is_judged_at_every_entry_that_the_reference_knows(size):
    """At 2,048 inputs a sample of the columns."""
    f = instance("brusselator", size)
    truth = reference(f, f.point, "jacobian")
    right = prepare(
        f, f.point, operator=Operator.JACOBIAN, method=asked_of(f, method_of("forward"))
    )
    answer = right(f.point)
    np.testing.assert_array_equal(truth.select(answer), truth.select(answer.toarray()))
    assert judged(f, answer, truth).get("status") is None
    assert judged(f, answer * (1 + 1e-5), truth)["status"] == "inaccurate"
    assert "NaN" in judged(f, answer * np.nan, truth)["reason"]
    assert "answer of shape" in judged(f, answer[:-1], truth)["reason"]


def test_a_run_asks_a_sparse_problem_for_a_sparse_jacobian():
    """Where dense ones of 20,000 x 20,000 would be 3 GB."""
    rows = run(["broyden_banded_residuals"], ["forward", "manual"], suite=ONCE).rows
    assert [row["status"] for row in rows if row["method"] == "forward"] == ["ok", "ok"]
