"""Memory: exact for what NumPy allocates, coarse for the whole process."""

import os

import numpy as np
import pytest

from diffbench.measure.cost.peak_memory import address_space_bytes, peak_bytes, peak_resident_bytes

MEBIBYTE = 1 << 20


def test_the_peak_counts_a_temporary_that_is_gone_at_the_end():
    def call():
        ones = np.ones(MEBIBYTE)
        return float(np.sin(ones).sum() + ones[0])

    assert 16 * MEBIBYTE <= peak_bytes(call) < 17 * MEBIBYTE


def test_the_peak_counts_the_returned_array():
    assert 8 * MEBIBYTE <= peak_bytes(lambda: np.zeros(MEBIBYTE)) < 9 * MEBIBYTE


def test_what_was_held_before_is_not_counted():
    held = np.ones(4 * MEBIBYTE)
    assert peak_bytes(lambda: float(held[0])) < MEBIBYTE


def test_the_peak_is_the_same_each_time():
    peaks = {peak_bytes(lambda: np.zeros(1000) + 1) for _ in range(5)}
    assert max(peaks) - min(peaks) < 1000


def test_the_resident_high_water_mark_stays_after_the_memory_is_given_back():
    before = peak_resident_bytes()
    if before is None:
        pytest.skip("this kernel has no /proc")
    size_before = address_space_bytes()
    np.ones(32 * MEBIBYTE)
    assert peak_resident_bytes(os.getpid()) >= max(before, 256 * MEBIBYTE)
    assert address_space_bytes() < size_before + 64 * MEBIBYTE


def test_a_process_that_is_gone_has_no_memory():
    assert peak_resident_bytes(2**22 - 1) is None
