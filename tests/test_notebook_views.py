"""What the last line of a notebook's cell shows: the matrix, an estimate, a verdict, a program. Read
back as HTML; nothing that a user wrote becomes markup.
"""

import re
from html.parser import HTMLParser

import numpy as np
import pytest

import diffbench as db
from diffbench.bench.rows.results import Results
from diffbench.markup import MOST, table

HOSTILE = '<script>alert(1)</script> & "quoted"'


class Read(HTMLParser):
    """The cells, line by line, and every tag and attribute."""

    def __init__(self, text):
        super().__init__()
        self.lines, self.tags, self.hints, self.said = [], [], [], ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.hints += [value for name, value in attrs if name == "title" and value]
        if tag == "tr":
            self.lines.append([])
        if tag in ("td", "th"):
            self.lines[-1].append("")

    def handle_endtag(self, tag):
        self.tags.append(f"/{tag}")

    def handle_data(self, data):
        self.said += data
        if self.lines and self.tags[-1] != "/table":
            self.lines[-1][-1] += data


def read(thing):
    found = Read(thing._repr_html_())
    opened = [tag for tag in found.tags if not tag.startswith("/")]
    assert sorted(opened) == sorted(tag[1:] for tag in found.tags if tag.startswith("/"))
    assert set(opened) <= {"table", "tr", "th", "td", "p", "b", "span"}
    return found


@pytest.fixture(scope="module")
def compared():
    return db.compare(lambda x: np.sum(np.sin(x)), np.ones(2), methods=["reverse", "scipy"])


def test_a_comparison_is_a_line_a_method_and_the_verdict(compared):
    found = read(compared)
    assert [line[0] for line in found.lines] == ["method", "reverse", "scipy"]
    assert int(found.lines[1][1]) == 16 and int(found.lines[2][1]) < 10  # correct digits
    assert compared.verdict in found.said


def test_a_run_is_a_line_a_problem_and_size_and_a_column_a_method(compared):
    rows = [
        {**record, "problem": name, "size": size}
        for record in compared.records
        for name in ("valley", "hill")
        for size in (2, 10)
    ]
    found = read(Results(tuple(rows)))
    assert found.lines[0] == ["problem", "size", "operator", "dtype", "reverse", "scipy"]
    assert [line[:2] for line in found.lines[1:]] == [
        [name, str(size)] for name in ("valley", "hill") for size in (2, 10)
    ]
    assert all(line[4].startswith("16 ") for line in found.lines[1:])


def test_what_a_method_said_is_text_and_no_markup(compared):
    row = {**compared.records[0], "problem": HOSTILE, "status": "failed", "error_norm": None}
    for records in (
        [{**row, "reason": HOSTILE}],
        [{**row, "reason": HOSTILE}, compared.records[0]],
    ):
        found = read(Results(tuple(records)))
        assert HOSTILE in found.said and any(HOSTILE in hint for hint in found.hints)


def test_an_estimate_shows_every_entry_with_its_error_bar():
    found = read(db.estimate(lambda x: np.sum(np.exp(x)), np.zeros(3), operator="gradient"))
    assert len(found.lines) == 4
    for index, df, error, *_ in found.lines[1:]:
        assert re.fullmatch(r"\(\d,\)", index) and abs(float(df) - 1) <= float(error)
    assert "evaluations of f" in found.said
    assert len(read(db.estimate(np.exp, 0.0)).lines) == 2


def test_a_verdict_shows_its_sentence_and_the_worst_entries():
    x = np.array([1.0, 2.0])
    right, wrong = (
        db.check_gradient(lambda x: np.sum(x**3), lambda x, k=k: k * x**2, x) for k in (3, -3)
    )
    assert read(right).said.startswith("right: ") and not read(right).lines
    found = read(wrong)
    assert found.said.startswith("wrong: ") and found.lines[1][:2] == ["[1]", "-12"]


def test_a_program_is_a_table_and_equations_in_latex():
    program = db.record(lambda x: np.sin(x[0]) * x[1], np.array([0.0, 2.0]))
    assert ["v3", "sin(v1)", "float64[]"] in read(program).lines or "sin(" in read(program).said
    text = program._repr_latex_()
    assert text.startswith(r"\begin{align*}") and r"\sin" in text


def test_a_long_program_is_cut_and_says_by_how_much():
    def steps(x):
        for _ in range(2 * MOST):
            x = np.sin(x)
        return x

    program = db.record(steps, 1.0)
    assert f"and {len(program.equations) - MOST} more equations" in program._repr_latex_()
    assert "more rows" in read(program).said and len(read(program).lines) == MOST + 1
    assert program.to_latex().count("&=") == len(program.equations)


def test_a_table_escapes_every_cell():
    assert "<script>" not in table((HOSTILE,), [(HOSTILE,)])
