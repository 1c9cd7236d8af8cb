"""Whatever a method does, its cells get rows that say so, and everyone else's are measured. Real
processes throughout.
"""

from pathlib import Path

import pytest
from synthetic import processes_of

from diffbench.bench.rows.journal import read, schema
from diffbench.bench.runner.cells import Suite
from diffbench.bench.runner.suite import run

pytestmark = pytest.mark.alone  # what hoards memory must be done before the time limit
NASTY = str(Path(__file__).with_name("nasty_methods.py"))
BRIEF = Suite("brief", sizes=2, rounds=3, sample_s=1e-3, cell_s=0.02, timeout_s=2.0)
METHODS = (
    *(
        "honest",
        "hangs",
        "hangs-with-a-child",
        "segfaults",
        "exits",
        "allocates",
        "hoards",
        "recurses",
        "prints",
        "lies",
        "says-nan",
    ),
    "breaks-later",
)


@pytest.fixture(scope="module")
def outcome(tmp_path_factory):
    """One run of everything nasty: {(method, size): row}, and its folder, which also marks the
    processes of the run.
    """
    folder = tmp_path_factory.mktemp("nasty")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DIFFBENCH_TEST", str(folder))
        results = run(
            ["harmless"], METHODS, suite=BRIEF, plugins=[NASTY], folder=folder, memory_bytes=1 << 29
        )
    return {(row["method"], row["size"]): row for row in results.rows}, folder


def test_every_pair_of_a_method_and_a_size_has_a_row(outcome):
    rows, _ = outcome
    assert set(rows) == {(method, size) for method in METHODS for size in (2, 3)}


@pytest.mark.parametrize(
    ("method", "status", "reason"),
    [
        ("segfaults", "crashed", "the worker was killed by SIGSEGV"),
        ("exits", "crashed", "the worker exited with code 7; its last line: I am leaving"),
        ("breaks-later", "crashed", "the worker exited with code 3"),
        ("hangs-with-a-child", "timeout", "killed after 2 s without an answer"),
        ("allocates", "out-of-memory", "Unable to allocate 931. GiB for an array"),
        ("hoards", "out-of-memory", ""),
        ("recurses", "failed", "RecursionError: maximum recursion depth exceeded"),
        ("lies", "inaccurate", "norm-wise error 5.0e-02 is above 5.5e-07"),
        (
            "says-nan",
            "inaccurate",
            "the answer holds NaN or infinity where the derivative is finite",
        ),
        ("prints", "ok", ""),
        ("honest", "ok", ""),
    ],
)
def test_each_kind_of_failure_becomes_the_right_status_and_a_reason(
    outcome, method, status, reason
):
    row = outcome[0][method, 2]
    assert (row["status"], reason in (row["reason"] or "")) == (status, True), row["reason"]


def test_after_a_time_out_larger_sizes_are_skipped_and_say_so(outcome):
    first, larger = outcome[0]["hangs-with-a-child", 2], outcome[0]["hangs-with-a-child", 3]
    assert first["status"] == larger["status"] == "timeout"
    assert larger["reason"].startswith("skipped: size 2 of this problem ended as timeout")


def test_a_method_that_hangs_at_one_size_keeps_its_answer_at_the_smaller_one(outcome):
    assert [outcome[0]["hangs", size]["status"] for size in (2, 3)] == ["ok", "timeout"]


def test_a_method_that_crashed_is_tried_again_at_the_next_size(outcome):
    assert "SIGSEGV" in outcome[0]["segfaults", 3]["reason"]


def test_what_was_found_out_before_a_crash_is_kept(outcome):
    row = outcome[0]["breaks-later", 2]
    assert row["first_s"] > 0 and row["error_norm"] == 0


def test_answers_that_came_have_errors_times_and_counts(outcome):
    row = outcome[0]["honest", 2]
    assert row["error_norm"] == 0 and row["calls"] == 0 and row["peak_bytes"] > 0
    assert 0 < row["ratio_low"] <= row["ratio"] <= row["ratio_high"]


def test_a_wrong_answer_is_timed_too(outcome):
    assert outcome[0]["lies", 2]["ratio"] > 0


def test_no_process_is_left_behind(outcome):
    assert processes_of(outcome[1]) == []


def test_every_line_of_a_real_journal_satisfies_the_schema(outcome):
    jsonschema = pytest.importorskip("jsonschema")
    validator = jsonschema.Draft202012Validator(schema())
    for record in read(outcome[1] / "journal.jsonl"):
        validator.validate(record)
