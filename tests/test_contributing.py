"""What CONTRIBUTING.md tells a newcomer is true: its places exist, its examples run as they stand."""

import re
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from click.testing import CliRunner

from diffbench.bench.rows.measured import Measured
from diffbench.bench.rows.results import Results
from diffbench.bench.runner.cells import Cell

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "CONTRIBUTING.md").read_text()
EXAMPLES = re.findall(r"^```python\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


def example(title):
    """The example whose docstring begins so, executed."""
    [text] = [text for text in EXAMPLES if text.startswith(f'"""{title}')]
    names = {}
    exec(text, names)
    return SimpleNamespace(**names)


@pytest.fixture
def results():
    cells = [Cell("valley", size, "gradient", "reverse") for size in (2, 20)]
    return Results(tuple(Measured(c, "ok", peak_bytes=100 * c.size).record(key="k") for c in cells))


def test_the_files_of_the_table_lie_in_folders_that_are_there():
    rows = [row.split(" | ")[1] for row in TEXT.splitlines() if row.startswith("| a ")]
    assert len(rows) == 5
    files = [file for row in rows for file in re.findall(r"`([\w/*.]+)`", row)]
    folders = [ROOT / file.rpartition("/")[0] for file in files if not file.startswith("peers/")]
    assert len(files) >= 9 and all(folder.is_dir() for folder in folders)


def test_no_addition_takes_more_files_than_it_should():
    rows = [row.split(" | ") for row in TEXT.splitlines() if row.startswith("| a ")]
    count = {what.strip("| "): len(files.split(" and ")) for what, files, *_ in rows}
    most = {"a primitive": 2, "a problem": 1, "a method": 1, "a chart": 2, "a command": 2}
    assert count == most


def test_the_chart_of_the_example_draws_a_panel_and_needs_nothing_else(results):
    memory = example("Memory against size")
    drawn = memory.chart(results.frame()[list(memory.COLUMNS)])
    assert [panel.title for panel in drawn.panels] == ["valley"]
    assert "bytes" in drawn.panels[0].svg
    assert not memory.chart(pd.DataFrame(columns=memory.COLUMNS)).panels


def test_the_command_of_the_example_counts_the_cells_of_a_run(results, tmp_path):
    count = example("`diffbench count`")
    assert CliRunner().invoke(count.command, [str(results.save(tmp_path))]).output == "2\n"
