"""Tables in the terminal: cost stays where it is narrow, lesser columns go; and in Markdown."""

import json

import pytest
from click.testing import CliRunner
from rich.console import Console

from diffbench.bench.rows.measured import Measured
from diffbench.bench.runner.cells import Cell
from diffbench.cli import main
from diffbench.cli.terminal import CELLS, fitting

SAMPLES = [(12.3e-6, 1e-6), (12.4e-6, 1e-6), (12.2e-6, 1e-6)]


def rows(*methods):
    cells = [Cell("f", 2, "gradient", method) for method in methods]
    known = {"error_norm": 6.5e-12, "error_ulp": 3.2e4, "calls": 3, "prepare_s": 1e-3}
    return [Measured(c, "ok", samples=SAMPLES).knowing(known).record() for c in cells]


@pytest.mark.parametrize("width", [60, 80, 100, 140])
def test_a_table_fits_its_terminal_and_keeps_cost_and_status(width, capsys):
    console = Console(width=width)
    drawn = fitting(rows("symbolic-accumulate", "adaptive-difference"), console)
    headings = [column.header for column in drawn.columns]
    assert {"method", "error (ulp)", "times f", "status"} <= set(headings)
    console.print(drawn)
    lines = capsys.readouterr().out.splitlines()
    assert all(len(line) <= width for line in lines)
    assert not any("…" in line for line in lines)


def test_a_wide_terminal_shows_every_column():
    drawn = fitting(rows("reverse"), Console(width=140))
    assert [column.header for column in drawn.columns] == list(CELLS)


def test_markdown_has_a_row_a_method_and_the_verdict():
    words = ["compare", "sin(x)", "--at", "1", "--methods", "forward,reverse", "--markdown"]
    done = CliRunner().invoke(main, words, catch_exceptions=False)
    table, _, verdict = done.stdout.strip().partition("\n\n")
    heading, line, *body = table.splitlines()
    assert [cell.strip() for cell in heading.strip("|").split("|")] == list(CELLS)
    assert set(line) <= set("|-: ")
    assert {row.split("|")[1].strip() for row in body} == {"forward", "reverse"}
    assert verdict.startswith("Take ")


def test_rows_for_programs_are_as_they_were():
    words = ["compare", "sin(x)", "--at", "1", "--methods", "forward", "--json"]
    [row] = json.loads(CliRunner().invoke(main, words, catch_exceptions=False).stdout)
    assert row["method"] == "forward"
