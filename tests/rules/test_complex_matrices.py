"""Factorisations of complex matrices, whose vectors have phases that LAPACK chooses: derivatives
are those of what NumPy returns.
"""

import numpy as np
import pytest
import scipy.linalg

import diffbench as db

X = np.random.default_rng(6).normal(size=18)
W = np.arange(9.0).reshape(3, 3) + 1
V = W + 1j * W.T


def complex_matrix(x):
    return x[:9].reshape(3, 3) + 1j * x[9:].reshape(3, 3)


def hermitian(x):
    return complex_matrix(x) + complex_matrix(x).conj().T


def weighted(parts):
    """A real number in which every entry of every part counts, with its phase."""
    return sum(
        np.sum((part * V[: part.shape[0], : part.shape[1]]).real)
        for part in parts
        if part.ndim == 2
    ) + sum(
        np.sum(part * np.arange(1.0, 4.0)[: len(part)]).real for part in parts if part.ndim == 1
    )


CASES = {
    "eigh": lambda x: weighted(np.linalg.eigh(hermitian(x))),
    "eigh of the upper triangle": lambda x: weighted(np.linalg.eigh(hermitian(x), UPLO="U")),
    "eig": lambda x: weighted(np.linalg.eig(complex_matrix(x))),
    "eig of a real matrix": lambda x: weighted(np.linalg.eig(x[:9].reshape(3, 3))),
    "svd": lambda x: weighted(np.linalg.svd(complex_matrix(x))),
    "svd of a tall matrix": lambda x: weighted(
        np.linalg.svd(complex_matrix(x)[:, :2], full_matrices=False)
    ),
    "svd of a wide matrix": lambda x: weighted(
        np.linalg.svd(complex_matrix(x)[:2], full_matrices=False)
    ),
    "qr": lambda x: weighted(np.linalg.qr(complex_matrix(x))),
    "qr of a tall matrix": lambda x: weighted(np.linalg.qr(complex_matrix(x)[:, :2])),
    "slogdet": lambda x: (
        np.linalg.slogdet(complex_matrix(x))[0].imag + 2 * np.linalg.slogdet(complex_matrix(x))[1]
    ),
    "nuclear norm": lambda x: np.linalg.norm(complex_matrix(x), "nuc"),
    "sqrtm of a real matrix": lambda x: weighted(
        [scipy.linalg.sqrtm(x[:9].reshape(3, 3) - 5 * np.eye(3))]
    ),
    "cholesky": lambda x: weighted([np.linalg.cholesky(hermitian(x) @ hermitian(x) + np.eye(3))]),
}


@pytest.mark.parametrize("method", ["forward", "reverse"])
@pytest.mark.parametrize("case", CASES)
def test_complex_factors_move_as_numpys_do(case, method):
    differences = db.gradient(CASES[case], X, method=db.FiniteDifference(scheme="central", order=6))
    np.testing.assert_allclose(
        db.gradient(CASES[case], X, method=method),
        differences,
        rtol=0,
        atol=1e-7 * np.max(np.abs(differences)),
    )


@pytest.mark.parametrize("case", CASES)
def test_their_second_derivatives_are_those_of_the_gradient(case):
    direction = np.cos(np.arange(18.0))
    differences = db.jvp(
        db.grad(CASES[case]), X, direction, method=db.FiniteDifference(scheme="central", order=6)
    )[1]
    np.testing.assert_allclose(
        db.hvp(CASES[case], X, direction),
        differences,
        rtol=0,
        atol=1e-6 * np.max(np.abs(differences)),
    )
