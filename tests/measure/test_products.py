"""Matrix products of series by whole coefficients: equal to the product entry by entry."""

import numpy as np
import pytest
from flint import arb_series

from diffbench.measure.reference.numbers.ball_products import matmul
from diffbench.measure.reference.numbers.series import Series, lift, precision

RNG = np.random.default_rng(3)


def series(shape):
    made = np.empty(shape, dtype=object)
    for index in np.ndindex(*shape):
        made[index] = Series(arb_series(RNG.integers(-9, 9, size=3).tolist()))
    return made


def numbers(shape):
    return RNG.integers(-9, 9, size=shape).astype(object)


SHAPES = [((3, 4), (4, 2)), ((4,), (4, 2)), ((3, 4), (4,)), ((4,), (4,)), ((2, 3, 4), (4, 2))]


@pytest.mark.parametrize(("left", "right"), SHAPES)
@pytest.mark.parametrize(
    ("make_left", "make_right"), [(series, series), (numbers, series), (series, numbers)]
)
def test_a_product_by_coefficients_is_the_product_entry_by_entry(
    left, right, make_left, make_right
):
    with precision(128, 2):
        a, b = make_left(left), make_right(right)
        found, expected = matmul(a, b), np.asarray(np.matmul(a, b), dtype=object)
        assert found.shape == expected.shape
        assert all(
            lift(x).terms.coeffs() == lift(y).terms.coeffs()
            for x, y in zip(found.flat, expected.flat, strict=True)
        )


def test_a_series_that_was_cut_short_stays_so():
    with precision(128, 2):
        x = arb_series([0, 1])
        short = np.array([Series(x / x)], dtype=object)
        assert matmul(short, short).item().terms.prec == 2
