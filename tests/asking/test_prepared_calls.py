"""A prepared answer of several arguments: what does not vary is given anew at each call."""

import dataclasses
import logging

import numpy as np
import pytest
from scipy.optimize import approx_fprime

import diffbench as db
from diffbench.errors import BadInput, DiffbenchError

rng = np.random.default_rng(7)
X, Y = rng.normal(size=(20, 3)), rng.normal(size=20)
PARAMETERS = {"w": rng.normal(size=3), "b": 0.1}
OTHERS = {"w": rng.normal(size=3), "b": -0.4}
DIRECTION = {"w": np.ones(3), "b": 2.0}


def loss(p, batch, y, k=2, rate=1.0):
    return rate * np.mean((np.tanh(batch @ p["w"] + p["b"]) - y) ** k)


def leaves(thing):
    if isinstance(thing, dict):
        return [leaf for part in thing.values() for leaf in leaves(part)]
    if isinstance(thing, (tuple, list)):
        return [leaf for part in thing for leaf in leaves(part)]
    return [np.asarray(thing)]


def assert_close(found, expected, tolerance=1e-12):
    for a, b in zip(leaves(found), leaves(expected), strict=True):
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


# what other batches are like: as large, smaller, another power, another rate, whole numbers
CALLS = [
    (X[::-1].copy(), Y, {}),
    (X[:7], Y[:7], {}),
    (X, Y, {"k": 4}),
    (X * 2, Y, {"rate": 3.0}),
    (X, np.round(Y).astype(int), {}),
]


OPERATORS = [str(operator) for operator in db.Operator][1:]
WAYS = [(m, o) for m in ("compiled", "reverse", "forward") for o in OPERATORS]


@pytest.mark.parametrize(
    ("method", "operator"), [*WAYS, ("symbolic", "gradient"), ("complex-step", "jvp")]
)
def test_a_prepared_answer_serves_other_batches(operator, method):
    along = {"jvp": (DIRECTION,), "hvp": (DIRECTION,), "vjp": (1.0,)}.get(operator, ())
    answer = db.prepare(loss, PARAMETERS, X, Y, rate=0.5, operator=operator, method=method)
    for batch, y, keywords in CALLS[: 3 if method == "symbolic" else None]:
        found = answer(OTHERS, *along, batch, y, **keywords)
        every = {"rate": 0.5, **keywords}
        expected = getattr(db, operator)(loss, OTHERS, *along, batch, y, **every)
        assert_close(found, expected)


def test_batches_of_one_shape_are_served_by_one_native_program():
    answer = db.prepare(loss, PARAMETERS, X, Y)
    route, programs = answer.route, len(answer.prepared)
    for seed in range(5):
        batch = np.random.default_rng(seed).normal(size=X.shape)
        found = answer(OTHERS, batch, Y)
        flat = lambda v, batch=batch: loss({"w": v[:3], "b": v[3]}, batch, Y)
        slopes = approx_fprime(np.append(OTHERS["w"], OTHERS["b"]), flat)
        np.testing.assert_allclose(np.append(found["w"], found["b"]), slopes, atol=1e-6)
    assert (answer.route, len(answer.prepared)) == (route, programs)


def test_a_branch_that_the_data_decide_is_looked_at_at_each_call():
    def f(x, a):
        return x**2 * a if a > 0 else x**3 * a

    answer = db.prepare(f, 2.0, 1.0)
    assert [float(answer(2.0, a)) for a in (3.0, -1.0, 2.0, -3.0)] == [12.0, -12.0, 8.0, -36.0]


def test_whole_numbers_that_index_are_no_constants():
    answer = db.prepare(lambda x, k: np.sum(x[k] ** 2), np.arange(4.0), np.array([0, 1]))
    assert answer(np.arange(4.0), np.array([2, 3])).tolist() == [0.0, 0.0, 4.0, 6.0]
    assert answer(np.arange(4.0), np.array([1, 1])).tolist() == [0.0, 4.0, 0.0, 0.0]


class Scale:
    def __init__(self, by):
        self.by = by


def test_an_object_that_is_handed_over_is_watched_and_another_one_is_another_function(caplog):
    scale = Scale(2.0)
    answer = db.prepare(lambda x, s: s.by * x**2, 1.0, scale)
    assert answer(3.0, scale) == 12.0
    scale.by = 5.0
    with caplog.at_level(logging.WARNING):
        assert answer(3.0, scale) == 30.0
    assert "has changed" in caplog.text
    assert answer(3.0, Scale(7.0)) == 42.0


def test_too_many_different_counts_are_answered_without_preparation_and_said_once(caplog):
    answer = db.prepare(lambda x, k: x**k, 2.0, 1)
    with caplog.at_level(logging.WARNING):
        assert [float(answer(2.0, k)) for k in range(1, 40)] == [
            k * 2.0 ** (k - 1) for k in range(1, 40)
        ]
    assert caplog.text.count("is run at each call") == 1


def test_many_small_arguments_are_handed_over_as_one():
    data = {f"c{k}": float(k) for k in range(30)} | {"table": np.ones((2, 3))}
    f = lambda x, data: x * sum(data[f"c{k}"] for k in range(30)) + np.sum(data["table"]) * x**2
    answer = db.prepare(f, 1.0, data)
    assert answer(1.0, data) == 435 + 12
    assert answer(1.0, {**data, "c1": 2.0, "table": np.zeros((2, 3))}) == 436
    assert answer.route == "native"


@dataclasses.dataclass
class Model:
    w: object
    name: str = dataclasses.field(default="plain", metadata={"static": True})


def test_a_prepared_jacobian_of_structures_is_one():
    f = lambda m, x: {"y": m.w * x, "z": [np.sum(m.w) * x[0]]}
    for method in ("compiled", "forward"):
        answer = db.prepare(f, Model(X[0]), Y[:3], operator="jacobian", method=method)
        found = answer(Model(X[1]), Y[3:6])
        np.testing.assert_allclose(found["y"].w, np.diag(Y[3:6]))
        np.testing.assert_allclose(found["z"][0].w, np.full(3, Y[3]))
        assert found["y"].name == "plain"


@pytest.mark.parametrize("method", ["compiled", "forward"])
def test_a_prepared_answer_of_one_array_gives_the_structure_that_f_returns(method):
    answer = db.prepare(lambda x: {"y": 2 * x}, X[0], operator="jacobian", method=method)
    np.testing.assert_array_equal(answer(X[1])["y"], 2 * np.eye(3))


def test_what_f_returns_beside_its_result_is_that_of_the_call():
    f = lambda x, a: (a * x @ x, {"seen": a})
    answer = db.prepare(f, X[0], 2.0, has_aux=True, operator="value_and_gradient")
    (value, aux), gradient = answer(X[1], 3.0)
    assert (value, aux) == (pytest.approx(3 * X[1] @ X[1]), {"seen": 3.0})
    np.testing.assert_allclose(gradient, 6 * X[1])


def test_a_prepared_answer_takes_part_in_an_outer_derivative_by_its_data():
    answer = db.prepare(lambda x, a: a**2 * x**3, 2.0, 3.0)
    assert db.grad(lambda a: answer(2.0, a))(3.0) == 2 * 3.0 * 3 * 2.0**2
    assert db.grad(lambda x: answer(x, 3.0))(2.0) == 3.0**2 * 6 * 2.0


def test_a_function_of_several_arguments_that_remembers_is_refused():
    calls = []

    def f(p, x):
        calls.append(1)
        return np.sum(p["w"] * x) * len(calls)

    with pytest.raises(DiffbenchError, match="gives two values"):
        db.prepare(f, PARAMETERS, Y[:3])


def test_what_does_not_fit_the_preparation_is_refused():
    answer = db.prepare(loss, PARAMETERS, X, Y, argnums=(0, 1))
    with pytest.raises(BadInput, match="positional arguments"):
        answer(PARAMETERS)
    with pytest.raises((ValueError, TypeError)):
        answer(PARAMETERS, X, Y[:5])
