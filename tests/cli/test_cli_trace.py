"""The textbook's traces from the command line, several results, and the graph without Graphviz."""

import xml.etree.ElementTree as ET

import numpy as np
import pytest
from click.testing import CliRunner

from diffbench.cli import main

PAIR = "sin(x1*x2), x1*x2 + log(x2)"  # worked examples, section 3


def trace(*words):
    result = CliRunner().invoke(main, ["trace", *words])
    assert result.exit_code == 0, result.output
    return result.stdout


def rows(text):
    return [line.split() for line in text.splitlines() if line]


def test_griewank_and_walther_s_adjoints_come_in_the_book_s_order():
    """Griewank and Walther (2008), table 1.3: v4 is used twice, and its adjoint grows to 2.8437."""
    text = trace("(sin(x1/x2) + (x1/x2 - exp(x2))) * (x1/x2 - exp(x2))", "--at", "1.5,0.5").replace(
        "+= ", ""
    )
    found = {(quantity, value) for quantity, *_, value in rows(text)}
    assert {
        ("v_6", "2.0166466694282015"),
        ("vbar_4", "1.4923987373597392"),
        ("vbar_4", "2.843677466659611"),
        ("vbar_3", "-2.843677466659611"),
        ("vbar_0", "-4.688431526292355"),
        ("vbar_1", "1.5059216638369533"),
        ("dy/dx1", "3.0118433276739065"),
        ("dy/dx2", "-13.723961509314075"),
    } <= found


def test_several_results_have_no_rows_for_their_shaping():
    text = trace(PAIR, "--at", "2,3", "--seed", "1,0")
    assert "reshape" not in text and "join" not in text
    found = {row[0]: row[-1] for row in rows(text)}
    assert found["y1"] == "-0.27941549819892586" and found["y2"] == "7.09861228866811"
    assert found["dy/dx1"] == "2.880510859951098" and found["dy/dx2"] == "1.920340573300732"
    second = {row[0]: row[-1] for row in rows(trace(PAIR, "--at", "2,3", "--seed", "0,1"))}
    assert second["dy/dx1"] == "3.0" and second["dy/dx2"] == "2.3333333333333335"


def test_the_tangents_of_several_results_are_numbered():
    found = {row[0]: row[-1] for row in rows(trace(PAIR, "--at", "2,3", "--mode", "forward"))}
    np.testing.assert_allclose(
        [float(found["ydot1"]), float(found["ydot2"])], [2.880510859951098, 3.0], rtol=1e-15
    )


def test_a_result_that_stands_twice_is_seeded_twice():
    found = {row[0]: row[-1] for row in rows(trace("x*x, x*x", "--at", "3"))}
    assert found["dy/dx"] == "12.0"


def test_step_without_a_terminal_prints_every_row():
    assert trace(PAIR, "--at", "2,3", "--step") == trace(PAIR, "--at", "2,3")


def test_the_graph_is_drawn_in_text_and_as_svg_with_the_names_of_the_table():
    text = trace(PAIR, "--at", "2,3", "--text")
    assert text.splitlines()[0].split("   ")[-1].strip() == "v_-1 = x1 | v_0 = x2"
    drawing = ET.fromstring(trace(PAIR, "--at", "2,3", "--svg"))
    labels = [element.text for element in drawing.iter("{http://www.w3.org/2000/svg}text")]
    assert sorted(labels) == sorted(
        label
        for line in text.splitlines()
        for label in line.removeprefix("depth").lstrip(" 0123456789").split(" | ")
    )


def test_the_source_is_python_that_runs():
    code = trace("sin(x1*x2)", "--at", "2,3", "--source")
    scope = {}
    exec(code, scope)
    assert scope["f"](np.array([2.0, 3.0])) == np.sin(6.0)


SOURCES = [
    (("log(x1)+x1*x2-sin(x2)", "2,5"), [5.5, 1.7163378145367738]),
    (("(sin(x1/x2) + (x1/x2 - exp(x2))) * (x1/x2 - exp(x2))", "1.5,0.5"), [3.0118433276739065, -13.723961509314075]),
    (("x*x*x", "2"), 12.0),
    (("x + 0*y", "2,3"), [1.0, 0.0]),
    (("dot(x, x)*sum(y)", "x=1,2,3,y=4,5"), [18.0, 36.0, 54.0, 14.0, 14.0]),
    (("max(x)*sqrt(sum(x*x))", "x=3,4"), [2.4, 8.2]),
]  # fmt: skip


@pytest.mark.parametrize(("asked", "gradient"), SOURCES)
def test_the_adjoint_beside_the_primal_runs_and_is_the_gradient(asked, gradient):
    formula, at = asked
    scope = {}
    exec(trace(formula, "--at", at, "--source"), scope)
    x = np.array([float(part.rpartition("=")[2]) for part in at.split(",")])
    x = x[0] if x.size == 1 else x
    value, x_bar = scope["f_and_adjoint"](x)
    assert value == scope["f"](x)
    np.testing.assert_allclose(x_bar, gradient, rtol=1e-14)


def test_the_adjoint_of_several_results_takes_a_seed_for_each():
    scope = {}
    exec(trace(PAIR, "--at", "2,3", "--source"), scope)
    for seed, expected in (([1.0, 0.0], 2.880510859951098), ([0.0, 1.0], 3.0)):
        _, x_bar = scope["f_and_adjoint"](np.array([2.0, 3.0]), seed)
        np.testing.assert_allclose(x_bar[0], expected, rtol=1e-14)


def test_each_line_of_the_source_has_its_adjoint_beside_it_with_the_table_s_numbers():
    lines = trace("log(x1)+x1*x2-sin(x2)", "--at", "2,5", "--source").splitlines()
    [product] = [line for line in lines if line.strip().startswith("v2 = x1*x2 ")]
    assert product.split("# ")[1].split("; ")[1].startswith("x2_bar = x2_bar + v2_bar*x1")
    columns = {line.index("#") for line in lines if "# " in line}
    assert len(columns) == 1


def test_the_source_refuses_where_another_branch_is_taken(tmp_path):
    (tmp_path / "mine.py").write_text("def f(x):\n    return x * x if x > 0 else -x\n")
    scope = {}
    exec(trace(f"{tmp_path / 'mine.py'}:f", "--at", "2", "--source"), scope)
    assert scope["f_and_adjoint"](3.0) == (9.0, 6.0)
    with pytest.raises(ValueError, match="another branch"):
        scope["f_and_adjoint"](-3.0)


@pytest.mark.parametrize("mode", ["reverse", "forward"])
def test_the_graph_of_the_derivative_has_a_node_for_each_quantity_of_the_table(mode):
    asked = (
        "(sin(x1/x2) + (x1/x2 - exp(x2))) * (x1/x2 - exp(x2))",
        "--at",
        "1.5,0.5",
        "--mode",
        mode,
    )
    named = list(dict.fromkeys(row[0] for row in rows(trace(*asked))))
    named.remove("y")
    text = trace(*asked, "--text", "--gradient")
    labels = [
        label
        for line in text.splitlines()
        for label in line.removeprefix("depth").lstrip(" 0123456789").split(" | ")
    ]
    assert sorted(label.split(" = ")[0] for label in labels) == sorted(named)
    dot = trace(*asked, "--dot", "--gradient")
    assert all(f'"{name}" [' in dot for name in named)


def test_an_adjoint_with_several_increments_is_one_node_below_all_that_they_read():
    dot = trace("log(x1)+x1*x2-sin(x2)", "--at", "2,5", "--dot", "--gradient")
    parents = {
        line.split(" -> ")[0].strip(' "') for line in dot.splitlines() if '-> "vbar_0"' in line
    }
    assert parents == {"vbar_3", "v_0", "vbar_2", "v_-1"}
