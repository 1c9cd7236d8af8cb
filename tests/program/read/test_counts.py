import numpy as np
import pytest

import diffbench as db
from diffbench.registry import find


@pytest.mark.parametrize("n", [2, 4, 10, 50])
def test_the_logistic_iterate_takes_three_operations_a_step(n):
    instance = find("problems", "logistic_map").at(n)
    assert db.record(instance, instance.point).operations() == {"*": 2 * (n - 1), "-": n - 1}


def test_operations_of_the_survey_example_are_its_five():
    counts = db.record(
        lambda x: np.log(x[0]) + x[0] * x[1] - np.sin(x[1]), np.array([2.0, 5.0])
    ).operations()
    assert counts == {"log": 1, "*": 1, "+": 1, "sin": 1, "-": 1}
    assert counts.total() == 5


@pytest.mark.parametrize(
    "f, expected",
    [
        (lambda x: np.sum(x), {"+": 11}),
        (lambda x: np.mean(x, axis=0), {"+": 8, "/": 4}),
        (lambda x: x @ x.T, {"*": 36, "+": 27}),
        (lambda x: np.max(x, axis=1), {"max": 9}),
        (lambda x: np.cumsum(x, axis=1), {"+": 9}),
        (lambda x: np.cumsum(x), {"+": 11}),
        (lambda x: x**2, {"*": 12}),
        (lambda x: x**3, {"power": 12}),
        (lambda x: np.where(x > 0, x, -x), {"-": 12}),
        (lambda x: np.reshape(x, (4, 3))[1:].T, {}),
    ],
)
def test_every_entry_of_an_array_counts(f, expected):
    assert db.record(f, np.arange(12.0).reshape(3, 4)).operations() == expected
