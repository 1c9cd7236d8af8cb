"""prepare(..., batch=True): answers at many points in one call, those of the single points."""

import pickle
import subprocess
import sys
from importlib.util import find_spec

import numpy as np
import pytest

import diffbench as db
from diffbench.errors import BadInput, NotDifferentiable

rng = np.random.default_rng(3)
X, V = rng.uniform(1, 3, (40, 2)), rng.normal(size=(40, 2))
W = rng.normal(size=(5, 2))


def formula(x, xp=np):
    return xp.log(x[0]) + x[0] * x[1] - xp.sin(x[1])


def system(x, xp=np):
    return xp.stack([x[0] * xp.sin(x[1]), x[1] ** 2, xp.exp(x[0])])


def layer(x, w=W, xp=np):
    return xp.sum(xp.tanh(w @ x) ** 2)


def chain(x):
    y = x[0] / 4
    for _ in range(200):
        y = x[1] * y * (1 - y)
    return y


def branches(x):
    return x[0] ** 2 if x[1] > 2 else (x[0] ** 3 if x[1] > 1.5 else abs(x[0] - 2.5) * x[1])


SCALAR = ["gradient", "value_and_gradient", "hessian", "hvp", "jvp"]
CASES = [(f, o) for f in (formula, layer, chain, branches) for o in SCALAR]
CASES += [(system, o) for o in ("jacobian", "jvp", "vjp")]


def along(operator, f):
    if operator == "vjp":
        return (np.stack([np.cos(f(x)) for x in X]),)
    return (V,) if operator in ("jvp", "hvp") else ()


def assert_rows(found, single, tolerance=1e-13):
    parts = found if type(found) is tuple else (found,)
    rows = [row if type(row) is tuple else (row,) for row in single]
    for k, part in enumerate(parts):
        expected = np.stack([row[k] for row in rows])
        assert part.shape == expected.shape
        # libmvec's functions are off by up to 4 units in the last place
        np.testing.assert_allclose(part, expected, rtol=tolerance, atol=tolerance)


OTHERS = [(f, o, "reverse") for f, o in CASES if f in (formula, system)]
OTHERS += [(formula, o, db.Compiled(native=False)) for o in SCALAR]


@pytest.mark.parametrize(
    ("f", "operator", "method"), [*[(f, o, "compiled") for f, o in CASES], *OTHERS]
)
def test_the_answers_are_those_of_the_points(f, operator, method):
    answer = db.prepare(f, X, operator=operator, method=method, batch=True)
    directions = along(operator, f)
    single = [getattr(db, operator)(f, X[k], *[d[k] for d in directions]) for k in range(len(X))]
    assert_rows(answer(X, *directions), single)
    few = [d[3:10] for d in directions]
    assert_rows(answer(X[3:10], *few), single[3:10])
    assert_rows(answer(X[::2], *[d[::2] for d in directions]), single[::2])
    assert (answer.route == "native") == (method == "compiled")


def test_points_of_several_branches_are_answered_by_a_program_each():
    answer = db.prepare(branches, X, batch=True)
    answer(X)
    assert 2 <= len(answer.native.kernels) <= 4


def test_a_point_without_a_derivative_is_refused_as_it_is_alone():
    points = X.copy()
    points[7, 0] = -1.0
    answer = db.prepare(formula, X, batch=True)
    with pytest.raises(NotDifferentiable, match="outside its domain"):
        answer(points)
    np.testing.assert_allclose(answer(X)[7], db.gradient(formula, X[7]), rtol=1e-13)


def test_what_does_not_vary_is_the_same_for_all_points_and_given_at_each_call():
    answer = db.prepare(layer, X, W, batch=True)
    for w in (W, 2 * W, W[:2]):
        np.testing.assert_allclose(
            answer(X, w), [db.gradient(layer, x, w) for x in X], rtol=1e-12, atol=1e-15
        )
    assert answer.route == "native"


def test_a_keyword_of_another_value_is_another_function():
    f = lambda x, k=1: np.sum(x**k)
    answer = db.prepare(f, X, batch=True, k=2)
    np.testing.assert_allclose(answer(X), 2 * X, rtol=1e-15)
    np.testing.assert_allclose(answer(X, k=3), 3 * X**2, rtol=1e-15)


def test_structures_have_the_axis_in_each_array():
    f = lambda p, s: {"y": s * p["a"] ** 2 * p["b"]}
    points = {"a": X, "b": X[:, 0]}
    answer = db.prepare(f, points, 3.0, operator="jacobian", batch=True)
    found = answer(points, 2.0)["y"]
    assert found["a"].shape == (40, 2, 2) and found["b"].shape == (40, 2)
    np.testing.assert_allclose(found["b"], 2 * X**2)


def test_points_of_shape_nothing_are_a_vector():
    answer = db.prepare(lambda t: np.exp(t), X[:, 0], operator="derivative", batch=True)
    np.testing.assert_allclose(answer(X[:, 1]), np.exp(X[:, 1]), rtol=1e-14)
    assert db.prepare(lambda t: t**2, [1.0, 2.0], batch=True)([3.0, 4.0]).tolist() == [6.0, 8.0]


def test_data_that_change_are_noticed():
    held = np.array([2.0])
    f = lambda x: held[0] * x[0] * x[1]
    answer = db.prepare(f, X, batch=True)
    answer(X)
    held[0] = 5.0
    np.testing.assert_array_equal(answer(X), 5 * X[:, ::-1])


def test_an_answer_at_many_points_pickles_and_takes_part_in_outer_derivatives():
    answer = db.prepare(formula, X, batch=True)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(answer))(X), answer(X))
    outer = db.gradient(lambda x: np.sum(answer(x)), X[:4])
    np.testing.assert_allclose(
        outer, [np.sum(db.hessian(formula, x), 0) for x in X[:4]], rtol=1e-12
    )


@pytest.mark.parametrize(
    ("ask", "because"),
    [
        (lambda: db.prepare(formula, X[:0], batch=True), "at least one"),
        (lambda: db.prepare(formula, 2.0, batch=True), "along the first axis"),
        (lambda: db.prepare(lambda p: p["a"], {"a": X, "b": X[:3]}, batch=True), "the same number"),
        (lambda: db.prepare(formula, X, batch=True, operator="hvp")(X, V[:3]), "one for each"),
    ],
)
def test_what_is_no_row_of_points_is_refused(ask, because):
    with pytest.raises(BadInput, match=because):
        ask()


@pytest.mark.skipif(find_spec("jax") is None, reason="JAX is not installed")
def test_shapes_and_values_are_those_of_vmap(tmp_path):
    script = f"""
import sys; sys.path.insert(0, {str(__file__.rpartition("/")[0])!r})
import jax, numpy as np, test_many_points as t
jax.config.update("jax_enable_x64", True)
f, g = (lambda h: lambda x: h(x, xp=jax.numpy))(t.formula), (lambda h: lambda x: h(x, xp=jax.numpy))(t.system)
np.savez("{tmp_path}/jax.npz", gradient=jax.vmap(jax.grad(f))(t.X), hessian=jax.vmap(jax.hessian(f))(t.X),
         jacobian=jax.vmap(jax.jacfwd(g))(t.X), value=jax.vmap(jax.value_and_grad(f))(t.X)[0],
         jvp=jax.vmap(lambda x, v: jax.jvp(g, (x,), (v,))[1])(t.X, t.V))
"""
    subprocess.run([sys.executable, "-c", script], check=True, capture_output=True)
    theirs = np.load(tmp_path / "jax.npz")
    ours = {
        "gradient": db.prepare(formula, X, batch=True)(X),
        "hessian": db.prepare(formula, X, batch=True, operator="hessian")(X),
        "jacobian": db.prepare(system, X, batch=True, operator="jacobian")(X),
        "value": db.prepare(formula, X, batch=True, operator="value_and_gradient")(X)[0],
        "jvp": db.prepare(system, X, batch=True, operator="jvp")(X, V)[1],
    }
    for name, found in ours.items():
        assert found.shape == theirs[name].shape
        np.testing.assert_allclose(found, theirs[name], rtol=1e-13)


@pytest.mark.parametrize("f", [lambda x: x[0] - np.sin(x[1]), lambda x: np.cos(x[1] * x[1]) + x[0]])
@pytest.mark.parametrize("bad", [np.inf, -np.inf, 1e200])
def test_a_point_where_f_is_not_finite_is_refused_as_one_is(f, bad):
    """The sine is not computed there where only its being finite matters; it matters."""
    points = np.ones((20, 2))
    many = db.prepare(f, points, batch=True)
    points[13, 1] = bad
    try:
        expected = db.prepare(f, points[0])(points[13])
    except db.errors.DiffbenchError as refusal:
        with pytest.raises(type(refusal)):
            many(points)
    else:
        np.testing.assert_array_equal(many(points)[13], expected)


def test_a_value_that_is_asked_for_is_the_value():
    points = np.linspace(0.1, 2.0, 40).reshape(20, 2)
    f = lambda x: x[0] - np.sin(x[1])
    value, _ = db.prepare(f, points, operator="value_and_gradient", batch=True)(points)
    np.testing.assert_allclose(value, [f(x) for x in points], atol=4 * np.finfo(float).eps)
