"""The peers' table: a row is measured in its own process, what hangs is left out with its reason,
and the sums are right.
"""

import json
from io import StringIO
from math import nan

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from diffbench import registry
from diffbench.bench.rivals import contest, peers_report, peers_table
from diffbench.bench.rivals.chains import CHAINS
from diffbench.bench.rivals.peers_table import ROWS, Row


def entry(problem, size, contestant, ratio, **more):
    base = {
        "problem": problem,
        "size": size,
        "contestant": contestant,
        "native": 1.0,
        "source": 2.0,
        "ratio": ratio,
    }
    costs = {
        "evaluate_s": 1e-6 * ratio,
        "function_s": 1e-6,
        "prepare_s": 0.5,
        "first_s": 0.1,
        "peak_bytes": 1000.0 * ratio,
        "error": 1e-16,
        "allowed": 1e-12,
    }
    return base | costs | {"judge": "manual"} | more


@pytest.fixture
def frame():
    return pd.DataFrame(
        [
            entry("valley", 10, "jax", 8.0),
            entry("valley", 10, "casadi", 4.0, prepare_s=0.01),
            entry("valley", 10, "native", 1.0),
            entry("valley", 10, "reverse", 20.0, prepare_s=0.0),
            entry("network", 3, "jax", 2.0),
            entry("network", 3, "casadi", nan, reason="no such thing as tanh"),
            entry("network", 3, "native", 8.0),
            entry("network", 3, "reverse", 9.0, prepare_s=0.0),
        ]
    )


def printed(frame, **options):
    text = StringIO()
    peers_report.report(frame, Console(file=text, width=300), **options)
    return text.getvalue()


def test_every_row_names_a_problem_at_one_of_its_sizes():
    for row in ROWS:
        assert row.problem in CHAINS or row.size in registry.find("problems", row.problem).sizes


def test_the_lead_over_the_best_peer_is_a_quotient_of_ratios(frame):
    table = peers_report.ratios(frame).set_index("problem")
    assert table.loc["valley", "best peer"] == 4
    assert table.loc["valley", "times ahead"] == 4
    assert table.loc["network", "times ahead"] == 0.25


def test_the_summary_takes_the_geometric_mean_and_names_where_we_are_behind(frame):
    assert peers_report.summary(frame) == (
        "Ahead of the best peer of each row by 1.00 in the geometric mean over 2 rows; behind on "
        "1: network 3."
    )


def test_preparation_pays_after_a_whole_number_of_calls(frame):
    pays = peers_report.preparations(frame).set_index("problem")["native pays against reverse"]
    assert pays["valley"] == str(int(np.ceil(0.5 / 19e-6)))


def test_every_row_shows_the_error_of_each_gradient_and_who_judges(frame):
    table = peers_report.gradient_errors(frame).set_index("problem")
    assert (table.loc["valley", ["jax", "native", "reverse"]] == 1e-16).all()
    assert (table.loc["valley", "allowed"], table.loc["valley", "judge"]) == (1e-12, "manual")


def test_memory_is_told_in_multiples_of_the_hand_written_gradients(frame):
    by_hand = pd.DataFrame(
        [entry("tanh_mlp", 256, "manual", 2.0), entry("tanh_mlp", 256, "reverse", 5.0)]
    )
    chains = pd.DataFrame([entry("sine of numbers", 1, "reverse", 62.0, native=nan)])
    whole = pd.concat([frame, by_hand, chains])
    assert (
        peers_report.memory(whole[whole["native"].notna()])
        .set_index("problem")
        .loc["tanh_mlp", "reverse over manual"]
        == 2.5
    )
    assert (
        peers_report.eager(whole)
        .set_index("problem")
        .loc["sine of numbers", "bytes a primitive, reverse"]
        == 62
    )
    assert peers_report.kept_in_bounds(whole) == (
        "Memory: 62 bytes a recorded operation on numbers at most (target 200); "
        "the large network, times the hand-written gradient's: reverse 2.50 (target 1.3)."
    )
    assert "not measured" in peers_report.kept_in_bounds(frame)


def test_a_sampled_reference_and_the_hand_written_gradient_judge_together():
    f = contest.instance("tanh_mlp", 16)
    right, gradient = contest.truth(f), f.manual["gradient"](f.point)
    facts = right(gradient)
    assert facts["judge"].startswith("ball series at ")
    assert facts["judge"].endswith(" entries and manual")
    assert facts["error"] <= facts["allowed"] == 1e-12
    assert right(gradient * (1 + 1e-9))["error"] > 1e-10
    swapped = gradient[np.random.default_rng(0).permutation(gradient.size)]
    assert right(swapped)["error"] > 1e-3


def test_a_contestant_that_does_not_take_part_is_listed_with_its_reason(frame):
    assert "no such thing as tanh" in printed(frame, markdown=False)
    assert "| casadi" in printed(frame, markdown=True)


def test_a_row_is_measured_in_a_process_of_its_own():
    row = Row("baydin", 2, 1.8, 2.0, contestants=("manual", "reverse"))
    manual, reverse = peers_table.measure(row)
    assert manual["contestant"] == "manual"
    assert reverse["ratio_low"] <= reverse["ratio"] <= reverse["ratio_high"]
    assert reverse["error"] <= reverse["allowed"]


def test_a_preparation_that_hangs_is_left_out_and_the_row_goes_on(tmp_path, monkeypatch):
    (tmp_path / "sitecustomize.py").write_text(
        "import diffbench.differentiators.forward as forward\n"
        "def hang(self, f, x, operator):\n"
        "    while True:\n"
        "        pass\n"
        "forward.Forward.prepare = hang\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(peers_table, "LIMIT_S", 1)
    row = Row("baydin", 2, contestants=("forward", "manual"))
    hung, manual = peers_table.measure(row)
    assert hung["reason"] == "not ready after 1 s"
    assert manual["ratio"] > 0


def test_a_method_that_refuses_is_an_entry_without_times():
    said = list(contest.contest("switched_oscillator", 10, ["nonsense", "manual"], 10))
    assert "reason" in next(line for line in said if line.get("contestant") == "nonsense")
    assert set(said[-1]["samples"]) == {"primal", "manual"}
    assert json.dumps(said)
