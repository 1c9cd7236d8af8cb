"""What an array knows of its views: those that are alive, and no others."""

import numpy as np

import diffbench as db


def test_a_view_that_is_gone_is_forgotten():
    def f(x):
        for _ in range(100):
            total = np.sum(x[1:] * x[:-1])
        assert len(x.alias.views) <= 2
        return total

    assert db.gradient(f, np.array([1.0, 2.0, 3.0])).tolist() == [2, 4, 2]


def test_a_write_through_a_view_of_a_view_reaches_the_owner_after_other_views_are_gone():
    def f(x):
        y = np.zeros_like(x)
        for _ in range(3):
            y[1:]
        tail = y[1:]
        inner = tail[1:]
        del tail
        inner[0] = x[0] * x[1]
        return np.sum(y)

    assert db.gradient(f, np.array([2.0, 3.0, 5.0])).tolist() == [3, 2, 0]


def test_slices_of_half_precision_and_of_complex_values_are_read_back_in_their_own_type():
    single = db.gradient(
        lambda x: np.sum(x[1:] * x[:-1]) + x[0], np.array([1, 2, 3], dtype=np.float32)
    )
    assert single.dtype == np.float32
    assert single.tolist() == [3, 4, 2]
    found = db.gradient(
        lambda x: np.real(np.sum((x[:2] * 1j) ** 2) + np.sum(x[1:])), np.array([1.0, 2.0, 3.0])
    )
    assert found.tolist() == [-2, -3, 1]
