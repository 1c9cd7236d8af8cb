"""What a worker says, prints, kills and leaves behind ends in its own rows: nothing of it ends the
run, changes another method's rows, or outlives it. Real processes throughout.
"""

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from synthetic import processes_of

import diffbench as db
from diffbench.bench.rows.results import Results, Status
from diffbench.bench.runner.cells import Suite
from diffbench.bench.runner.suite import run

pytestmark = pytest.mark.alone  # they are given two seconds
HERE = Path(__file__).parent
HOSTILE = str(HERE / "hostile_methods.py")
BRIEF = Suite("brief", sizes=1, rounds=3, sample_s=1e-3, cell_s=0.02, timeout_s=2.0)
NONSENSE = "the worker told nonsense: "
CASES = [
    ("says-junk", "crashed", NONSENSE),
    ("says-a-number", "crashed", NONSENSE + "Expected `object`, got `int`"),
    ("says-nan-as-time", "crashed", NONSENSE + "JSON is malformed"),
    ("says-a-status-of-its-own", "crashed", NONSENSE + "Invalid enum value 'nonsense'"),
    ("says-another-field", "crashed", NONSENSE + "Object contains unknown field `problem`"),
    ("says-it-is-done", "crashed", NONSENSE + "it was asked to examine, and has"),
    ("says-a-long-line", "crashed", NONSENSE),
    ("says-a-line-without-end", "crashed", NONSENSE + "a line of more than 1048576 bytes: xxx"),
    ("says-too-much", "crashed", NONSENSE + "more than 64 messages to one order"),
    ("says-ok-and-no-more", "crashed", NONSENSE),
    ("replaces-json", "crashed", NONSENSE + "JSON is malformed"),
    ("kills-the-server", "crashed", "the server of workers was killed"),
    ("raises-a-surrogate", "failed", r"ValueError: \udcff\x1b]0;title\x07"),
    ("raises-a-book", "failed", "ValueError: a long story, a long story"),
    ("prints-a-book", "crashed", r"the worker exited with code 9; its last line: "),
    ("leaves-a-daemon", "ok", ""),
    ("leaves-a-daemon-and-dies", "crashed", "the worker exited with code 5"),
    ("well-behaved", "ok", ""),
]
METHODS = [case[0] for case in CASES]


@pytest.fixture(scope="module")
def outcome(tmp_path_factory):
    """One run of all of them: the rows by method, the folder, and how much memory this process
    gained.
    """
    folder = tmp_path_factory.mktemp("hostile")
    before = psutil.Process().memory_info().rss
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DIFFBENCH_TEST", str(folder))
        results = run(
            ["unharmed"],
            METHODS,
            suite=BRIEF,
            plugins=[HOSTILE],
            folder=folder,
            memory_bytes=1 << 30,
        )
    gained = psutil.Process().memory_info().rss - before
    return {row["method"]: row for row in results.rows}, folder, gained


@pytest.mark.parametrize(("method", "status", "reason"), CASES)
def test_whatever_a_worker_says_is_a_row(outcome, method, status, reason):
    row = outcome[0][method]
    assert row["status"] == status, row["reason"]
    assert (row["reason"] or "").startswith(reason), row["reason"]


def test_what_is_shown_of_a_worker_is_printable_and_short(outcome):
    for row in outcome[0].values():
        assert (row["reason"] or "").isprintable() and len(row["reason"] or "") <= 500


def test_the_whole_of_a_long_message_lies_beside(outcome):
    rows, folder, _ = outcome
    [told] = (folder / "messages").glob("*raises-a-book*.txt")
    assert told.name in rows["raises-a-book"]["reason"]
    assert 90_000 < len(told.read_text()) <= 100_000


def test_the_run_has_not_grown_by_what_was_printed_or_said(outcome):
    assert outcome[2] < 200 * 2**20  # 400 MB were printed before, and kept


def test_nothing_that_a_worker_started_is_alive(outcome):
    assert processes_of(outcome[1]) == []


def test_a_run_with_hostile_rows_is_read_back_and_drawn(outcome, tmp_path):
    results = Results.load(outcome[1])
    assert {row["status"] for row in results.rows} <= set(Status)
    assert db.render(results, tmp_path).stat().st_size < 5_000_000


def test_what_a_killed_server_took_along_is_tried_again_by_a_resumed_run(outcome):
    lost = [r for r in Results.load(outcome[1]).records if r["method"] == "kills-the-server"]
    assert [record["key"] for record in lost] == [None]


def test_a_compared_function_that_leaves_a_daemon_leaves_none(monkeypatch, tmp_path):
    monkeypatch.setenv("DIFFBENCH_TEST", str(tmp_path))

    def f(x):
        if not list(tmp_path.iterdir()):
            (tmp_path / "began").touch()
            command = "import time; time.sleep(1000)"
            subprocess.Popen([sys.executable, "-c", command], start_new_session=True)
        return x * x

    assert db.compare(f, 1.0, methods=["forward"]).rows[0]["status"] == "ok"
    assert (tmp_path / "began").exists() and processes_of(tmp_path) == []


def test_a_run_where_a_random_py_lies_is_a_run(tmp_path):
    (tmp_path / "random.py").write_text("raise SystemExit('somebody took this for Python\\'s')\n")
    command = [sys.executable, "-m", "diffbench", "run", "--problems", "baydin", "--out", "r"]
    done = subprocess.run(
        [*command, "--methods", "forward"], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert {row["status"] for row in Results.load(tmp_path / "r").rows} == {"ok"}


def test_a_plug_in_named_like_a_module_replaces_none(tmp_path):
    text = Path(HOSTILE).read_text().replace("well-behaved", "as-random")
    (tmp_path / "random.py").write_text(text + "\n\nimport colorsys as beside\n")
    (tmp_path / "colorsys.py").write_text("raise SystemExit('of the plug-in')\n")
    import random

    found = run(
        ["unharmed"], ["as-random"], suite=BRIEF, plugins=[str(tmp_path / "random.py")]
    ).rows
    assert [row["status"] for row in found] == ["ok"]
    assert sys.modules["random"] is random and os.path.dirname(random.__file__) != str(tmp_path)
