"""What a prepared answer holds besides x is noticed when it changes, wherever f reads it; what f
changes itself, what can't change and what is declared constant is not looked at.
"""

import logging
import sys
from functools import partial

import numpy as np
import pytest

import diffbench as db
from diffbench.asking.prepared.held import SMALL, Held, look
from diffbench.asking.prepared.watched import MOST_RENEWALS

METHODS = ("compiled", "symbolic", "symbolic-accumulate", "forward", "reverse")
X, LATER = np.array([0.5, -1.0, 2.0]), np.array([1.5, 0.3, -0.7])
factor = np.array([1.0, 2.0, 3.0])
number = 2.0


class Model:
    """A function with data in its attributes, as people write them."""

    power = 2

    def __init__(self):
        self.weights = np.array([1.0, 2.0, 3.0])
        self.options = {"scale": 2.0, "list": [1.0, np.ones(3)]}
        self.calls, self.history = 0, []

    def loss(self, x):
        self.calls += 1
        self.history.append(x)
        return self._scaled(np.sum(self.weights * self._powers(x)))

    def _powers(self, x):
        return self.options["list"][1] * x**self.power

    def _scaled(self, y):
        return self.options["scale"] * y

    __call__ = loss


def of_a_global(x):
    return np.sum(factor * x**2)


def of_a_global_number(x):
    return np.sum(x**2) * number


def of_a_helper(x):
    return 3 * of_a_global(x)


def with_a_default(x, weights=np.array([1.0, 2.0, 3.0])):  # noqa: B008
    return np.sum(weights * x**2)


def in_a_closure():
    batch = np.array([1.0, 2.0, 3.0])

    def f(x):
        return np.sum(batch * x**2)

    return f, lambda: batch.__setitem__(slice(None), 3.0)


def rebound_in_a_closure():
    batch = np.array([1.0, 2.0, 3.0])

    def f(x):
        return np.sum(batch * x**2)

    def change():
        nonlocal batch
        batch = np.full(3, 5.0)

    return f, change


def global_array():
    return of_a_global, lambda: factor.__imul__(2.0)


def helpers_global():
    return of_a_helper, lambda: factor.__imul__(2.0)


def global_number():
    return of_a_global_number, lambda: setattr(sys.modules[__name__], "number", number + 1)


def default():
    return with_a_default, lambda: with_a_default.__defaults__[0].__iadd__(1.0)


def bound_method():
    model = Model()
    return model.loss, lambda: model.weights.__iadd__(1.0)


def attribute_of_a_callable():
    model = Model()
    return model, lambda: setattr(model, "weights", np.ones(3))


def attribute_of_a_class():
    model = type("Cubic", (Model,), {})()
    return model.loss, lambda: setattr(model, "power", 3)


def entry_of_a_dict():
    model = Model()
    return model.loss, lambda: model.options.__setitem__("scale", 7.0)


def array_in_a_list():
    model = Model()
    return model.loss, lambda: model.options["list"][1].__setitem__(0, 9.0)


def list_of_numbers():
    weights = [1.0, 2.0, 3.0]
    return lambda x: np.sum(np.array(weights) * x**2), lambda: weights.__setitem__(1, 8.0)


def argument_of_a_partial():
    weights = np.array([1.0, 2.0, 3.0])
    return partial(with_a_default, weights=weights), lambda: weights.__setitem__(0, 4.0)


def large_array():
    data = np.linspace(-1.0, 1.0, 3000).reshape(1000, 3)
    rng = np.random.default_rng(0)
    return lambda x: np.sum(np.arange(1000.0) * (data @ x) ** 2), lambda: rng.shuffle(data)


CASES = [
    in_a_closure, rebound_in_a_closure, global_array, helpers_global, global_number, default,
    bound_method, attribute_of_a_callable, attribute_of_a_class, entry_of_a_dict, array_in_a_list,
    list_of_numbers, argument_of_a_partial, large_array,
]  # fmt: skip


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("case", CASES)
def test_an_answer_is_right_after_its_data_have_changed(case, method):
    if case is large_array and method.startswith("symbolic"):
        pytest.skip("3000 terms of a formula take seconds")
    f, change = case()
    answer = db.prepare(f, X, operator="gradient", method=method)
    np.testing.assert_allclose(answer(LATER), db.gradient(f, LATER), rtol=1e-12)
    before = answer(LATER)
    change()
    expected = db.gradient(f, LATER)
    assert not np.allclose(expected, before, rtol=1e-3)
    np.testing.assert_allclose(answer(LATER), expected, rtol=1e-12)


def test_the_change_is_said_once_with_the_name_of_what_has_changed(caplog):
    f, change = in_a_closure()
    answer = db.prepare(f, X, method="compiled")
    with caplog.at_level(logging.WARNING, "diffbench"):
        for _ in range(2):
            change()
            answer(X)
    assert [record.getMessage()[:41] for record in caplog.records] == [
        "batch, which the prepared answer of f hol"
    ]


def test_data_that_change_at_every_call_are_followed_without_recording():
    data = np.zeros(3)
    answer = db.prepare(lambda x: np.sum(data * x**2), X, method="compiled")
    for k in range(2 * MOST_RENEWALS):
        data[:] = k
        np.testing.assert_array_equal(answer(X), 2 * k * X)
    assert answer.route == "eager" and answer.renewals == MOST_RENEWALS + 1


def test_an_equal_array_in_the_place_of_another_is_no_change():
    holder = {"data": np.ones(3)}
    answer = db.prepare(lambda x: np.sum(holder["data"] * x), X, method="compiled")
    holder["data"] = np.ones(3)
    answer(X)
    assert answer.renewals == 0
    holder["data"][0] = 2.0
    np.testing.assert_array_equal(answer(X), [2.0, 1.0, 1.0])


def test_what_f_changes_itself_is_no_data():
    model = Model()
    answer = db.prepare(model.loss, X, method="compiled")
    for _ in range(3):
        model.loss(X)
        answer(X)
    assert answer.renewals == 0


def test_a_function_without_data_is_answered_without_a_look():
    for f in (lambda x: np.sum(x**2), lambda x: x @ x + np.pi):
        assert type(db.prepare(f, X, method="compiled")).__name__ != "Watched"


def test_arrays_that_cant_be_written_to_are_not_read():
    data = np.ones(3)
    data.flags.writeable = False
    held = Held(lambda x: np.sum(data * x))
    held.while_running(lambda: None)
    assert held.places and not held.arrays
    view = np.ones(6)[::2]
    view.flags.writeable = False  # and yet its base can be
    held = Held(lambda x: np.sum(view * x))
    held.while_running(lambda: None)
    view.base[:] = 2.0
    assert not held.is_unchanged()


@pytest.mark.parametrize("constants", ("all", "batch", ["batch"], None))
def test_what_is_declared_constant_is_not_looked_at(constants):
    batch = np.ones(3)
    f = lambda x: np.sum(batch * x)
    constants = [batch] if constants is None else constants
    answer = db.prepare(f, X, method="compiled", constants=constants)
    batch[:] = 2.0
    np.testing.assert_array_equal(answer(X), [1.0, 1.0, 1.0])


def test_a_part_declared_constant_leaves_the_others_watched():
    a, b = np.ones(3), np.ones(3)
    answer = db.prepare(lambda x: np.sum(a * b * x), X, method="compiled", constants="a")
    b[0] = 3.0
    np.testing.assert_array_equal(answer(X), [3.0, 1.0, 1.0])


@pytest.mark.parametrize("change", ("one entry", "fill", "swap of rows", "last entry", "shuffle"))
@pytest.mark.parametrize("shape", ((100_000,), (1 << 12, 64), (2042, 1021), (333, 7, 11)))
def test_no_change_of_a_large_array_is_lost_in_its_checksum(shape, change):
    data = np.full(shape, 2.0) if change == "fill" else np.random.default_rng(1).normal(size=shape)
    assert data.nbytes > SMALL
    held = Held(lambda x: data * x)
    held.while_running(lambda: None)
    match change:
        case "one entry":
            data.flat[data.size // 3] = np.nextafter(data.flat[data.size // 3], 9.0)
        case "fill":
            data[:] = 3.0
        case "swap of rows":
            data[[5, 17]] = data[[17, 5]]
        case "last entry":
            data.flat[-1] = 0.0
        case "shuffle":
            np.random.default_rng(2).shuffle(data)
    assert not held.is_unchanged() and held.changed() == "data"


def test_an_array_of_whatever_layout_is_read():
    for data in (
        np.asfortranarray(np.ones((200, 30))), np.ones(9000, np.float32)[::2],
        np.ones(30_001, bool), np.zeros(5000, complex), np.array([1, "a", None], object),
    ):  # fmt: skip
        held = Held(lambda x, data=data: data)
        held.while_running(lambda: None)
        assert held.is_unchanged()
        data[(-1,) * data.ndim] = not data[(-1,) * data.ndim]
        assert not held.is_unchanged()


def test_attributes_that_no_code_names_are_not_walked():
    model = Model()
    model.unrelated = np.ones(3)
    names = {place.name for place in look(model.loss)}
    assert "self.weights" in names and "self.options['scale']" in names
    assert not any("unrelated" in name for name in names)
