"""Compiled answers of the tape's shape and dtype, whatever shapes of one entry, truth values and
lengths of slices occur inside.
"""

import numpy as np
import pytest

import diffbench as db
from diffbench.differentiators.compiled import Compiled


def leading(x):
    return x[: np.count_nonzero(x > 0)]


def from_largest(x):
    return x[np.argmax(x) :] ** 2


@pytest.mark.parametrize("native", [False, "auto"])
@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.sum(np.sum(x * x), axis=-1),
        lambda x: np.sum(np.tensordot(x, x, 1) * np.ones(())),
        lambda x: np.sum(np.multiply(x, True) ** 2),
        lambda x: np.sum((np.append(x, np.array([True, False])) * 2) ** 2),
        lambda x: np.sum(np.einsum("ij,jk->ik", x[None], x[None, :1])),
        lambda x: np.sum(x[: 2 + np.argmin(x * 0)] ** 3),
    ],
    ids=[
        "sum of a number",
        "one entry",
        "truth",
        "truths appended",
        "einsum that stretches",
        "slice",
    ],
)
@pytest.mark.parametrize("n", [1, 3])
def test_every_operator_has_the_shape_and_the_numbers_of_the_tape(f, n, native):
    x = np.linspace(0.8, 2.0, n)
    for operator in ("value_and_gradient", "hvp", "hessian"):
        directions = (np.cos(x),) if operator == "hvp" else ()
        found = db.prepare(f, x, operator=operator, method=Compiled(native))(x, *directions)
        expected = getattr(db, operator)(f, x, *directions, method="reverse")
        for mine, tape in zip(
            found if type(found) is tuple else (found,),
            expected if type(expected) is tuple else (expected,),
            strict=True,
        ):
            assert np.shape(mine) == np.shape(tape)
            np.testing.assert_allclose(mine, tape, rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("f", [leading, from_largest])
def test_a_slice_as_long_as_the_data_say_is_recorded_anew_for_other_lengths(f):
    prepared = db.prepare(
        lambda x: np.sum(f(x)),
        np.array([1.0, -2.0, 3.0]),
        operator="gradient",
        method=Compiled(False),
    )
    for x in ([1.0, -2.0, 3.0], [3.0, 2.0, 1.0], [-1.0, -2.0, -0.5], [1.0, -2.0, 3.0]):
        np.testing.assert_array_equal(
            prepared(np.array(x)),
            db.gradient(lambda x: np.sum(f(x)), np.array(x), method="reverse"),
        )


@pytest.mark.parametrize("native", [False, "auto"])
@pytest.mark.parametrize(
    "operator", ["jvp", "vjp", "jacobian", "value_and_gradient", "hvp", "hessian"]
)
def test_a_derivative_at_a_float32_point_is_float32_where_f_itself_is_float64(operator, native):
    weights = np.arange(3.0)
    whole = operator in ("value_and_gradient", "hvp", "hessian")
    f = (lambda x: np.sum(x[::-1] * weights)) if whole else (lambda x: np.sin(x[::-1]) * weights)
    x = np.array([0.5, 1.0, 2.0], np.float32)
    directions = {"jvp": (x,), "hvp": (x,), "vjp": (weights,)}.get(operator, ())
    for prepared_at in (x, x.astype(float)):
        found = db.prepare(f, prepared_at, operator=operator, method=Compiled(native))(
            x, *directions
        )
        expected = getattr(db, operator)(f, x, *directions, method="reverse")
        mine, tape = (each[-1] if type(each) is tuple else each for each in (found, expected))
        assert np.result_type(mine) == np.result_type(tape) == np.float32
        np.testing.assert_allclose(mine, tape, rtol=1e-6)


def test_a_number_read_from_an_array_does_not_change_with_the_memory_it_was_read_from():
    x = np.array([0.5, 1.0], np.float32)
    answer = db.prepare(
        lambda x: np.sum(np.sin(x[:1]) ** 2, axis=-1), x, operator="jvp", method=Compiled(False)
    )
    value, slope = answer(x, np.float32([3.0, 0.0]))
    np.testing.assert_allclose((value, slope), (np.sin(0.5) ** 2, 3 * np.sin(1.0)), rtol=1e-6)


@pytest.mark.parametrize(
    "count",
    [
        lambda x: len(np.flatnonzero(x > 0)),
        lambda x: len((x > 0).nonzero()[0]),
        lambda x: np.where(x > 0)[0].size,
        lambda x: np.argwhere(x).shape[0],
        lambda x: np.sum(np.flatnonzero(x > 0) * 1.0),
        lambda x: x[x > 0].size,
        lambda x: np.unique(np.floor(x)).size,
        lambda x: np.count_nonzero(x > 0),
    ],
    ids=[
        "flatnonzero",
        "nonzero",
        "where",
        "argwhere",
        "positions",
        "mask",
        "unique",
        "count_nonzero",
    ],
)
def test_how_many_entries_meet_a_condition_is_no_constant_of_the_program(count):
    f = lambda x: count(x) * np.sum(x * x)
    for start in ([1.0, -2.0, 3.0], [1.0, 2.0, 3.0], [-1.0, -2.0, 0.0]):
        answer = db.prepare(f, np.array(start), operator="gradient", method=Compiled(False))
        for x in (
            [1.0, -2.0, 3.0],
            [-1.0, 2.0, 0.0],
            [3.0, 2.0, 1.0],
            [-1.0, -2.0, -3.0],
            [1.0, -2.0, 3.0],
        ):
            np.testing.assert_array_equal(
                answer(np.array(x)), db.gradient(f, np.array(x), method="reverse")
            )


def test_the_sparse_jacobian_of_no_outputs_has_no_rows():
    answer = db.prepare(
        lambda x: x[x > 0],
        np.ones(3),
        operator="jacobian",
        method=Compiled(False, sparsity="detect"),
    )
    assert answer(-np.ones(3)).shape == (0, 3)


@pytest.mark.parametrize(
    "method",
    ["forward", "reverse", Compiled(False), Compiled("auto")],
    ids=["forward", "reverse", "numpy", "native"],
)
@pytest.mark.parametrize(
    "data",
    [np.array([200, 0], np.uint8), np.array([True, False]), np.array([-100, 100], np.int8)],
    ids=lambda d: str(d.dtype),
)
@pytest.mark.parametrize(
    "function",
    [np.arctan2, np.hypot, np.multiply, np.divide, np.add, np.logaddexp, np.maximum, np.copysign],
)
def test_small_integers_and_truth_values_are_data_like_floats(function, data, method):
    x = np.array([1.5, 2.5])
    found = db.prepare(lambda x: function(data, x), x, operator="jvp", method=method)(
        x, np.ones(2)
    )[1]
    expected = db.jvp(lambda x: function(data.astype(float), x), x, np.ones(2), method="forward")[1]
    np.testing.assert_allclose(found, expected, rtol=1e-15)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.tile(x, np.argmax(x) + 1),
        lambda x: np.tile(x, (2, np.argmax(x) + 1)),
        lambda x: np.delete(x, np.argmax(x)),
        lambda x: np.insert(x, np.argmax(x), x[0] ** 2) * np.arange(4.0),
        lambda x: np.roll(x, shift=np.argmax(x)) * np.arange(3.0),
        lambda x: np.rot90(np.outer(x, np.arange(3.0)), k=np.argmax(x))[0],
    ],
    ids=["tile", "tile by several", "delete", "insert", "roll", "rot90"],
)
def test_where_entries_are_moved_to_may_depend_on_the_data(f):
    square = lambda x: np.sum(f(x) ** 2)
    answer = db.prepare(
        square, np.array([1.0, 2.0, 0.5]), operator="gradient", method=Compiled(False)
    )
    for x in ([1.0, 2.0, 0.5], [3.0, 2.0, 0.5], [1.0, 2.0, 4.0], [1.0, 2.0, 0.5]):
        np.testing.assert_allclose(
            answer(np.array(x)), db.gradient(square, np.array(x), method="reverse"), rtol=1e-15
        )
