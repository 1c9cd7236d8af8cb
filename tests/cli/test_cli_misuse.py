"""A hundred and twenty ways to use the command line wrongly: each ends in one sentence on standard error,
with the right exit code, and nothing on standard output.
"""

import sys

import numpy as np
import pytest
from click.testing import CliRunner

from diffbench.cli import main

MINE = """
import sys
import numpy as np
class Model:
    def loss(self, x): return x @ x
    weight = 3
model = Model()
NUMBER = 3
def good(x): return x @ x
def slope(x): return 2 * x
def two(a, b): return a * b
def counted(x): return 7
def text(x): return "seven"
def nothing(x): pass
def imaginary(x): return 1j * x
def ragged(x): return [[x[0]], [x[0], x[0]]]
def infinite(x): return np.inf * x
def missing(x): return np.nan * x
def broken(x): raise RuntimeError("the sensor is off")
def leaving(x): sys.exit(0)
def stopping(x): raise StopIteration
def wordless(x): raise ValueError
def of_many_lines(x): raise ValueError("one\\ntwo\\nthree")
def indexing(x): return x[7]
def none_needed(): return 3.0
def three(a, b, c): return a * b * c
def keyword_only(*, x): return x
"""
G, R = ("--gradient", "mine.py:slope"), ("--methods", "reverse")
UNDERSTOOD_NOT = [
    # formulas
    ("compare", "", "--at", "1"),
    ("compare", " ", "--at", "1"),
    ("compare", "7", "--at", "1"),
    ("compare", "pi*e", "--at", "1"),
    ("compare", "2x", "--at", "1"),
    ("compare", "x x", "--at", "1"),
    ("compare", "x +", "--at", "1"),
    ("compare", "(x", "--at", "1"),
    ("compare", "x)", "--at", "1"),
    ("compare", "sinn(x)", "--at", "1"),
    ("compare", "Sin(x)", "--at", "1"),
    ("compare", "sin", "--at", "1"),
    ("compare", "sin x", "--at", "1"),
    ("compare", "sin(x, y)", "--at", "1,2"),
    ("compare", "sin()*x", "--at", "1"),
    ("compare", "np.sin(x)", "--at", "1"),
    ("compare", "x.y", "--at", "1"),
    ("compare", "x[0:2]", "--at", "1,2"),
    ("compare", "x[9]", "--at", "1,2"),
    ("compare", "dot(x)", "--at", "1,2"),
    ("compare", "sum(x, y)", "--at", "1,2"),
    ("compare", "x//2", "--at", "1"),
    ("compare", "x@x", "--at", "1"),
    ("compare", "x and y", "--at", "1,2"),
    ("compare", "not x", "--at", "1"),
    ("compare", "x = 3", "--at", "1"),
    ("compare", "x:=3", "--at", "1"),
    ("compare", "lambda x: x", "--at", "1"),
    ("compare", "import os", "--at", "1"),
    ("compare", "__import__('os')", "--at", "1"),
    ("compare", "'x'*y", "--at", "1"),
    ("compare", "1j*x", "--at", "1"),
    ("compare", "1/0*x", "--at", "1"),
    ("compare", "1e999*x", "--at", "1"),
    ("compare", "9" * 400 + "*x", "--at", "1"),
    ("compare", "(" * 300 + "x" + ")" * 300, "--at", "1"),
    ("compare", "x" * 20_000, "--at", "1"),
    ("compare", "x; y", "--at", "1,2"),
    ("compare", "x, ", "--at", "1", "--methods", "revers"),
    ("compare", "{x}", "--at", "1"),
    ("compare", "[x, y]", "--at", "1,2"),
    ("compare", "x > 1", "--at", "2"),
    ("compare", "αβ(x)", "--at", "1"),
    ("compare", "x\n+y", "--at", "1,2"),
    ("compare", "\x1b[31mx(", "--at", "1"),
    # points
    ("compare", "x", "--at", ""),
    ("compare", "x"),
    ("compare", "x", "--at"),
    ("compare", "x", "--at", "one"),
    ("compare", "x", "--at", "1;2"),
    ("compare", "x", "--at", "nan"),
    ("compare", "x", "--at", "1e999"),
    ("compare", "x*y", "--at", "1"),
    ("compare", "x*y", "--at", "1,2,3"),
    ("compare", "x*y", "--at", "1,,2"),
    ("compare", "x*y", "--at", "x=1"),
    ("compare", "x*y", "--at", "x=1,y=2,z=3"),
    ("compare", "x*y", "--at", "x=1,x=2,y=3"),
    ("compare", "x*y", "--at", "x=1,y="),
    ("compare", "x*y", "--at", "1,y=2"),
    ("compare", "x*y", "--at", "x=1,2,y=1,2,3"),
    ("compare", "x", "--at", "missing.npy"),
    ("compare", "x", "--at", "text.npy"),
    ("compare", "x", "--at", "words.npy"),
    ("compare", "x", "--at", "empty.npy"),
    ("compare", "x", "--at", "complex.npy"),
    ("compare", "log(x)", "--at", "-1"),
    ("compare", "1/x", "--at", "0"),
    ("compare", "exp(x)", "--at", "1000"),
    # targets
    ("compare", "mine.py", "--at", "1"),
    ("compare", "nothing.py", "--at", "1"),
    ("compare", "none.py:f", "--at", "1"),
    ("compare", "none:f", "--at", "1"),
    ("compare", "mine.py:go", "--at", "1"),
    ("compare", "mine.py:NUMBER", "--at", "1"),
    ("compare", "mine.py:model.lost", "--at", "1"),
    ("compare", "mine.py:model.weight", "--at", "1"),
    ("compare", "mine.py:model.weight.loss", "--at", "1"),
    ("compare", "mine.py:Model.loss", "--at", "1"),
    ("compare", "mine.py:counted", "--at", "1"),
    ("compare", "mine.py:text", "--at", "1"),
    ("compare", "mine.py:nothing", "--at", "1"),
    ("compare", "mine.py:imaginary", "--at", "1"),
    ("compare", "mine.py:ragged", "--at", "1,2"),
    ("compare", "mine.py:infinite", "--at", "1"),
    ("compare", "mine.py:missing", "--at", "1"),
    ("compare", "mine.py:broken", "--at", "1"),
    ("compare", "mine.py:leaving", "--at", "1"),
    ("compare", "mine.py:stopping", "--at", "1"),
    ("compare", "mine.py:wordless", "--at", "1"),
    ("compare", "mine.py:of_many_lines", "--at", "1"),
    ("compare", "mine.py:indexing", "--at", "1,2"),
    ("compare", "mine.py:none_needed", "--at", "1"),
    ("compare", "mine.py:three", "--at", "1,2"),
    ("compare", "mine.py:two", "--at", "a=1"),
    ("compare", "mine.py:two", "--at", "a=1,c=2"),
    ("compare", "mine.py:keyword_only", "--at", "1"),
    ("compare", "mine.py:good", "--size", "3"),
    ("compare", "spoilt.py:f", "--at", "1"),
    ("compare", "unreadable.py:f", "--at", "1"),
    ("compare", "leaves.py:f", "--at", "1"),
    # options
    ("compare", "x", "--at", "1", "--methods", "revers"),
    ("compare", "x", "--at", "1", "--operator", "slope"),
    ("compare", "x", "--at", "1", "--dtype", "float8"),
    ("compare", "x", "--at", "1", "--timeout", "soon"),
    ("compare", "x", "--at", "1", "--calls", "0"),
    ("compare", "x", "--at", "1", "--calls", "many"),
    ("compare", "x", "--at", "1", "--plugin", "none.py"),
    ("compare", "x", "--at", "1", "--size", "2"),
    ("compare", "x", "y", "--at", "1"),
    ("compare", "x", "--at", "1", "--jsno"),
    # other commands
    ("chekc", "x"),
    ("check", "x", "--at", "1"),
    ("check", "mine.py:good", "--gradient", "mine.py:go", "--at", "1,2"),
    ("check", "mine.py:good", "--gradient", "mine.py:leaving", "--at", "1,2"),
    ("check", "mine.py:good", "--gradient", "mine.py:broken", "--at", "1,2"),
    ("check", "mine.py:good", "--gradient", "mine.py:imaginary", "--at", "1,2"),
    ("check", "mine.py:good", "--gradient", "mine.py:text", "--at", "1,2"),
    ("check", "mine.py:leaving", *G, "--at", "1,2"),
    ("check", "mine.py:good", *G, "--jvp", "mine.py:slope", "--at", "1,2"),
    ("trace", "x", "--at", "1", "--mode", "sideways"),
    ("trace", "x*y", "--at", "1,2", "--seed", "1,2"),
    ("trace", "x*y", "--at", "1,2", "--seed", "up"),
    ("trace", "mine.py:broken", "--at", "1"),
    ("sweep", "x*y", "--at", "1,2"),
    ("sweep", "x", "--at", "1", "--scheme", "sideways"),
    ("swell", "x*y"),
    ("swell", "x, x"),
    ("swell", "sinn(x)"),
    ("swell", "x", "--iterate", "0"),
    ("swell", "x*x", "--at", "1,2"),
    ("list", "problem"),
    ("list", "problems", "loops"),
    ("report", "no-such-run"),
    ("report", "empty_folder"),
    ("diff", "no-such-run", "no-such-run"),
    ("merge", "no-such-run", "--out", "merged"),
    ("merge", "--out", "merged"),
    ("run", "--suite", "huge"),
    ("run", "--problems", "rosenbrok"),
    ("run", "--methods", "revers"),
    ("run", "--budget", "soon"),
    ("run", "--shard", "3"),
    ("run", "--shard", "3/2", "--problems", "baydin", *R, "--out", "sharded"),
    ("run", "--memory", "0"),
    ("run", "--plugin", "none.py"),
    ("run", "--seed", "one"),
]
COULD_NOT = [
    ("compare", "x", "--at", "1", "--methods", "manual", "--report", "a-file/page"),
    ("compare", "x", "--at", "1", *R, "--report", "a-file/page"),
    ("run", "--problems", "baydin", *R, "--out", "a-file/run"),
    ("sweep", "x", "--at", "1", "--picture", "a-file/picture.svg"),
    ("merge", "empty_journal", "--out", "a-file/merged"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("misused")
    (place / "mine.py").write_text(MINE)
    (place / "nothing.py").write_text("x = 3\n")
    (place / "spoilt.py").write_text("1 / 0\n")
    (place / "unreadable.py").write_text("def f(x:\n")
    (place / "leaves.py").write_text("import sys\nsys.exit(0)\n")
    (place / "text.npy").write_text("1, 2, 3\n")
    (place / "empty.npy").write_text("")
    (place / "a-file").write_text("")
    (place / "empty_folder").mkdir()
    (place / "empty_journal").mkdir()
    (place / "empty_journal" / "journal.jsonl").write_text("")
    np.save(place / "words.npy", np.array(["a"]))
    np.save(place / "complex.npy", np.array([1j]))
    return place


def said(folder, monkeypatch, words):
    monkeypatch.chdir(folder)
    monkeypatch.setattr("sys.path", list(sys.path))
    result = CliRunner().invoke(main, words)
    assert isinstance(result.exception, SystemExit), repr(result.exception)
    return result


def is_one_sentence(stderr):
    """A sentence, after the usage that click prints for wrong options, before the place in a formula."""
    lines = [line for line in stderr.splitlines() if not line.startswith(("Usage:", "Try ", "  "))]
    lines = [line for line in lines if line and not line.startswith("note: ")]
    return len(lines) == 1 and lines[0].startswith("Error: ") and len(lines[0]) < 700


def test_there_are_a_hundred_and_twenty():
    assert len(set(UNDERSTOOD_NOT + COULD_NOT)) == len(UNDERSTOOD_NOT + COULD_NOT) >= 120


@pytest.mark.parametrize("words", UNDERSTOOD_NOT, ids=lambda words: " ".join(words)[:60])
def test_what_cannot_be_understood_ends_in_one_sentence(folder, monkeypatch, words):
    result = said(folder, monkeypatch, words)
    assert result.exit_code == 2, result.output
    assert result.stdout == "" and is_one_sentence(result.stderr), result.stderr
    assert "Traceback" not in result.stderr and "\x1b" not in result.stderr


@pytest.mark.parametrize("words", COULD_NOT, ids=lambda words: " ".join(words)[:60])
def test_what_could_not_be_done_says_so(folder, monkeypatch, words):
    result = said(folder, monkeypatch, words)
    assert result.exit_code == 3, result.output
    assert is_one_sentence(result.stderr) and "Traceback" not in result.stderr
