"""What strangers may hand in, drawn from a seed, and what has to become of it: rows, or a sentence.

    formulas    text on the command line
    journals    a run folder: journal.jsonl and environment.json
    streams     what a worker writes on its pipe
(NumPy programs have a fuzzer of their own: diffbench/bench/fuzz.)

A target is a pair: case(seed), bytes, and fault(case), a sentence where something else happened than
rows or a sentence of diffbench's. `python hunt.py TARGET COUNT SEED` looks for faults; what it has found
lies in tests/data/hostile/TARGET and is tried again by every run of the tests.
"""

import json
import os
import random
import string
import tempfile
import time
import warnings
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import diffbench as db
from diffbench.bench.processes import lineage
from diffbench.bench.processes.isolation import Worker
from diffbench.bench.rows import line
from diffbench.bench.rows.changes import diff
from diffbench.bench.rows.journal import encode
from diffbench.bench.rows.measured import Measured
from diffbench.bench.rows.results import Results, Status
from diffbench.bench.runner.cells import Cell, Suite, groups
from diffbench.bench.runner.team import Plan, Team
from diffbench.cli.terminal import ranked
from diffbench.errors import DiffbenchError
from diffbench.formula import parse_formula
from diffbench.report.tables import at_a_glance

SLOW_S = 20.0  # longer than any of it takes on a machine that does much else
DRAWN_EVERY = 100  # of so many journals one is drawn as a page, which takes a second


@dataclass(frozen=True)
class Target:
    case: Callable[[int], bytes]
    fault: Callable[[bytes], str]


# ---------------------------------------------------------------- values that nobody expects

NASTY = [
    *(
        "null",
        "true",
        "[]",
        "{}",
        "-1",
        "0",
        "1e308",
        "1e999",
        "-1e999",
        "NaN",
        "Infinity",
        "1e-400",
    ),
    *('""', '"\\ud800"', '"\\u0000"', '"\\u001b[31m"', '"<script>"', '"$\\\\frac$"', '"[/x]"'),
    *("9" * 400, "-" + "9" * 30, "1.5", '"nan"', "[1,2]", '{"a":{"a":{}}}', "1" + "0" * 5000),
    *("[" * 3000 + "]" * 3000, '"' + "x" * 5000 + '"', '"é\u202e"', "18446744073709551616", '"ok"'),
]


def mutated(text: bytes, rng: random.Random) -> bytes:
    """The text with one thing otherwise."""
    kind = rng.randrange(8)
    place = rng.randrange(len(text) + 1)
    if kind == 0:
        return text[:place]
    if kind == 1:
        return text[:place] + bytes([rng.randrange(256)]) + text[place + 1 :]
    if kind == 2:
        return text[:place] + rng.randbytes(rng.randrange(20)) + text[place:]
    if kind == 3:
        return text[:place] + text[min(len(text), place + rng.randrange(30)) :]
    lines = text.split(b"\n")
    k = rng.randrange(len(lines))
    if kind == 4:
        lines.insert(k, lines[rng.randrange(len(lines))])
    elif kind == 5:
        lines[k] = rng.choice(NASTY).encode()
    else:
        lines[k] = with_another_value(lines[k], rng)
    return b"\n".join(lines)


def with_another_value(text: bytes, rng: random.Random) -> bytes:
    """A JSON object with a value, or a name, that nobody expects."""
    try:
        found = json.loads(text)
        names = list(found)
    except (ValueError, TypeError, RecursionError):
        return text + rng.choice(NASTY).encode()
    if type(found) is not dict or not names:
        return rng.choice(NASTY).encode()
    name = rng.choice(names)
    if rng.random() < 0.2:
        del found[name]
        name = rng.choice(["extra", "schema", "status", "\x1b", "done"])
    found[name] = "@HERE@"
    return json.dumps(found).replace('"@HERE@"', rng.choice(NASTY)).encode()


def several(text: bytes, rng: random.Random) -> bytes:
    for _ in range(rng.choice([1, 1, 1, 2, 3, 8])):
        text = mutated(text, rng)
    return text


def told(action: Callable[[], object], allowed: tuple[type[BaseException], ...]) -> str:
    """What went otherwise than that: empty where it ended, or refused in one sentence."""
    began = time.process_time()
    try:
        action()
    except allowed as refusal:
        if "\n" in str(refusal) or not str(refusal).strip():
            return f"a refusal that is no sentence: {refusal!r}"
    except BaseException as error:
        return f"{type(error).__name__}: {str(error)[:200]}"
    taken = time.process_time() - began
    return f"took {taken:.0f} s" if taken > SLOW_S else ""


# ---------------------------------------------------------------- formulas

WORDS = [
    *("x", "y", "x1", "sin", "exp", "log", "sum", "where", "lambda", "import", "__class__", "None"),
    *("+", "-", "*", "/", "**", "^", "(", ")", "(", ")", "[", "]", ",", ".", ":", "=", "==", "<"),
    *(
        "1",
        "2.5",
        "1e999",
        "9**9**9",
        "0x1f",
        "1j",
        "9" * 50,
        "e",
        "pi",
        "inf",
        "@",
        "\\",
        "'",
        '"',
    ),
    *(
        " ",
        "if",
        "else",
        "for",
        "in",
        "not",
        "and",
        "{",
        "}",
        "#",
        ";",
        "\n",
        "\x00",
        "é",
        "∂",
        "²",
    ),
]


def formula(seed: int) -> bytes:
    rng = random.Random(seed)
    if rng.random() < 0.5:
        text = "".join(rng.choices(WORDS, k=rng.randrange(1, 40)))
    else:
        text = "log(x1)+x1*x2-sin(x2)**2/(1+exp(-x1))"
        for _ in range(rng.randrange(1, 4)):
            place = rng.randrange(len(text))
            piece = rng.choice([*WORDS, rng.choice(string.printable), "(" * 300, "-" * 300])
            text = text[:place] + piece + text[place + rng.randrange(3) :]
    return text.encode()


def fault_of_formula(case: bytes) -> str:
    """A formula executes nothing but mathematics: it is read, and has a value or none."""

    def tried() -> None:
        found = parse_formula(case.decode(errors="surrogateescape"))
        with np.errstate(all="ignore"), warnings.catch_warnings(action="ignore"):
            found(np.full(max(1, len(found.names)), 0.5))

    return told(tried, (DiffbenchError,))


# ---------------------------------------------------------------- journals


def record(k: int) -> bytes:
    samples = [(3e-6 * j, 1e-6) for j in (0.99, 1, 1.01)]
    cell = Cell(("rosenbrock", "baydin")[k % 2], 2 + k, "gradient", ("reverse", "mine")[k // 2 % 2])
    measured = Measured(cell, Status.OK, None, 1e-16, 1e-16, 1.0, 3.0, samples=samples)
    lost = Measured(cell, Status.FAILED, "ValueError: no")
    return encode((lost if k == 3 else measured).record(key=f"k{k}"))


BLOCK = json.dumps(
    {"host": "h", "cpu": "c", "usable_cores": [0], "packages": {"numpy": "2"}, "warnings": ["w"]}
).encode()


def journal(seed: int) -> bytes:
    """journal.jsonl, a line of three zeros, environment.json."""
    rng = random.Random(seed)
    rows, block = b"".join(map(record, range(5))), BLOCK
    if rng.random() < 0.7:
        rows = several(rows, rng)
    else:
        block = several(block, rng)
    return rows + b"\n\0\0\0\n" + block


def fault_of_journal(case: bytes, every: int = DRAWN_EVERY) -> str:
    """It is read, compared, ranked, shown and drawn, or refused by name; what is kept is sound."""
    rows, _, block = case.partition(b"\n\0\0\0\n")

    def tried() -> None:
        with tempfile.TemporaryDirectory() as place, warnings.catch_warnings(action="ignore"):
            folder = Path(place)
            (folder / "journal.jsonl").write_bytes(rows)
            (folder / "environment.json").write_bytes(block)
            results = Results.load(folder)
            at_a_glance(results.frame())
            ranked(results)
            diff(results, results)
            results.save(folder / "merged")
            if len(results.rows) != len(Results.load(folder / "merged").rows):
                raise AssertionError("rows were lost on the way")
            if sum(case) % every == 0 and results.rows:
                db.render(results, folder)

    return told(tried, (DiffbenchError,))


# ---------------------------------------------------------------- streams

STREAM = b"".join(
    json.dumps(said).encode() + b"\n"
    for said in [
        {"done": "load"},
        {"status": "ok", "prepare_s": 1e-3, "first_s": 1e-5},
        {"error_rel": 0.0, "error_norm": 1e-16, "error_ulp": 1.0, "cond": 3.0, "judge": "exact"},
        {"calls": 1, "operations": 7, "peak_bytes": 99, "resident_bytes": 10**8},
        {"loops": [10, 20]},
        {"done": "examine"},
        *[{"sample": [3e-6, 1e-6]}, {"done": "sample"}] * 3,
    ]
)


def stream(seed: int) -> bytes:
    rng = random.Random(seed)
    if rng.random() < 0.05:
        return rng.randbytes(rng.randrange(3000)) * rng.choice([1, 1, 700])
    return several(STREAM, rng)


class Streams:
    """Where such workers come from: a child that writes it and ends."""

    def __init__(self, said: bytes) -> None:
        self.said = said

    def fork(self, orders: int, answers: int, log: int) -> int:
        with warnings.catch_warnings(action="ignore"):
            pid = os.fork()
        if pid == 0:
            rest = memoryview(self.said)
            while rest:
                rest = rest[os.write(answers, rest) :]
            os._exit(0)
        return pid

    def end(self, pid: int) -> int:
        lineage.end(pid)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def fault_of_stream(case: bytes) -> str:
    """Every cell has a row that a journal takes back."""
    suite = Suite(
        "brief", sizes=1, rounds=3, sample_s=1e-3, cell_s=1.0, timeout_s=20, reference_s=20
    )
    [group] = groups(["baydin"], ["forward"], suite)

    def tried() -> None:
        with tempfile.TemporaryDirectory() as place, ExitStack() as hired:
            hire = lambda post: hired.enter_context(Worker(Streams(case), post))
            team = Team(group, Plan(suite, 1 << 33), Path(place), hire)
            with warnings.catch_warnings(action="ignore"):
                [found] = team.measure(group.sizes[0])
            line.record(encode(found).rstrip())

    return told(tried, ())


TARGETS = {
    "formulas": Target(formula, fault_of_formula),
    "journals": Target(journal, fault_of_journal),
    "streams": Target(stream, fault_of_stream),
}
