"""--at in its three spellings, and what is said when it can't be used."""

import numpy as np
import pytest

from diffbench.cli.point import read_point
from diffbench.errors import BadPoint


@pytest.mark.parametrize(
    ("text", "expected"),
    [("2,5", [2.0, 5.0]), ("2, 5e-1,-1", [2, 0.5, -1]), ("2", 2.0), ("2,", [2.0]), ("-3", -3.0)],
)
def test_numbers_are_coordinates_in_order_and_one_number_is_a_scalar(text, expected):
    point = read_point(text).values
    np.testing.assert_array_equal(point, np.array(expected, dtype=float), strict=True)


def test_named_coordinates_may_come_in_any_order():
    np.testing.assert_array_equal(
        read_point("x10=3,x1=1, x2=2", ("x1", "x2", "x10")).values, [1.0, 2, 3]
    )
    assert read_point("x=2", ("x",)).values.shape == ()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_file_keeps_its_shape_and_its_precision(tmp_path, dtype):
    stored = np.arange(6, dtype=dtype).reshape(2, 3)
    np.save(tmp_path / "point.npy", stored)
    np.testing.assert_array_equal(
        read_point(str(tmp_path / "point.npy")).values, stored, strict=True
    )


def test_the_precision_can_be_chosen():
    assert read_point("2,5", dtype="float32").values.dtype == np.float32


@pytest.mark.parametrize(
    ("text", "cure"),
    [
        ("2,five", "'five' is not a number"),
        ("", "not a number"),
        ("2,,5", "not a number"),
        ("nan,1", "finite number"),
        ("1,inf", "finite number"),
        ("x=1,z=2", "'z', and the function has no such name"),
        ("1,x=2", "begins without a name"),
        ("x=1,x=2,y=3", "two values"),
        ("missing.npy", "numpy.save"),
    ],
)
def test_a_point_that_cannot_be_used_is_refused_with_the_cure(text, cure):
    with pytest.raises(BadPoint, match=cure):
        read_point(text, ("x", "y"))


def test_names_need_a_formula():
    with pytest.raises(BadPoint, match="write --at 2,5"):
        read_point("x=1")


@pytest.mark.parametrize(
    "stored",
    [np.array([True]), np.array([1j]), np.array(["a"])],
    ids=lambda a: str(a.dtype),
)
def test_a_file_of_anything_but_numbers_is_refused(tmp_path, stored):
    np.save(tmp_path / "point.npy", stored)
    with pytest.raises(BadPoint, match=r"the point (has|is)"):
        read_point(str(tmp_path / "point.npy"))


def test_a_pickle_in_a_file_is_never_loaded(tmp_path):
    np.save(tmp_path / "point.npy", np.array([object()]), allow_pickle=True)
    with pytest.raises(BadPoint, match="can't be read as a point"):
        read_point(str(tmp_path / "point.npy"))
