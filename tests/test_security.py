"""docs/security.md names the tests that hold what it says; those that stand nowhere else stand here."""

import ast
import os
import re
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from diffbench.bench.comparing.benches import left_at
from diffbench.bench.runner import cluster
from diffbench.cli import main
from diffbench.errors import Unsupported

TESTS = Path(__file__).parent
PAGE = (TESTS.parent / "docs" / "security.md").read_text()


def defined():
    return {
        node.name
        for path in TESTS.rglob("test_*.py")
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef)
    }


def test_the_page_names_tests_that_exist():
    named = set(re.findall(r"`(test_\w+)`", PAGE))
    assert len(named) > 12 and named - defined() == set()


def test_a_link_in_the_place_of_a_lock_is_not_followed(tmp_path, monkeypatch):
    monkeypatch.setenv("DIFFBENCH_CACHE", str(tmp_path / "cache"))
    precious = tmp_path / "precious"
    precious.write_text("content")
    for core in cluster.environment.usable_cores():
        (cluster.cores_folder() / str(core)).symlink_to(precious)
    with pytest.raises(OSError), cluster.own_core():
        pass
    assert precious.read_text() == "content"


def test_a_folder_of_locks_that_a_stranger_has_prepared_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("DIFFBENCH_CACHE", str(tmp_path / "cache"))
    place = cluster.cores_folder()
    place.rmdir()
    place.symlink_to(tmp_path)
    with pytest.raises(Unsupported, match="is a link"), cluster.own_core():
        pass


def test_two_workers_take_two_cores_and_a_third_none(tmp_path, monkeypatch):
    monkeypatch.setenv("DIFFBENCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(cluster.environment, "usable_cores", lambda: [3, 5])
    with cluster.own_core() as first, cluster.own_core() as second, cluster.own_core() as third:
        assert (first, second, third) == (3, 5, None)
    with cluster.own_core() as again:
        assert again == 3


def test_references_and_answers_are_read_without_pickles(tmp_path):
    class Evil:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "executed"),)

    np.save(tmp_path / "a.npy", np.array([Evil()], dtype=object), allow_pickle=True)
    assert left_at(tmp_path / "a.npy")["status"] == "crashed"
    assert not (tmp_path / "executed").exists()
    sources = "".join(p.read_text() for p in (TESTS.parent / "diffbench" / "measure").rglob("*.py"))
    assert "pickle" not in sources.replace("allow_pickle=False", "")


def test_the_command_line_says_what_a_scheduler_is_trusted_with():
    said = " ".join(CliRunner().invoke(main, ["run", "--help"]).output.split())
    assert "trust whoever reaches them: see docs/security.md" in said
