"""The programs of examples/ run as they are and find what they say; the gallery shows all of them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))


def run(example, tmp_path, **more):
    command = [sys.executable, "-W", "error", example]
    return subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, **more)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_runs_and_finds_what_it_says(example, tmp_path):
    done = run(example, tmp_path, input="")
    assert (done.returncode, done.stderr) == (0, "")
    assert "False" not in done.stdout


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_the_gallery_shows_it(example):
    gallery = (ROOT / "docs" / "examples.md").read_text()
    assert f"../examples/{example.name}" in gallery and f"$EXAMPLES/{example.name}" in gallery


def test_the_gradbench_tool_speaks_the_protocol(tmp_path):
    asked = [
        {"id": 0, "kind": "start", "eval": "llsq"},
        {"id": 1, "kind": "define", "module": "llsq"},
        {
            "id": 2,
            "kind": "evaluate",
            "module": "llsq",
            "function": "gradient",
            "input": {"x": [1, 2, 3], "n": 5},
        },
        {"id": 3, "kind": "define", "module": "unknown"},
    ]
    lines = "".join(json.dumps(message) + "\n" for message in asked)
    done = run(ROOT / "examples" / "gradbench_tool.py", tmp_path, input=lines)
    start, define, evaluate, unknown = map(json.loads, done.stdout.splitlines())
    assert [start["id"], define["success"], unknown["success"]] == [0, True, False]
    # V'(V x - sign t) with t = -1, -1/2, 0, 1/2, 1
    assert evaluate["output"] == pytest.approx([12.5, 2.0, 8.875], rel=1e-15)
    assert evaluate["timings"][0]["name"] == "evaluate"
