"""The table of what each pass buys."""

import re

import pytest

from diffbench import registry
from diffbench.bench.machinery import passes_table
from diffbench.errors import Unsupported
from diffbench.program.passes.pipelines import PASSES


def test_only_passes_that_change_a_problem_are_measured_there(tmp_path, monkeypatch):
    monkeypatch.setenv("DIFFBENCH_CACHE", str(tmp_path))
    lines = list(passes_table.bought(registry.find("problems", "mgh_rosenbrock")))
    assert {line.name for line in lines} < PASSES.keys()
    assert all(line.evaluate > 0 and line.prepare > 0 for line in lines)
    assert "batching" not in {line.name for line in lines}


def test_what_could_not_be_measured_is_said(monkeypatch):
    def refused(*args):
        raise Unsupported("no compiler here")

    monkeypatch.setattr(passes_table, "_ratios", refused)
    lines = list(passes_table.bought(registry.find("problems", "mgh_rosenbrock")))
    assert lines and all(
        re.fullmatch(r"\| mgh_.* \| no compiler here \|  \|", str(x)) for x in lines
    )
    monkeypatch.setattr(passes_table, "LONGEST", 3)
    with pytest.raises(Unsupported, match="equations are more than the 3"):
        list(passes_table.bought(registry.find("problems", "mgh_rosenbrock")))
