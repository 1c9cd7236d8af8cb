"""What the shell completes: values of options and arguments, asked through click's own protocol; and
the bar on standard error where that is a terminal.
"""

import os
import pty
import subprocess
import sys

import pytest
from click.shell_completion import ShellComplete

from diffbench.bench.comparing.comparison import compare
from diffbench.cli import main

MINE = """
raise SystemExit("never run for a completion")
def loss(x): return x @ x
def loss_gradient(x): return 2 * x
def _hidden(x): return x
class Model:
    @staticmethod
    def energy(x): return x @ x
    def method(self, x): return x
"""


def offered(*words):
    """The values offered for the last of the words."""
    complete = ShellComplete(main, {}, "diffbench", "_DIFFBENCH_COMPLETE")
    return [item.value for item in complete.get_completions(list(words[:-1]), words[-1])]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(MINE)
    (tmp_path / "spoilt.py").write_text("def f(:")
    (tmp_path / "models").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("compare", "x", "--methods", "symb"), {"symbolic", "symbolic-raw", "symbolic-accumulate"}),
        (("compare", "x", "--methods", "forward,rev"), {"forward,reverse"}),
        (("compare", "x", "--methods", "reverse,rev"), set()),
        (("run", "--problems", "baydin,rosenb"), {"baydin,rosenbrock"}),
        (("run", "--suite", "st"), {"standard"}),
        (("list", "problems", "worked-ex"), {"worked-example"}),
        (("list", "problems", "logistic_l"), {"logistic_l4"}),
        (("compare", "x", "--operator", "hes"), {"hessian"}),
        (("conform", "centr"), {"central-difference"}),
        (("compare", "m"), {"mine.py:", "models/"}),
        (("trace", "mine.py:"), {"mine.py:loss", "mine.py:loss_gradient", "mine.py:Model.energy"}),
        (("check", "mine.py:loss", "--gradient", "mine.py:loss_"), {"mine.py:loss_gradient"}),
        (("compare", "spoilt.py:f"), set()),
        (("compare", "nothing.py:f"), set()),
        (("compare", "sin(x"), set()),
    ],
)  # fmt: skip
def test_values_are_completed(folder, words, expected):
    found = set(offered(*words))
    assert expected <= found and (expected or not found)
    assert all(value.startswith(words[-1]) for value in found)


def test_a_shell_gets_its_script_and_its_answers(folder):
    """Zsh's protocol: type, value and help, a line each."""
    asked = {"COMP_WORDS": "diffbench compare x --methods forw", "COMP_CWORD": "4"}
    done = subprocess.run(
        [sys.executable, "-m", "diffbench"],
        env=os.environ | asked | {"_DIFFBENCH_COMPLETE": "zsh_complete"},
        capture_output=True,
        text=True,
    )
    lines = done.stdout.splitlines()
    assert {"forward", "forward-difference"} == set(lines[1::3]) and set(lines[::3]) == {"plain"}


def test_compare_reports_each_method_as_it_is_through():
    heard = []
    compare(
        lambda x: x * x,
        2.0,
        methods=["reverse", "forward"],
        progress=lambda done, total, row: heard.append((done, total, row["method"], row["status"])),
    )
    assert heard == [(1, 2, "reverse", "ok"), (2, 2, "forward", "ok")]


@pytest.mark.skipif(sys.platform != "linux", reason="a pseudo-terminal, as Linux has it")
@pytest.mark.parametrize("terminal", [True, False])
def test_progress_is_shown_on_standard_error_where_that_is_a_terminal(terminal):
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "diffbench", "compare", "x*x", "--at", "2", "--csv"]
    done = subprocess.run(
        [*command, "--methods", "reverse,forward"],
        stdout=subprocess.PIPE,
        stderr=theirs if terminal else subprocess.PIPE,
        text=True,
        env=os.environ | {"TERM": "xterm", "COLUMNS": "100"},
    )
    os.close(theirs)
    said = os.read(ours, 1 << 16).decode() if terminal else done.stderr
    os.close(ours)
    assert ("2/2" in said) == terminal and done.stdout.startswith("problem,size,")
