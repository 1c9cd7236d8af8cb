"""The textbook's traces from the command line, several results, and the graph without Graphviz."""

import xml.etree.ElementTree as ET

import numpy as np
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
