"""A write through a view reaches the array, a write to the array reaches its views, and what NumPy
protects is refused.
"""

import numpy as np
import pytest

import diffbench as db
from diffbench.errors import DiffbenchError, WriteRefused

X = np.array([0.5, -1.2, 2.0, 0.3, 1.1, 0.9])
VIEWS = """
    y[::2]   y[::-1]   m[1]   m[:, 1]   m[..., 0]   m[:]   y[:, None]   m.T   m.mT   m.transpose(1, 0)   m.swapaxes(0, 1)   y.real
    y.flat   m.T.flat   np.split(y, 2)[1]   np.split(m, 3, axis=1)[2]   np.array_split(y, 4)[0]   np.hsplit(m, 3)[1]
    np.vsplit(m.T, 3)[0]   np.dsplit(y.reshape(1, 3, 2), 2)[1]   np.rot90(m)   np.rot90(m, 2)   np.rot90(m, -1)   np.flip(m)
    np.fliplr(m)   np.flipud(m)   np.ravel(m)   np.ravel(m.T)   np.reshape(m, 6, order="F")   np.squeeze(m[None])   np.expand_dims(y, 0)
    np.moveaxis(m, 0, 1)   np.rollaxis(m, 1)   np.permute_dims(m, (1, 0))   np.matrix_transpose(m)   np.atleast_1d(y)   np.atleast_2d(y)
    np.atleast_3d(m)   np.real(y)   y.conj()   np.conjugate(y)   y.astype(float)   y.astype(float, copy=False)
    np.astype(y, float, copy=False)   np.nan_to_num(y)   np.nan_to_num(y, copy=False)   np.einsum("ij->ji", m)   np.einsum("ij", m)
    y.copy()   m.flatten()   np.concatenate([y])   np.take(y, [0, 1])   y[[0, 1]]   y[y > 0]   np.diff(y, n=0)
    np.broadcast_to(y, (2, 6))   np.diagonal(m)   np.diag(m)   list(m)[1]
    np.ravel(y[::2])   y[::-1].ravel()   np.reshape(y[::2], -1)   np.ravel(m.T, "F")   np.ravel(m[:, :1])
"""
WRITES = ("v[...] = np.resize(z, v[...].shape)", "v[0] = x[3] * x[0]", "y[:3] = z[:3]", "y *= x[1]")


def the_views():
    return [
        text.strip()
        for line in VIEWS.strip().splitlines()
        for text in line.split("   ")
        if text.strip()
    ]


@pytest.mark.parametrize("method", ["forward", "reverse"])
@pytest.mark.parametrize("view", the_views())
@pytest.mark.parametrize("write", WRITES)
def test_writes_reach_what_numpy_says_they_reach(view, write, method):
    f = a_function(view, write)
    try:
        expected = differences(f, X)
    except ValueError as error:
        assert "read-only" in str(error)
        with pytest.raises(WriteRefused, match="read-only"):
            db.gradient(f, X, method=method)
        return
    np.testing.assert_allclose(db.gradient(f, X, method=method), expected, rtol=1e-8, atol=1e-8)


def a_function(view, write):
    body = [
        "def f(x):",
        "y, z = x * 1.0, x**2 + 1",
        "m = y.reshape(2, 3)",
        f"v = {view}",
        write,
        "return y @ np.arange(1.0, 7.0) + 2 * np.sum(v[...] ** 2)",
    ]
    scope = {"np": np}
    exec("\n    ".join(body), scope)
    return scope["f"]


def differences(f, x):
    """Central differences of order 6, which are exact to about 1e-10 on these polynomials."""
    weights = {1: 3 / 4, 2: -3 / 20, 3: 1 / 60}
    h = 1e-2
    return np.array(
        [
            sum(w * (f(x + k * h * e) - f(x - k * h * e)) for k, w in weights.items()) / h
            for e in np.eye(x.size)
        ]
    )


@pytest.mark.parametrize("order", ["A", "K"])
def test_an_order_that_depends_on_memory_layout_is_refused(order):
    with pytest.raises(DiffbenchError, match="say order='C' or order='F'"):
        db.gradient(lambda x: np.sum(x.reshape(2, 3).T.ravel(order) * X), X)


def test_flat_is_read_and_written_entry_by_entry():
    def f(x):
        y = np.zeros_like(x).reshape(3, 2)
        y.T.flat[1:3] = x[4:]
        y.flat[0] = x[0] ** 2
        return np.sum(np.multiply(y.flat, X)) + sum(y.flat) + len(y.flat) * y.flat[0]

    np.testing.assert_allclose(db.gradient(f, X), differences(f, X), rtol=1e-8, atol=1e-8)


def test_a_diagonal_by_einsum_follows_its_matrix_but_is_not_written_to():
    def f(x):
        m = (x * 1.0).reshape(2, 3)[:, :2]
        diagonal = np.einsum("ii->i", m)
        m[0, 0] = x[5] ** 2
        return np.sum(diagonal**2)

    def g(x):
        m = (x * 1.0).reshape(2, 3)[:, :2]
        np.einsum("ii->i", m)[:] = x[:2]
        return np.sum(m)

    np.testing.assert_allclose(db.gradient(f, X), differences(f, X), rtol=1e-8, atol=1e-8)
    with pytest.raises(WriteRefused, match="read-only"):
        db.gradient(g, X)


@pytest.mark.parametrize("method", ["forward", "reverse"])
@pytest.mark.parametrize(
    "copy",
    [lambda m: m.T.copy(), lambda m: m.T.copy("F"), lambda m: np.copy(m.T)],
    ids=["C", "F", "K"],
)
def test_a_copy_lies_in_memory_as_numpys_so_that_a_view_of_it_is_one(copy, method):
    def f(x):
        m = copy(np.reshape(x, (2, 3)))
        v = np.ravel(m, "F")
        v *= 2.0
        return np.sum(m * m)

    np.testing.assert_allclose(db.gradient(f, X, method=method), differences(f, X), rtol=1e-8)
