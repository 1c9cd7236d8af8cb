"""Compiled Jacobians and Hessians need as many directions as their pattern has colours, and are
right on every branch.
"""

import numpy as np
import pytest
import scipy.sparse as sparse
from hypothesis import given, settings
from hypothesis import strategies as st

import diffbench as db
from diffbench.differentiators.compiled import Compiled
from diffbench.differentiators.compiling import matrices
from diffbench.errors import BadInput, NotDifferentiable
from diffbench.interface import Operator
from diffbench.program.derive.sparsity import detect
from diffbench.program.passes.pipelines import pipelines

IN_NUMPY = Compiled(native=False)


def tridiagonal(x):
    z = np.concatenate([[0.0], x, [0.0]])
    return (3 - 2 * x) * x - z[:-2] - 2 * z[2:] + 1


def banded(x):
    def residual(i):
        near = [j for j in range(max(0, i - 5), min(len(x), i + 2)) if j != i]
        return x[i] * (2 + 5 * x[i] ** 2) + 1 - sum(x[j] * (1 + x[j]) for j in near)

    return np.stack([residual(i) for i in range(len(x))])


def arrow(x):
    return np.sum(x[0] * x) + np.sum(x**4)


def valley(x):
    return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def columns_of_a_tall_map(x):
    return np.sin(x[0] * np.linspace(0, 1, 60)) * x[1]


CASES = [
    (tridiagonal, "jacobian", 3),
    (banded, "jacobian", 7),
    (columns_of_a_tall_map, "jacobian", 2),
    (arrow, "hessian", 2),
    (valley, "hessian", 3),
]


@pytest.mark.parametrize(("f", "operator", "colours"), CASES)
def test_the_program_pushes_one_direction_for_each_colour(f, operator, colours):
    x = np.linspace(-1, 1, 2 if f is columns_of_a_tall_map else 20)
    source = matrices.differentiated(Operator(operator), db.record(f, x), pipelines())
    assert matrices.worthwhile(Operator(operator), source).count == colours
    expected = getattr(db, operator)(f, x, method="reverse")
    scale = np.max(np.abs(expected))
    for method in (IN_NUMPY, Compiled()):
        np.testing.assert_allclose(
            db.prepare(f, x, operator=operator, method=method)(x),
            expected,
            rtol=1e-14,
            atol=1e-15 * scale,
        )
    found = getattr(db, operator)(f, x, method="compiled", sparsity="detect")
    assert isinstance(found, sparse.csr_array)
    np.testing.assert_allclose(found.toarray(), expected, rtol=1e-14, atol=1e-15 * scale)


def test_a_tridiagonal_jacobian_costs_about_four_evaluations():
    x = np.linspace(-1, 1, 100)
    once = db.record(tridiagonal, x).operations().total()
    assert Compiled().operations(tridiagonal, x, "jacobian") <= 4 * once
    assert (
        Compiled().operations(arrow, x, "hessian") <= 4 * db.record(arrow, x).operations().total()
    )


def test_rows_are_coloured_where_there_are_fewer_of_them():
    f = lambda x: np.stack([np.sum(x[:20] ** 2), np.prod(x[20:]), np.sum(np.sin(x[10:30]))])
    x = np.linspace(0.5, 1, 40)
    assert matrices.worthwhile(Operator.JACOBIAN, db.record(f, x)).count == 2
    np.testing.assert_allclose(
        db.jacobian(f, x, method="compiled"), db.jacobian(f, x, method="reverse"), rtol=1e-14
    )


def either(x):
    return tridiagonal(x) if x[0] > 0 else np.cumsum(x) * x[0]


@pytest.mark.parametrize("n", [12, 50])
@pytest.mark.parametrize(
    "method",
    [IN_NUMPY, Compiled(), Compiled(False, "detect"), Compiled(sparsity="detect")],
    ids=range(4),
)
def test_a_pattern_holds_on_its_own_branch_only(n, method):
    """With n = 50 the dense branch has more rows than one program computes."""
    up, down = np.linspace(1, 2, n), np.linspace(-1, 2, n)
    for first, second in ((up, down), (down, up)):
        answer = db.prepare(either, first, operator="jacobian", method=method)
        for x in (first, second, first, second):
            found = answer(x)
            np.testing.assert_allclose(
                found.toarray() if method.sparsity else found,
                db.jacobian(either, x, method="reverse"),
                rtol=1e-13,
            )


@pytest.mark.parametrize(
    "f, operator",
    [(tridiagonal, "jacobian"), (valley, "hessian"), (lambda x: np.cumsum(x * x), "jacobian")],
)
def test_other_shapes_and_dtypes_are_answered_too(f, operator):
    for n in (5, 40):
        answer = db.prepare(f, np.linspace(0, 1, n), operator=operator, method="compiled")
        for x in (
            np.linspace(0, 1, 7),
            np.linspace(0, 1, n).astype(np.float32),
            np.linspace(0, 1, n).tolist(),
        ):
            found, expected = answer(x), getattr(db, operator)(f, x, method="reverse")
            assert found.dtype == expected.dtype
            np.testing.assert_allclose(
                found, expected, rtol=1e-4 if found.dtype == np.float32 else 1e-13, atol=1e-5
            )


def test_jacobians_of_matrices_keep_their_shape():
    f = lambda x: (x * x)[:, 1:]
    x = np.arange(1.0, 13.0).reshape(3, 4)
    found = db.jacobian(f, x, method="compiled")
    assert found.shape == (3, 3, 3, 4)
    np.testing.assert_array_equal(found, db.jacobian(f, x, method="forward"))


def test_a_pattern_may_be_given_and_must_fit():
    x = np.linspace(0, 1, 6)
    pattern = np.tri(6, k=1) - np.tri(6, k=-2)
    found = db.jacobian(tridiagonal, x, method="compiled", sparsity=pattern)
    np.testing.assert_array_equal(found.toarray(), db.jacobian(tridiagonal, x))
    with pytest.raises(BadInput, match="pattern has shape"):
        db.jacobian(tridiagonal, x, method="compiled", sparsity=np.ones((6, 5)))
    with pytest.raises(BadInput, match="is not understood"):
        db.jacobian(tridiagonal, x, method="compiled", sparsity="guess")


@given(
    st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7), st.floats(-2, 2)), max_size=20),
    st.booleans(),
)
@settings(max_examples=30, deadline=None)
def test_any_pattern_is_read_off_right(entries, symmetric):
    x = np.linspace(0.5, 1.5, 8)
    matrix = np.zeros((8, 8))
    for i, j, value in entries:
        matrix[i, j] = value
    if symmetric:
        f = lambda x: sum(
            [value * np.sin(x[i]) * x[j] for i, j, value in entries], start=np.sum(x**3)
        )
        np.testing.assert_allclose(
            db.hessian(f, x, method=IN_NUMPY), db.hessian(f, x), rtol=1e-12, atol=1e-12
        )
    else:
        f = lambda x: matrix @ np.sin(x) + x
        pattern = detect(db.record(f, x)).toarray()
        found = db.jacobian(f, x, method=IN_NUMPY)
        np.testing.assert_allclose(found, matrix * np.cos(x) + np.eye(8), rtol=1e-12, atol=1e-15)
        assert not np.any(found[~pattern])


def test_an_infinite_entry_is_refused():
    f = lambda x: np.sqrt(x) * x[::-1]
    answer = db.prepare(f, np.ones(6), operator="jacobian", method=IN_NUMPY)
    x = np.array([0.0, 1.0, 4.0, 9.0, 1.0, 1.0])
    with pytest.raises(NotDifferentiable, match="entry"):
        answer(x)
