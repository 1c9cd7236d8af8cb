"""Stencils are exact rationals, so everything about them is an equality."""

from fractions import Fraction
from math import factorial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diffbench.differences import stencils
from diffbench.errors import BadInput

NODES = st.lists(st.fractions(-8, 8, max_denominator=9), min_size=3, max_size=8, unique=True)


@pytest.mark.parametrize("m", range(1, 9))
def test_central_weights_sum_to_the_harmonic_number(m):
    assert stencils.central(2 * m).noise_gain == sum(Fraction(1, k) for k in range(1, m + 1))


@pytest.mark.parametrize("m", range(1, 9))
def test_central_error_constant_is_the_closed_form(m):
    assert stencils.central(2 * m).error_constant == Fraction(
        factorial(m) ** 2, factorial(2 * m + 1)
    )


@pytest.mark.parametrize("m", range(1, 6))
def test_central_weights_are_the_closed_form(m):
    weights = dict(
        zip(stencils.central(2 * m).offsets, stencils.central(2 * m).weights, strict=True)
    )
    expected = {
        k: Fraction((-1) ** (k + 1) * factorial(m) ** 2, factorial(m - k) * factorial(m + k) * k)
        for k in range(1, m + 1)
    }
    assert weights == expected | {-k: -w for k, w in expected.items()}


@settings(deadline=None)  # seconds are not what is tested
@given(NODES, st.integers(1, 2))
def test_a_stencil_on_any_nodes_differentiates_polynomials_below_its_node_count_exactly(
    nodes, derivative
):
    stencil = stencils.at_nodes(nodes, derivative)
    for k in range(len(nodes)):
        moment = sum(w * o**k for o, w in zip(stencil.offsets, stencil.weights, strict=True))
        assert moment == (factorial(derivative) if k == derivative else 0)


@pytest.mark.parametrize("order", range(1, 9))
def test_one_sided_stencils_have_the_order_they_were_asked_for(order):
    assert stencils.forward(order).order == stencils.backward(order).order == order
    assert stencils.forward(order, 2).order == order


@pytest.mark.parametrize(
    ("order", "step", "bound"),
    [
        (2, 6.9e-6, 2.4e-11),
        (4, 1.05e-3, 2.0e-13),
        (6, 9.0e-3, 2.6e-14),
        (8, 3.0e-2, 8.8e-15),
        (10, 6.4e-2, 4.4e-15),
    ],
)
def test_the_optimal_steps_are_the_tabulated_ones(order, step, bound):
    stencil = stencils.central(order)
    h = stencil.optimal_step(2**-53)
    assert h == pytest.approx(step, rel=0.02)
    assert stencil.error_bound(h, 2**-53) == pytest.approx(bound, rel=0.02)


def test_the_optimal_step_is_the_minimum_of_the_error_bound():
    for stencil in (stencils.forward(1), stencils.central(4), stencils.central(2, 2)):
        h = stencil.optimal_step(1e-12, 3.0)
        assert stencil.error_bound(h, 1e-12, 3.0) < min(
            stencil.error_bound(h * c, 1e-12, 3.0) for c in (0.9, 1.1)
        )


def test_orders_that_do_not_exist_are_refused():
    with pytest.raises(BadInput, match="even order of accuracy, not 3; take 4"):
        stencils.central(3)
    with pytest.raises(BadInput, match="at least 1, not 0"):
        stencils.forward(0)
    with pytest.raises(BadInput, match="needs at least 3 distinct offsets"):
        stencils.at_nodes([0, 1, 1], 2)
