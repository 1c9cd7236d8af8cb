"""out=: every compiled answer, by whatever route, writes its derivative into memory of the
caller's.
"""

import numpy as np
import pytest

import diffbench as db
from diffbench.differentiators.compiled import Compiled
from diffbench.errors import BadInput

X = np.array([0.3, -0.7, 1.9])
DIRECTION = np.array([1.0, -2.0, 0.5])
PAIRS = ("value_and_gradient", "jvp", "vjp")


def of_numbers(x):
    return np.sin(x[0]) * x[1] + x[2] ** 2


def of_arrays(x):
    return np.sum(np.tanh(x[:2]) * x[1:]) ** 2


def constant(x):
    return 3.0


ROUTES = [
    ("native", of_numbers, "auto"),
    ("native", of_arrays, "auto"),
    ("python", of_numbers, False),
    ("numpy", of_arrays, False),
    ("eager", constant, False),
]


def directions(operator):
    return {"jvp": (DIRECTION,), "hvp": (DIRECTION,), "vjp": (np.float64(1.5),)}.get(operator, ())


@pytest.mark.parametrize(
    "operator", ["gradient", "value_and_gradient", "jacobian", "hessian", "jvp", "vjp", "hvp"]
)
@pytest.mark.parametrize(("route", "f", "native"), ROUTES)
def test_every_route_and_operator_writes_into_out(route, f, native, operator):
    answer, given = (
        db.prepare(f, X, operator=operator, method=Compiled(native)),
        directions(operator),
    )
    plain = answer(X, *given)
    derivative = plain[1] if operator in PAIRS else plain
    out = np.full(np.shape(derivative), np.nan)
    found = answer(X, *given, out=out)
    assert (found[1] if operator in PAIRS else found) is out
    np.testing.assert_array_equal(out, derivative)
    if operator in PAIRS:
        assert found[0] == plain[0]


@pytest.mark.parametrize(("route", "f", "native"), ROUTES[2:])
def test_what_cannot_receive_is_refused_with_the_cure(route, f, native):
    answer = db.prepare(f, X, operator="gradient", method=Compiled(native))
    refusal = r"out= is not a writable contiguous float64 array of the derivative's shape; use numpy.empty_like\(x\)"
    frozen = np.empty(3)
    frozen.flags.writeable = False
    for out in (np.empty(4), np.empty(3, np.float32), frozen, np.empty(6)[::2], [0.0, 0.0, 0.0]):
        with pytest.raises(BadInput, match=refusal):
            answer(X, out=out)
    memory = np.ones(4)
    with pytest.raises(BadInput, match="out= shares memory with x"):
        answer(memory[:3], out=memory[1:])
    with pytest.raises(BadInput, match=r"use numpy.empty\(\(3, 3\), 'float64'\)"):
        db.prepare(f, X, operator="hessian", method=Compiled(native))(X, out=np.empty(3))


def test_other_branches_and_shapes_write_there_too():
    f = lambda x: np.sum(x * x) if x[0] > 0 else np.sum(x * 3)
    answer, out = (
        db.prepare(f, np.ones(2), operator="gradient", method=Compiled(False)),
        np.empty(2),
    )
    for _ in range(2):
        np.testing.assert_array_equal(answer(-np.ones(2), out=out), [3.0, 3.0])
    longer = np.empty(5)
    assert answer(np.ones(5), out=longer) is longer
    np.testing.assert_array_equal(longer, np.full(5, 2.0))


def test_a_sparse_answer_is_no_array():
    answer = db.prepare(lambda x: x * x, X, operator="jacobian", method=Compiled(False, "detect"))
    with pytest.raises(BadInput, match="sparse matrix"):
        answer(X, out=np.empty((3, 3)))


@pytest.mark.parametrize("sparsity", [None, "detect"])
@pytest.mark.parametrize("f", [lambda x: x * x, of_arrays, of_numbers])
def test_every_answer_for_a_matrix_says_how_many_threads_it_has(f, sparsity):
    answer = db.prepare(
        f,
        X,
        operator="hessian" if f(X).ndim == 0 else "jacobian",
        method=Compiled("auto", sparsity),
    )
    assert answer.threads == 1
