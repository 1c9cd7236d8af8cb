"""noise_level is the standard deviation of what in f is not trend."""

import numpy as np
import pytest

from diffbench.measure.error.noise_floor import noise_level

EPS = 2.0**-52


@pytest.mark.parametrize("x", [1.0, 1e6, np.linspace(0.1, 1, 10)])
def test_a_smooth_function_has_the_noise_of_its_rounding(x):
    f = lambda x: np.sum(np.sin(x))
    assert 0.05 * EPS * abs(f(x)) <= noise_level(f, x) <= 4 * EPS * abs(f(x))


def test_an_offset_brings_its_own_rounding():
    assert 0.1e-8 < noise_level(lambda x: 1e8 + np.sin(x), 1.0) < 2e-8


@pytest.mark.parametrize(
    "f", [lambda x: float(np.float32(np.sin(x))), lambda x: float(np.float32(x) ** 2)]
)
def test_float32_inside_f_is_seen(f):
    assert 0.05 * 2.0**-23 < noise_level(f, 1.0) < 2 * 2.0**-23


@pytest.mark.parametrize("amplitude", [1e-10, 1e-6, 0.1])
def test_random_noise_is_measured_whatever_its_size(amplitude):
    rng = np.random.default_rng(0)
    assert (
        0.1 * amplitude
        < noise_level(lambda x: np.sin(x) + amplitude * rng.normal(), 1.0)
        < 10 * amplitude
    )


def test_every_output_has_its_own_noise():
    f = lambda x: np.stack([np.sin(x), 1e8 + np.sin(x), np.float64(np.float32(np.cos(x)))])
    levels = noise_level(f, 1.0)
    assert levels.shape == (3,)
    assert levels[0] < 1e-15 < 1e-9 < levels[1] < 1e-7
    assert 1e-9 < levels[2] < 1e-7


def test_the_domain_may_end_close_by():
    assert noise_level(np.log, 1e-8) < 64 * EPS * abs(np.log(1e-8))
