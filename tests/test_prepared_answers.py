"""A prepared answer is called alike, whatever the method behind it: with arrays, lists and other
shapes than it was prepared at.
"""

import numpy as np
import pytest

import diffbench as db
from diffbench.errors import BadPoint, NotScalar

X, DIRECTION = np.array([0.2, 0.7, 1.1]), np.array([1.0, -2.0, 0.5])
METHODS = [
    "forward",
    "reverse",
    "compiled",
    "complex-step",
    "central-difference",
    "richardson",
    "symbolic",
    "symbolic-accumulate",
]


def f(x):
    return np.sum(np.sin(x) * x)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("operator", ["gradient", "value_and_gradient", "jvp", "hvp"])
def test_lists_and_other_shapes_are_answered(method, operator):
    answer = db.prepare(f, X, operator=operator, method=method)
    for n in (3, 5):
        x, x_dot = np.resize(X, n), np.resize(DIRECTION, n)
        given = (x_dot,) if operator in ("jvp", "hvp") else ()
        expected = getattr(db, operator)(f, x, *given)
        for found in (answer(x, *given), answer(x.tolist(), *[d.tolist() for d in given])):
            pairs = (
                zip(found, expected, strict=True)
                if operator in ("value_and_gradient", "jvp")
                else [(found, expected)]
            )
            for part, wanted in pairs:
                np.testing.assert_allclose(part, wanted, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("method", ["forward", "reverse", "compiled"])
def test_what_is_no_point_is_refused_in_a_sentence(method):
    answer = db.prepare(f, X, operator="gradient", method=method)
    with pytest.raises(BadPoint, match="bool"):
        answer([True, False, True])


@pytest.mark.parametrize(
    "method", [*METHODS, "forward-difference", "adaptive-difference", "numdifftools"]
)
@pytest.mark.parametrize("operator", ["gradient", "value_and_gradient", "hessian", "hvp"])
def test_what_only_numbers_have_is_refused_for_a_function_that_returns_an_array(method, operator):
    if method == "numdifftools":
        pytest.importorskip("numdifftools")
    given = (DIRECTION,) if operator == "hvp" else ()
    with pytest.raises(
        NotScalar,
        match=r"the function returned shape \(3,\), and a .* needs a number; use jacobian",
    ):
        getattr(db, operator)(np.sin, X, *given, method=method)


@pytest.mark.parametrize(
    "method", ["forward", "reverse", "compiled", "complex-step", "central-difference"]
)
def test_a_point_of_the_other_byte_order_is_read_as_its_numbers(method):
    swapped = X.astype(X.dtype.newbyteorder())
    found = db.gradient(f, swapped, method=method)
    assert found.dtype == float
    assert found.dtype.isnative
    np.testing.assert_array_equal(found, db.gradient(f, X, method=method))
    np.testing.assert_allclose(db.prepare(f, X, method=method)(swapped), found, rtol=1e-15)
