"""The table of what each pass buys."""

from diffbench import registry
from diffbench.bench.machinery import passes_table
from diffbench.program.passes.pipelines import PASSES


def test_only_passes_that_change_a_problem_are_measured_there(tmp_path, monkeypatch):
    monkeypatch.setenv("DIFFBENCH_CACHE", str(tmp_path))
    lines = list(passes_table.bought(registry.find("problems", "mgh_rosenbrock")))
    assert {line.name for line in lines} < PASSES.keys()
    assert all(line.evaluate > 0 and line.prepare > 0 for line in lines)
    assert "batching" not in {line.name for line in lines}
