"""Overhead is compared as a ratio in one interleaved run; the bound is the issue's, a third of
SciPy's.
"""

from diffbench.bench.calibration.overhead import marginal, overhead


def test_one_more_evaluation_costs_at_most_a_third_of_scipys_overhead():
    table = overhead(sizes=(10, 100, 300), rounds=10)
    assert (marginal(table) <= 1 / 3).all()
    assert list(table.columns) == ["scheme", "n", "evaluations", "ours_us", "scipy_us", "ratio"]
    assert list(table.evaluations) == [11, 101, 301, 20, 200, 600]
