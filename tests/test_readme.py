"""The README is true: its Python runs and prints what it shows, its commands work in an empty
folder, nothing is missing.
"""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import NamedTuple

import pytest

from diffbench import registry
from diffbench.cli import COMMANDS
from diffbench.interface import Kind

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
README = PAGES[0].read_text()


class Block(NamedTuple):
    """A fenced block: its language, the file it is shown as (if any), and its text."""

    language: str
    file: str
    text: str


def blocks(page):
    return [
        Block(*found)
        for found in re.findall(
            r"^```(\w+) ?(\S*)\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL
        )
    ]


BLOCKS = blocks(PAGES[0])
SCRIPTS = [block.text for block in BLOCKS if block.language == "sh"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """An empty folder but for the files that the README shows."""
    place = tmp_path_factory.mktemp("readme")
    for block in BLOCKS:
        if block.file:
            (place / block.file).write_text(block.text)
    return place


def shell(script, folder):
    """Run commands of the README. What make would do is printed instead of done: this test runs
    inside of it.
    """
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    script = re.sub(
        r"^make ", f"make --dry-run --no-print-directory -C {ROOT} ", script, flags=re.MULTILINE
    )
    return subprocess.run(
        ["bash", "-e", "-c", script],
        cwd=folder,
        env=os.environ | {"PATH": path},
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.splitlines()[0][:40])
def test_the_commands_of_the_readme_work_in_an_empty_folder(script, folder):
    done = shell(script, folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "page", [page for page in PAGES if ">>>" in page.read_text()], ids=lambda page: page.name
)
def test_the_python_of_a_page_prints_what_it_shows(page, tmp_path):
    session = tmp_path / "session.txt"
    session.write_text("\n".join(block.text for block in blocks(page) if ">>>" in block.text))
    doctest = [sys.executable, "-m", "doctest", "-o", "NORMALIZE_WHITESPACE", str(session)]
    # a process of its own: pages may register things
    done = subprocess.run(doctest, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_block_is_of_a_kind_that_is_run_here():
    shown = {(block.language, bool(block.file)) for block in BLOCKS if ">>>" not in block.text}
    assert shown == {("sh", False), ("python", True), ("toml", False)}


def test_entry_points_are_shown_in_the_groups_that_are_read():
    groups = [
        tomllib.loads(block.text)["project"]["entry-points"]
        for block in BLOCKS
        if block.language == "toml"
    ]
    assert groups and all(
        set(group) <= {"diffbench.differentiators", "diffbench.problems"} for group in groups
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_shown(command):
    assert any(f"diffbench {command} " in script for script in SCRIPTS)


def test_the_table_says_of_each_method_what_it_says_of_itself():
    rows = re.findall(r"^\| `([\w-]+)` \| ([\w ]+) \| (.*) \|$", README, re.MULTILINE)
    methods = {name: registry.find("differentiators", name) for name, _, _ in rows}
    said = [(name, str(method.kind), method.about) for name, method in methods.items()]
    assert rows == said
    assert {kind for _, kind, _ in rows} == set(Kind)


def test_only_methods_that_exist_are_named():
    written = " ".join(block.text for block in BLOCKS)
    named = re.findall(r'method="([\w-]+)"', written)
    named += ",".join(re.findall(r"--methods ([\w,-]+)", written)).split(",")
    brought = re.findall(r'@differentiator\("([\w-]+)"', written)
    assert set(brought) <= set(named)
    assert set(named) - set(brought) <= set(registry.list_methods())


def test_every_tag_of_a_problem_is_named():
    tags = {
        tag for name in registry.names("problems") for tag in registry.find("problems", name).tags
    }
    assert sorted(tag for tag in tags if f"`{tag}`" not in README) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page):
    targets = [
        target for target in re.findall(r"\]\(([^)#]+)", page.read_text()) if "://" not in target
    ]
    assert [target for target in targets if not (page.parent / target).exists()] == []
