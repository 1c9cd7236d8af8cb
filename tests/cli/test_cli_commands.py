"""The commands from outside: what they print, what they say when they can't, and the exit codes of
the contract.
"""

import csv
import io
import json
import subprocess
import sys

import numpy as np
import pytest
from click.testing import CliRunner

from diffbench.bench.rows.results import COLUMNS
from diffbench.bench.runner.cells import contestants
from diffbench.cli import COMMANDS, main

BAYDIN = "log(x1)+x1*x2-sin(x2)"
LOSSES = """
import numpy as np
def loss(x): return np.sum(np.log(1 + np.exp(-x))) + 0.5 * x @ x
def right(x): return x - 1 / (1 + np.exp(x))
def wrong(x): return x + 1 / (1 + np.exp(x))
def broken(x): raise RuntimeError("the sensor is off")
def noisy(x): return np.sum(x**2) + np.random.default_rng().normal()
def branching(x): return np.sum(x**2) if x[0] > 0 else np.sum(x)
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "losses.py").write_text(LOSSES)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.path", list(sys.path))
    return tmp_path


def diffbench(*words):
    return CliRunner().invoke(main, list(map(str, words)), catch_exceptions=False)


def done(*words):
    result = diffbench(*words)
    assert result.exit_code == 0, result.output
    return result.stdout


def rows(*words):
    return {row["method"]: row for row in json.loads(done("compare", *words, "--json"))}


@pytest.fixture(scope="module")
def baydin():
    return rows(BAYDIN, "--at", "2,5")


def test_help_names_every_command():
    text = done("--help")
    assert all(f"  {command} " in text for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command):
    assert "Usage: main" in done(command, "--help")


def test_compare_shows_every_method_with_every_column(baydin):
    assert set(baydin) == set(contestants(None, peers=True))
    assert all(tuple(row) == COLUMNS for row in baydin.values())


@pytest.mark.parametrize(
    "method", ["forward", "reverse", "symbolic-raw", "symbolic", "symbolic-accumulate"]
)
def test_the_exact_methods_are_within_two_ulp_of_the_worked_example(baydin, method):
    assert baydin[method]["status"] == "ok"
    assert baydin[method]["error_ulp"] <= 2


@pytest.mark.parametrize("method", ["forward-difference", "central-difference"])
def test_differences_have_an_error_and_a_cost(baydin, method):
    assert 1e-14 < baydin[method]["error_norm"] < 1e-5
    assert baydin[method]["calls"] >= 3 and baydin[method]["ratio"] > 1


def test_the_table_has_the_best_on_top_and_the_verdict_at_the_end():
    lines = done(
        "compare", BAYDIN, "--at", "2,5", "--methods", "forward-difference,reverse,manual"
    ).splitlines()
    methods = [line.split()[0] for line in lines if line.strip()]
    assert methods.index("reverse") < methods.index("forward-difference") < methods.index("manual")
    assert "reverse" in lines[-1]


def test_methods_may_be_given_together_or_one_by_one():
    assert set(
        rows("sin(x)", "--at", "1", "--methods", "forward,manual", "--methods", "reverse")
    ) == {"forward", "manual", "reverse"}


def test_named_coordinates_mean_the_same_as_numbers_in_order():
    named = rows(BAYDIN, "--at", "x2=5,x1=2", "--methods", "reverse")
    assert (
        named["reverse"]["error_ulp"]
        == rows(BAYDIN, "--at", "2,5", "--methods", "reverse")["reverse"]["error_ulp"]
    )


def test_csv_has_the_columns_of_a_row():
    text = done("compare", "sin(x)", "--at", "1", "--methods", "forward,reverse", "--csv")
    table = list(csv.DictReader(io.StringIO(text)))
    assert [row["method"] for row in table] == ["forward", "reverse"]
    assert tuple(table[0]) == COLUMNS and table[0]["operator"] == "derivative"


def test_a_function_of_a_file_is_compared_in_float32(folder):
    np.save("point.npy", np.array([1, 2, 3], dtype=np.float32))
    found = rows("losses.py:loss", "--at", "point.npy", "--methods", "forward,central-difference")
    assert {row["dtype"] for row in found.values()} == {"float32"}
    assert all(row["status"] == "ok" and row["operator"] == "gradient" for row in found.values())


def test_the_precision_and_the_operator_can_be_chosen():
    found = rows(
        BAYDIN, "--at", "2,5", "--methods", "reverse", "--dtype", "float32", "--operator", "hessian"
    )
    assert (found["reverse"]["dtype"], found["reverse"]["operator"]) == ("float32", "hessian")


def test_compare_writes_a_page(folder):
    done("compare", "sin(x)", "--at", "1", "--methods", "forward,reverse", "--report", "page")
    assert "forward" in (folder / "page" / "index.html").read_text()


def test_a_formula_may_begin_with_a_minus_sign():
    assert rows("-x**2", "--at", "-3", "--methods", "reverse")["reverse"]["error_ulp"] == 0


def test_a_plug_in_joins_the_comparison(folder):
    (folder / "mine.py").write_text(
        "from diffbench import differentiator\n@differentiator('zero')\ndef zero(f, x):\n    'No "
        "slope.'\n    return 0.0 * x\n"
    )
    words = ["compare", "sin(x)", "--at", "1", "--plugin", "mine.py", "--methods", "zero", "--json"]
    text = subprocess.run(
        [sys.executable, "-m", "diffbench", *words], capture_output=True, text=True, check=True
    ).stdout
    assert [(row["method"], row["status"]) for row in json.loads(text)] == [("zero", "inaccurate")]


def test_a_right_gradient_passes_and_a_wrong_one_exits_with_one(folder):
    assert "right" in done(
        "check", "losses.py:loss", "--gradient", "losses.py:right", "--at", "1,2,3"
    )
    failed = diffbench("check", "losses.py:loss", "--gradient", "losses.py:wrong", "--at", "1,2,3")
    assert failed.exit_code == 1 and "wrong" in failed.stdout


def test_a_gradient_that_nobody_can_judge_is_called_undecidable(folder):
    unclear = diffbench(
        "check", "losses.py:noisy", "--gradient", "losses.py:right", "--at", "1,2,3"
    )
    assert unclear.exit_code == 3 and "undecidable" in unclear.stdout


@pytest.mark.parametrize(("mode", "value"), [("forward", "5.5"), ("reverse", "1.7163378145367738")])
def test_trace_prints_the_textbook_s_table(mode, value):
    text = done("trace", BAYDIN, "--at", "2,5", "--mode", mode)
    assert value in text and "11.652071455223084" in text


def test_trace_takes_a_seed():
    text = done("trace", BAYDIN, "--at", "2,5", "--mode", "forward", "--seed", "0,1")
    assert "0.28366218546322625" in text and "1.7163378145367738" in text


def test_trace_draws_the_graph():
    assert done("trace", BAYDIN, "--at", "2,5", "--dot").startswith("digraph")


def test_a_run_is_reported_compared_with_itself_merged_and_resumed(folder):
    chosen = ("--suite", "quick", "--problems", "baydin", "--methods", "forward,reverse")
    assert "2 rows" in done("run", *chosen, "--out", "one")
    journal = (folder / "one" / "journal.jsonl").read_text()
    done("run", *chosen, "--out", "one", "--resume")
    assert (folder / "one" / "journal.jsonl").read_text() == journal
    done("report", "one", "--out", "page")
    assert (folder / "page" / "index.html").exists()
    assert diffbench("diff", "one", "one").exit_code == 0
    assert "2 rows" in done("merge", "one", "--out", "both")


def test_lists_name_methods_and_problems_with_a_line_each():
    assert "forward-difference" in done("list", "methods")
    worked = done("list", "problems", "worked-example")
    assert "baydin" in worked and "rosenbrock_loop" not in worked


MISUNDERSTOOD = {
    "an unknown function": (("compare", "sinn(x1)", "--at", "1"), "did you mean sin"),
    "too many coordinates": (("compare", BAYDIN, "--at", "2,5,7"), "2 names (x1, x2)"),
    "an unknown coordinate": (("compare", BAYDIN, "--at", "x1=2,x3=5"), "'x3'"),
    "NaN at the point": (("compare", BAYDIN, "--at", "nan,5"), "finite number"),
    "a point outside the domain": (("compare", "log(x)", "--at", "-1"), "outside its domain"),
    "an unknown method": (
        ("compare", BAYDIN, "--at", "2,5", "--methods", "revers"),
        "did you mean",
    ),
    "an unknown operator": (
        ("compare", BAYDIN, "--at", "2,5", "--operator", "slope"),
        "'slope' is not one of",
    ),
    "a gradient that raises": (
        ("check", "losses.py:loss", "--gradient", "losses.py:broken", "--at", "1,2"),
        "the sensor is off",
    ),
    "no point": (("compare", BAYDIN), "--at"),
    "an unknown option": (("compare", BAYDIN, "--at", "2,5", "--methdos", "forward"), "--methdos"),
    "an unknown command": (("measure",), "measure"),
    "a missing run": (("report", "no-such-run"), "no-such-run"),
    "a suite that does not exist": (("run", "--suite", "huge"), "huge"),
    "a problem that does not exist": (("run", "--problems", "rosenbrok"), "rosenbrock"),
    "a plug-in that does not exist": (("run", "--plugin", "mine.py"), "mine.py; give its path"),
    "a time that is none": (("run", "--budget", "soon"), "90s"),
    "a share that is none": (("run", "--shard", "3"), "1/4"),
    "a seed of another shape": (
        ("trace", BAYDIN, "--at", "2,5", "--seed", "1,2"),
        "pass one number an entry",
    ),
    "an unknown mode": (("trace", BAYDIN, "--at", "2,5", "--mode", "sideways"), "sideways"),
}


@pytest.mark.parametrize(("words", "cure"), MISUNDERSTOOD.values(), ids=MISUNDERSTOOD)
def test_what_cannot_be_understood_exits_with_two_and_says_why(folder, words, cure):
    result = diffbench(*words)
    assert result.exit_code == 2
    assert cure in result.stderr and "Traceback" not in result.stderr
    assert result.stdout == ""


def test_integers_in_a_file_are_taken_as_floats(folder):
    np.save("point.npy", np.array([1, 2]))
    result = diffbench("compare", BAYDIN, "--at", "point.npy", "--methods", "reverse")
    assert result.exit_code == 0


def test_a_method_that_was_asked_for_and_could_not_run_exits_with_three():
    result = diffbench("compare", BAYDIN, "--at", "2,5", "--methods", "manual")
    assert result.exit_code == 3
    assert "manual could not differentiate" in result.stderr


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ((BAYDIN, "--at", "2,5", "--methods", "reverse"), 0),
        (("sinn(x)", "--at", "1"), 2),
        (("log(x)", "--at=-1"), 2),
        (("1/0*x", "--at", "1"), 2),
    ],
)
def test_as_a_process_it_answers_or_says_one_sentence_without_a_traceback(words, code):
    process = subprocess.run(
        [sys.executable, "-m", "diffbench", "compare", *words], capture_output=True, text=True
    )
    assert process.returncode == code
    sentence, *place = process.stderr.splitlines() or [""]
    assert bool(sentence) == bool(code) and all(line.startswith("  ") for line in place)
    assert process.stderr.startswith("Error: " if code else "")


def test_help_imports_nothing_heavy():
    script = "import sys\nfrom diffbench.cli import main\nmain(['--help'], standalone_mode=False)\nprint(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"sympy", "scipy", "pandas", "matplotlib", "flint", "rich.table"} & set(loaded)
