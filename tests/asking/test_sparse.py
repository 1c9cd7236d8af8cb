"""Sparse Jacobians and Hessians: the pattern is found, the colours are few, and the entries are
those of the dense matrix.
"""

import numpy as np
import pytest
import scipy.sparse as sparse
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import diffbench as db
from diffbench.errors import BadInput
from diffbench.program.derive.colouring import colour_columns, colour_star
from diffbench.program.derive.sparsity import detect

X = np.linspace(-1.0, 1.0, 20)


def broyden_tridiagonal(x):
    z = np.concatenate([[0.0], x, [0.0]])
    return (3 - 2 * x) * x - z[:-2] - 2 * z[2:] + 1


def broyden_banded(x):
    def residual(i):
        near = [j for j in range(max(0, i - 5), min(len(x), i + 2)) if j != i]
        return x[i] * (2 + 5 * x[i] ** 2) + 1 - sum(x[j] * (1 + x[j]) for j in near)

    return np.stack([residual(i) for i in range(len(x))])


def arrow(x):
    return np.sum(x[0] * x) + np.sum(x**4)


def number_of(colours):
    return len(set(colours.tolist()))


def band(n, width):
    return sparse.diags_array(
        [np.ones(n)] * (2 * width + 1), offsets=range(-width, width + 1), shape=(n, n)
    )


@pytest.mark.parametrize(("f", "colours"), [(broyden_tridiagonal, 3), (broyden_banded, 7)])
def test_a_detected_pattern_is_exact_and_needs_the_least_colours(f, colours):
    dense = db.jacobian(f, X)
    pattern = detect(db.record(f, X))
    np.testing.assert_array_equal(pattern.toarray(), dense != 0)
    assert number_of(colour_columns(pattern)) == colours
    for method in ("forward", "reverse"):
        np.testing.assert_array_equal(
            db.jacobian(f, X, sparsity="detect", method=method).toarray(), dense
        )
    compressed = db.jacobian(f, X, sparsity=pattern, method="central-difference")
    np.testing.assert_allclose(compressed.toarray(), dense, atol=1e-8)


def test_colour_counts_of_the_literature():
    assert number_of(colour_columns(band(20, 1))) == 3
    assert number_of(colour_star(band(20, 1))) == 3
    pattern = np.eye(20)
    pattern[0] = pattern[:, 0] = 1
    assert number_of(colour_columns(pattern)) == 20
    assert number_of(colour_star(pattern)) == 2


def test_a_sparse_hessian_is_the_dense_one():
    for f in (arrow, lambda x: np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)):
        np.testing.assert_allclose(
            db.hessian(f, X, sparsity="detect").toarray(), db.hessian(f, X), rtol=1e-14
        )


def test_compressed_differences_need_two_evaluations_a_colour():
    calls = []

    def counted(x):
        calls.append(1)
        return broyden_tridiagonal(x)

    db.jacobian(counted, X, sparsity=band(20, 1), method="central-difference")
    assert len(calls) <= 2 * 3 + 3  # three colours, and the value that jvp also returns


@given(arrays(bool, st.tuples(st.integers(1, 9), st.integers(1, 9))))
def test_columns_of_one_colour_never_share_a_row(pattern):
    colours = colour_columns(pattern)
    for colour in set(colours.tolist()):
        assert np.all(np.sum(pattern[:, colours == colour], axis=1) <= 1)


@given(arrays(bool, st.integers(1, 9).map(lambda n: (n, n))))
def test_every_entry_of_a_star_coloured_matrix_can_be_read_off(pattern):
    pattern = pattern | pattern.T | np.eye(len(pattern), dtype=bool)
    colours = colour_star(pattern)
    alone = lambda i, j: np.sum(pattern[i] & (colours == colours[j])) == 1
    assert all(alone(i, j) or alone(j, i) for i, j in np.argwhere(pattern))


def test_a_pattern_of_the_wrong_shape_is_refused():
    with pytest.raises(BadInput, match=r"shape \(20, 5\) and x has 20 entries"):
        db.jacobian(broyden_tridiagonal, X, sparsity=np.ones((20, 5)))
    with pytest.raises(BadInput, match="not understood"):
        db.jacobian(broyden_tridiagonal, X, sparsity="guess")


@pytest.mark.parametrize("method", ["forward", "reverse", "central-difference"])
@pytest.mark.parametrize("rows", [2, 4])
def test_a_pattern_with_rows_for_other_outputs_is_refused(method, rows):
    with pytest.raises(
        BadInput, match=rf"shape \({rows}, 3\) and f returns 3 numbers; pass one row an output"
    ):
        db.jacobian(lambda x: x**2, np.ones(3), method=method, sparsity=np.ones((rows, 3)))
