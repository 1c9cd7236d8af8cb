"""What a user's function may do with its argument: everything NumPy can, or hear why not."""

import math
from array import array
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
import scipy.cluster.hierarchy
import scipy.special

import diffbench as db
from diffbench.errors import (
    BadInput,
    BadPoint,
    LostTrace,
    MissingAttribute,
    MissingRule,
    NotDifferentiable,
)

X = np.array([0.3, 0.7, 1.1])
METHODS = ("forward", "reverse")


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "convert",
    [
        lambda x: [0, 1, 2][x[0]], lambda x: range(x[0]), lambda x: x.astype(object), lambda x: scipy.cluster.hierarchy.linkage(x[:, None])[0, 0],
    ],
)  # fmt: skip
def test_a_conversion_to_plain_numbers_raises_with_the_line_that_did_it(convert, method):
    with pytest.raises(LostTrace, match=r"test_capture\.py:\d+"):
        db.gradient(lambda x: np.sum(convert(x) * x), X, method=method)


@pytest.mark.parametrize("method", METHODS)
def test_arrays_of_traced_scalars_are_arrays(method):
    f = lambda x: np.sum(np.array([x, x**2, np.sin(x)]) * np.array([1.0, 2.0, 3.0]))
    assert db.derivative(f, 0.4, method=method) == pytest.approx(
        1 + 4 * 0.4 + 3 * math.cos(0.4), rel=1e-15
    )
    rows = lambda x: [[x[0], x[1]], [x[1], x[2]]]
    determinant = lambda x: np.linalg.det(np.stack([np.stack(row) for row in rows(x)]))
    np.testing.assert_allclose(
        db.gradient(determinant, X, method=method), [X[2], -2 * X[1], X[0]], rtol=1e-14
    )
    for matrix in (rows, lambda x: np.array(rows(x))):
        np.testing.assert_allclose(
            db.gradient(lambda x, matrix=matrix: np.linalg.det(matrix(x)), X, method=method),
            [X[2], -2 * X[1], X[0]],
            rtol=1e-14,
        )
    np.testing.assert_allclose(
        db.gradient(lambda x: np.sum(scipy.special.erf(np.array(rows(x)))), X, method=method),
        np.array([1, 2, 1]) * 2 / np.sqrt(np.pi) * np.exp(-(X**2)),
        rtol=1e-14,
    )
    listed = lambda x: [x[0] * x[1], x[2] ** 2]
    np.testing.assert_allclose(
        db.jacobian(listed, X, method=method), [[X[1], X[0], 0], [0, 0, 2 * X[2]]]
    )


@pytest.mark.parametrize("method", METHODS)
def test_methods_attributes_and_operators_are_numpys(method):
    def f(x):
        y = x.reshape(3, 1) @ x[None, :]
        z = (
            y.T.sum(axis=0).mean()
            + y.max()
            - y.min(axis=1).prod()
            + abs(-x).std()
            + x.var(ddof=1)
            + y.diagonal().sum()
        ) / 2
        w = (
            -z
            + +z * 2
            - 1 // 1
            + (x[-1] % 0.4)
            + divmod(x[1], 0.4)[1]
            + x.dot(x)
            + x.clip(0.4, 1.0).sum()
            + x.cumsum()[-1]
        )
        return (
            w
            + x.flatten().copy().squeeze().ravel().take([0, 2]).repeat(2).sum()
            + y.trace()
            + y.swapaxes(0, 1)[0].real.conj().sum()
            + x.round(1).sum()
        )

    np.testing.assert_allclose(
        db.gradient(f, X, method=method), db.gradient(f, X, method="central-difference"), rtol=1e-7
    )
    assert db.value_and_gradient(f, X, method=method)[0] == pytest.approx(f(X), rel=1e-15)


@pytest.mark.parametrize("method", METHODS)
def test_control_flow_is_followed_as_it_runs(method):
    def newton(a):
        x, steps = a, 0
        while abs(x * x - a) > 1e-12 and steps < 50:
            x = (x + a / x) / 2 if x > 0 else -x
            steps += 1
        return x

    assert db.derivative(newton, 2.0, method=method) == pytest.approx(0.5 / math.sqrt(2), rel=1e-12)
    table = np.array([1.0, 4.0, 9.0, 16.0])

    def interpolated(x):
        i = int(np.floor(x))
        return table[i] + (x - i) * (table[i + 1] - table[i])

    assert db.derivative(interpolated, 1.4, method=method) == 5.0


def test_what_has_no_rule_raises_naming_the_function_and_the_cure():
    with pytest.raises(
        MissingRule, match=r"setxor1d has no derivative rule .*add a row to diffbench/rules"
    ):
        db.gradient(lambda x: np.sum(np.setxor1d(x, 0.0)), X)
    with pytest.raises(MissingRule, match="reinterprets memory"):
        db.gradient(lambda x: np.sum(x.view(np.int64)), X)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("f", "x", "because"),
    [
        (lambda x: np.log(x), -1.0, "outside its domain"),
        (lambda x: np.exp(x), 710.0, "overflows to inf"),
        (lambda x: np.sqrt(x), 0.0, "a kink, a jump, or the edge"),
        (lambda x: np.round(x), 0.5, "a kink, a jump, or the edge"),
        (lambda x: np.max(x), np.nan, "contains NaN"),
        (lambda x: np.argmax(x) * 1.0, np.array([3.0, 1.0]), "only through an integer"),
    ],
)
def test_a_derivative_that_is_not_finite_is_refused_and_explained(f, x, because, method):
    with pytest.raises(NotDifferentiable, match=because):
        db.gradient(f, x, method=method)


@pytest.mark.parametrize(
    ("x", "because"),
    [
        (True, "floating point"),
        (1j, "complex"),
        ({"a": 1.0, "b": "x"}, "str"),
        ([[1.0], [1.0, 2.0]], "ragged"),
        ("x", "str"),
    ],
)
def test_a_point_that_is_no_array_of_floats_is_refused(x, because):
    with pytest.raises(BadPoint, match=because):
        db.gradient(lambda x: np.sum(x), x)


def test_results_that_are_not_arrays_are_refused():
    for f, because in [
        (lambda x: {"y": x}, "dict"),
        (lambda x: None, "NoneType"),
        (lambda x: lambda y: x, "function"),
        (lambda x: x, "a gradient needs a number"),
        (lambda x: np.sum(x * 1j), "complex numbers"),
    ]:
        with pytest.raises(BadInput, match=because):
            db.gradient(f, X)


@pytest.mark.parametrize("method", METHODS)
def test_complex_intermediates_with_real_ends_are_right(method):
    f = lambda x: (
        np.abs(np.exp(1j * x[0]) * (x[1] + 1j * x[2])) ** 2
        + np.real(np.sqrt(x[0] + 1j))
        + np.imag(np.log(-x[1] + 0j * x[0] + 1j))
    )
    np.testing.assert_allclose(
        db.gradient(f, X, method=method),
        db.gradient(f, X, method="central-difference"),
        rtol=1e-7,
        atol=1e-9,
    )
    assert db.gradient(f, X, method=method).dtype == float


@pytest.mark.parametrize("method", METHODS)
def test_user_primitives_deduce_the_rule_they_do_not_state(method):
    by_vjp = db.primitive(lambda u, v: u * v, vjp=lambda y_bar, y, u, v: (v * y_bar, u * y_bar))
    by_jvp = db.primitive(
        lambda u, v: u * v,
        jvp=lambda d, y, u, v: (
            (0 if d[0] is None else d[0] * v) + (0 if d[1] is None else d[1] * u)
        ),
    )
    for product in (by_vjp, by_jvp):
        f = lambda x, product=product: product(np.sin(x[0]), x[1]) * x[2]
        expected = lambda x: np.sin(x[0]) * x[1] * x[2]
        np.testing.assert_allclose(
            db.gradient(f, X, method=method), db.gradient(expected, X), rtol=1e-15
        )
        np.testing.assert_allclose(db.hessian(f, X), db.hessian(expected, X), rtol=1e-15)
    with pytest.raises(BadInput, match="neither jvp nor vjp"):
        db.primitive(lambda u: u)


def test_taylor_coefficients_are_exact_to_rounding():
    squire_trapp = lambda x: np.exp(x) / np.sqrt(np.sin(x) ** 3 + np.cos(x) ** 3)
    found = db.taylor(squire_trapp, 1.5, 8) * [math.factorial(k) for k in range(9)]
    exact = [
        4.0534278938986206577, 9.4630736815966033525, 32.167904513688941, 97.546631923319103,
        627.7689946559324, 3585.862028180732, 24590.446138493299, 253664.34443015614,
    ]  # fmt: skip
    np.testing.assert_allclose(found[1:], exact, rtol=1e-15)
    np.testing.assert_allclose(
        db.taylor(lambda x: np.where(x > 0, np.prod(np.array([x, x, 1 + x])), 0.0), 2.0, 4),
        [12, 16, 7, 1, 0],
    )


def test_checkpointing_takes_the_fewest_forward_steps():
    from diffbench.arrays.reverse.checkpoint import forward_steps

    assert [forward_steps(100, s) for s in (2, 3, 5, 10)] == [845, 490, 316, 222]
    assert [forward_steps(10, 3), forward_steps(50, 5), forward_steps(200, 10)] == [15, 122, 522]
    calls = []

    def step(x):
        calls.append(1)
        return 1.1 * np.sin(x)

    chain = db.checkpoint(step, steps=100, snapshots=3)
    plain = lambda x: np.sum(_repeat(step, x, 100))
    with db.settings(verify="never"):
        found = db.gradient(lambda x: np.sum(chain(x)), X)
    # the value, the schedule, and each step once more on the tape
    assert len(calls) == 100 + 490 + 100
    np.testing.assert_array_equal(found, db.gradient(plain, X))
    np.testing.assert_allclose(
        db.hessian(lambda x: np.sum(chain(x)), X), db.hessian(plain, X), rtol=1e-13
    )
    once = db.checkpoint(lambda x, y: np.sin(x) * y)
    np.testing.assert_allclose(
        db.gradient(lambda x: np.sum(once(x, x[::-1])), X),
        db.gradient(lambda x: np.sum(np.sin(x) * x[::-1]), X),
        rtol=1e-15,
    )


def _repeat(step, x, times):
    for _ in range(times):
        x = step(x)
    return x


# ---------------------------------------------------------------- scale: counts and bytes, no
# seconds


@pytest.mark.parametrize("method", METHODS)
def test_a_loop_of_100_000_steps_needs_no_recursion(method):
    def f(x):
        for _ in range(100_000):
            x = x * 0.9999 + 0.00001
        return x

    assert db.derivative(f, 1.0, method=method) == pytest.approx(0.9999**100_000, rel=1e-10)


def test_a_value_may_be_used_a_million_times():
    def f(x):
        total = x
        for _ in range(1_000_000):
            total = total + x
        return total

    assert db.gradient(f, 1.0) == 1_000_001.0


def test_the_pull_back_of_a_product_takes_memory_in_proportion_to_n():
    import tracemalloc

    n = 1_000_000
    a, x, g = np.ones(n), np.full(n, 2.0), np.full(n, 3.0)
    tracemalloc.start()
    _, x_bar = db.vjp(lambda x: a * x, x, g)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert x_bar[0] == 3.0
    assert peak < 8 * x.nbytes


def test_a_scalar_operation_takes_under_200_bytes_of_tape():
    import tracemalloc

    def f(x):
        for _ in range(10_000):
            x = x * 0.999
        return x

    tracemalloc.start()
    db.gradient(f, 1.0)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak / 10_000 < 200


@pytest.mark.parametrize("method", ["forward", "reverse", "compiled"])
def test_where_of_a_condition_alone_gives_positions(method):
    gradient = db.prepare(
        lambda x: np.sum(x[np.where(x > 0)] ** 2),
        np.array([1.0, -2.0, 3.0]),
        operator="gradient",
        method=method,
    )
    np.testing.assert_array_equal(gradient(np.array([1.0, -2.0, 3.0])), [2, 0, 6])
    np.testing.assert_array_equal(gradient(np.array([-1.0, 2.0, 3.0])), [0, 4, 6])


@pytest.mark.parametrize("method", ["forward", "reverse", "compiled"])
@pytest.mark.parametrize("zero", [0, 0.0, np.float64(0)])
def test_division_by_pythons_zero_is_numpys(zero, method):
    np.testing.assert_array_equal(
        db.gradient(
            lambda x: np.where(x[0] > 0, x[0] ** 2, x[1] / zero),
            np.array([2.0, 3.0]),
            method=method,
        ),
        [4, 0],
    )


def test_attributes_about_memory_are_refused_and_absent():
    def f(x):
        assert not hasattr(x, "ctypes")
        assert x.flags.c_contiguous
        assert x.strides == (8,)
        return x.tobytes()

    with pytest.raises(
        MissingAttribute, match=r"ndarray\.tobytes is about an array's memory.*NumPy's functions"
    ):
        db.gradient(f, np.ones(2))
    with pytest.raises(AttributeError, match="no attribute 'frobnicate'"):
        db.gradient(lambda x: x.frobnicate(), np.ones(2))


def test_partition_and_put_change_the_array():
    def f(x):
        y = x * 1.0
        y.put([0], x[1] ** 2)
        y.partition(1)
        return y @ np.array([1.0, 2.0, 4.0])

    np.testing.assert_array_equal(db.gradient(f, np.array([9.0, 2.0, 1.0])), [0, 4 * 4 + 2, 1])


@pytest.mark.parametrize("method", ["forward", "reverse", "compiled"])
def test_prepared_answers_have_the_dtype_of_the_point(method):
    x = np.array([0.3, 0.7], np.float32)
    f = lambda x: np.prod(x) * np.std(x)
    assert db.prepare(f, x, operator="gradient", method=method)(x).dtype == np.float32
    assert db.prepare(f, x, operator="jvp", method=method)(x, x)[1].dtype == np.float32


@pytest.mark.parametrize("method", ["forward", "reverse", "compiled"])
@pytest.mark.parametrize(
    "other",
    [
        [2, 3, 4], (2.0, 3.0, 4.0), range(2, 5), array("d", [2, 3, 4]), memoryview(np.array([2.0, 3.0, 4.0])), pd.Series([2.0, 3.0, 4.0]),
        np.array([2, 3, 4], object), np.array([2, 3, 4], np.uint8),
    ],
)  # fmt: skip
def test_whatever_numpy_takes_for_an_array_is_one(other, method):
    np.testing.assert_array_equal(
        db.gradient(lambda x: np.sum(x * other) + np.dot(x, other), X, method=method), [4, 6, 8]
    )


@pytest.mark.parametrize("method", ["forward", "reverse", "compiled"])
def test_fractions_are_numbers_and_arrays_with_arithmetic_of_their_own_are_refused(method):
    assert db.derivative(lambda x: x * Fraction(1, 4), 1.5, method=method) == 0.25
    with pytest.raises(MissingRule, match="MaskedArray has arithmetic of its own"):
        db.gradient(
            lambda x: np.sum(x * np.ma.array([1.0, 2.0, 3.0], mask=[0, 1, 0])), X, method=method
        )


def test_compress_is_a_method_too():
    np.testing.assert_array_equal(
        db.gradient(lambda x: np.sum(x.compress([True, False, True])), X), [1, 0, 1]
    )


@pytest.mark.parametrize("method", METHODS)
def test_a_ufunc_that_is_complex_at_real_numbers_passes_real_cotangents_on(method):
    f = lambda x: np.sum(np.abs(scipy.special.wofz(np.real(np.exp(1j * x)))))
    np.testing.assert_allclose(
        db.gradient(f, X, method=method), db.gradient(f, X, method="central-difference"), rtol=1e-7
    )


@pytest.mark.parametrize("method", ["forward", "reverse", "compiled"])
def test_plain_data_may_be_read_by_masks_and_indices_found_from_x(method):
    table = np.array([1.0, 4.0, 9.0])
    f = lambda x: (
        np.sum(table[x > 0.5]) * x[0]
        + np.sum(table[np.argsort(x)] * x)
        + table[np.digitize(x, [0.5, 1.0])] @ x
    )
    gradient = db.prepare(f, X, operator="gradient", method=method)
    for x in (X, X[::-1].copy()):
        np.testing.assert_array_equal(
            gradient(x),
            [np.sum(table[x > 0.5]), 0, 0]
            + table[np.argsort(x)]
            + table[np.digitize(x, [0.5, 1.0])],
        )
