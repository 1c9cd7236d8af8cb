"""`diffbench conform`: ours are never wrong, faults that are planted or known are found, and an author
of a tool can build on the exit code and the JSON.
"""

import json
import subprocess
import sys
from functools import partial
from importlib.util import find_spec
from itertools import islice

import pytest

from diffbench.bench.conform.nasty import cases
from diffbench.bench.conform.programs import drawn_ones, of_identities, of_the_rules
from diffbench.bench.conform.trial import GROUPS, chosen_cases, new_faults, tried

PLUGIN = '''
import os
import numpy as np
from diffbench import differentiator, gradient, jacobian
from diffbench.errors import Unsupported


@differentiator("honest")
def honest(f, x):
    """Ours, as somebody else's."""
    return jacobian(f, x)


@differentiator("doubles")
def doubles(f, x):
    """Twice the derivative."""
    return 2.0 * jacobian(f, x)


@differentiator("says-nan")
def says_nan(f, x):
    """NaN for everything."""
    return np.full(np.shape(f(x)) + np.shape(x), np.nan)


@differentiator("refuses")
def refuses(f, x):
    """Nothing."""
    raise RuntimeError("not today")


@differentiator("crashes")
def crashes(f, x):
    """Ends the process at scalar points."""
    if np.ndim(x) == 0:
        os.abort()
    return jacobian(f, x)
'''


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("conform")
    (place / "tools.py").write_text(PLUGIN)
    return place


def conform(folder, *words):
    command = [sys.executable, "-m", "diffbench", "conform", *words, "--plugin", "tools.py"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


def counted(folder, method, *words):
    done = conform(folder, method, "--only", "nasty", "--json", *words)
    [counts] = json.loads(done.stdout)["methods"]
    return done.returncode, counts["nasty"]


@pytest.mark.parametrize("method", ["forward", "reverse", "compiled"])
def test_ours_are_wrong_nowhere(method):
    asked = chosen_cases(("nasty", "programs"), 20)
    [trial] = tried([method], asked)
    assert not new_faults([trial], set())
    counts = trial.counts()
    assert sum(counts.values()) == len(asked) and counts["right"] > 0.9 * len(asked)


def test_the_rows_and_their_identities_hold_in_reverse():
    asked = [*islice(of_the_rules(), 40), *islice(of_identities(), 60)]
    [trial] = tried(["reverse"], asked)
    assert trial.counts()["right"] == len(asked) == 100


def test_there_are_cases_in_every_group_and_their_names_are_unique():
    makers = (cases, of_the_rules, of_identities, partial(drawn_ones, 9))
    drawn = [case for make in makers for case in islice(make(), 9)]
    named = {(case.group, case.name) for case in drawn}
    assert {group for group, _ in named} == set(GROUPS) and len(named) == len(drawn) == 36


def test_a_planted_fault_is_wrong_and_fails(folder):
    code, counts = counted(folder, "doubles")
    assert code == 1 and counts["wrong"] > 60  # but those whose derivative is 0


def test_nan_and_refusals_are_told_apart_and_fail_nothing(folder):
    code, counts = counted(folder, "says-nan")
    assert code == 0 and counts["wrong"] == 0 and counts["not finite"] > 80
    code, counts = counted(folder, "refuses")
    assert code == 0 and counts["wrong"] == counts["not finite"] == 0 and counts["refused"] > 80


def test_a_tool_that_crashes_loses_those_cases_only(folder):
    code, counts = counted(folder, "crashes")
    assert code == 1 and counts["lost"] > 20 and counts["right"] > 40


def test_what_is_known_to_be_wrong_fails_nothing(folder):
    done = conform(folder, "doubles", "--only", "nasty", "--json")
    (folder / "known.json").write_text(done.stdout)
    assert conform(folder, "doubles", "--only", "nasty", "--known", "known.json").returncode == 0
    (folder / "known.json").write_text("[]")
    done = conform(folder, "doubles", "--only", "nasty", "--known", "known.json")
    assert done.returncode == 2 and "does not read as an answer of conform" in done.stderr


def test_the_worst_cases_are_printed_with_their_code(folder):
    done = conform(folder, "doubles", "--only", "nasty", "--worst", "3")
    shown = [line for line in done.stdout.splitlines() if line.startswith("doubles, wrong, nasty")]
    assert len(shown) == 3 and all(" for " in line for line in shown)


def test_the_page_of_a_run_shows_the_table(folder):
    done = conform(folder, "honest", "doubles", "--only", "nasty", "--table", "run")
    assert done.returncode == 1 and (folder / "run" / "tables" / "conform.csv").exists()


def test_a_name_that_is_no_method_is_not_understood(folder):
    done = conform(folder, "revers")
    assert done.returncode == 2 and "did you mean reverse" in done.stderr


@pytest.mark.skipif(find_spec("autograd") is None, reason="autograd is not installed")
def test_the_known_faults_of_autograd_are_found():
    [trial] = tried(["autograd"], chosen_cases(("nasty",)))
    wrong = {record["case"] for record in trial.records if record["outcome"] == "wrong"}
    assert wrong >= AUTOGRAD


# a buffer that is changed after it was read, a write through a view, 0 for a position, (|x|²)''
AUTOGRAD = {"C03", "C04", "E18", "M07"}
