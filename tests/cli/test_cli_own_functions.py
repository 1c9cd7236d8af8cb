"""A user's own function from the command line: how it is named, what it may do, and on which stream
its words end.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from diffbench.cli import main

MINE = """
import sys
import numpy as np
from diffbench import problem
from settings_beside import SCALE
print("importing")

class Model:
    weight = np.array([1.0, 2.0])
    def loss(self, x): return self.weight @ x**2
    @staticmethod
    def energy(x): return x @ x

model = Model()
def two(a, b): return a * np.sum(b**2)
def optional(x, scale=SCALE): return scale * np.sum(x**2)
def broken(x): raise KeyError("no such sensor")
def leaving(x): sys.exit(0)
def loud(x):
    print("hello")
    return x @ x
def slope(x):
    print("hello")
    return 2 * x
def leaving_slope(x): sys.exit(0)

@problem(point=lambda n, rng: rng.normal(size=n), sizes=(2, 10))
def valley_of_mine(x, xp=np):
    "A valley."
    return xp.sum(x**4)
"""
ONE = ("--methods", "reverse")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "mine_here.py").write_text(MINE)
    (tmp_path / "settings_beside.py").write_text("SCALE = 3\n")
    (tmp_path / "rich.py").write_text("raise RuntimeError('the wrong rich')\n")
    (tmp_path / "package_of_mine").mkdir()
    (tmp_path / "package_of_mine" / "__init__.py").write_text("")
    (tmp_path / "package_of_mine" / "module.py").write_text("def f(x): return x @ x\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr("sys.path", list(sys.path))
    return tmp_path


def diffbench(*words):
    return CliRunner().invoke(main, words)


def row(*words):
    result = diffbench("compare", *words, "--json")
    assert result.exit_code == 0, result.output
    [found] = json.loads(result.stdout)
    return found


@pytest.mark.parametrize(
    ("target", "at", "size"),
    [
        ("mine_here.py:model.loss", ("--at", "1,2"), 2),
        ("mine_here.py:Model.energy", ("--at", "1,2"), 2),
        ("~/mine_here.py:model.loss", ("--at", "1,2"), 2),
        ("package_of_mine.module:f", ("--at", "1,2"), 2),
        ("mine_here.py:two", ("--at", "1,2"), 2),
        ("mine_here.py:two", ("--at", "a=2,b=1,2,3"), 4),
        ("mine_here.py:optional", ("--at", "1,2,3"), 3),
        ("mine_here.py:optional", ("--at", "x=1,2,3"), 3),
        ("mine_here.py:optional", ("--at", "x=1,2,3,scale=2"), 4),
        ("mine_here.py:valley_of_mine", ("--size", "5", "--seed", "3"), 5),
        ("mine_here.py:valley_of_mine", ("--at", "1,2,3"), 3),
        ("sum(x*x)*y", ("--at", "x=1,2,3,y=2"), 4),
    ],
)
def test_a_function_is_named_by_the_way_to_it_and_its_arguments_by_name(folder, target, at, size):
    found = row(target, *at, *ONE)
    assert (found["status"], found["size"]) == ("ok", size)


def test_an_argument_may_come_from_a_file(folder):
    np.save("weights.npy", np.ones((2, 2)))
    assert row("mine_here.py:two", "--at", "a=2,b=weights.npy", *ONE)["size"] == 5


def test_a_file_alone_lists_its_functions(folder):
    result = diffbench("compare", "mine_here.py", "--at", "1")
    assert result.exit_code == 2 and result.stdout == ""
    assert "mine_here.py:two" in result.stderr and "mine_here.py:loud" in result.stderr


def test_a_module_of_the_user_s_named_like_a_library_takes_nobody_s_place(folder):
    assert diffbench("compare", "mine_here.py:loud", "--at", "1,2", *ONE).exit_code == 0


def test_what_a_function_prints_is_no_part_of_the_answer(folder):
    assert row("mine_here.py:loud", "--at", "1,2", *ONE)["status"] == "ok"


def test_a_check_whose_function_and_gradient_print_has_the_verdict_alone_on_standard_output(folder):
    result = diffbench(
        "check", "mine_here.py:loud", "--gradient", "mine_here.py:slope", "--at", "1,2"
    )
    assert result.exit_code == 0
    assert result.stdout.startswith("right") and "hello" not in result.stdout


@pytest.mark.parametrize(
    ("f", "gradient"),
    [("leaving", "slope"), ("loud", "leaving_slope")],
)
def test_leaving_is_never_taken_for_success_by_check(folder, f, gradient):
    result = diffbench(
        "check", f"mine_here.py:{f}", "--gradient", f"mine_here.py:{gradient}", "--at", "1,2"
    )
    assert result.exit_code == 2
    assert "SystemExit: 0, at mine_here.py:" in result.stderr and result.stdout == ""


@pytest.mark.parametrize("command", ["compare", "trace"])
def test_an_error_of_the_user_s_is_one_sentence_with_file_and_line(folder, command):
    result = diffbench(command, "mine_here.py:broken", "--at", "1,2")
    assert result.exit_code == 2
    assert "KeyError: 'no such sensor', at mine_here.py:17" in result.stderr
    assert "Traceback" not in result.stderr and result.stdout == ""


def test_all_of_an_error_is_printed_when_asked_for(folder):
    result = diffbench("compare", "mine_here.py:broken", "--at", "1,2", "--traceback")
    assert result.exit_code == 2
    assert 'raise KeyError("no such sensor")' in result.stderr and result.stdout == ""


def test_a_crash_of_f_is_a_row_and_exit_code_three(folder):
    (folder / "crashing.py").write_text("import os\ndef f(x): os.abort()\n")
    process = subprocess.run(
        [sys.executable, "-m", "diffbench", "compare", "crashing.py:f", "--at", "1", "--json"],
        capture_output=True,
        text=True,
    )
    assert process.returncode == 3
    rows = json.loads(process.stdout)
    assert {found["status"] for found in rows} == {"crashed"}
    assert "SIGABRT" in rows[0]["reason"] and len(process.stderr.splitlines()) == 1


def test_the_place_of_an_error_in_a_formula_is_shown(folder):
    result = diffbench("compare", "sin(x1) + sinn(x2)", "--at", "1,2")
    assert result.exit_code == 2
    sentence, formula, mark = result.stderr.splitlines()
    assert "did you mean sin" in sentence and formula[mark.index("^") :].startswith("sinn")


def test_a_power_written_with_a_caret_is_read_with_a_notice(folder):
    result = diffbench("compare", "x^2", "--at", "3", *ONE, "--csv")
    assert result.exit_code == 0
    assert result.stderr == "note: ^ is read as a power, **\n"


def test_several_results_make_a_jacobian():
    assert row("sin(x1*x2), x1*x2 + log(x2)", "--at", "2,3", *ONE)["operator"] == "jacobian"


def test_a_reason_that_holds_for_several_methods_is_printed_once(folder):
    (folder / "of_c.py").write_text(
        "import ctypes, ctypes.util\n"
        "c = ctypes.CDLL(ctypes.util.find_library('m'))\n"
        "c.tanh.restype, c.tanh.argtypes = ctypes.c_double, [ctypes.c_double]\n"
        "def f(x): return c.tanh(float(x[0]))\n"
    )
    result = diffbench("compare", "of_c.py:f", "--at", "2.5,", "--methods", "forward,reverse")
    assert result.stdout.count("forward, reverse: ") == 1


def test_a_run_in_a_folder_with_a_module_named_like_a_library_ends_well(folder):
    for name in ("random", "json", "rich"):
        (folder / f"{name}.py").write_text("raise RuntimeError('the wrong module')\n")
    words = ("run", "--problems", "baydin", *ONE, "--out", "here")
    process = subprocess.run(
        [sys.executable, "-m", "diffbench", *words], capture_output=True, text=True
    )
    assert process.returncode == 0, process.stderr


def test_the_example_plug_in_of_the_readme_is_not_judged_inaccurate(folder):
    text = (Path(__file__).parents[2] / "README.md").read_text()
    (folder / "plugged.py").write_text(
        re.search(r"```python my_plugin.py\n(.*?)```", text, re.S)[1]
    )
    words = ("--plugin", "plugged.py", "--methods", "my-step")
    assert row("sin(x)", "--at", "1", *words)["status"] == "ok"
    assert row("plugged.py:my_valley", "--size", "10", *words)["status"] == "ok"
