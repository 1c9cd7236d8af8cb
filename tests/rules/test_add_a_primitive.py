"""docs/add-a-primitive.md tells the truth about the tables that it quotes."""

import ast
import dataclasses
import re
from pathlib import Path

from diffbench.rules import table
from diffbench.rules.spelling import Spelling

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "add-a-primitive.md").read_text()
RULES = ROOT / "diffbench" / "rules"
CONSTRUCTORS = ("elementwise", "linear", "multilinear", "general", "composite", "nondifferentiable")


def first_cells():
    """What stands in code in the first column of a table."""
    return re.findall(r"^\| `([^`]+)` \|", PAGE, re.MULTILINE)


def statements(text):
    """The statements of Python text, whatever their lines and blanks."""
    return {ast.dump(statement) for statement in ast.parse(text).body}


def test_every_quoted_row_stands_in_a_table_as_it_is_quoted():
    blocks = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    quoted = set().union(*[statements(block) for block in blocks if ">>>" not in block])
    rows = set().union(*[statements(file.read_text()) for file in RULES.rglob("*.py")])
    assert len(quoted) == 6 and quoted <= rows


def test_every_column_of_a_spelling_is_explained():
    columns = {field.name for field in dataclasses.fields(Spelling)}
    assert columns == {cell for cell in first_cells() if cell.isidentifier()}


def test_the_constructors_are_those_of_the_table_and_their_examples_are_where_they_are_said_to_be():
    told = {cell.split("(")[0] for cell in first_cells() if "(" in cell}
    assert told == set(CONSTRUCTORS) and all(callable(getattr(table, name)) for name in told)
    examples = re.findall(r"^\| `(\w+)\(.*\| `(np[\w.]+)` in `([\w/.]+)` \|$", PAGE, re.MULTILINE)
    assert len(examples) == len(CONSTRUCTORS)
    for constructor, function, file in examples:
        found = rf"^{constructor}\([^)]*{re.escape(function)}\b"
        assert re.search(found, (RULES / file).read_text(), re.MULTILINE), (constructor, function)


def test_the_files_it_names_are_there():
    files = re.findall(r"`((?:diffbench|tests)/[\w/.]+)`", PAGE)
    assert len(files) > 5 and all((ROOT / file).exists() for file in files)
