"""Arrays that f makes and writes to: each use is right in every mode, or refused with the cure."""

from types import ModuleType

import numpy as np
import pytest
import scipy.interpolate
import scipy.linalg.lapack
from numpy import zeros as make_zeros

import diffbench as db
from diffbench.errors import LostTrace, NotDifferentiable, WriteRefused

X = np.array([0.3, 0.7, 1.1])
METHODS = ("forward", "reverse", "compiled")
DATA = np.array([1.0, 2.0, 4.0])
OTHER = ModuleType("somebodys")
exec("import numpy as np\ndef zeros(n):\n    return np.zeros(n)\n", vars(OTHER))
zeros_of_another_module = OTHER.zeros


def written(write, shape=3, make=np.zeros):
    """The function that makes a buffer, writes to it and sums it up with unequal weights."""

    def f(x):
        y = make(shape)
        y = y if (returned := write(y, x)) is None else returned
        return np.sum(y * (np.arange(np.size(y)) + 1.0).reshape(np.shape(y)))

    return f


def index(y, x):
    y[0] = x[0]
    y[-1] = x[1] * x[2]


def overwritten(y, x):
    y[0] = x[0]
    y[1] = x[1]
    y[0] = 5.0


def read_before(y, x):
    old = y[1]
    twice = y * 2
    y[1] = x[1]
    return y + old + twice


def views(y, x):
    tail, turned = y[1:], y[::-1]
    y[2] = x[0]
    tail[0] = x[1]
    turned[2] = x[2]
    return y + tail[1] * turned[0]


def rows(y, x):
    y[0] = x
    for i in range(1, 3):
        y[i] = y[i - 1] * x + y[0, i]
    row = y[1]
    row[0] = x[2]
    y[2][1] = x[0]
    y[1] += x


def mixed(y, x):
    y[0, 0] = x[0]
    y[1] = x
    y[:, 2] = x[:3]
    y[y > 0.5] *= x[1]
    y[np.array([0, 2]), 1] += x[0]


def transposed(y, x):
    y.T[0, 1] = x[0]
    y.reshape(-1)[5] = x[1]
    np.transpose(y)[2] = x


def ufuncs(y, x):
    np.multiply(x, 2.0, out=y)
    np.add(y, 1.0, out=y)
    np.add.at(y, [0, 0, 1], x)
    np.subtract.at(y, 2, 1.0)


def writers(y, x):
    np.fill_diagonal(y, x)
    np.put(y, [1], x[0])
    np.copyto(y[2], x)
    np.place(y, y == 0.0, x[:1])
    y.flat[3] = x[1]


def filled(y, x):
    y.fill(2.0)
    y[1:] = x[1:]
    y += 1.0
    y[0] -= x[0]
    y[:2] *= x[0]
    y **= 2


def plain_first(y, x):
    y[:] = DATA
    y += 1
    np.cumsum(y, out=y)
    y[1] = x[1]


def unwritten(y, x):
    return (y + 1.0) * x + np.dot(y, y) + np.linalg.norm(y) + len(y) + y.mean()


WRITES = {
    "index": written(index), "overwritten": written(overwritten), "read before": written(read_before), "views": written(views),
    "rows": written(rows, (3, 3)), "mixed": written(mixed, (3, 3)), "transposed": written(transposed, (3, 3)),
    "ufuncs": written(ufuncs), "writers": written(writers, (3, 3)), "filled": written(filled), "plain first": written(plain_first),
    "unwritten": written(unwritten),
    "ones": written(index, make=np.ones), "full": written(index, make=lambda n: np.full(n, 2.5)), "eye": written(mixed, 3, np.eye),
    "identity": written(mixed, 3, np.identity), "linspace": written(index, make=lambda n: np.linspace(0, 1, n)),
    "arange": written(index, make=lambda n: np.arange(n, dtype=float)), "array": written(index, make=lambda n: np.array([0.0] * n)),
    "asarray": written(index, make=lambda n: np.asarray([0.0] * n)), "zeros_like": written(index, make=lambda n: np.zeros_like(DATA)),
    "copy": written(index, make=lambda n: np.copy(DATA)), "array of an array": written(index, make=lambda n: np.array(DATA)),
    "empty": written(lambda y, x: y.__setitem__(slice(None), x), make=np.empty), "from-import": written(index, make=make_zeros),
    "ones_like": written(index, make=lambda n: np.ones_like([1.0] * n)),
    "complex": lambda x: np.sum(np.abs(written_complex(x))),
    "full of traced": lambda x: np.sum(np.full((2, 2), x[0])) * x[1], "arange of traced": lambda x: np.sum(np.arange(x[0], 5.0, x[1])),
    "list of blanks": lambda x: np.sum(np.stack([np.zeros(3), np.ones(3)]) * x),
    "solve": lambda x: np.sum(np.linalg.solve(matrix(x), DATA)),
    "method": lambda x: Grid(x).total(),
    "made elsewhere": lambda x: made_elsewhere(x),
    "no axes": lambda x: without_axes(np.full_like(x[0], 2.5), x), "no axes, a copy": lambda x: without_axes(np.asarray(x[0]).copy(), x),
}  # fmt: skip


def written_complex(x):
    y = np.zeros(3, dtype=complex)
    y[0] = x[0] + 1j * x[1]
    y[1] = x[2]
    y.imag[2] = x[0]
    return y


def written_single(x):
    y = np.zeros(3, dtype=np.float32)
    y[0] = x[0]
    y[1:] = x[1:] * 2
    assert y.dtype == np.float32
    return y


def made_elsewhere(x):
    y = zeros_of_another_module(3)
    y[x > 0.5] = x[x > 0.5] ** 2
    return np.sum(y * DATA)


def without_axes(y, x):
    """Written to by masks, as code does that takes numbers and arrays alike."""
    y[y > 0] = x[1] ** 2
    y[y < 0] = 0.0
    return y.item() * x[2]


def matrix(x):
    a = np.zeros((3, 3))
    for i in range(3):
        for j in range(3):
            a[i, j] = np.exp(-abs(i - j) * x[i]) + (i == j)
    return a


class Grid:
    def __init__(self, x):
        self.cells = np.zeros((2, 2))
        self.x = x

    def step(self):
        def inner(k):
            self.cells[k, 0] += self.x[k] * (1 + self.cells[k, 0])

        for k in range(2):
            inner(k)

    def total(self):
        self.step()
        self.step()
        return self.cells.sum()


@pytest.mark.parametrize("name", WRITES)
def test_every_use_is_as_numpy_has_it_in_every_mode(name):
    f = WRITES[name]
    expected = db.gradient(f, X, method="central-difference")
    found = [db.value_and_gradient(f, X, method=method) for method in METHODS]
    for value, gradient in found:
        np.testing.assert_allclose(value, f(X), rtol=4e-16)
        np.testing.assert_allclose(gradient, expected, rtol=1e-8, atol=1e-8)
        np.testing.assert_allclose(gradient, found[0][1], rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("method", METHODS)
def test_a_buffer_in_single_precision_rounds_what_is_written(method):
    value, gradient = db.value_and_gradient(lambda x: np.sum(written_single(x)), X, method=method)
    np.testing.assert_allclose(value, np.sum(written_single(X)), rtol=1e-7)
    np.testing.assert_allclose(gradient, [1, 2, 2], rtol=1e-7)


@pytest.mark.parametrize("name", WRITES)
def test_every_use_has_second_derivatives(name):
    f = WRITES[name]
    by_reverse, by_forward = (db.hessian(f, X, method=method) for method in ("reverse", "forward"))
    scale = np.max(np.abs(by_forward)) + 1e-300
    np.testing.assert_allclose(by_reverse, by_forward, rtol=1e-12, atol=1e-13 * scale)
    differences = db.hessian(f, X, method="central-difference")
    np.testing.assert_allclose(by_reverse, differences, rtol=1e-4, atol=1e-4)


def test_buffers_have_taylor_coefficients():
    def f(t):
        y = np.zeros(3)
        y[0] = t
        y[1:] = np.exp(t) * y[0]
        return np.sum(y)

    expected = db.taylor(lambda t: t + 2 * t * np.exp(t), 0.5, 4)
    np.testing.assert_allclose(db.taylor(f, 0.5, 4), expected, rtol=1e-14)


@pytest.mark.parametrize("method", METHODS)
def test_out_of_bounds_and_what_integer_buffers_cut_off_are_refused(method):
    with pytest.raises(IndexError):
        db.gradient(written(lambda y, x: y.__setitem__(3, x[0])), X, method=method)
    with pytest.raises(NotDifferentiable, match=r"only through .*int"):
        db.gradient(written(index, make=lambda n: np.zeros(n, dtype=int)), X, method=method)


@pytest.mark.parametrize("method", METHODS)
def test_nothing_is_written_into_the_callers_arrays(method):
    before = DATA.copy()
    for write in (index, filled, lambda y, x: y.__iadd__(x)):
        for make in (
            lambda n: DATA,
            lambda n: np.asarray(DATA),
            lambda n: DATA[:],
            lambda n: np.atleast_1d(DATA),
        ):
            with pytest.raises((LostTrace, WriteRefused), match=r"inside"):
                db.gradient(written(write, make=make), X, method=method)
            if write is not filled:  # which fills it with numbers first, as NumPy does
                np.testing.assert_array_equal(DATA, before)
            DATA[:] = before


@pytest.mark.parametrize("method", METHODS)
def test_a_buffer_that_meets_nothing_traced_stays_an_array_for_c_code(method):
    def f(x):
        knots = np.linspace(0.0, 1.0, 5)
        values = np.zeros(5)
        values[2] = 1.0
        spline = scipy.interpolate.CubicSpline(knots, values)
        factor, _ = scipy.linalg.lapack.dpotrf(np.eye(3) * 4.0)
        y = np.zeros(3)
        y[0] = x[0]
        y[1:] = x[1:]
        return np.sum(y**2) * float(spline(0.3)) * factor[0, 0]

    weight = 2.0 * scipy.interpolate.CubicSpline(np.linspace(0.0, 1.0, 5), [0, 0, 1.0, 0, 0])(0.3)
    np.testing.assert_allclose(db.gradient(f, X, method=method), 2 * X * weight, rtol=1e-14)


def test_an_unwritten_buffer_costs_nothing_in_the_program():
    def f(x):
        y = np.zeros(3)
        y[0] = 1.0
        z = np.zeros(3)
        z[0] = x[0]
        return np.sum(x * (y + np.sin(y))) + np.sum(z)

    names = [equation.primitive.name for equation in db.record(f, X).equations]
    assert "sin" not in names and "copy" not in names


def test_what_is_returned_unwritten_is_its_array():
    def f(x):
        y = np.zeros(2)
        y[0] = x[0]
        z = np.zeros(2)
        z[1] = 3.0
        return z

    np.testing.assert_array_equal(db.jacobian(f, X), np.zeros((2, 3)))


def test_code_that_keeps_the_plain_array_is_found_when_a_traced_value_is_written():
    def f(x):
        y = np.zeros(3)
        y[0] = x[0]
        z = np.zeros(3)
        kept = z.view()
        z[1] = x[1]
        return y[0] + kept[1]

    with pytest.raises(WriteRefused, match="would not see"):
        db.gradient(f, X)


def test_ten_thousand_writes_make_a_tape_of_their_own_length():
    n = 10_000

    def f(x):
        y = np.zeros(n)
        y[0] = x[0]
        for i in range(1, n):
            y[i] = y[i - 1] * 0.999 + x[1]
        return np.sum(y)

    r = 0.999
    powers = r ** np.arange(n)
    expected = [np.sum(powers), np.sum((1 - powers) / (1 - r)), 0.0]
    np.testing.assert_allclose(db.gradient(f, X), expected, rtol=1e-11)
    assert len(db.record(f, X).equations) < 4 * n + 10


def test_what_compiled_code_says_of_a_traced_array_is_told_in_one_sentence():
    def f(x):
        if type(x) is not np.ndarray:
            raise AttributeError("compiled code knows arrays only")
        return np.sum(x)

    with pytest.raises(LostTrace, match=r"compiled code knows arrays only, at test_buffers\.py"):
        db.gradient(f, np.ones(3))
