"""The peers' table: the run of a suite, with configured methods and a column of targets; and its sums
are right.
"""

import json
import pickle
import subprocess
import sys
from io import StringIO
from math import nan

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from diffbench import registry
from diffbench.bench.rivals import peers_report
from diffbench.bench.rivals.chains import CHAINS
from diffbench.bench.rivals.contestants import contestant
from diffbench.bench.rivals.peers_table import ROWS
from diffbench.errors import Unsupported


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


def test_a_contestant_that_does_not_take_part_is_listed_with_its_reason(frame):
    assert "no such thing as tanh" in printed(frame, markdown=False)
    assert "| casadi" in printed(frame, markdown=True)


@pytest.fixture(scope="module")
def measured():
    script = (
        "from diffbench.bench.rivals.peers_table import Row, measured\n"
        "names = ('manual', 'source', 'reverse', 'jax-scan')\n"
        "rows = [Row('baydin', 2, 1.8, 2.0, names), Row('sine of numbers', 1, contestants=('reverse',))]\n"
        "print(measured(rows).to_json(orient='records', double_precision=15))"
    )
    # a process of its own: it ties itself to a core
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    lines = json.loads(done.stdout)
    return {(line["problem"], line["contestant"]): line for line in lines}


def test_the_table_is_the_run_of_a_suite_with_a_column_of_targets(measured):
    source = measured["baydin", "source"]
    assert (source["status"], source["operator"]) == ("ok", "value_and_gradient")
    assert (source["native"], source["source"]) == (1.8, 2.0)
    assert source["ratio_low"] <= source["ratio"] <= source["ratio_high"]
    assert source["error"] <= source["allowed"] == 1e-12


def test_chains_of_primitives_are_known_to_the_workers_of_the_table_and_to_nobody_else(measured):
    assert measured["sine of numbers", "reverse"]["ratio"] > 1
    assert not set(CHAINS) & set(registry.list_problems())


def test_a_contestant_that_refuses_is_a_line_with_its_reason_and_no_times(measured):
    refused = measured["baydin", "jax-scan"]
    assert refused["ratio"] is None
    assert "written in one form only" in refused["reason"] or "pip install" in refused["reason"]
    assert measured["baydin", "manual"]["reason"] is None


def test_contestants_of_ours_travel_to_their_workers_and_keep_their_names():
    for name in ("native", "native-out", "source", "jax"):
        assert pickle.loads(pickle.dumps(contestant(name))).name == name
    assert contestant("manual") == "manual"


def test_a_route_that_writes_into_a_buffer_is_timed_so():
    f = registry.find("problems", "rosenbrock").at(10)
    route = contestant("native-out")
    try:
        route.prepare(f, f.point, "value_and_gradient")
    except Unsupported:
        pytest.skip("needs a C compiler")
    value, gradient = route.statement(f.point)()
    assert value == pytest.approx(f(f.point), rel=1e-14)
    assert np.allclose(gradient, f.manual["value_and_gradient"](f.point)[1], rtol=1e-12)
