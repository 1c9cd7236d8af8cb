"""What was once said wrongly about right numbers, entry by entry; and which test holds each of the
others of that report. Its numbers are those of the report: 3.1 to 3.3 and 3.6 are about verdicts, 4
about robustness, 5 faults that were planted (tests/mutation).
"""

import ast
from pathlib import Path

import numpy as np
import pytest

import diffbench
from diffbench.bench.comparing.comparison import compare
from diffbench.formula import parse_formula

TESTS = Path(__file__).parents[1]
METHODS = ["reverse", "forward", "complex-step", "central-difference", "richardson"]
HELD_BY = {
    "3.1 ok where the library refuses": "test_where_the_library_refuses_no_row_is_ok",
    "3.1 the norm alone": "test_an_entry_that_is_wrong_is_inaccurate_however_small_it_is",
    "3.1 an unknown error": "test_without_a_reference_the_answer_stands_and_the_row_says_why",
    "3.2 imports on the clock": "test_preparation_is_measured_where_the_libraries_are_imported",
    "3.2 a warm cache": "test_what_is_compiled_already_is_told_apart_from_what_has_to_be_compiled",
    "3.2 three candidates": "test_when_preparing_pays_is_worked_out_over_all_candidates",
    "3.3 take, among overlapping": "test_of_methods_that_cannot_be_told_apart_the_one_that_starts_cheapest_is_taken",
    "3.3 the interval of five": "test_the_interval_holds_the_true_median_nineteen_times_in_twenty",
    "3.3 a run against itself": "test_a_run_beside_itself_is_the_same_in_every_cell_however_noisy_it_was",
    "3.3 two runs of one code": "test_of_two_runs_of_the_same_code_at_most_one_cell_in_fifty_is_anything_but_the_same",
    "3.6 a random f": "test_a_random_function_is_not_said_to_cancel",
    "3.6 a stateful f": "test_a_function_with_a_state_is_not_said_to_cancel",
    "3.6 a branch": "test_a_hidden_branch_is_not_said_to_cancel_as_well",
    "3.6 a sum of squares": "test_differences_that_are_exact_by_luck_are_not_recommended",
    "4.1 a random.py": "test_a_run_in_a_folder_with_a_module_named_like_a_library_ends_well",
    "4.1 a plug-in named like a module": "test_a_module_of_the_user_s_named_like_a_library_takes_nobody_s_place",
    "4.2 sys.exit in a gradient": "test_leaving_is_never_taken_for_success_by_check",
    "4.2 a print in f": "test_what_a_function_prints_is_no_part_of_the_answer",
    "4.2 a segfault": "test_a_crash_of_f_is_a_row_and_exit_code_three",
    "4.2 a hang": "test_a_method_that_never_ends_is_a_row_and_the_others_are_measured",
    "4.3 folders that can't be written": "test_what_could_not_be_done_says_so",
    "4.3 a function of -c or standard input": "test_what_is_typed_is_run_and_compared",
    "4.5 80 columns": "test_a_table_fits_its_terminal_and_keeps_cost_and_status",
    "4.6 prepared points": "test_errors_that_the_caller_has_raised_change_nothing",
    "4.7 writing to numbers": "test_a_write_into_a_number_is_as_lost_as_numpy_loses_it",
    "4.7 Hessians refused": "test_the_hessians_that_one_mode_refused_are_answered_by_both",
    "4.8 junk from a worker": "test_a_worker_that_tells_nonsense_or_nothing_has_crashed",
    "4.8 a lone surrogate, long texts": "test_what_is_shown_of_a_worker_is_printable_and_short",
    "4.8 four hundred megabytes": "test_the_run_has_not_grown_by_what_was_printed_or_said",
    "4.9 a complex answer": "test_a_complex_answer_is_never_ok",
    "4.9 400 digits": "test_what_cannot_be_understood_ends_in_one_sentence",
    "4.10 a disk that is full": "test_a_run_on_a_disk_that_fills_up_says_what_is_safe_and_can_be_resumed",
    "4.11 a compiler that hangs": "test_a_compiler_that_hangs_when_it_is_asked_for_its_version_is_waited_for_once",
    "4.1 a random.py beside a run": "test_a_run_where_a_random_py_lies_is_a_run",
    "4.1 a plug-in random.py": "test_a_plug_in_named_like_a_module_replaces_none",
    "4.3 before anything is measured": "test_a_place_that_can_not_be_written_is_found_before_anything_is_measured",
    "4.6 every edge": "test_errors_that_the_caller_has_raised_change_nothing",
    "4.8 what a worker says, kills and leaves": "test_whatever_a_worker_says_is_a_row",
    "4.8 forks twice": "test_nothing_that_a_worker_started_is_alive",
    "4.8 forged streams": "test_the_first_cases_of_a_target_have_no_fault",
    "4.9 a tower of powers": "test_what_was_once_a_fault_is_none",
    "4.9 markup and escapes": "test_texts_of_a_journal_neither_reach_the_terminal_nor_the_page_as_they_are",
    "4.10 a third run": "test_three_runs_into_one_folder_are_three_runs",
    "4.10 two runs at once": "test_two_runs_at_once_into_one_folder_are_refused",
    "4.10 an empty environment.json": "test_a_damaged_environment_block_is_left_out_with_its_name",
    "4.10 hostile journals": "test_lines_that_are_no_records_are_named_and_left_out_and_the_others_kept",
    "4.10 nothing lost": "test_a_journal_that_meets_the_end_of_the_disk_holds_all_that_was_acknowledged",
    "4.11 no UTF-8, garbage, killed": "test_with_a_compiler_that_does_not_work_python_answers_and_says_why_once",
    "4.11 a truncated library": "test_a_library_cut_anywhere_is_not_whole",
    "4.11 killed builds": "test_what_killed_builds_have_left_is_collected_and_what_is_under_way_is_not",
    "4.11 links in the temporary folder": "test_a_link_in_the_place_of_a_lock_is_not_followed",
    "4.11 what a scheduler runs": "test_the_command_line_says_what_a_scheduler_is_trusted_with",
    "5 a - b for b - a": "test_subtraction_division_and_powers_do_not_commute",
    "5 the determinant of n > 3": "test_a_determinant_of_every_size_has_the_cofactors_transposed",
    "5 batched products, a little and twice": "test_a_product_of_batches_has_the_derivative_in_each_argument",
    "5 ties of three": "test_any_number_of_entries_that_tie_share_equally_and_their_shares_add_up_to_1",
    "5 fmin of a NaN": "test_a_skipped_nan_has_no_share",
    "5 0**0 by the exponent": "test_0_to_the_0_by_the_exponent_is_refused",
    "5 90 % called 95 %": "test_an_interval_of_95_percent_holds_the_median_so_often",
    "5 faster by the middle": "test_where_intervals_overlap_nothing_is_called_faster_or_slower",
    "5 is_count": "test_factors_of_factors_round_as_they_are_written",
    "5 the key without dtype": "test_a_cell_is_another_one_when_any_part_of_it_is",
    "5 no fsync": "test_a_record_is_on_disk_when_append_returns",
    "5 irfft at n = 5": "test_transforms_of_every_length_even_and_odd",
}


def test_every_entry_has_its_test():
    known = {
        node.name
        for path in TESTS.rglob("test_*.py")
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef)
    }
    assert {entry: name for entry, name in HELD_BY.items() if name not in known} == {}


@pytest.mark.parametrize(
    ("f", "x"),
    [(parse_formula("sqrt(x)"), 0.0), (lambda x: 1.0 * np.sign(x), 0.0), (np.floor, 2.0)],
    ids=["sqrt", "sign", "floor"],
)
def test_where_the_library_refuses_no_row_is_ok(f, x):
    results = compare(f, x, methods=METHODS)
    assert {row["status"] for row in results.rows} <= {"unsupported", "unknown"}
    assert all(row["reason"] for row in results.rows)
    assert "Take" not in results.verdict


class NothingInTheSecondEntry:
    """Right in the norm, to seven digits."""

    name = "nothing-in-the-second"

    def jacobian(self, f, x):
        return np.array([2e7 * x[0], 0.0])


def test_an_entry_that_is_wrong_is_inaccurate_however_small_it_is():
    f = lambda x: 1e7 * x[0] ** 2 + x[1] ** 2
    [row] = compare(f, np.ones(2), methods=[NothingInTheSecondEntry()]).rows
    assert row["status"] == "inaccurate" and "entry (1,) has no correct digit" in row["reason"]


def test_preparation_is_measured_where_the_libraries_are_imported():
    """SymPy takes half a second to import; the first of the symbolic methods did not bear that."""
    names = ["symbolic", "symbolic-raw", "symbolic-accumulate"]
    rows = compare(parse_formula("x*x"), 2.0, methods=names).rows
    first, *others = [row["prepare_s"] for row in rows]
    assert first < 20 * min(others)  # two preparations of milliseconds; an import is a hundredfold


@pytest.fixture
def rng():
    return np.random.default_rng(3)


def test_a_random_function_is_not_said_to_cancel(rng):
    f = lambda x: np.sum(x**2) + 1e-3 * rng.normal()
    assert "cancel" not in compare(f, np.ones(3), methods=METHODS).verdict


def test_a_function_with_a_state_is_not_said_to_cancel():
    calls = []

    def counted(x):
        calls.append(x)
        return np.sum(x**2) + len(calls)

    assert "cancel" not in compare(counted, np.ones(3), methods=METHODS).verdict


def test_a_hidden_branch_is_not_said_to_cancel_as_well():
    said = compare(lambda x: np.where(x == 0, 0.0, x), 0.0, methods=METHODS).verdict
    assert "f depends on x through a branch" in said and "cancel" not in said


def test_differences_that_are_exact_by_luck_are_not_recommended():
    results = compare(lambda x: np.sum(x * x), np.array([1.0, 2.0, 3.0]), methods=METHODS)
    errors = {row["method"]: row["error_norm"] for row in results.rows}
    assert errors["central-difference"] == 0.0  # at whole numbers, of a square
    assert "difference" not in results.verdict


def test_a_complex_answer_is_never_ok():
    class Complex:
        name = "complex-answer"

        def jacobian(self, f, x):
            return 2 * x + 1j

    [row] = compare(lambda x: np.sum(x * x), np.ones(2), methods=[Complex()]).rows
    assert row["status"] in ("inaccurate", "unsupported") and "complex" in row["reason"]


def filled(x):
    total = np.sum(x)
    total.fill(3.0)  # of NumPy's numbers this changes a copy
    return total * total


def set_flat(x):
    total = np.sum(x)
    total.flat[0] = 3.0
    return total * total


@pytest.mark.parametrize("method", ["reverse", "forward", "compiled"])
@pytest.mark.parametrize("f", [filled, set_flat])
def test_a_write_into_a_number_is_as_lost_as_numpy_loses_it(f, method):
    x = np.array([1.0, 1.0, 2.0])
    assert f(x) == 16.0
    np.testing.assert_array_equal(diffbench.gradient(f, x, method=method), 8.0)


@pytest.mark.parametrize("method", ["reverse", "forward"])
def test_the_hessians_that_one_mode_refused_are_answered_by_both(method):
    padded = lambda x: np.sum(np.abs(np.pad(x, 1)) ** 3)
    tied = lambda x: np.sum(np.sin(np.minimum(x, x)))
    x = np.array([1.0, 2.0])
    np.testing.assert_allclose(diffbench.hessian(padded, x, method=method), np.diag(6 * x))
    np.testing.assert_allclose(diffbench.hessian(tied, x, method=method), np.diag(-np.sin(x)))
