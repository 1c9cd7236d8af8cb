"""A real operand receives a real cotangent, whatever complex numbers it meets: an imaginary part
would leak into what it was made of.
"""

import numpy as np
import pytest
import scipy.linalg as sl
import scipy.sparse as sparse
import scipy.special as sp

import diffbench as db

RNG = np.random.default_rng(0)
C = RNG.normal(size=(3, 3)) + 1j * RNG.normal(size=(3, 3))
X = np.array([0.3, 0.7, 1.1])
MEETINGS = {
    "concatenate": lambda r: np.concatenate([r, C[0] * r]),
    "stack": lambda r: np.stack([r, C[0]]),
    "append": lambda r: np.append(r, C[0]),
    "insert": lambda r: np.insert(C[0], 1, r),
    "block": lambda r: np.block([r, C[0]]),
    "r_": lambda r: np.r_[r, 1j],
    "toeplitz": lambda r: sl.toeplitz(r, C[0]),
    "where": lambda r: np.where(r > 0.5, r, C[0]),
    "sum": lambda r: np.sum(r, dtype=complex) * C[0],
    "mean": lambda r: np.mean(np.outer(r, r), axis=0, dtype=complex) * C[0],
    "cumsum": lambda r: np.cumsum(r, dtype=complex) * C[0],
    "einsum": lambda r: np.einsum("i,ij->j", r, C),
    "matmul": lambda r: C @ r,
    "solve": lambda r: np.linalg.solve(C, r),
    "fft": lambda r: np.fft.fft(r),
    "power": lambda r: r ** (1 + 1j),
    "wofz": lambda r: sp.wofz(r),
    "hankel": lambda r: sp.hankel1(1, r + 2),
    "own": db.primitive(lambda r: C[0] * r, vjp=lambda y_bar, y, r: C[0] * y_bar),
    "sparse": lambda r: sparse.csr_array(C) @ r,
}


@pytest.mark.parametrize("meet", MEETINGS.values(), ids=MEETINGS)
def test_a_real_operand_receives_a_real_cotangent(meet):
    def f(u):
        z = meet(np.real(np.exp(1j * u) * (1 + 0.3j)))
        return np.sum(np.real(z * (1.3 - 0.7j * np.arange(1, 1 + z.size).reshape(z.shape))))

    expected = db.gradient(f, X, method="forward")
    np.testing.assert_allclose(expected, db.gradient(f, X, method="central-difference"), rtol=1e-6)
    for method in ("reverse", "compiled"):
        np.testing.assert_allclose(db.gradient(f, X, method=method), expected, rtol=1e-12)
    np.testing.assert_allclose(
        db.hessian(f, X, method="compiled"),
        db.hessian(f, X, method="forward"),
        rtol=1e-9,
        atol=1e-12,
    )
