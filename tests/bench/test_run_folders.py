"""The folder of a run: one writer, no earlier run lost, full and unwritable disks told in a sentence
with what is safe, damaged files named and left out.
"""

import json
import os
import resource
import signal
import subprocess
import sys
import time
import warnings
from pathlib import Path

import pytest
from click.testing import CliRunner
from synthetic import made_up

import diffbench as db
from diffbench.bench.rows.journal import Journal, LeftOut, encode, read
from diffbench.bench.rows.results import Results
from diffbench.bench.rows.run_folder import (
    locked,
    mend,
    read_environment,
    set_aside,
    telling_what_is_safe,
    write_environment,
    write_whole,
)
from diffbench.bench.runner.cells import Suite
from diffbench.bench.runner.suite import run
from diffbench.cli import main
from diffbench.errors import BadInput, NotWritten

TINY = Suite("tiny", sizes=1, rounds=2, sample_s=1e-4, cell_s=0.01, timeout_s=20)
HERE = Path(__file__).parent


def tiny(folder, **options):
    return run(["baydin"], ["forward", "reverse"], suite=TINY, folder=folder, **options)


def command(*words):
    return CliRunner().invoke(main, [str(word) for word in words])


def test_three_runs_into_one_folder_are_three_runs(tmp_path):
    for k in range(3):
        Results((made_up(size=k + 1),), {"host": str(k)}).save(tmp_path)
    found = [Results.load(tmp_path / name) for name in ("earlier-1", "earlier-2", ".")]
    assert [(r.rows[0]["size"], r.environment["host"]) for r in found] == [
        (1, "0"),
        (2, "1"),
        (3, "2"),
    ]


def test_a_run_sets_the_run_before_it_aside_and_all_its_shards_together(tmp_path):
    for i in (1, 2):
        with Journal(tmp_path / f"journal-{i}-of-2.jsonl") as journal:
            journal.append(made_up(size=i))
    assert {row["problem"] for row in tiny(tmp_path).rows} == {"baydin"}
    assert {row["size"] for row in Results.load(tmp_path / "earlier-1").rows} == {1, 2}


def test_two_runs_at_once_into_one_folder_are_refused(tmp_path):
    with locked(tmp_path / "journal.jsonl"):
        with pytest.raises(BadInput, match=r"another run is writing .*; wait until it has ended"):
            tiny(tmp_path)
        said = command("run", "--problems", "baydin", "--out", tmp_path)
    assert (said.exit_code, "another run is writing" in said.output) == (2, True)
    assert list(tmp_path.glob("*.jsonl")) == []


def test_the_lock_of_a_killed_run_does_not_stay(tmp_path):
    code = (
        "import sys, time; from pathlib import Path; from diffbench.bench.rows.run_folder import locked\n"
        "with locked(Path(sys.argv[1])): print('held', flush=True); time.sleep(1000)"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", code, tmp_path / "journal.jsonl"], stdout=subprocess.PIPE
    )
    assert holder.stdout.readline() == b"held\n"
    holder.kill()
    holder.communicate()
    with locked(tmp_path / "journal.jsonl"):
        pass


@pytest.mark.parametrize(
    "words", [("run", "--problems", "baydin", "--methods", "forward"), ("report", "RUN")]
)
def test_a_place_that_can_not_be_written_is_found_before_anything_is_measured(tmp_path, words):
    """/proc takes no folder of anybody, the superuser's included."""
    Results((made_up(),)).save(tmp_path)
    words = [tmp_path if word == "RUN" else word for word in words]
    began = time.process_time()
    said = command(*words, "--out", "/proc/diffbench")
    assert said.exit_code == 3 and "/proc/diffbench" in said.output
    assert "Traceback" not in said.output
    assert time.process_time() - began < 60


FULL = """
import resource, sys
from diffbench.cli import main
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2)
main(sys.argv[2:])
"""


@pytest.mark.parametrize("room", [12_000])
def test_a_run_on_a_disk_that_fills_up_says_what_is_safe_and_can_be_resumed(tmp_path, room):
    """A file can't grow beyond the limit, as on a full disk; the environment block takes some 3,000
    bytes, and a record some 700.
    """
    words = ["run", "--problems", "baydin,rosenbrock,speelpenning,logistic_l4", "--out", "r"]
    words += ["--methods", "forward,reverse,central-difference,richardson,forward-difference"]
    words += ["--timeout", "20"]  # 30 cells: two of the problems have one size
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(room), *words],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 3, done.stderr
    assert "Traceback" not in done.stderr and "cells are safe in" in done.stderr
    kept = read(tmp_path / "r" / "journal.jsonl")
    assert f" {len(kept)} cells are safe" in done.stderr and 0 < len(kept) < 30
    again = subprocess.run(
        [sys.executable, "-m", "diffbench", *words, "--resume"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert again.returncode == 0, again.stderr
    whole = read(tmp_path / "r" / "journal.jsonl")
    assert whole[: len(kept)] == kept and len(whole) == 30


@pytest.mark.parametrize("room", range(700, 15_700, 500))
def test_a_journal_that_meets_the_end_of_the_disk_holds_all_that_was_acknowledged(tmp_path, room):
    path, acknowledged = tmp_path / "journal.jsonl", 0
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        with (
            Journal(path) as journal,
            pytest.raises(NotWritten) as told,
            telling_what_is_safe(path),
        ):
            resource.setrlimit(resource.RLIMIT_FSIZE, (room, hard))
            for size in range(1000):
                journal.append(made_up(size=size))
                acknowledged += 1
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert f"File too large; {acknowledged} cells are safe in {path}" in str(told.value)
    assert [record["size"] for record in read(path)] == list(range(acknowledged))
    with Journal(path) as journal:
        journal.append(made_up(size=acknowledged))
    assert [record["size"] for record in read(path)] == list(range(acknowledged + 1))


@pytest.mark.skipif(os.geteuid() != 0, reason="only the superuser mounts file systems")
@pytest.mark.parametrize("pages", range(2, 6))
def test_the_same_on_a_real_disk_that_is_full(tmp_path, pages):
    mounted = ["mount", "-t", "tmpfs", "-o", f"size={4 * pages}k", "tmpfs", str(tmp_path)]
    if subprocess.run(mounted, capture_output=True).returncode:
        pytest.skip("file systems can't be mounted here")
    try:
        path, acknowledged = tmp_path / "journal.jsonl", 0
        with (
            Journal(path) as journal,
            pytest.raises(NotWritten, match="No space left on device"),
            telling_what_is_safe(path),
        ):
            for size in range(1000):
                journal.append(made_up(size=size))
                acknowledged += 1
        assert [record["size"] for record in read(path)] == list(range(acknowledged))
        with pytest.raises(OSError, match="No space left"):
            write_environment(tmp_path, {"host": "x" * 20_000})
        assert [p.name for p in tmp_path.iterdir()] == ["journal.jsonl"]
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)


def test_a_record_is_on_disk_when_append_returns(tmp_path, monkeypatch):
    """fsync is called once a record, when all of the record has been handed to the system."""
    path, seen, fsync = tmp_path / "journal.jsonl", [], os.fsync

    def watched(descriptor):
        seen.append(os.fstat(descriptor).st_size)
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", watched)
    with Journal(path) as journal:
        for size in range(3):
            journal.append(made_up(size=size))
            assert seen[-1:] == [path.stat().st_size] and len(seen) == size + 1


def test_a_file_appears_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "environment.json"
    write_environment(tmp_path, {"host": "here"})
    monkeypatch.setattr(os, "fsync", lambda descriptor: (_ for _ in ()).throw(OSError("full")))
    with pytest.raises(OSError, match="full"):
        write_whole(path, b"half")
    assert json.loads(path.read_text()) == {"host": "here"}
    assert [p.name for p in tmp_path.iterdir()] == ["environment.json"]


@pytest.mark.parametrize("content", ["", "{", "[]", "\x00", '{"a": NaN}', "[" * 100_000])
def test_a_damaged_environment_block_is_left_out_with_its_name(tmp_path, content):
    Results((made_up(),)).save(tmp_path)
    (tmp_path / "environment.json").write_text(content)
    for words in (
        ("report", tmp_path, "--out", tmp_path / "page"),
        ("diff", tmp_path, tmp_path),
        ("merge", tmp_path, "--out", tmp_path / "merged"),
    ):
        with pytest.warns(LeftOut, match=r"environment\.json is damaged and left out"):
            said = command(*words)
        assert said.exit_code == 0, said.output


def test_a_resumed_run_keeps_the_good_lines_of_a_damaged_journal_and_measures_the_others(tmp_path):
    tiny(tmp_path)
    path = tmp_path / "journal.jsonl"
    first, second = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(first + second[:50] + b"\n")
    with pytest.warns(LeftOut, match="1 line is left out: line 2 is not JSON"):
        results = tiny(tmp_path, resume=True)
    assert len(results.rows) == 2
    assert path.read_bytes().startswith(first) and len(read(path)) == 2  # and no warning now
    assert (tmp_path / "earlier-1" / "journal.jsonl").read_bytes().endswith(second[:50] + b"\n")


def test_a_sound_journal_is_left_as_it_is(tmp_path):
    Results((made_up(),)).save(tmp_path)
    mend(tmp_path / "journal.jsonl")
    assert not (tmp_path / "earlier-1").exists() and set_aside([tmp_path / "none.jsonl"]) is None


def test_what_is_left_out_is_a_note_on_the_command_line(tmp_path):
    (tmp_path / "journal.jsonl").write_bytes(encode(made_up()) + b"junk\n" + b"torn")
    done = subprocess.run(
        [sys.executable, "-m", "diffbench", "report", "."],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0 and (tmp_path / "index.html").exists()
    notes = done.stderr.splitlines()
    assert notes[0].startswith("note: journal.jsonl: 1 line is left out: line 2 is not JSON")
    assert notes[1].startswith("note: journal.jsonl: the last line is torn") and len(notes) == 2


def test_texts_of_a_journal_neither_reach_the_terminal_nor_the_page_as_they_are(tmp_path):
    evil = made_up(
        method="[bold]x[/bold][/red]\x1b[31m", problem="<script>alert(1)</script>\u202e$\\frac$"
    )
    Results((evil, made_up(ratio=None, status="failed", reason="\x1b]0;t\x07[/x]<b>"))).save(
        tmp_path
    )
    page = db.render(Results.load(tmp_path), tmp_path).read_text()
    assert "<script>alert(1)" not in page and "\x1b" not in page and "\u202e" not in page
    said = command("diff", tmp_path, tmp_path)
    assert said.exit_code == 0 and "\x1b" not in said.output
    half = tmp_path / "half"
    Results((made_up(ratio=None, status="failed", reason="\x1b]0;t\x07[/x]<b>"),)).save(half)
    shown = command("diff", tmp_path, half).output
    assert "[bold]x[/bold][/red]" in shown and "\x1b" not in shown


def test_the_block_is_read_with_its_texts_printable_and_its_depth_bounded(tmp_path):
    write_environment(tmp_path, {"host": "a\x1b[31m", "deep": [[[[[[[["x"]]]]]]]]})
    found = read_environment(tmp_path)
    assert found["host"] == r"a\x1b[31m" and "..." in str(found["deep"])


@pytest.mark.filterwarnings("ignore:.*the last line is torn")
@pytest.mark.parametrize("moment", range(3))
def test_kill_9_while_records_are_appended_loses_none_that_was_acknowledged(tmp_path, moment):
    code = (
        "import sys; from pathlib import Path; from synthetic import made_up\n"
        "from diffbench.bench.rows.journal import Journal\n"
        "with Journal(Path(sys.argv[1])) as journal:\n"
        "    for size in range(10**9): journal.append(made_up(size=size)); print(size, flush=True)"
    )
    path = tmp_path / "journal.jsonl"
    writer = subprocess.Popen(
        [sys.executable, "-c", code, path], stdout=subprocess.PIPE, text=True, cwd=HERE
    )
    while int(writer.stdout.readline()) < 7 * moment + 3:
        pass
    writer.send_signal(signal.SIGKILL)
    acknowledged = max([0, *map(int, writer.communicate()[0].split())])
    with warnings.catch_warnings(action="ignore"):
        sizes = [record["size"] for record in read(path)]
    assert sizes == list(range(len(sizes))) and len(sizes) > acknowledged
