"""Linear algebra in other numbers: exact in fractions, and as NumPy in floats."""

from fractions import Fraction

import numpy as np
import pytest
from flint import arb_series
from mpmath import mp

from diffbench.measure.reference.numbers import elimination
from diffbench.measure.reference.numbers.series import Series, precision

RNG = np.random.default_rng(7)
MATRIX = RNG.normal(size=(4, 4))
STACK = RNG.normal(size=(2, 3, 3))


def objects(values):
    return np.asarray(values, dtype=object)


def test_elimination_in_fractions_is_exact():
    hilbert = np.array([[Fraction(1, i + j + 1) for j in range(6)] for i in range(6)], dtype=object)
    assert (hilbert @ elimination.inverse(hilbert) == np.eye(6)).all()
    assert elimination.determinant(hilbert) == Fraction(1, 186313420339200000)


@pytest.mark.parametrize("n", [1, 5, 9])
def test_the_determinant_is_numpys_with_and_without_division(n):
    matrix = RNG.normal(size=(n, n))
    assert float(elimination.determinant(objects(matrix))) == pytest.approx(
        np.linalg.det(matrix), rel=1e-12
    )


@pytest.mark.parametrize("right", [RNG.normal(size=4), RNG.normal(size=(4, 3))])
def test_solve_is_numpys(right):
    assert elimination.solve(objects(MATRIX), right).astype(float) == pytest.approx(
        np.linalg.solve(MATRIX, right), rel=1e-11
    )


def test_a_stack_of_matrices_is_solved_matrix_by_matrix():
    right = RNG.normal(size=(2, 3, 2))
    assert elimination.solve(objects(STACK), right).astype(float) == pytest.approx(
        np.linalg.solve(STACK, right), rel=1e-11
    )
    assert elimination.inverse(objects(STACK)).astype(float) == pytest.approx(
        np.linalg.inv(STACK), rel=1e-11
    )
    assert elimination.determinant(objects(STACK)).astype(float) == pytest.approx(
        np.linalg.det(STACK), rel=1e-11
    )


def test_a_zero_on_the_diagonal_is_pivoted_away():
    assert elimination.solve(objects([[0, 1], [1, 0]]), objects([2, 3])).tolist() == [3, 2]


def test_cholesky_multiplies_back():
    positive = objects(MATRIX @ MATRIX.T) * mp.one
    lower = elimination.cholesky(positive, mp.sqrt)
    assert lower.astype(float) == pytest.approx(
        np.linalg.cholesky(MATRIX @ MATRIX.T), rel=1e-10, abs=1e-13
    )


def test_least_squares_and_the_pseudo_inverse_are_numpys():
    tall, right = RNG.normal(size=(5, 3)), RNG.normal(size=5)
    assert elimination.least_squares(tall, right).astype(float) == pytest.approx(
        np.linalg.lstsq(tall, right)[0], rel=1e-11
    )
    for matrix in (tall, tall.T):
        assert elimination.pseudo_inverse(matrix).astype(float) == pytest.approx(
            np.linalg.pinv(matrix), rel=1e-11
        )


def test_matrix_powers_are_numpys_for_either_sign():
    for exponent in (-2, 0, 3):
        expected = np.linalg.matrix_power(MATRIX, exponent)
        assert elimination.matrix_power(objects(MATRIX), exponent).astype(float) == pytest.approx(
            expected, rel=1e-10, abs=1e-12
        )


def test_the_determinant_of_a_singular_matrix_has_its_derivative():
    """d det / d a_00 of the zero matrix with ones on the rest of the diagonal is 1."""
    with precision(128, 1):
        matrix = objects(np.diag([0.0, 1.0, 1.0]))
        matrix[0, 0] = Series(arb_series([0, 1]))
        assert float(elimination.determinant(matrix).item().terms[1]) == 1.0


def test_a_triangular_solve_reads_one_half_only():
    expected = np.linalg.solve(np.tril(MATRIX), np.ones(4))
    assert elimination.triangular_solve(objects(MATRIX), objects(np.ones(4)), lower=True).astype(
        float
    ) == pytest.approx(expected, rel=1e-11)
