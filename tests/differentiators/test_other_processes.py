"""Differentiators in other processes: real ones in C, C++ and R agree with ours on five problems, time is
told from inside, and whatever else a process may say is a refusal, after which it is gone.
"""

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import jsonschema
import numpy as np
import pytest

import diffbench as db
from diffbench.differentiators.processes import conversation, messages
from diffbench.differentiators.processes.elsewhere import Elsewhere
from diffbench.errors import NotInstalled, Unsupported
from diffbench.registry import find

PROBLEMS = {"logistic_map": 10, "rosenbrock": 1000, "helmholtz": 50, "speelpenning": 100, "gmm": 30}
COMPILED = ("c-by-hand", "adol-c", "sacado")
SCHEMA = json.loads(Path(conversation.__file__).with_name("protocol.schema.json").read_text())
SERVE = [sys.executable, "-m", "diffbench.bench.processes.serve"]


def method(name):
    found = find("differentiators", name)
    if not found.is_installed:
        pytest.skip(f"{name} is not here; {found.install}")
    return found


@pytest.mark.parametrize("problem", PROBLEMS)
@pytest.mark.parametrize("name", [*COMPILED, "numderiv"])
def test_real_tools_agree_with_ours(name, problem):
    size = 2 if (name, problem) == ("numderiv", "rosenbrock") else PROBLEMS[problem]
    f = find("problems", problem).at(size)
    tool = method(name)
    value, gradient = tool.value_and_gradient(f, f.point)
    expected = db.gradient(f, f.point)
    # differences by extrapolation keep about ten digits, the chaotic iterates fewer
    allowed = 1e-5 if name == "numderiv" else 1e-12
    assert value == pytest.approx(float(f(f.point)), rel=1e-12)
    np.testing.assert_allclose(gradient, expected, rtol=0, atol=allowed * np.max(np.abs(expected)))


def test_an_answer_is_right_at_other_points_and_after_another_definition():
    tool, f, g = method("adol-c"), *(find("problems", "rosenbrock").at(n) for n in (2, 10))
    first, second = (tool.prepare(p, p.point, "gradient") for p in (f, g))
    for answer, p in ((first, f), (second, g), (first, f)):
        x = p.point + 0.5
        np.testing.assert_allclose(answer(x), db.gradient(p, x), rtol=1e-12)


def test_the_time_is_that_of_the_runs_inside():
    tool, f = method("c-by-hand"), find("problems", "rosenbrock").at(1000)
    tool.prepare(f, f.point, "value_and_gradient")
    told = tool.statement(f.point)
    seconds = min(told.told_s(200) for _ in range(5))
    # some additions an entry, and not the way there and back, which takes 100 µs at least
    assert 1e-8 < seconds < 1e-4


def test_a_user_function_goes_as_its_recorded_program_branches_and_all(tmp_path):
    def f(x):
        return np.sum(x**2) if x[0] > 0 else np.sum(np.sin(x))

    tool = Elsewhere("serving", [*SERVE, "reverse"])
    answer = tool.prepare(f, np.array([1.0, 2.0]), "gradient")
    for x in ([1.0, 2.0], [-1.0, 2.0], [3.0, 0.5]):
        np.testing.assert_allclose(answer(np.array(x)), db.gradient(f, np.array(x)), rtol=1e-14)
    assert answer.way == "f as its recorded program"


@pytest.mark.parametrize("operator", ["jacobian", "jvp", "vjp", "hessian", "hvp"])
def test_every_operator_goes_through_a_process(operator):
    scalar = operator in ("hessian", "hvp")
    f = (lambda x: np.prod(np.sin(x))) if scalar else (lambda x: np.outer(x, np.cos(x)))
    x = np.array([0.3, 0.7, 1.1])
    ways = {"jvp": [np.ones(3)], "hvp": [np.ones(3)], "vjp": [np.ones((3, 3))]}.get(operator, [])
    found = Elsewhere("serving", [*SERVE, "reverse"]).prepare(f, x, operator)(x, *ways)
    expected = getattr(db, operator)(f, x, *ways)
    pairs = zip(found, expected, strict=True) if operator in ("jvp", "vjp") else [(found, expected)]
    for a, b in pairs:
        np.testing.assert_allclose(a, b, rtol=1e-14)


def test_numbers_keep_every_digit_and_every_kind():
    values = np.array([0.1, -0.0, 5e-324, 1.7976931348623157e308, np.nan, np.inf, -np.inf, 1 / 3])
    line = json.loads(json.dumps(messages.encoded(values)))
    np.testing.assert_array_equal(messages.decoded(line), values)
    assert np.signbit(messages.decoded(line)[1])
    decimal = messages.numbers([0.1, None, "0.30000000000000004", 3])
    np.testing.assert_array_equal(decimal, [0.1, np.nan, 0.1 + 0.2, 3.0])


# ---------------------------------------------------------------- what breaks the protocol

CHILD = """
    import json, os, sys, time
    def say(**words): print(json.dumps(words), flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        if asked["do"] == "hello":
            say(id=asked["id"], ok=True, protocol=1, operators=["value_and_gradient"], programs=True)
        elif asked["do"] == "define":
            say(id=asked["id"], ok=True, prepare_ns=1)
        else:
            {evil}
"""
GOOD = 'id=asked["id"], ok=True'
EVIL = {
    'print("hello there", flush=True)': "is no JSON",
    "print('[1, 2]', flush=True)": "is no JSON object",
    "print('[' * 100000, flush=True)": "is no JSON|nested too deep",
    "sys.stdout.buffer.write(b'\\xff\\xfe\\n'); sys.stdout.flush()": "is no JSON",
    'say(id=77, ok=True, value=["1"], derivative=["1", "1"])': "answer to question 77",
    f'say({GOOD}, value=["1"], derivative=["1", "1"]); say(id=1)': "|more than one line",
    'sys.stderr.write("out of luck"); sys.exit(3)': "went away; its last line: out of luck",
    "os.abort()": "went away",
    "time.sleep(60)": "no answer came within 2 s",
    'say(id=asked["id"], ok=False, error="no")': "none of",
    'say(id=asked["id"], ok=False, error=dict(type="unsupported", message="not today"))': "not today",
    f'say({GOOD}, value=["1"], derivative=["1"])': "has 1 entries, and 2 are wanted",
    f'say({GOOD}, value=["1"])': "a list of numbers was wanted",
    f'say({GOOD}, value=["one"], derivative=["1", "1"])': "'one' is no number",
    f'say({GOOD}, value=[True], derivative=["1", "1"])': "True is no number",
}


def child(tmp_path, evil, name="evil"):
    script = tmp_path / "child.py"
    script.write_text(textwrap.dedent(CHILD).replace("{evil}", evil))
    return Elsewhere(f"{name}{tmp_path.name}", [sys.executable, str(script)], patience_s=2.0)


@pytest.mark.parametrize("evil", EVIL, ids=lambda evil: evil[:30])
def test_what_is_no_answer_is_a_refusal_and_ends_the_process(evil, tmp_path):
    tool, x = child(tmp_path, evil), np.ones(2)
    answer = tool.prepare(np.sum, x, "gradient")
    pid = tool._talk().process.pid
    # a second line may come later, in the next process, too; then it breaks the next answer
    tries = 3 if evil.endswith("say(id=1)") else 1
    with pytest.raises(Unsupported, match=EVIL[evil]):
        [answer(x) for _ in range(tries)]
    with pytest.raises(Unsupported) as again:
        [answer(x) for _ in range(tries)]
    assert "docs/protocol.md" not in str(again.value) or not os.path.exists(f"/proc/{pid}")


def test_an_endless_line_is_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr(conversation, "LONGEST", 1 << 20)
    tool, x = child(tmp_path, "sys.stdout.write('1' * (1 << 21))"), np.ones(2)
    with pytest.raises(Unsupported, match="longer than 1 MiB"):
        tool.prepare(np.sum, x, "gradient")(x)


def test_another_protocol_and_no_program_are_told():
    with pytest.raises(NotInstalled, match="can't be started"):
        Elsewhere("nowhere", ["./no-such-program"], needs=lambda: True).hello()
    with pytest.raises(NotInstalled, match="is not installed"):
        Elsewhere("nowhere", ["no-such-program"]).hello()
    words = 'import sys; sys.stdin.readline(); print(\'{"id": 1, "ok": true, "protocol": 2}\')'
    with pytest.raises(Unsupported, match="protocol 2"):
        Elsewhere("of tomorrow", [sys.executable, "-c", words]).hello()


# ---------------------------------------------------------------- the programs themselves

BROKEN = ("{", "[]", "7", '"do"', "null", "{}", '{"id": 5, "do": "dance"}', '{"id": 6, "do": "evaluate", "x": ["1"]}',
          '{"id": 7, "do": "define", "operator": "value_and_gradient", "problem": {"name": 5}, "x": {"shape": [1], "values": [1]}}',
          '{"id": 8, "do": "define", "operator": "value_and_gradient", "problem": {"name": "rosenbrock", "size": 2, "data": []}, "x": 4}',
          '{"id": 9, "do": ["hello"]}', "\x00\x01", '{"id": 10, "do": "evaluate", "x": {"a": 1}, "runs": "many"}')  # fmt: skip


def command_of(name):
    if name == "serve":
        return [*SERVE, "reverse"]
    found = method(name)
    return [*found.command()]


@pytest.mark.parametrize("name", [*COMPILED, "numderiv", "serve"])
def test_a_program_lives_on_after_broken_lines_and_keeps_to_the_schema(name):
    point = {"shape": [2], "values": ["0x1p+0", "nan"]}
    problem = {"name": "rosenbrock", "size": 2, "data": []}
    asked = [
        {"id": 20, "do": "hello", "protocol": [1]},
        {
            "id": 21,
            "do": "define",
            "operator": "value_and_gradient",
            "problem": problem,
            "x": point,
        },
        {"id": 22, "do": "evaluate", "x": [1.0, "0x1.8p+0"], "runs": 3},
        {"id": 23, "do": "bye"},
    ]
    for question in asked:
        jsonschema.validate(question, SCHEMA)
    text = "".join(f"{line}\n" for line in [*BROKEN, *map(json.dumps, asked)])
    done = subprocess.run(command_of(name), input=text, capture_output=True, text=True, timeout=300)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0 and len(answers) == len(BROKEN) + len(asked), done.stderr
    for answer in answers:
        jsonschema.validate(answer, SCHEMA)
    broken, (hello, defined, evaluated, _) = answers[: len(BROKEN)], answers[len(BROKEN) :]
    kinds = [answer["error"]["type"] for answer in broken]
    assert set(kinds) <= {"bad_request", "unsupported"} and kinds.count("bad_request") > 10, broken
    assert hello["protocol"] == 1 and defined["ok"], defined
    np.testing.assert_allclose(messages.numbers(evaluated["derivative"]), [-200, 100], rtol=1e-8)
    assert messages.numbers(evaluated["value"]) == [25.0] and evaluated["ns"] >= 0


@pytest.mark.parametrize("name", [*COMPILED, "numderiv", "serve"])
def test_a_program_ends_well_when_its_input_is_closed(name):
    done = subprocess.run(command_of(name), input="", capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stdout) == (0, "")


def test_a_run_measures_programs_beside_ours(tmp_path):
    method("c-by-hand")
    words = [
        "run",
        "--suite",
        "quick",
        "--problems",
        "rosenbrock",
        "--methods",
        "c-by-hand,reverse",
    ]
    subprocess.run(
        [sys.executable, "-m", "diffbench", *words, "--out", "run"],
        cwd=tmp_path,
        check=True,
        capture_output=True,
    )
    frame = db.Results.load(tmp_path / "run").frame()
    rows = frame[frame["method"] == "c-by-hand"]
    assert set(rows["status"]) == {"ok"} and (rows["evaluate_s"] > 0).all()


def test_a_tool_of_the_command_line_is_compared_on_a_formula(tmp_path):
    words = ["compare", "sin(x)*y", "--at", "1,2", "--methods", "mine,reverse", "--json"]
    tool = f"mine={sys.executable} -m diffbench.bench.processes.serve forward"
    done = subprocess.run(
        [sys.executable, "-m", "diffbench", *words, "--tool", tool],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    mine, _ = json.loads(done.stdout)
    assert mine["status"] == "ok" and mine["error_norm"] < 1e-15
    bad = subprocess.run(
        [sys.executable, "-m", "diffbench", *words, "--tool", "mine"],
        capture_output=True,
        text=True,
    )
    assert bad.returncode == 2 and "names no program" in bad.stderr
