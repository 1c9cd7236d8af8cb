"""Paper mode: published figures beside those found here. Counts, polynomials and digits are the same;
of times only the words are tested.
"""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from diffbench.problems.nist import SETS

from diffbench.bench.runner.cells import SUITES, sizes_of, suite_problems
from diffbench.bench.studies.paper.entry import measured_ratio
from diffbench.bench.studies.paper.tables import (
    all_tables,
    columns_of,
    cost_of_the_helmholtz_gradient,
    cost_ratios_of_other_suites,
    operators_of_diffsharp,
)
from diffbench.cli import main
from diffbench.registry import find

TABLES = all_tables()
MEASURED = {
    (problem.name, size)
    for problem in suite_problems(SUITES["paper"])
    for size in sizes_of(problem, SUITES["paper"])
}


def shown(name, rows=()):
    return {line["quantity"]: line for line in columns_of(TABLES[name], rows)}


def a_row(problem, size, method, ratio, status="ok"):
    return {"problem": problem, "size": size, "method": method, "ratio": ratio, "status": status}


def test_every_table_says_what_it_is_and_where_its_figures_were_published():
    assert len(TABLES) == len({table.PLACE for table in TABLES.values()}) == 9
    assert all(table.TITLE and table.SOURCE for table in TABLES.values())


def test_the_derivatives_of_the_survey_are_the_same_polynomials():
    found = shown("derivatives_of_the_logistic_map")
    assert list(found) == ["l_1'", "l_2'", "l_3'", "l_4'"]
    assert {line["deviation"] for line in found.values()} == {"the same polynomial"}


def test_truncation_is_the_same_to_the_digits_printed_and_round_off_says_that_it_is():
    """Where the step is long; where it is short the last bits of a sine decide nothing here."""
    for what, line in shown("error_against_step").items():
        if float(what.rpartition(" ")[2]) >= 1e-6:
            assert line["deviation"] == "the same to the digits printed", what


def test_a_product_and_its_partials_take_three_n_less_five_multiplications():
    found = shown("products_of_speelpenning")
    assert {line["deviation"].partition(";")[0] for line in found.values()} == {"exactly the law"}


def test_sharing_first_takes_the_operations_of_automatic_differentiation():
    """Exactly on chains; on the logistic map SymPy's own form of l' is two operations a step
    shorter, never longer.
    """
    for what, line in shown("shared_expressions").items():
        exact = not what.startswith("logistic_map")
        assert ("takes AD's own operations" in line["deviation"]) == exact, what


def test_the_difference_in_single_precision_is_off_by_the_digits_printed():
    found = shown("single_precision")
    assert found["error"]["published"] == "0.09509146"
    assert {line["deviation"] for line in found.values()} == {"the same digits"}


def test_certified_deviations_keep_the_digits_that_certified_parameters_allow():
    found = shown("certified_deviations")
    short = [name for name, line in found.items() if "all digits" not in line["deviation"]]
    assert (len(found), short) == (27, ["Lanczos1"])
    assert "lose 10" in found["Hahn1"]["deviation"]


def test_nists_certified_numbers_are_those_of_the_reference_data():
    path = Path(__file__).parents[1] / "data" / "nist-nonlinear.json"
    for model in json.loads(path.read_text())["models"]:
        for ours, theirs in (("certified", "certified"), ("deviations", "certified_sd")):
            assert SETS[model["name"]][ours] == [float(number) for number in model[theirs]]


def test_what_is_published_is_measured_at_its_size():
    """The suite measures every problem and size that a table reads from a run."""
    asked = {(ratio.problem, ratio.size) for ratio in cost_ratios_of_other_suites.RATIOS}
    table = cost_of_the_helmholtz_gradient
    assert asked | {(table.PROBLEM, size) for size in table.SIZES} <= MEASURED
    methods = {ratio.method for ratio in cost_ratios_of_other_suites.RATIOS} | {*table.PUBLISHED}
    assert methods <= set(SUITES["paper"].methods)


def test_a_ratio_of_a_run_stands_beside_the_published_one_with_its_sentence():
    rows = [
        a_row("gmm", 30, "manual", 2.5),
        a_row("gmm", 30, "compiled", 0.3),
        a_row("gmm", 30, "forward-difference", None, "timeout"),
    ]
    found = shown("cost_ratios_of_other_suites", rows)
    near, far = found["GradBench, gmm 30, manual"], found["GradBench, gmm 30, tapenade"]
    assert (near["published"], near["here"]) == ("2.2", "2.5 by manual")
    assert near["deviation"] == "within a factor of 2"
    assert far["deviation"].startswith("native code is divided by an f in NumPy")
    assert found["GradBench, gmm 30, finite"]["here"] == "forward-difference: timeout"
    assert found["GradBench, gmm 30, jax"]["here"] == "not in this run"


def test_the_helmholtz_table_has_a_line_for_each_method_and_size():
    rows = [a_row("helmholtz_unweighted", 50, "reverse", 3.0)]
    found = shown("cost_of_the_helmholtz_gradient", rows)
    assert len(found) == 32
    assert found["reverse, n = 50"]["deviation"] == "within a factor of 2"
    assert found["reverse, n = 43"]["here"] == "not in this run"
    assert measured_ratio(rows, "helmholtz_unweighted", 50, "reverse") == 3.0


@pytest.mark.parametrize("name", operators_of_diffsharp.COMPILED)
def test_every_operator_of_diffsharp_has_a_counterpart_at_a_hundred_inputs(name):
    operator, method, problem, _ = operators_of_diffsharp.COMPILED[name]
    f = find("problems", problem).at(100)
    assert operators_of_diffsharp.cost(f, operator, method) > 0


def test_a_run_of_the_suite_prints_the_tables_and_keeps_them_for_its_page(tmp_path):
    out = tmp_path / "paper"
    arguments = ["run", "--suite", "paper", "--budget", "1s", "--methods", "manual"]
    done = CliRunner().invoke(main, [*arguments, "--out", str(out)])
    assert done.exit_code == 0, done.output
    for name, table in TABLES.items():
        assert table.TITLE in done.output and (out / "tables" / f"{name}.csv").exists()
    assert "0.09509146" in done.output
