"""Every method on one function: a row each, true errors, and a verdict that tells hidden branches
and cancellation.
"""

import numpy as np
import pytest

from diffbench import registry
from diffbench.bench.comparing.comparison import compare
from diffbench.bench.rows.results import COLUMNS
from diffbench.bench.runner.cells import is_for_all
from diffbench.errors import Unsupported
from diffbench.interface import Kind

POINT = np.array([2.0, 5.0])


def baydin(x):
    return np.log(x[0]) + x[0] * x[1] - np.sin(x[1])


@pytest.fixture(scope="module")
def results():
    return compare(baydin, POINT)


def by_method(results):
    return {row["method"]: row for row in results.rows}


def test_every_built_in_method_has_a_row_with_the_columns_of_the_contract(results):
    methods = {name: registry.find("differentiators", name) for name in registry.list_methods()}
    ours = {name for name, method in methods.items() if method.kind is not Kind.PEER}
    for_all = {name for name, method in methods.items() if name not in ours and is_for_all(method)}
    assert ours | for_all == set(by_method(results))
    assert all(tuple(row) == COLUMNS for row in results.rows)


@pytest.mark.parametrize(
    "method",
    [
        "forward",
        "reverse",
        "compiled",
        "symbolic",
        "symbolic-accumulate",
        "symbolic-raw",
        "complex-step",
    ],
)
def test_methods_without_truncation_are_right_to_two_ulp(results, method):
    assert by_method(results)[method]["error_ulp"] <= 2


def test_differences_lose_the_digits_that_theory_says(results):
    errors = {method: row["error_norm"] for method, row in by_method(results).items()}
    assert 1e-10 < errors["forward-difference"] < 1e-7  # sqrt(eps) = 1.5e-8
    assert 1e-13 < errors["central-difference"] < 1e-9  # eps**(2/3) = 3.7e-11


def test_calls_of_f_are_counted(results):
    calls = {method: row["calls"] for method, row in by_method(results).items()}
    assert (calls["forward-difference"], calls["central-difference"], calls["reverse"]) == (3, 5, 1)
    assert not calls["compiled"]  # none, and not counted where compiling took long


def test_operations_are_counted_and_reverse_takes_no_more_than_four_times_those_of_f(results):
    assert (
        0
        < by_method(results)["compiled"]["operations"]
        <= by_method(results)["reverse"]["operations"]
        <= 4 * 5
    )


def test_the_verdict_names_the_method_its_error_and_its_cost(results):
    assert (
        results.verdict.startswith("Take compiled: 0.33 ulp off, ") and "times f" in results.verdict
    )


@pytest.mark.parametrize(
    ("f", "x", "operator"),
    [
        (np.sin, 1.0, "derivative"),
        (baydin, POINT, "gradient"),
        (lambda x: x[:1] * x, POINT, "jacobian"),
    ],
)
def test_the_operator_follows_from_the_shapes(f, x, operator):
    assert {row["operator"] for row in compare(f, x, methods=["forward"]).rows} == {operator}


@pytest.mark.parametrize("operator", ["value_and_gradient", "hessian", "jvp", "vjp", "hvp"])
def test_every_operator_can_be_asked_for(operator):
    [row] = compare(baydin, POINT, operator=operator, methods=["reverse"]).rows
    assert (row["status"], row["operator"]) == ("ok", operator) and row["error_ulp"] <= 4


def test_a_known_derivative_can_be_given():
    right = compare(np.sin, 1.0, methods=["forward"], exact=np.cos)
    wrong = compare(np.sin, 1.0, methods=["forward"], exact=0.6)
    assert [right.rows[0]["status"], wrong.rows[0]["status"]] == ["ok", "contradicted"]
    assert "the formula is of another function" in wrong.rows[0]["reason"]


def test_float32_is_judged_by_its_own_digits():
    [row] = compare(baydin, POINT.astype(np.float32), methods=["reverse"]).rows
    assert (row["dtype"], row["status"]) == ("float32", "ok") and row["error_norm"] < 1e-6


def test_an_integer_point_is_taken_as_floats():
    [row] = compare(baydin, np.array([2, 5]), methods=["reverse"]).rows
    assert (row["dtype"], row["status"]) == ("float64", "ok")


def test_a_method_that_refuses_gives_a_row_with_its_sentence():
    class Refuses:
        name = "refuses"

        def jacobian(self, f, x):
            raise Unsupported("refuses never works; take another method")

    [row] = compare(baydin, POINT, methods=[Refuses()]).rows
    assert (row["status"], row["reason"]) == (
        "unsupported",
        "refuses never works; take another method",
    )


def bisection(x):
    low, high = 0.0, 10.0
    for _ in range(80):
        middle = 0.5 * (low + high)
        if middle * middle > x:
            high = middle
        else:
            low = middle
    return 0.5 * (low + high)


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (lambda x: np.where(x == 0, 0.0, x), 0.0),  # nasty case A09
        (lambda x: x * x if x == 0 else x, 0.0),  # A10
        (bisection, 4.0),  # I05
    ],
)
def test_a_branch_that_hides_the_dependence_is_told_by_the_differences(f, x):
    results = compare(
        f, x, methods=["forward-difference", "central-difference", "forward", "reverse"]
    )
    assert (
        "Differences contradict forward and reverse: " in results.verdict
        and "trust the differences" in results.verdict
    )
    assert (
        by_method(results)["forward"]["status"]
        == by_method(results)["reverse"]["status"]
        == "inaccurate"
    )
    assert by_method(results)["central-difference"]["status"] == "ok"


@pytest.mark.parametrize("f", [np.abs, lambda x: np.maximum(x, 0.0)])
def test_a_kink_is_not_taken_for_a_hidden_branch(f):
    assert (
        "contradict"
        not in compare(
            f, 0.0, methods=["forward-difference", "central-difference", "forward"]
        ).verdict
    )


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (lambda x: (1.0 - np.cos(x)) / x**2, 1e-8),  # nasty case B40
        (lambda x: np.log1p(-x) / x, 1e-9),  # B41
    ],
)
def test_digits_that_cancellation_takes_are_told_from_those_that_the_condition_takes(f, x):
    assert (
        "terms cancel in f as it is written; rewrite the formula"
        in compare(f, x, methods=["forward", "reverse"]).verdict
    )


def test_a_well_behaved_function_is_not_said_to_cancel(results):
    assert "cancel" not in results.verdict and "contradict" not in results.verdict


def test_without_any_right_method_the_verdict_says_so():
    def nowhere(x):
        raise ValueError("this function has no value")

    with pytest.raises(ValueError, match="no value"):
        compare(nowhere, 1.0)
    assert compare(np.abs, 0.0, methods=["forward"]).verdict.startswith(
        "No reference derivative is at hand"
    )
