"""What costs are divided by is the problem's own choice: the same values, in a form as fast as
somebody in a hurry writes it, the same in every command.
"""

import math

import numpy as np
import pytest

import diffbench as db
from diffbench import registry
from diffbench.bench.examine import primal

CASES = [
    (name, size)
    for name in db.list_problems()
    for size in sorted(registry.find("problems", name).sizes)[:2]
]


@pytest.mark.parametrize(("name", "size"), CASES)
def test_the_plain_form_has_the_values_of_the_function(name, size):
    f = registry.find("problems", name).at(size)
    with np.errstate(over="ignore"):  # two of them overflow, which is what is hard about them
        found, wanted = primal(f, f.point)(), f(f.point)
    # sums in another order, each rounded; chaotic problems are left at small sizes
    assert np.allclose(found, wanted, rtol=1e-12, atol=1e-14)


def test_a_problem_may_choose_the_form_that_costs_are_divided_by():
    f = registry.find("problems", "rosenbrock").at(10)
    assert primal(f, f.point).function.__name__ == "rosenbrock_in_dot_products"


def test_scalar_code_runs_on_python_floats_in_double_precision_only():
    problem = registry.find("problems", "rosenbrock_loop")
    double, single = (
        primal(f, f.point) for f in (problem.at(10), problem.at(10, dtype=np.float32))
    )
    assert (double.keywords, type(double.arguments[0])) == ({"xp": math}, list)
    assert (single.keywords, single.arguments[0].dtype) == ({}, np.float32)


def test_a_function_of_ones_own_is_called_as_it_is():
    x = np.array([1.0, 2.0])
    assert primal(np.sum, x).arguments == (x,)
    assert type(primal(np.sin, np.array(1.0)).arguments[0]) is float
