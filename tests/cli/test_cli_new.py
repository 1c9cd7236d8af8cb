"""What `new-problem` and `new-method` write works as it stands, and a folder of problems is held to
what diffbench's own are held to.
"""

import json
import os
import subprocess
import sys

import pytest
from click.testing import CliRunner

from diffbench import registry
from diffbench.cli import main
from diffbench.measure.checking.problem_check import check_problem


def diffbench(*words):
    return CliRunner().invoke(main, list(map(str, words)), catch_exceptions=False)


@pytest.mark.parametrize("command", ["new-problem", "new-method"])
def test_a_skeleton_passes_its_own_test(command, tmp_path):
    assert diffbench(command, "my-own", "--into", tmp_path).exit_code == 0
    assert {path.name for path in tmp_path.iterdir()} == {"my_own.py", "test_my_own.py"}
    tested = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert tested.returncode == 0, tested.stdout


def test_a_skeleton_never_writes_over_a_file(tmp_path):
    diffbench("new-problem", "twice", "--into", tmp_path)
    again = diffbench("new-problem", "twice", "--into", tmp_path)
    assert again.exit_code == 2 and "exists already" in again.output


def test_a_name_that_is_none_in_python_is_refused(tmp_path):
    refused = diffbench("new-method", "1st way", "--into", tmp_path)
    assert refused.exit_code == 2 and "letters, digits and _" in refused.output


def measured(folder, out):
    return diffbench(
        "run", "--problems-from", folder, "--methods", "forward", "--out", out, "--suite", "quick"
    )


def test_a_folder_of_problems_is_measured_and_nothing_else(tmp_path):
    diffbench("new-problem", "of_a_folder", "--into", tmp_path / "theirs")
    done = measured(tmp_path / "theirs", tmp_path / "out")
    assert done.exit_code == 0 and "2 rows" in done.output


@pytest.mark.parametrize(
    ("right", "wrong", "complaint"),
    [
        ("2 * x / (1 + x**2)", "x / (1 + x**2)", "by hand that is off"),
        ("np.sum(np.log", "np.random.rand() + np.sum(np.log", "another value at the second call"),
        ('"say where it comes from"', '""', "does not say where it comes from"),
    ],
)
def test_a_folder_with_an_unfit_problem_is_refused_with_the_fault(
    right, wrong, complaint, tmp_path
):
    name = f"unfit_{len(right)}"
    diffbench("new-problem", name, "--into", tmp_path / "theirs")
    file = tmp_path / "theirs" / f"{name}.py"
    text = file.read_text().replace("xp.", "np.")
    assert right in text
    file.write_text(text.replace(right, wrong, 1))
    refused = measured(tmp_path / "theirs", tmp_path / "out")
    assert refused.exit_code == 2 and complaint in " ".join(refused.output.split())


def test_a_folder_without_problems_is_refused_with_the_cure(tmp_path):
    (tmp_path / "empty.py").write_text("")
    refused = measured(tmp_path, tmp_path / "out")
    assert refused.exit_code == 2 and "new-problem" in refused.output


@pytest.mark.parametrize("name", ["hello", "kepler", "hand_tracking", "noisy", "looked_up"])
def test_problems_of_the_suite_are_fit(name):
    assert check_problem(registry.find("problems", name)) == []


def test_the_page_of_a_problem_is_made_of_its_code():
    page = diffbench("list", "problems", "hello").stdout
    for part in ("# hello", "Nothing is hard", "first example", "return x * x", "exact formula"):
        assert part in page
    assert (
        page.splitlines()[-1] == "| 1 | 1 | 9 | exact formula | 38 | 1.0e+00 | 5.5e-07, 5.5e-07 |"
    )


PACKAGED = """
import numpy as np
from diffbench import problem

@problem(point=lambda n, rng: np.ones(n), sizes=(3,), source="{source}")
def their_bowl(x, xp=np):
    "A bowl in a package of somebody else."
    return xp.sum(x * x)
"""


def installed(place, source):
    """A package with an entry point, as pip leaves it, and the environment that sees it."""
    (place / "their_suite.py").write_text(PACKAGED.format(source=source))
    about = place / "their_suite-1.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: their-suite\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[diffbench.problems]\ntheirs = their_suite\n")
    return os.environ | {"PYTHONPATH": str(place)}


def in_a_process(folder, environment, *arguments):
    command = [sys.executable, "-m", "diffbench", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


def test_an_installed_package_brings_its_problems_by_an_entry_point(tmp_path):
    environment = installed(tmp_path, source="their paper")
    asked = ["run", "--problems", "their_bowl", "--methods", "forward", "--out", "out"]
    done = in_a_process(tmp_path, environment, *asked)
    assert done.returncode == 0, done.stderr
    assert "1 rows are in out" in done.stdout
    assert json.loads((tmp_path / "out" / "journal.jsonl").read_text())["status"] == "ok"


def test_a_problem_of_a_package_is_held_to_what_ours_are_held_to(tmp_path):
    environment = installed(tmp_path, source="")
    done = in_a_process(tmp_path, environment, "run", "--problems", "their_bowl", "--out", "out")
    assert done.returncode == 2
    assert "their_bowl at size 3 does not say where it comes from" in done.stderr
