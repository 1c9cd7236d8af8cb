"""The journal survives: kills at any byte, merges by cat, other versions, NaN."""

import json
import math
import os
import random
import subprocess
import sys

import jsonschema
import pytest
from synthetic import made_up

from diffbench.bench.rows.journal import Journal, LeftOut, encode, merge, read, schema
from diffbench.bench.rows.results import Results, Status
from diffbench.errors import BadInput
from diffbench.measure.cost.timing import own_time


def write(path, records):
    with Journal(path) as journal:
        journal.append(*records)


def test_what_was_written_is_read_back_in_order(tmp_path):
    records = [made_up(size=n) for n in range(5)]
    write(tmp_path / "journal.jsonl", records)
    assert [{**r, "schema": 1} for r in records] == read(tmp_path / "journal.jsonl")


def test_every_line_satisfies_the_schema_that_ships_with_the_package():
    validator = jsonschema.Draft202012Validator(schema(), format_checker=None)
    validator.check_schema(schema())
    for record in (
        made_up(),
        made_up(
            ratio=None, status="crashed", reason="the worker was killed by SIGSEGV", calls=None
        ),
    ):
        validator.validate(json.loads(encode(record)))


@pytest.mark.parametrize(
    "fault", [{"status": "fine"}, {"ratio": -1}, {"size": "two"}, {"schema": 2}]
)
def test_the_schema_refuses_a_line_that_breaks_the_contract(fault):
    line = json.loads(encode(made_up())) | fault
    assert not jsonschema.Draft202012Validator(schema()).is_valid(line)


def test_the_schema_requires_every_column():
    line = json.loads(encode(made_up()))
    del line["peak_bytes"]
    assert not jsonschema.Draft202012Validator(schema()).is_valid(line)


def test_nan_and_infinity_become_null_because_json_has_neither(tmp_path):
    line = json.loads(encode(made_up() | {"cond": math.inf, "error_rel": math.nan}))
    assert line["cond"] is None and line["error_rel"] is None


def test_a_torn_last_line_is_dropped_with_a_warning(tmp_path):
    path = tmp_path / "journal.jsonl"
    write(path, [made_up(size=1), made_up(size=2)])
    os.truncate(path, path.stat().st_size - 10)
    with pytest.warns(UserWarning, match="the last line is torn"):
        assert [record["size"] for record in read(path)] == [1]


def test_writing_goes_on_after_a_torn_line(tmp_path):
    path = tmp_path / "journal.jsonl"
    write(path, [made_up(size=1), made_up(size=2)])
    os.truncate(path, path.stat().st_size - 10)
    write(path, [made_up(size=3)])
    assert [record["size"] for record in read(path)] == [1, 3]


def test_lines_that_are_no_records_are_named_and_left_out_and_the_others_kept(tmp_path):
    path = tmp_path / "journal.jsonl"
    good = encode(made_up(size=1))
    newer = good.replace(b'"schema": 1', b'"schema": 9')
    other = good.replace(b'"status": "ok"', b'"status": "fine"')
    path.write_bytes(good + b"{half\n" + newer + other + b"\xff\n" + encode(made_up(size=2)))
    with pytest.warns(LeftOut) as warned:
        assert [record["size"] for record in read(path)] == [1, 2]
    [warning] = warned
    said = str(warning.message)
    assert f"{path}: 4 lines are left out: line 2 is not JSON (" in said and said.endswith(", ...")
    assert "line 3 has schema 9 and not 1; read it with the release that wrote it" in said
    assert "line 4 is no record (Invalid enum value 'fine' - at `$.status`)" in said


def test_a_journal_of_which_nothing_can_be_read_is_refused_by_name(tmp_path):
    (tmp_path / "journal.jsonl").write_bytes(b"\x00" * 100 + b"\n[]\n")
    with (
        pytest.warns(LeftOut, match="2 lines are left out"),
        pytest.raises(BadInput, match=r"no line of journal\.jsonl in .* is a record"),
    ):
        Results.load(tmp_path)


def test_shards_merge_by_cat(tmp_path):
    parts = [tmp_path / f"part-{i}.jsonl" for i in range(2)]
    for i, part in enumerate(parts):
        write(part, [made_up(size=i)])
    whole = tmp_path / "whole" / "journal.jsonl"
    whole.parent.mkdir()
    whole.write_bytes(b"".join(part.read_bytes() for part in parts))
    merge(parts, tmp_path / "merged.jsonl")
    assert read(whole) == read(tmp_path / "merged.jsonl") and len(read(whole)) == 2


def test_ten_thousand_rows_are_written_and_read_within_five_seconds_and_none_is_lost_by_a_kill(
    tmp_path,
):
    path, records = tmp_path / "journal.jsonl", [made_up(size=n) for n in range(100)]
    many = [{**records[n % 100], "size": n} for n in range(10_000)]
    began = own_time()  # the figure is for a machine that one has to oneself
    for hundred in range(0, 10_000, 100):
        with Journal(path) as journal:
            journal.append(*many[hundred : hundred + 100])
    assert len(Results.load(tmp_path).rows) == 10_000
    assert own_time() - began < 5
    complete = path.read_bytes()
    for cut in random.Random(0).sample(range(len(complete)), 6):
        path.write_bytes(complete[:cut])
        whole_lines = complete[:cut].count(b"\n")
        torn = not complete[:cut].endswith(b"\n") and cut > 0
        if torn:
            with pytest.warns(UserWarning, match="torn"):
                assert len(read(path)) == whole_lines
        else:
            assert len(read(path)) == whole_lines


WRITER = """
import sys
from pathlib import Path
from synthetic import made_up
from diffbench.bench.rows.journal import Journal
with Journal(Path(sys.argv[1])) as journal:
    for size in range(10**9):
        journal.append(made_up(size=size))
        print(size, flush=True)
"""


# it may be, or not: the kill falls anywhere
@pytest.mark.filterwarnings("ignore:.*the last line is torn")
def test_kill_9_loses_nothing_that_append_had_returned_from(tmp_path):
    here = os.path.dirname(__file__)
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, tmp_path / "journal.jsonl"],
        stdout=subprocess.PIPE,
        text=True,
        cwd=here,
    )
    while int(writer.stdout.readline()) < 20:
        pass
    writer.kill()
    acknowledged = max([20, *map(int, writer.stdout.read().split())])
    writer.wait()
    writer.stdout.close()
    sizes = [record["size"] for record in read(tmp_path / "journal.jsonl")]
    assert sizes == list(range(len(sizes))) and len(sizes) > acknowledged


def test_the_schema_knows_every_status():
    assert set(schema()["properties"]["status"]["enum"]) == set(Status)
