"""A method from outside states its kind and its look in its one file, and is found by them in the
verdict, the page's colours, its tables and the list.
"""

import json
import subprocess
import sys

import pytest

PLUGIN = '''
import numpy as np
from diffbench import differentiator
from diffbench.interface import Look


@differentiator("five-points", kind="difference", look=Look("#12ab34", "#56cd78", "$5$"))
def five_points(f, x):
    """Differences of order four with one step. Shape f(x).shape + x.shape."""
    h, columns = 1e-3, []
    for seed in np.eye(x.size).reshape(-1, *x.shape):
        near, far = (f(x + k * h * seed) - f(x - k * h * seed) for k in (1, 2))
        columns.append((8 * near - far) / (12 * h))
    return np.stack(columns, axis=-1).reshape(np.shape(f(x)) + x.shape)
'''
HIDDEN = "def f(x):\n    return x * x if x == 0 else x\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("outside")
    (place / "five.py").write_text(PLUGIN)
    (place / "hidden.py").write_text(HIDDEN)
    return place


def diffbench(folder, *words):
    done = subprocess.run(
        [sys.executable, "-m", "diffbench", *words, "--plugin", "five.py"],
        cwd=folder,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def page(folder):
    methods = "five-points,forward-difference,reverse"
    said = diffbench(
        folder, "compare", "hidden.py:f", "--at", "0", "--methods", methods, "--report", "page"
    )
    return said, (folder / "page" / "index.html").read_text()


def test_the_verdict_counts_it_among_the_differences(page):
    said, _ = page
    assert "Differences contradict reverse: 1 against 0" in said


def test_the_page_draws_it_in_its_own_colours(page):
    _, html = page
    assert "var(--c12ab34, #12ab34)" in html
    assert "--c12ab34: #56cd78" in html


def test_the_tables_show_it_among_the_differences(page):
    _, html = page
    columns = html[html.index('<table class="matrix">') : html.index("<tbody>")]
    assert columns.index("reverse") < columns.index("five-points")
    assert columns.index("five-points") < columns.index("forward-difference")


def test_it_is_listed_with_the_first_sentence_of_its_docstring(folder):
    [line] = [
        line
        for line in diffbench(folder, "list", "methods").splitlines()
        if line.startswith("five-points")
    ]
    assert "Differences of order four with one step." in line


def test_its_row_is_like_any_other(folder):
    words = ("compare", "sin(x)", "--at", "1", "--methods", "five-points", "--json")
    [row] = json.loads(diffbench(folder, *words))
    assert (row["method"], row["status"], row["calls"]) == ("five-points", "ok", 5)
