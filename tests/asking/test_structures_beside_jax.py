"""The same calls give the same structures and values as JAX; where JAX is not installed, the
structures are those written here and the values those of differences.
"""

import dataclasses
import pickle
import subprocess
import sys
from collections import OrderedDict, namedtuple
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

import diffbench as db
from diffbench.errors import BadInput, BadPoint, ManyArrays

Layer = namedtuple("Layer", "w b")
W, B, X = np.arange(6.0).reshape(2, 3) / 4, np.array([0.5, -1.0]), np.array([0.25, -0.5, 1.5])
PARAMETERS = {"w": W, "b": B}
NETWORK = [Layer(W, B), {"out": np.array([2.0, 3.0]), "shift": 0.75}]


def loss(xp):
    return lambda p, x, scale=1.0: scale * xp.sum(xp.tanh(p["w"] @ x + p["b"]) ** 2)


def network(xp):
    def f(p, x):
        first, last = p
        return last["out"] @ xp.tanh(first.w @ x + first.b) + last["shift"] ** 2

    return f


def three(xp):
    return lambda a, b, c: xp.sin(a) * b[0] + xp.sum(b * c["k"]) * a


def with_aux(xp):
    return lambda p, x: (xp.sum(p["b"] ** 2) * x[0], {"seen": p["b"] * 2, "x": x})


def many(xp):
    return lambda p, x: {"y": p["w"] @ x, "z": (xp.sum(p["b"]), [p["b"] * x[0]])}


def nested(grad):
    return lambda p, t: grad(lambda q, s: q["a"] ** 3 * s, argnums=0)(p, t)["a"] * t


# name: f, arguments, argnums, keywords of f, the structure of the gradient
GRADIENTS = {
    "a dict": (loss, (PARAMETERS, X), 0, {}, {"w": (2, 3), "b": (2,)}),
    "a keyword": (loss, (PARAMETERS, X), 0, {"scale": 3.0}, {"w": (2, 3), "b": (2,)}),
    "the second": (loss, (PARAMETERS, X), 1, {}, (3,)),
    "the last": (loss, (PARAMETERS, X), -1, {}, (3,)),
    "both": (loss, (PARAMETERS, X), (0, 1), {}, ({"w": (2, 3), "b": (2,)}, (3,))),
    "both, the other way": (loss, (PARAMETERS, X), (1, 0), {}, ((3,), {"w": (2, 3), "b": (2,)})),
    "one in a tuple": (loss, (PARAMETERS, X), (1,), {}, ((3,),)),
    "nested": (network, (NETWORK, X), 0, {}, [Layer((2, 3), (2,)), {"out": (2,), "shift": ()}]),
    "numbers": (three, (0.5, B, {"k": 2.0}), (0, 2), {}, ((), {"k": ()})),
    "an ordered dict": (loss, (OrderedDict(w=W, b=B), X), 0, {}, OrderedDict(w=(2, 3), b=(2,))),
}
DIRECTION = ({"w": W - 1, "b": B * 2}, X + 1)
METHODS = ("reverse", "forward", "compiled", "complex-step", "symbolic")


def answers_of_jax():
    """Every call of this file, as JAX answers it; arrays are NumPy's."""
    import jax

    jax.config.update("jax_enable_x64", True)
    np_, found = jax.numpy, {}
    for name, (f, args, argnums, keywords, _) in GRADIENTS.items():
        one = f(np_)
        found["gradient", name] = jax.grad(one, argnums)(*args, **keywords)
        found["pair", name] = jax.value_and_grad(one, argnums)(*args, **keywords)
        found["hessian", name] = jax.hessian(one, argnums)(*args, **keywords)
    f, aux, both = many(np_), with_aux(np_), (PARAMETERS, X)
    found["by columns"] = jax.jacfwd(f, (0, 1))(*both)
    found["by rows"] = jax.jacrev(f, (0, 1))(*both)
    found["jvp"] = jax.jvp(f, both, DIRECTION)
    found["vjp"] = jax.vjp(f, *both)[1](found["jvp"][1])
    gradient = jax.grad(loss(np_))
    found["hvp"] = jax.jvp(lambda p: gradient(p, X, 2.0), both[:1], DIRECTION[:1])[1]
    found["aux of grad"] = jax.grad(aux, has_aux=True)(*both)
    found["aux of value_and_grad"] = jax.value_and_grad(aux, has_aux=True)(*both)
    found["aux of hessian"] = jax.hessian(aux, has_aux=True)(*both)
    found["aux of jacfwd"] = jax.jacfwd(aux, has_aux=True)(*both)
    found["aux of jvp"] = jax.jvp(lambda p: aux(p, X), both[:1], both[:1], has_aux=True)
    found["nested"] = jax.grad(nested(jax.grad), argnums=(0, 1))({"a": 2.0}, 3.0)
    return {name: jax.tree.map(np.asarray, answer) for name, answer in found.items()}


@pytest.fixture(scope="module")
def jax_(tmp_path_factory):
    """What JAX answers, from a process of its own: it must not be in one that forks later."""
    if find_spec("jax") is None:
        return {}
    path, folder = tmp_path_factory.mktemp("jax") / "answers", Path(__file__).parent
    code = f"import sys, pickle; sys.path.insert(0, {str(folder)!r}); import {__name__} as calls; "
    code += f"pickle.dump(calls.answers_of_jax(), open({str(path)!r}, 'wb'))"
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    return pickle.loads(path.read_bytes())


def shapes_of(thing):
    """The structure with the shape of each array in its place."""
    if isinstance(thing, dict):
        return type(thing)((key, shapes_of(value)) for key, value in thing.items())
    if isinstance(thing, tuple) and hasattr(thing, "_fields"):
        return type(thing)(*map(shapes_of, thing))
    if isinstance(thing, (list, tuple)):
        return type(thing)(map(shapes_of, thing))
    assert isinstance(thing, (np.ndarray, np.generic))
    return np.shape(thing)


def leaves(thing):
    if isinstance(thing, dict):
        return [leaf for key in sorted(thing) for leaf in leaves(thing[key])]
    if isinstance(thing, (list, tuple)):
        return [leaf for part in thing for leaf in leaves(part)]
    return [np.asarray(thing)]


def assert_same(found, expected, tolerance=1e-12):
    assert shapes_of(found) == shapes_of(expected)
    for a, b in zip(leaves(found), leaves(expected), strict=True):
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", GRADIENTS)
def test_a_gradient_has_the_structure_of_its_arguments(name, method, jax_):
    f, args, argnums, keywords, shapes = GRADIENTS[name]
    found = db.grad(f(np), argnums, method=method)(*args, **keywords)
    assert shapes_of(found) == shapes
    differences = db.gradient(
        f(np), *args, argnums=argnums, method="central-difference", **keywords
    )
    assert_same(found, differences, 1e-7)  # of which a central difference has 10 digits
    assert_same(found, jax_.get(("gradient", name), found))


@pytest.mark.parametrize("name", GRADIENTS)
def test_value_and_gradient_and_hessian_are_jax_s(name, jax_):
    f, args, argnums, keywords, shapes = GRADIENTS[name]
    how = {"argnums": argnums, **keywords}
    value, gradient = db.value_and_gradient(f(np), *args, **how)
    assert value == f(np)(*args, **keywords) and shapes_of(gradient) == shapes
    hessian = db.hessian(f(np), *args, **how)
    assert_same(hessian, db.hessian(f(np), *args, method="forward", **how))
    pair = (np.asarray(value), gradient)
    assert_same(pair, jax_.get(("pair", name), pair))
    assert_same(hessian, jax_.get(("hessian", name), hessian))


def test_jacobians_of_structures_are_structures_of_structures(jax_):
    found = db.jacobian(many(np), PARAMETERS, X, argnums=(0, 1))
    assert shapes_of(found) == {
        "y": ({"w": (2, 2, 3), "b": (2, 2)}, (2, 3)),
        "z": (({"w": (2, 3), "b": (2,)}, (3,)), [({"w": (2, 2, 3), "b": (2, 2)}, (2, 3))]),
    }
    for method in ("reverse", "compiled", "symbolic"):
        assert_same(db.jacobian(many(np), PARAMETERS, X, argnums=(0, 1), method=method), found)
    assert_same(found, jax_.get("by columns", found))
    assert_same(found, jax_.get("by rows", found))


def test_products_take_and_give_structures(jax_):
    y, y_dot = db.jvp(many(np), PARAMETERS, DIRECTION, X, argnums=(0, 1))
    y_again, x_bar = db.vjp(many(np), PARAMETERS, y_dot, X, argnums=(0, 1))
    assert_same(y, y_again)
    assert_same(y, many(np)(PARAMETERS, X))
    inner = sum(np.sum(a * b) for a, b in zip(leaves(x_bar), leaves(DIRECTION), strict=True))
    assert inner == pytest.approx(sum(np.sum(a**2) for a in leaves(y_dot)), rel=1e-13)
    assert_same((y, y_dot), jax_.get("jvp", (y, y_dot)))
    assert_same(x_bar, jax_.get("vjp", x_bar))


def test_a_hessian_times_a_direction_is_the_derivative_of_the_gradient(jax_):
    direction = DIRECTION[0]
    found = db.hvp(loss(np), PARAMETERS, direction, X, scale=2.0)
    _, expected = db.jvp(db.grad(loss(np)), PARAMETERS, direction, X, scale=2.0)
    assert_same(found, expected)
    assert_same(found, jax_.get("hvp", found))


def test_what_a_function_returns_beside_its_result_is_handed_on(jax_):
    gradient, aux = db.gradient(with_aux(np), PARAMETERS, X, has_aux=True)
    pair = db.value_and_gradient(with_aux(np), PARAMETERS, X, has_aux=True)
    assert_same(pair, ((with_aux(np)(PARAMETERS, X)[0], aux), gradient))
    assert shapes_of(aux) == {"seen": (2,), "x": (3,)}
    hessian = db.hessian(with_aux(np), PARAMETERS, X, has_aux=True)
    jacobian = db.jacobian(with_aux(np), PARAMETERS, X, has_aux=True)
    pushed = db.jvp(with_aux(np), PARAMETERS, PARAMETERS, X, has_aux=True)
    for name, ours in {
        "grad": (gradient, aux),
        "value_and_grad": pair,
        "hessian": hessian,
        "jacfwd": jacobian,
        "jvp": pushed,
    }.items():
        assert_same(ours, jax_.get(f"aux of {name}", ours))


def test_an_inner_derivative_of_a_structure_takes_part_in_an_outer_one(jax_):
    found = db.grad(nested(db.grad), argnums=(0, 1))({"a": 2.0}, 3.0)
    assert_same(found, ({"a": np.array(6 * 2.0 * 3.0**2)}, np.array(3 * 2.0**2 * 2 * 3.0)))
    assert_same(found, jax_.get("nested", found))


@dataclasses.dataclass
class Model:
    w: object
    b: object
    name: str = dataclasses.field(default="plain", metadata={"static": True})


def test_the_gradient_of_a_dataclass_is_one_and_keeps_what_is_static():
    found = db.gradient(lambda m: np.sum(m.w * m.b), Model(X, 2.0, "mine"))
    assert type(found) is Model and found.name == "mine"
    np.testing.assert_array_equal(found.w, np.full(3, 2.0))
    assert found.b == np.sum(X)


def test_a_word_among_the_fields_is_refused_with_the_way_to_declare_it():
    plain = dataclasses.make_dataclass("Plain", ["w", "name"])
    with pytest.raises(BadPoint, match=r"\.name of the structure: .*metadata"):
        db.gradient(lambda m: m.w[0], plain(X, "mine"))


def test_float32_parts_stay_float32():
    p = {"a": np.ones(2, np.float32), "b": np.ones(2)}
    seen = []
    found = db.gradient(lambda p: seen.append(p["a"].dtype) or np.sum(p["a"] * p["b"]), p)
    assert found["a"].dtype == np.float32 and found["b"].dtype == np.float64
    assert set(seen) == {np.dtype(np.float32)}


def test_a_list_of_numbers_is_an_array_as_it_ever_was():
    assert db.gradient(lambda x: x @ x, [1.0, 2.0]).tolist() == [2.0, 4.0]
    assert db.jacobian(lambda x: [x[0] * x[1], x[1]], [1.0, 2.0]).tolist() == [[2.0, 1.0], [0, 1]]


def test_a_sparse_jacobian_of_a_structure_is_over_all_of_its_numbers():
    found = db.jacobian(lambda p: p["a"] ** 2, {"a": X, "b": B}, sparsity="detect")
    np.testing.assert_array_equal(found.toarray(), np.hstack([np.diag(2 * X), np.zeros((3, 2))]))


@pytest.mark.parametrize(
    ("ask", "because"),
    [
        (lambda: db.gradient(loss(np), PARAMETERS, X, argnums=2), "2 positional arguments"),
        (lambda: db.gradient(loss(np), PARAMETERS, X, argnums=(0, 0)), "one twice"),
        (lambda: db.gradient(loss(np), PARAMETERS, X, has_aux=True), "return the pair"),
        (lambda: db.gradient(lambda p: p, {"a": X}), "has_aux=True"),
        (lambda: db.gradient(lambda p: p["a"], {"a": True}), r"\['a'\] of the structure: .*bool"),
        (lambda: db.gradient(lambda p: p["a"], {"a": "x"}), r"\['a'\] of the structure: .*str"),
        (lambda: db.hvp(loss(np), PARAMETERS, {"w": W}, X), "the direction is {'w': array"),
        (lambda: db.hvp(loss(np), PARAMETERS, X, X), "the direction is array"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_cure(ask, because):
    with pytest.raises((BadInput, BadPoint, ManyArrays), match=because):
        ask()
