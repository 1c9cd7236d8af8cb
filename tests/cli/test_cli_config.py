"""[tool.diffbench] in a project's pyproject.toml sets options; the command line overrules it."""

import json

import pytest
from click.testing import CliRunner

from diffbench.cli import main

COMPARE = ("compare", "x*x", "--at", "3", "--json")


def diffbench(*words):
    return CliRunner().invoke(main, words)


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return lambda text: (tmp_path / "pyproject.toml").write_text(text)


def test_options_of_a_command_are_set_and_overruled(project):
    project('[tool.diffbench.compare]\nmethods = ["forward", "reverse"]\ntimeout = "30s"\n')
    methods = [row["method"] for row in json.loads(diffbench(*COMPARE).stdout)]
    assert methods == ["forward", "reverse"]
    [row] = json.loads(diffbench(*COMPARE, "--methods", "compiled").stdout)
    assert row["method"] == "compiled"


@pytest.mark.parametrize(
    ("text", "cure"),
    [
        ("[tool.diffbench.compare]\nmethdos = []\n", "'methdos', which is none of"),
        ("[tool.diffbench.compare]\ntimeout = 'soon'\n", "90s"),
        ("[tool.diffbench]\ncompare = 3\n", "write a table"),
        ("[tool.diffbench.compare\n", "can't be read"),
    ],
)
def test_what_is_set_wrongly_is_told(project, text, cure):
    project(text)
    result = diffbench(*COMPARE)
    assert result.exit_code == 2 and cure in result.stderr and result.stdout == ""


def test_a_project_that_sets_nothing_changes_nothing(project):
    project("[project]\nname = 'theirs'\n")
    assert diffbench(*COMPARE, "--methods", "reverse").exit_code == 0
