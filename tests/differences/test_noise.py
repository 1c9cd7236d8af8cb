"""A difference table tells noise from trend."""

import numpy as np
import pytest

from diffbench.differences.adaptive.noise import noise_in, noise_on

T = np.arange(7) - 3


def test_noise_on_a_line_is_found_to_within_a_factor_two_in_the_median():
    rng = np.random.default_rng(0)
    found = [noise_in(1 + 1e-3 * T + 1e-6 * rng.normal(size=7)) for _ in range(200)]
    levels = [sigma for sigma, verdict in found if verdict == "found"]
    assert len(levels) > 150
    assert 0.5e-6 < np.median(levels) < 2e-6


def test_a_smooth_function_has_too_large_a_step():
    assert noise_in(np.exp(0.01 * T))[1] == "step too large"


def test_values_that_repeat_have_too_small_a_step():
    assert noise_in(np.array([1, 1, 1, 1, 2, 2, 2.0])) == (0, "step too small")


def test_stairs_hidden_by_a_fine_spacing_are_found_at_a_coarser_one():
    stairs = lambda t: np.round((1 + t) / 1e-6) * 1e-6
    assert 1e-7 < noise_on(stairs, 1e-12) < 1e-6


def test_noise_that_looks_smooth_up_close_is_found_further_out():
    x = 1e-4
    # 1 - cos is a multiple of 1.1e-16: noise 1e-8, in stairs 1e-12 wide
    cancelling = lambda t: (1 - np.cos(x + t)) / (x + t) ** 2
    assert 1e-9 < noise_on(cancelling, 1e-16) < 2e-8


def test_pure_noise_is_noise_at_every_spacing():
    rng = np.random.default_rng(0)
    assert 0.1 < noise_on(lambda t: 1 + rng.normal(size=len(t)), 1e-12) < 3


def test_a_constant_has_no_noise():
    assert noise_on(np.ones_like, 1e-12) == 0


@pytest.mark.parametrize("scale", [1e-300, 1e300])
def test_the_scale_of_f_does_not_matter(scale):
    rng = np.random.default_rng(0)
    assert (
        0.2e-9
        < noise_on(lambda t: scale * (1 + 1e-9 * rng.normal(size=len(t))), 1e-12) / scale
        < 5e-9
    )
