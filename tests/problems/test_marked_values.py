"""Every check value of the problems' definitions stands in a test: marked_values.csv says which
value, of which problem, and where. Values of fewer than five digits are left out of the list (their
tests are beside the others), and so are inputs.
"""

import ast
import csv
from functools import cache
from pathlib import Path

import pytest

from diffbench import registry

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
LIST = [*csv.DictReader((HERE / "marked_values.csv").read_text("utf-8").splitlines())]


def file_of(row):
    name = row["tested_in"]
    return ROOT / name if "/" in name else HERE / name


@cache
def numbers_in(path):
    """The numbers that a file is written with, without their signs."""
    constants = [n.value for n in ast.walk(ast.parse(path.read_text())) if type(n) is ast.Constant]
    return tuple(sorted({abs(float(c)) for c in constants if _is_number(c)}))


def _is_number(constant):
    try:
        return type(constant) is not bool and float(constant) == float(constant)
    except (TypeError, ValueError):
        return False


def half_a_digit(printed):
    """Half a unit of the last digit of a printed number."""
    mantissa, _, exponent = printed.partition("e")
    decimals = len(mantissa.partition(".")[2])
    return 0.51 * 10.0 ** (int(exponent or 0) - decimals)


@pytest.mark.parametrize("row", LIST, ids=lambda r: f"{r['problem']}-{r['value']}")
def test_a_check_value_is_a_number_in_the_test_that_is_named(row):
    value, allowed = abs(float(row["value"])), half_a_digit(row["value"])
    allowed = max(allowed, 4e-16 * value)  # some are printed to more digits than a float has
    assert any(abs(number - value) <= allowed for number in numbers_in(file_of(row)))


def test_the_problems_of_the_list_exist_and_are_most_of_the_definitions():
    named = {row["problem"] for row in LIST}
    assert named <= set(registry.names("problems"))
    assert len(named) > 90 and len(LIST) > 390
