"""The page as a document: what is in it, what is said where something is missing, and that nothing
in it is loaded from anywhere.
"""

import json
import re
import xml.etree.ElementTree as ET
from importlib.resources import files
from types import SimpleNamespace

import pandas as pd
import pytest
from page_reader import read
from report_data import as_frame, row

import diffbench
from diffbench.errors import BadInput
from diffbench.report.page import render

NASTY = """<script>alert("1")</script> & 'x' $\\frac{1}{0}$ </svg>"""


def bare(frame):
    return SimpleNamespace(frame=lambda: frame)


def section(document, name):
    (found,) = document.all("section", id=name)
    return found


def cells(document):
    """(problem, size, method) -> the cell of the matrix."""
    (table,) = document.all("table", **{"class": "matrix"})
    _, head, *lines = table.all("tr")
    methods = [th.text.strip() for th in head.all("th")[2:]]
    problem, found = None, {}
    for line in lines:
        (name,) = line.all("th")
        problem = (
            next(child for child in [*name.children] if isinstance(child, str))
            if not name.all("span")
            else problem
        )
        size, *rest = line.all("td")
        found |= {
            (problem, size.text, method): td for method, td in zip(methods, rest, strict=True)
        }
    return found


def test_render_is_a_public_name_and_makes_the_folders_it_needs(tmp_path):
    path = diffbench.render(bare(as_frame([])), tmp_path / "new" / "folder")
    assert path == tmp_path / "new" / "folder" / "index.html"
    assert path.read_text().startswith("<!doctype html>")


def test_the_same_results_give_the_same_bytes(results, page, tmp_path):
    assert render(results, tmp_path).read_bytes() == page.read_bytes()


def test_nothing_is_loaded_from_anywhere(page, document):
    for element in document.walk():
        for name in ("src", "srcset", "href", "xlink:href", "action", "data", "poster"):
            assert element.attributes.get(name, "#").startswith(("#", "data:")), (
                element.tag,
                element.attributes,
            )
    assert not re.search(r"https?:|@import|url\((?!#)", page.read_text())
    assert [file.name for file in page.parent.iterdir()] == ["index.html"]


def test_the_matrix_comes_first(document):
    assert document.all("section")[0].attributes["id"] == "matrix"


def test_every_pair_of_problem_and_method_has_a_cell_with_digits_and_cost_or_a_word(document):
    found = cells(document)
    assert len(found) == 4 * 4
    assert found["rosenbrock", "10", "reverse"].text == "1612×"
    assert found["rosenbrock", "100", "symbolic"].text == "time-out"
    assert found["lse", "5", "symbolic"].text == "can’t"
    assert (
        found["lse", "5", "symbolic"].attributes["title"]
        == "symbolic: unsupported. max(x) hides a branch; use method forward"
    )
    assert (
        found["lse", "5", "reverse"].attributes["title"]
        == "reverse: ok. Relative error 2.2e-16, 3 times f (2.7 to 3.3)."
    )
    assert found["lse", "5", "compiled"].text == "crashed"
    assert found["lse", "5", "forward-difference"].text == "0 ✗6.0×"


def test_the_cheapest_accurate_method_is_outlined(document):
    found = cells(document)
    best = {key for key, cell in found.items() if "best" in cell.attributes["class"]}
    assert best == {("rosenbrock", n, "compiled") for n in ("2", "10", "100")} | {
        ("lse", "5", "reverse")
    }


def test_a_pair_without_a_row_is_shown_as_absent(tmp_path):
    rows = [row("lse", 5, "reverse", 1e-16), row("rosenbrock", 2, "forward", 1e-16)]
    found = cells(read(render(bare(as_frame(rows)), tmp_path)))
    assert found["rosenbrock", "2", "reverse"].attributes["title"] == "no row of results"


def test_every_row_that_is_not_ok_is_in_the_ledger_with_its_reason(document, frame):
    lines = section(document, "ledger").all("tbody")[0].all("tr")
    wrong = frame[frame["status"] != "ok"]
    told = {(line.all("td")[5].text, line.all("td")[6].text) for line in lines}
    assert told == set(zip(wrong["status"], wrong["reason"], strict=True))
    # the gravest first
    assert [line.all("td")[5].text for line in lines] == [
        "inaccurate",
        "crashed",
        "timeout",
        "unsupported",
    ]


def test_every_chart_says_what_to_see_and_has_a_title_and_a_description(document):
    ids = [element.attributes["id"] for element in document.walk() if "id" in element.attributes]
    assert len(ids) == len(set(ids))
    for name in ("swell", "forms", "v-curve", "cost", "error-cost", "calibration"):
        part = section(document, name)
        drawings = part.all("svg", role="img")
        assert drawings
        assert len(part.all("p", **{"class": "caption"})[0].text) > 80
        for drawing in drawings:
            names = drawing.attributes["aria-labelledby"].split()
            title, description = (
                next(e for e in drawing.walk() if e.attributes.get("id") == name).text
                for name in names
            )
            assert title
            assert len(description) > 40


def test_drawings_are_well_formed_and_take_their_colours_from_the_theme(page):
    drawings = re.findall(
        r'<svg viewBox="[^"]*" stroke-linejoin="round" stroke-linecap="butt" role="img".*?</svg>',
        page.read_text(),
        re.DOTALL,
    )
    assert len(drawings) == 7
    for drawing in drawings:
        root = ET.fromstring(drawing)
        assert root.findall(".//text")
        references = set(re.findall(r'(?:url\(#|href="#)([^)"]+)', drawing))
        assert references <= {element.get("id") for element in root.iter()}
        assert not re.findall(r'(?:fill|stroke)="#(?!000000|ffffff)', drawing)
        assert "style=" not in drawing


def test_absent_tables_are_named_and_no_empty_chart_is_drawn(frame, tmp_path):
    document = read(render(bare(frame), tmp_path))
    for name, table in (
        ("swell", "swell"),
        ("forms", "swell"),
        ("v-curve", "v_curve"),
        ("calibration", "calibration"),
    ):
        part = section(document, name)
        assert "Not in this run" in part.text
        assert f"({table})" in part.text
        assert not part.all("svg")
    assert "Not in this run" in section(document, "environment").text
    assert section(document, "cost").all("svg", role="img")


def test_a_run_in_which_nothing_could_be_answered_still_makes_a_page(tmp_path):
    rows = [row("lse", 5, "symbolic", status="failed", reason="no luck")]
    document = read(render(bare(as_frame(rows)), tmp_path))
    assert "no luck" in section(document, "ledger").text
    assert not section(document, "error-cost").all("svg")


def test_a_run_without_rows_still_makes_a_page(tmp_path):
    document = read(render(bare(as_frame([])), tmp_path))
    assert "Nothing: every cell is ok." in section(document, "ledger").text


def test_names_and_reasons_are_text_whatever_is_in_them(results, tmp_path):
    tables = results.tables
    rows = [row(NASTY, n, method, 1e-9, 2.0 * n) for n in (1, 10) for method in (NASTY, "reverse")]
    rows += [row(NASTY, 10, "symbolic", status="failed", reason=NASTY)]
    tables["swell"]["family"] = NASTY
    tables["calibration"]["method"] = NASTY
    tables[NASTY] = pd.DataFrame({NASTY: [NASTY]})
    nasty = SimpleNamespace(
        frame=lambda: as_frame(rows),
        tables=tables,
        environment={NASTY: {NASTY: NASTY}},
        verdict=NASTY,
    )
    document = read(render(nasty, tmp_path))
    data, script = document.all("script")
    assert (
        "<" not in data.text
        and script.text == files("diffbench.report").joinpath("report.js").read_text()
    )
    assert section(document, "ledger").all("tbody")[0].all("tr")[0].all("td")[-1].text == NASTY
    assert NASTY in section(document, "cost").text
    # not read as TeX either
    assert {element.text for element in section(document, "cost").all("text")} >= {NASTY}


def test_the_page_runs_and_styles_nothing_but_its_own(page):
    text = page.read_text()
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', text)
    assert "unsafe" not in policy and not re.search(r"<[^>]* (?:style|on\w+)=", text)


def test_the_rows_go_along_as_data(document, frame):
    (data,) = document.all("script", id="rows")
    found = json.loads(data.text)
    assert found["columns"] == list(frame.columns)
    told = pd.DataFrame(found["data"], columns=found["columns"])
    assert told["method"].tolist() == frame["method"].tolist()
    assert told["ratio"].fillna(-1).tolist() == frame["ratio"].astype(float).fillna(-1).tolist()


def test_what_a_run_says_stands_first_with_its_figures_and_a_link(document):
    (said,) = document.all("ul", **{"class": "verdicts"})
    links = [link for item in said.all("li") for link in item.all("a")]
    assert [link.attributes["href"] for link in links] == [
        "#glance",
        "#matrix",
        "#ledger",
        "#glance",
        "#ledger",
    ]
    assert links[0].text.startswith("Most accurate: ")
    assert "95 % interval" in said.all("small")[0].text
    assert links[-1].text == "Wrong beyond their tolerance: differences, on lse."


def test_the_environment_block_is_flattened(document):
    part = section(document, "environment")
    shown = {dt.text: dd.text for dt, dd in zip(part.all("dt"), part.all("dd"), strict=True)}
    assert shown == {
        "cpu": "a CPU",
        "load before": "0.1",
        "load after": "0.2",
        "packages numpy": "2.4.6",
        "seeds": "0, 1",
    }


def test_published_counts_stand_beside_the_measured_ones(document):
    lines = [
        [td.text for td in tr.all("td")]
        for tr in section(document, "published").all("tbody")[0].all("tr")
    ]
    by_quantity = {line[0]: line[1:3] for line in lines}
    assert by_quantity["logistic map, operations, raw, n = 12"] == ["195,072", "195,072"]
    assert by_quantity["lse, PyTorch"] == ["4.6×", "reverse 3.0× at n = 5"]
    assert by_quantity["gmm, JAX"][1] == "not in this run"


def test_a_table_without_a_chart_of_its_own_is_shown_as_a_table(document):
    assert any("Operations" in part.text and "41" in part.text for part in document.all("section"))


def test_a_verdict_is_shown_at_the_top(tmp_path):
    told = SimpleNamespace(
        frame=lambda: as_frame([]), verdict="Use compiled: it is the cheapest of the accurate ones."
    )
    assert "Use compiled" in read(render(told, tmp_path)).all("header")[0].text


def test_a_table_without_a_needed_column_is_refused_by_name(results, tmp_path):
    results.tables["swell"] = results.tables["swell"].drop(columns="operations")
    with pytest.raises(
        BadInput,
        match=r"table 'swell' cannot be drawn without the column operations; hand over a data frame with family, n,",
    ):
        render(results, tmp_path)


def test_what_disturbed_the_measurement_is_said_at_the_top(tmp_path):
    disturbed = SimpleNamespace(
        frame=lambda: as_frame([]), environment={"warnings": ["load 4.86 on 2 cores"]}
    )
    assert "load 4.86" in read(render(disturbed, tmp_path)).all("header")[0].text
