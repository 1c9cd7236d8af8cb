"""The fuzzer: a few hundred of its programs hold no contradiction, it draws from the whole rule
table, and a fault that is planted is found and cut down to the statement that shows it.
"""

import dataclasses
import re
import subprocess
import sys
from pathlib import Path
from random import Random

import numpy as np
import pytest
from fuzz_finds import FINDS

from diffbench.arrays.capture import dispatch
from diffbench.bench.fuzz.__main__ import found, main, shortened
from diffbench.bench.fuzz.judge import Judge, Truth
from diffbench.bench.fuzz.programs import BLOCKS, TABLES, Program, alternatives, chosen, drawn
from diffbench.rules import composites, primitives
from diffbench.rules.table import slopes

SEEDS, AT_A_TIME = 300, 25
# names of ours, which rows of NumPy's and SciPy's functions are made of, and what asks of memory
OURS = "diffbench"
QUESTIONS = {
    "shape", "ndim", "size", "result_type", "iscomplexobj", "isrealobj", "may_share_memory", "shares_memory", "can_cast",
    "min_scalar_type", "common_type", "array_repr", "array_str", "array2string", "broadcast_shapes", "einsum_path",
}  # fmt: skip


@pytest.mark.parametrize("first", range(0, SEEDS, AT_A_TIME))
def test_programs_hold_no_contradiction(first):
    for seed in range(first, first + AT_A_TIME):
        pair = found(seed)
        assert pair is None, f"seed {seed}: {pair[1]}\n{pair[0]}"


@pytest.mark.parametrize("seed", FINDS)
def test_what_was_found_is_mended(seed):
    findings = list(Judge(symbolic=True, second=True).findings(FINDS[seed]))
    assert not findings, f"{findings[0]}\n{FINDS[seed]}"


def drawn_from():
    """Every word that stands in some phrase, its alternatives chosen often enough to meet them all."""
    rng = Random(0)
    entries = [*BLOCKS, *(phrase for table in TABLES.values() for phrase in table)]
    return {
        w for entry in entries for _ in range(200) for w in re.findall(r"\w+", chosen(entry, rng))
    }


def test_every_function_of_the_rule_table_is_in_a_phrase():
    functions = [
        f
        for f in (*primitives, *composites)
        if not str(getattr(f, "__module__", "")).startswith((OURS, *BY_SAMPLES))
    ]
    sampled = set(re.findall(r"\w+", (TESTS / "rules" / "scipy_samples.py").read_text()))
    missing = {f.__name__ for f in functions} - drawn_from() - QUESTIONS - sampled
    assert {name for name in missing if not name.startswith("_")} <= NOT_DRAWN


TESTS = Path(__file__).parents[1]
# modules of SciPy whose functions take data of a form: tests/rules/test_scipy_*.py have samples
BY_SAMPLES = tuple(
    f"scipy.{name}"
    for name in (
        *(
            "integrate",
            "interpolate",
            "ndimage",
            "optimize",
            "signal",
            "sparse",
            "spatial",
            "stats",
        ),
        "fft",
    )
)
# operators and methods stand for them; what has no name that a user writes
NOT_DRAWN = {
    "absolute", "bitwise_and", "bitwise_or", "bitwise_xor", "conjugate", "equal", "greater", "greater_equal", "invert", "less",
    "less_equal", "logical_and", "logical_or", "logical_xor", "not_equal", "as_series", "mapdomain", "psi",
    "pdf", "logpdf", "apply_where", "tklmbda", "solve_banded", "solveh_banded",
}  # fmt: skip


def test_a_phrase_is_taken_apart_into_its_alternatives():
    assert alternatives("np.[sin|cos]({v}[|, axis=0])") == (
        "np.", [("sin",), ("cos",)], "({v}", [(), (", axis=0",)], ")",
    )  # fmt: skip
    assert alternatives("np.array([{s}, [1, 2]])") == ("np.array([{s}, [1, 2]])",)


def test_a_seed_always_gives_the_same_program():
    assert str(drawn(7)) == str(drawn(7)) != str(drawn(8))


@pytest.fixture
def wrong_sine(monkeypatch):
    """np.sin with the slope of np.sin, in every mode."""
    row = dataclasses.replace(primitives[np.sin], partials=(lambda y, x: y,))
    monkeypatch.setitem(primitives, np.sin, row)
    monkeypatch.setitem(slopes, np.sin, lambda y, x: y)
    monkeypatch.setattr(dispatch, "primitives", primitives)


def test_a_planted_fault_is_found_and_cut_down_to_its_statement(wrong_sine):
    program = Program(
        ("v0 = x * 2.0", "v1 = v0[1:]", "v2 = np.exp(v1)", "v3 = np.sin(v0)", "v4 = v3 + np.sum(v2)"),
        ("v0", "v4"),
        np.array([0.3, 0.7]),
    )  # fmt: skip
    [finding, *_] = list(Judge().findings(program))
    assert finding.check == "estimate"
    short = shortened(1, program, finding)
    assert short.statements == ("v3 = np.sin(x)",) and short.returned == ("v3",)


def test_the_command_prints_what_it_found_as_a_program_that_runs(wrong_sine, capsys, tmp_path):
    seed = next(s for s in range(1000) if "np.sin(" in str(drawn(s)) and found(s))
    assert main(["--seed", str(seed), "--count", "1"]) == 1
    printed = capsys.readouterr().out
    script = tmp_path / "shown.py"
    script.write_text(printed[: printed.rindex("1 programs from seed")] + "print(f(x))\n")
    assert subprocess.run(
        [sys.executable, script], check=True, capture_output=True, text=True
    ).stdout


def test_the_command_says_when_there_is_nothing(capsys):
    assert main(["--seed", "3", "--count", "2"]) == 0
    assert "2 programs from seed 3" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("statement", "x", "smooth", "jumps"),
    [
        ("v0 = np.sin(x)", [0.3, 0.7], True, False),
        ("v0 = abs(x)", [0.0, 0.7], False, False),
        ("v0 = np.floor(x)", [2.0, 0.5], False, True),
        ("v0 = np.median(x)", [0.0, 0.0, 0.0], False, False),
    ],
)
def test_what_plain_f_says_of_its_derivative(statement, x, smooth, jumps):
    truth = Truth(Program((statement,), ("v0",), np.array(x)))
    assert (truth.is_smooth, truth.jumps) == (smooth, jumps)
