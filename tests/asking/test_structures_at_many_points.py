"""Structures in native code at many points, derivatives written into arrays of the caller's, and the
names that refusals give to entries.
"""

from dataclasses import dataclass

import numpy as np
import optree
import pytest

import diffbench as db

RNG = np.random.default_rng(7)
N = 40
MANY = {"w": RNG.normal(size=(N, 3, 2)), "b": RNG.normal(size=N)}
ALONG = {"w": RNG.normal(size=(N, 3, 2)), "b": RNG.normal(size=N)}


def loss(params, rate):
    inner = params["w"] @ np.array([1.0, 2.0])
    return rate * np.sum(np.tanh(inner) ** 2) + params["b"] ** 2 * np.sum(params["w"])


def curve(params, rate):
    return rate * params["w"] @ np.array([1.0, 2.0]) * params["b"]


def pair(operator, f=loss):
    """The answer by native code, and the one that asks for each point."""
    asked = {"operator": operator, "batch": True}
    return [db.prepare(f, MANY, 2.0, method=m, **asked) for m in ("compiled", "reverse")]


def assert_same(found, expected):
    (a, form), (b, wanted) = optree.tree_flatten(found), optree.tree_flatten(expected)
    assert form == wanted
    for x, y in zip(a, b, strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-12, atol=1e-13)
        assert np.shape(x) == np.shape(y)


@pytest.mark.parametrize("operator", ["gradient", "value_and_gradient", "hessian"])
def test_structures_at_many_points_run_in_native_code_and_keep_their_containers(operator):
    native, one_by_one = pair(operator)
    assert native.route == "native"
    assert_same(native(MANY, 3.0), one_by_one(MANY, 3.0))


def test_jacobians_of_arrays_by_structures_have_the_points_in_front():
    native, one_by_one = pair("jacobian", curve)
    assert native(MANY, 2.0)["w"].shape == (N, 3, 3, 2)
    assert_same(native(MANY, 2.0), one_by_one(MANY, 2.0))


@pytest.mark.parametrize(
    ("operator", "direction"), [("jvp", ALONG), ("hvp", ALONG), ("vjp", RNG.normal(size=N))]
)
def test_directions_may_be_structures_too(operator, direction):
    native, one_by_one = pair(operator)
    assert_same(native(MANY, direction, 2.0), one_by_one(MANY, direction, 2.0))


def test_another_number_of_points_or_another_form_is_answered_as_well():
    native, one_by_one = pair("gradient")
    few = {name: array[:3] for name, array in MANY.items()}
    assert_same(native(few, 2.0), one_by_one(few, 2.0))
    wider = {"w": RNG.normal(size=(2, 5, 2)), "b": RNG.normal(size=2)}
    assert_same(native(wider, 2.0), one_by_one(wider, 2.0))


@dataclass
class Model:
    weight: np.ndarray
    bias: float


def of_model(model, data):
    return np.sum((data @ model.weight + model.bias) ** 2)


@pytest.mark.parametrize("method", ["compiled", "reverse"])
def test_a_derivative_is_written_into_the_caller_s_arrays(method):
    one, data = Model(np.array([1.0, 2.0]), 0.5), np.array([[1.0, 2.0], [3.0, 4.0]])
    answer = db.prepare(of_model, one, data, method=method)
    out = Model(np.empty(2), np.empty(()))
    assert answer(one, data, out=out) is out
    assert_same(vars(out), vars(answer(one, data)))


@pytest.mark.parametrize("method", ["compiled", "reverse"])
def test_the_value_comes_beside_what_is_written(method):
    f = lambda x, rate: rate * np.sum(x**2)
    answer = db.prepare(f, np.ones(3), 2.0, operator="value_and_gradient", method=method)
    out = np.empty(3)
    value, gradient = answer(np.ones(3), 3.0, out=out)
    assert value == 9.0 and gradient is out
    np.testing.assert_array_equal(out, 6.0)


def test_arrays_of_other_shapes_are_not_written_into():
    answer = db.prepare(loss, {"w": np.ones((3, 2)), "b": 1.0}, 2.0)
    with pytest.raises(db.errors.BadInput, match="out= holds arrays of shapes"):
        answer({"w": np.ones((3, 2)), "b": 1.0}, 2.0, out={"w": np.ones(2), "b": np.ones(())})


def test_an_argument_named_out_is_the_function_s_own():
    f = lambda x, out=1.0: out * np.sum(x**2)
    np.testing.assert_array_equal(db.prepare(f, np.ones(2), out=3.0)(np.ones(2), out=4.0), 8.0)


def root(params, rate=1.0):
    return rate * np.sum(np.sqrt(params["w"])) + np.sqrt(params["b"][1])


EDGE = {"w": np.array([[1.0, 0.0], [4.0, 1.0]]), "b": [1.0, 2.0]}
ASKED = {
    "direct": lambda method: db.gradient(root, EDGE, method=method),
    "of several": lambda method: db.gradient(root, EDGE, 2.0, argnums=(1, 0), method=method),
    "prepared": lambda method: db.prepare(
        root, {"w": np.ones((2, 2)), "b": [1.0, 1.0]}, method=method
    )(EDGE),
}


@pytest.mark.parametrize("way", ASKED)
@pytest.mark.parametrize("method", ["reverse", "forward", "compiled"])
def test_a_refusal_names_the_entry_by_argument_and_path(method, way):
    with pytest.raises(
        db.errors.NotDifferentiable, match=r"in params\['w'\]\[0, 1\] is inf where .* is 0\.0"
    ):
        ASKED[way](method)


def test_a_hessian_names_both_of_its_entries():
    with pytest.raises(db.errors.NotDifferentiable, match=r"hessian in params\['w'\]\[0, 1\]"):
        db.hessian(root, EDGE, method="reverse")
