"""In-place writes follow NumPy, through views and aliases, or raise; they never lose a
derivative.
"""

import numpy as np
import pytest

import diffbench as db
from diffbench.errors import LostTrace, WriteRefused

X = np.array([3.0, 1.0, 2.0])
METHODS = ("forward", "reverse")


def gradient_by_differences(f, x):
    return db.gradient(lambda x: f(x), x, method="central-difference")


def through_a_view(x):
    y = x * 1.0
    y[::2] *= 3.0
    return np.sum(y * y)


def through_a_view_of_a_view(x):
    y = np.reshape(x * 1.0, (3, 1))
    v = y.T[:, 1:]
    v[0, 0] = x[0] * x[2]
    return np.sum(y**3)


def seen_by_every_alias(x):
    y = x * 1.0
    a, b = y[:2], y[1:]
    a += 10.0 * x[1]
    b *= x[0]
    return np.sum(y * y) + np.sum(a * b)


def zeros_like_then_entries(x):
    y = np.zeros_like(x)
    y[0], y[1:] = x[0] * x[1], x[1:] ** 2
    return np.sum(y * y)


def out_argument(x):
    y = np.empty_like(x)
    np.exp(x, out=y)
    np.multiply(y, x, out=y)
    return np.sum(y)


def accumulated_at(x):
    y = np.zeros_like(x)
    np.add.at(y, np.array([0, 0, 1]), x)
    np.subtract.at(y, 2, x[0])
    return np.sum(y * y)


def helpers(x):
    y = np.outer(x, x)
    np.fill_diagonal(y, x[0])
    np.put(y, [1, 2], x[1])
    np.copyto(y, y * 2.0, where=np.eye(3, dtype=bool))
    np.putmask(y, y > 5.0, 1.0)
    np.place(y, y < 2.5, x[2])
    np.put_along_axis(y, np.array([[0], [1], [2]]), x[1] * 3.0, axis=1)
    return np.sum(y * y)


def sorted_in_place(x):
    y = x * 1.0
    y.sort()
    return np.sum(y * np.array([1.0, 2.0, 3.0]))


def last_write_wins(x):
    y = np.zeros_like(x[:2])
    y[np.array([0, 0])] = x[:2]
    return np.sum(y * np.array([5.0, 7.0]))


def masked_write(x):
    y = x * x
    y[y > 3.0] = x[1]
    y[x < 1.5] *= x[0]
    return np.sum(y)


def filled_after_use(x):
    y = x * 2.0
    z = y * x
    y.fill(7.0)
    return np.sum(z) + np.sum(y * x)


def names_bound_anew(x):
    total = x[0]
    first = total
    total += x[1] * x[1]
    return total * first


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "f",
    [
        through_a_view, through_a_view_of_a_view, seen_by_every_alias, zeros_like_then_entries, out_argument, accumulated_at, helpers,
        sorted_in_place, last_write_wins, masked_write, filled_after_use, names_bound_anew,
    ],
    ids=lambda f: f.__name__,
)  # fmt: skip
def test_writes_follow_numpy(f, method):
    x = X.copy()
    value, found = db.value_and_gradient(f, x, method=method)
    assert value == f(X)
    np.testing.assert_allclose(found, gradient_by_differences(f, X), rtol=1e-7, atol=1e-7)
    np.testing.assert_array_equal(x, X)  # the caller's array is never changed


@pytest.mark.parametrize("method", METHODS)
def test_the_argument_itself_may_be_written_to_inside(method):
    def f(x):
        x *= 2.0
        x[0] = x[1]
        return np.sum(x * x)

    x = X.copy()
    np.testing.assert_allclose(db.gradient(f, x, method=method), [0.0, 16.0, 16.0])
    np.testing.assert_array_equal(x, X)


@pytest.mark.parametrize("n", [3, 200_000])
def test_an_operand_changed_after_its_use_was_copied_or_is_detected(n):
    b = np.ones(n)

    def f(x):
        y = x * b
        b[:] = 2.0
        return np.sum(y)

    try:
        np.testing.assert_array_equal(db.gradient(f, np.ones(n)), np.ones(n))
    except WriteRefused as error:
        assert "write to a copy" in str(error)
    b[:] = 1.0  # writable again


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "write",
    [
        lambda y, x: y.__setitem__(0, x[0]),
        lambda y, x: y.__setitem__(slice(None), x),
        lambda y, x: np.add.at(y, 0, x[0]),
        lambda y, x: np.copyto(y, x),
        lambda y, x: np.exp(x, out=y),
        lambda y, x: np.cumsum(x, out=y),
        lambda y, x: np.fill_diagonal(y.reshape(1, 3), x[0]),
    ],
)
def test_a_write_into_an_array_made_before_raises_and_names_the_cure(write, method):
    before = np.zeros(3)
    with pytest.raises((WriteRefused, LostTrace), match="zeros_like"):
        db.gradient(lambda x: write(before, x), X, method=method)
    np.testing.assert_array_equal(before, np.zeros(3))


def test_writes_that_numpy_refuses_are_refused():
    with pytest.raises(WriteRefused, match="read-only"):
        db.gradient(lambda x: np.broadcast_to(x, (2, 3)).__setitem__(0, 1.0), X)
    with pytest.raises(WriteRefused, match="truncated to int"):
        db.gradient(lambda x: np.zeros_like(x, dtype=int).__setitem__(0, x[0]), X)
    with pytest.raises(ValueError, match="broadcast"):
        db.gradient(lambda x: (x * 1.0).__setitem__(slice(0, 2), x), X)
