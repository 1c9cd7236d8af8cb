"""Results: exactly the contract's columns, saved, loaded and exported without loss."""

import math
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from synthetic import made_up

from diffbench.bench.rows.export import to_csv, to_parquet, to_pyperf
from diffbench.bench.rows.results import COLUMNS, Results, combined
from diffbench.errors import BadInput

CONTRACT = [
    *(
        "problem",
        "size",
        "operator",
        "method",
        "dtype",
        "status",
        "reason",
        "error_rel",
        "error_norm",
        "error_ulp",
        "cond",
        "prepare_s",
    ),
    *(
        "first_s",
        "evaluate_s",
        "evaluate_low_s",
        "evaluate_high_s",
        "function_s",
        "ratio",
        "ratio_low",
        "ratio_high",
        "calls",
    ),
    *("operations", "peak_bytes"),
]


def some():
    lost = made_up(
        "jax",
        status="timeout",
        reason="killed after 5 s without an answer",
        ratio=None,
        error_norm=None,
    )
    return Results(
        (made_up("reverse"), made_up("forward", ratio=7.0), lost),
        {"host": "here"},
        verdict="Take reverse.",
    )


def test_rows_and_frame_have_exactly_the_columns_of_the_contract():
    assert list(COLUMNS) == CONTRACT
    assert list(some().rows[0]) == CONTRACT
    assert list(some().frame().columns) == CONTRACT


def test_what_was_not_measured_is_none_in_a_row_and_nan_in_the_frame():
    assert some().rows[2]["ratio"] is None
    assert math.isnan(some().frame().ratio[2])
    assert some().frame().dtypes.ratio == some().frame().dtypes.calls == np.float64


def test_a_ratio_lies_within_its_interval():
    row = some().rows[0]
    assert row["ratio"] == pytest.approx(3)
    assert row["ratio_low"] <= row["ratio"] <= row["ratio_high"]


def test_saved_results_load_as_they_were(tmp_path):
    loaded = Results.load(some().save(tmp_path / "run"))
    assert (
        loaded.rows == some().rows
        and loaded.environment == {"host": "here"}
        and loaded.verdict == "Take reverse."
    )


def test_a_later_record_of_the_same_cell_replaces_the_earlier_one():
    results = combined([some(), Results((made_up("forward", ratio=9.0),))])
    assert len(results.rows) == 3
    assert {row["method"]: row["ratio"] for row in results.rows}["forward"] == pytest.approx(9)


def test_a_folder_without_a_journal_is_refused_by_name(tmp_path):
    with pytest.raises(
        BadInput, match=r"holds no journal .*; name the folder that `diffbench run` wrote"
    ):
        Results.load(tmp_path)


def test_csv_and_parquet_hold_the_frame(tmp_path):
    frame = some().frame()
    pd.testing.assert_frame_equal(
        pd.read_parquet(to_parquet(some(), tmp_path / "r.parquet")), frame, check_dtype=False
    )
    frame = frame.where(frame.notna(), np.nan)  # a CSV holds no None
    pd.testing.assert_frame_equal(
        pd.read_csv(to_csv(some(), tmp_path / "r.csv")), frame, check_dtype=False
    )


def test_pyperf_reads_its_export_and_compares_two_of_them(tmp_path):
    first = to_pyperf(some(), tmp_path / "a.json")
    second = to_pyperf(
        Results((made_up("reverse", ratio=6.0), made_up("forward", ratio=7.0))), tmp_path / "b.json"
    )
    done = subprocess.run(
        [sys.executable, "-m", "pyperf", "compare_to", first, second],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "rosenbrock 2 gradient reverse float64: Mean +- std dev: [a] 3.00 us" in done.stdout
    assert "2.00x slower" in done.stdout


def test_results_without_times_can_not_be_exported_to_pyperf(tmp_path):
    with pytest.raises(BadInput, match="no timed cell"):
        to_pyperf(Results((made_up(ratio=None),)), tmp_path / "a.json")
