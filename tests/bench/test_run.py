"""A run as a whole: killed and resumed, in shards, out of time, refused."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from synthetic import processes_of

from diffbench.bench.rows.journal import read
from diffbench.bench.rows.results import Results, combined, identity
from diffbench.bench.runner import local
from diffbench.bench.runner.cells import SUITES, Suite, groups, key
from diffbench.bench.runner.suite import run
from diffbench.errors import BadInput, UnknownName
from diffbench.measure.environment import usable_cores

HERE = Path(__file__).parent
NASTY = str(HERE / "nasty_methods.py")
BRIEF = Suite("brief", sizes=3, rounds=3, sample_s=1e-3, cell_s=0.02, timeout_s=1.0)
METHODS = ("honest", "lies", "exits", "prints", "recurses")

KILLED_RUN = f"""
import sys
sys.path.insert(0, {str(HERE)!r})
from test_run import BRIEF, METHODS, NASTY
from diffbench.bench.runner.suite import run
run(["harmless"], METHODS, suite=BRIEF, plugins=[NASTY], folder=sys.argv[1])
"""


def cells(results):
    return sorted(map(identity, results.rows))


def kill_when(lines, journal, folder):
    """Start a run in a process of its own and kill -9 it when its journal has so many lines."""
    mark = {"DIFFBENCH_TEST": str(folder)}
    running = subprocess.Popen([sys.executable, "-c", KILLED_RUN, folder], env=os.environ | mark)
    while not (journal.exists() and journal.read_bytes().count(b"\n") >= lines):
        assert running.poll() is None, "the run ended before it could be killed"
        time.sleep(0.001)
    running.send_signal(signal.SIGKILL)
    running.wait()


# it may be, or not: the kill falls anywhere
@pytest.mark.filterwarnings("ignore:.*the last line is torn")
def test_a_run_killed_half_way_and_resumed_has_the_cells_of_an_undisturbed_one_and_repeats_nothing(
    tmp_path,
):
    undisturbed = run(["harmless"], METHODS, suite=BRIEF, plugins=[NASTY])
    journal = tmp_path / "journal.jsonl"
    kill_when(7, journal, tmp_path)
    finished = read(journal)
    resumed = run(["harmless"], METHODS, suite=BRIEF, plugins=[NASTY], folder=tmp_path, resume=True)
    assert cells(resumed) == cells(undisturbed)
    assert {identity(r): r["status"] for r in resumed.rows} == {
        identity(r): r["status"] for r in undisturbed.rows
    }
    assert read(journal)[: len(finished)] == finished and len(read(journal)) == len(resumed.rows)


def test_the_workers_of_a_killed_run_die_with_it(tmp_path):
    kill_when(1, tmp_path / "journal.jsonl", tmp_path)
    deadline = time.monotonic() + 20
    while processes_of(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert processes_of(tmp_path) == []


def test_the_shards_of_a_run_make_the_whole(tmp_path):
    problems, methods = (
        ["rosenbrock", "logistic_l4", "speelpenning"],
        ["forward-difference", "central-difference"],
    )
    tiny = Suite("tiny", sizes=1, rounds=2, sample_s=1e-4, cell_s=0.01, timeout_s=5)
    parts = [run(problems, methods, suite=tiny, folder=tmp_path, shard=(i, 2)) for i in (1, 2)]
    whole = [cell for group in groups(problems, methods, tiny) for cell in group.cells()]
    assert len(parts[0].rows) == 4 and len(Results.load(tmp_path).rows) == 6
    assert {(r["problem"], r["method"]) for r in combined(parts).rows} == {
        (cell.problem, cell.method) for cell in whole
    }


def test_what_a_spent_budget_leaves_out_says_so_and_is_measured_by_a_resumed_run(tmp_path):
    arguments = {"suite": BRIEF, "plugins": [NASTY], "folder": tmp_path}
    cut_off = run(["harmless"], ["honest", "prints"], budget_s=0, **arguments)
    assert {row["reason"] for row in cut_off.rows} == {
        "not reached: the run's time budget was spent; run again with resume"
    }
    assert {row["status"] for row in cut_off.rows} == {"not run"}
    resumed = run(["harmless"], ["honest", "prints"], resume=True, **arguments)
    assert len(resumed.rows) == 6 and {row["status"] for row in resumed.rows} == {"ok"}


@pytest.mark.parametrize("budget_s", [0.5, 1.5, 2.5])
def test_whenever_the_budget_ends_every_cell_has_a_row(budget_s):
    results = run(["harmless"], METHODS, suite=BRIEF, plugins=[NASTY], budget_s=budget_s)
    assert len(results.rows) == 3 * len(METHODS)


def test_a_run_measures_the_smallest_size_of_every_problem_before_a_larger_one(monkeypatch):
    """On one core, where the order of the rows is that of the work."""
    one = usable_cores()[:1]
    monkeypatch.setattr(local, "usable_cores", lambda: one)
    heard = []
    run(
        ["harmless", "rosenbrock", "quadratic_sum"],
        ["honest"],
        suite=BRIEF,
        plugins=[NASTY],
        progress=lambda done, total, row: heard.append((row["problem"], row["size"])),
    )
    assert [name for name, _ in heard[:3]] == ["harmless", "rosenbrock", "quadratic_sum"]
    ranks = [[size for other, size in heard if other == name] for name, _ in heard[:3]]
    assert all(sizes == sorted(sizes) for sizes in ranks)
    assert heard[3][0] == "harmless" and heard[-1][1] == max(size for _, size in heard)


def test_progress_is_told_of_every_cell(tmp_path):
    heard = []
    run(
        ["harmless"],
        ["honest"],
        suite=BRIEF,
        plugins=[NASTY],
        progress=lambda done, total, row: heard.append((done, total, row["size"])),
    )
    assert heard == [(1, 3, 2), (2, 3, 3), (3, 3, 4)]


def test_an_earlier_run_in_the_same_folder_is_set_aside_and_not_lost(tmp_path):
    for _ in range(2):
        run(["harmless"], ["exits"], suite=BRIEF, plugins=[NASTY], folder=tmp_path)
    earlier = tmp_path / "earlier-1"
    assert len(read(tmp_path / "journal.jsonl")) == len(read(earlier / "journal.jsonl")) == 3
    assert (earlier / "environment.json").exists()


def test_the_environment_is_kept_beside_the_journal(tmp_path):
    results = run(["harmless"], ["honest"], suite=BRIEF, plugins=[NASTY], folder=tmp_path, seed=3)
    about = Results.load(tmp_path).environment
    assert (
        about == results.environment
        and about["seed"] == 3
        and about["suite"]["name"] == "brief"
        and "load_after" in about
    )


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (
            {"suite": "quik"},
            BadInput,
            "there is no suite 'quik'; choose one of quick, standard, full",
        ),
        ({"problems": ["rosenbrok"]}, UnknownName, "did you mean rosenbrock"),
        (
            {"methods": []},
            BadInput,
            "the matrix is empty: name at least one problem and one method",
        ),
        (
            {"shard": (3, 2)},
            BadInput,
            "shard 3/2 does not exist; shards are counted from 1/2 to 2/2",
        ),
        ({"plugins": ["nowhere.py"]}, BadInput, "there is no file .*nowhere.py; give its path"),
    ],
)
def test_what_can_not_be_run_is_refused_before_anything_starts(arguments, error, message):
    with pytest.raises(error, match=message):
        run(**arguments)


def test_a_key_changes_with_everything_that_can_change_the_numbers():
    from diffbench.differentiators.finite_difference import FiniteDifference

    [group] = groups(["rosenbrock"], ["central-difference"], BRIEF)
    [other] = groups(["rosenbrock"], [FiniteDifference(order=4)], BRIEF)
    cell = group.cells()[0]
    keys = {
        key(cell, group, {}),
        key(cell, group, {"seed": 1}),
        key(group.cells()[1], group, {}),
        key(other.cell(cell.size, *other.methods), other, {}),
    }
    assert len(keys) == 4 and key(cell, group, {}) == key(cell, group, {})


def test_run_inside_a_worker_is_refused_with_the_cure(monkeypatch):
    monkeypatch.setenv("DIFFBENCH_WORKER", "1")
    with pytest.raises(BadInput, match='put the call under `if __name__ == "__main__":`'):
        run()


def test_standard_and_full_end_in_time_by_their_own_budgets():
    """6 and 45 minutes: what is under way when the budget is spent (a reference and a call at
    their limits), the studies and the page take the rest.
    """
    for name, minutes in (("standard", 6), ("full", 45)):
        suite = SUITES[name]
        assert suite.budget_s + max(suite.reference_s, suite.timeout_s) < 60 * minutes


def test_a_suite_brings_its_own_budget(tmp_path):
    spent = replace(SUITES["quick"], budget_s=1e-9)
    found = run(["baydin"], ["forward"], suite=spent, folder=tmp_path).rows
    assert {row["status"] for row in found} == {"not run"}
