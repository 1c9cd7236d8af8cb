"""The complex step is right to rounding where f is analytic, and says so where it isn't."""

import numpy as np
import pytest

from diffbench.differentiators.complex_step import ComplexStep
from diffbench.errors import LostTrace, NotDifferentiable, Unsupported


def slope(f, x):
    return ComplexStep().jacobian(f, np.asarray(x, float))


@pytest.mark.parametrize(
    ("f", "x", "expected"),
    [
        # Squire & Trapp (1998)
        (
            lambda x: np.exp(x) / np.sqrt(np.sin(x) ** 3 + np.cos(x) ** 3),
            1.5,
            4.0534278938986206577,
        ),
        (np.log, 1e-8, 1e8),
        (np.exp, 1e-10, 1.0000000001),
        (np.abs, -2.0, -1.0),
        (np.abs, 0.0, 0.0),
        (lambda x: x**3, 0.0, 0.0),
        (lambda x: x**2, -2.0, -4.0),
        (lambda x: x**1.5, 2.0, 1.5 * 2**0.5),
        (lambda x: 2**x, 3.0, 8 * np.log(2)),
        (np.cbrt, -8.0, 1 / 12),
        (lambda x: np.arctan2(x, 2.0), 1.0, 0.4),
        (lambda x: np.hypot(x, 4.0), 3.0, 0.6),
        (lambda x: np.logaddexp(x, 0.0), 800.0, 1.0),
        (lambda x: np.maximum(x, x), 1.0, 1.0),
        (lambda x: np.where(x > 0, x**2, -x), 3.0, 6.0),
        (np.arcsin, 0.5, 1 / np.sqrt(0.75)),
        (lambda x: np.sign(x) * x, -1.0, -1.0),
        (lambda x: 3.0, 1.0, 0.0),
        (lambda x: x**2, 1e-300, 2e-300),
        (lambda x: x * x, 5e-324, 1e-323),
        (lambda x: x * x * x, 1e-150, 3e-300),
        (np.log, 1e-308, 1e308),
        (np.sqrt, 1e-300, 0.5e150),
        (lambda x: 1 / x, 1e-150, -1e300),
        (lambda x: x / 1e300, 1e300, 1e-300),
        (lambda x: x * 1e-200 * x, 1e250, 2e50),
        (np.sin, 1e15, np.cos(1e15)),
        (np.sin, 1e21, np.cos(1e21)),
        (np.exp, -600.0, np.exp(-600.0)),
        (np.tan, 1.5707963267948966, 2.6670937881135714e32),
        (np.log1p, -1 + 2**-53, 2.0**53),
        (np.arctanh, 1 - 2**-53, 1 / (2**-53 * (2 - 2**-53))),
        (lambda x: np.sqrt(0 * x) + x, 2.0, 1.0),
        (
            lambda x: np.log(
                np.stack([x, -x]),
                out=np.zeros_like(np.stack([x, x])),
                where=np.array([True, False]),
            ).sum(),
            2.0,
            0.5,
        ),
        (lambda x: x[()] * np.searchsorted([0.0, 1.0, 2.0], x), 1.5, 2.0),
        (lambda x: np.multiply.reduce(np.stack([x, x, 2 * x])), 1.5, 13.5),
        (lambda x: x.astype(np.float32) * x, np.float64(0.5), 1.0),
    ],
)
def test_it_is_right_to_a_few_roundings(f, x, expected):
    assert slope(f, x) == pytest.approx(expected, rel=1e-15, abs=1e-300)


@pytest.mark.parametrize(
    ("f", "expected"),
    [
        (lambda x: np.sum(x**2), [2, 4, 8]),
        (lambda x: np.var(x), [-8 / 9, -2 / 9, 10 / 9]),
        (lambda x: x.prod(), [8, 4, 2]),
        (lambda x: np.max(x) - np.min(x), [-1, 0, 1]),
        (lambda x: np.linalg.solve(np.diag([1.0, 2.0, 4.0]), x).sum(), [1, 0.5, 0.25]),
        (lambda x: np.einsum("i,i->", x, x), [2, 4, 8]),
        (lambda x: (x[1:] - x[:-1] ** 2).sum(), [-2, -3, 1]),
        (lambda x: [x[0] * x[1], x[2]], [[2, 1, 0], [0, 0, 1]]),
        (lambda x: np.stack([x[0], x[1] * x[2]]).reshape(1, 2), [[[1, 0, 0], [0, 4, 2]]]),
        (lambda x: np.clip(x, 1.5, 3).sum(), [0, 1, 0]),
    ],
)
def test_array_code_runs_unmodified(f, expected):
    np.testing.assert_allclose(slope(f, [1, 2, 4]), expected, rtol=1e-14, atol=1e-15)


def test_writing_into_an_array_like_x_keeps_the_derivative():
    def f(x):
        y = np.zeros_like(x)
        y[0] = x[1] ** 2
        y += x
        return y

    np.testing.assert_array_equal(slope(f, [1, 2]), [[1, 4], [0, 1]])


@pytest.mark.parametrize(
    ("f", "named"),
    [
        (np.conj, "numpy.conj"),
        (lambda x: x.conj(), "numpy.ndarray.conj"),
        (np.linalg.norm, "numpy.linalg.norm"),
        (lambda x: x if (x.imag > 0).any() else -x, "x.imag"),
        (lambda x: np.abs(x * 1j), "complex constants"),
        (np.fft.fft, "numpy.fft.fft"),
        (lambda x: x[0] % x[1], "numpy.remainder"),
        (lambda x: np.sum(x, dtype=np.float32), r"numpy.sum\(dtype"),
        (lambda x: np.log(x, where=x > 0), r"numpy.log\(where=...\) without out"),
        (lambda x: np.add.at(np.zeros(2), [0, 1], x), "numpy.add.at"),
        (lambda x: np.maximum.reduce(x), "numpy.maximum.reduce"),
        (lambda x: x.astype(int) * x, r"astype\(<class 'int'>\)"),
    ],
)
def test_a_path_that_is_not_analytic_is_refused_by_name(f, named):
    with pytest.raises(
        Unsupported, match=rf"complex-step can't pass {named}.*(rewrite|method='forward')"
    ):
        slope(f, [1, 2])


def written_into_plain_zeros(x):
    y = np.zeros(2)
    y[0] = x[0]
    return y


@pytest.mark.parametrize(
    "f",
    [
        lambda x: float(x[0]),
        lambda x: round(x[0]) * x[0],
        lambda x: np.array([x[0], x[1]]),
        lambda x: np.sin(x, out=np.zeros(2)),
        written_into_plain_zeros,
    ],
)
def test_a_lost_trace_is_an_error_and_not_a_zero(f):
    with pytest.raises(LostTrace, match=r"loses the derivative|np\.zeros_like"):
        slope(f, [1, 2])


@pytest.mark.parametrize(
    ("f", "x"),
    [(np.sqrt, -1.0), (np.log, -1.0), (np.arcsin, 2.0), (lambda x: x**0.5, -1.0), (np.sqrt, 0.0)],
)
def test_outside_the_real_domain_the_complex_function_is_not_followed(f, x):
    with pytest.raises(NotDifferentiable, match="move x into the domain"):
        slope(f, x)


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (np.floor, 2.0),
        (np.sign, 0.0),
        (lambda x: np.heaviside(x, 0.5), 0.0),
        (lambda x: x * np.floor_divide(x, 2.0), -4.0),
    ],
)
@pytest.mark.parametrize("dtype", [float, np.float32])
def test_at_a_jump_there_is_no_derivative_and_beside_it_there_is(f, x, dtype):
    with pytest.raises(NotDifferentiable, match="derivative nan"):
        ComplexStep().jacobian(f, np.array(x, dtype))
    assert ComplexStep().jacobian(f, np.array(x + 0.5, dtype)) == (-2 if x == -4 else 0)


def test_float32_stays_float32():
    x = np.array([1, 2], np.float32)
    jacobian = ComplexStep().jacobian(lambda x: np.sin(x) * np.float32(2), x)
    assert jacobian.dtype == np.float32
    np.testing.assert_allclose(jacobian, np.diag(2 * np.cos(x)), rtol=1e-6)


def test_jvp_is_one_evaluation():
    calls = []
    value, tangent = ComplexStep().jvp(
        lambda x: calls.append(1) or np.sin(x), np.ones(3), np.arange(3.0)
    )
    assert len(calls) == 1
    np.testing.assert_allclose(tangent, np.cos(1) * np.arange(3), rtol=1e-15)
    np.testing.assert_array_equal(value, np.sin(np.ones(3)))


def test_second_derivatives_come_from_differences_of_the_gradient():
    f = lambda x: np.sin(x[0]) * x[1] ** 3
    x, v = np.array([0.5, 1.5]), np.array([2.0, -1.0])
    expected = np.array(
        [
            [-np.sin(0.5) * 1.5**3, np.cos(0.5) * 3 * 1.5**2],
            [np.cos(0.5) * 3 * 1.5**2, np.sin(0.5) * 9],
        ]
    )
    hessian = ComplexStep().hessian(f, x)
    assert (hessian == hessian.T).all()
    np.testing.assert_allclose(hessian, expected, rtol=1e-11)
    np.testing.assert_allclose(ComplexStep().hvp(f, x, v), expected @ v, rtol=1e-11)
    assert ComplexStep().hessian(np.sin, np.array(1.0)) == pytest.approx(-np.sin(1.0), rel=1e-11)
