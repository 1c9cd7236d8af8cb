"""sweep, swell, doctor, list and check from the command line."""

import json
import xml.etree.ElementTree as ET

import pytest
from click.testing import CliRunner

from diffbench.cli import main

DERIVATIVES = """
import numpy as np
def loss(x): return np.sum(x**3)
def slope(x): return 3 * x**2
def curvature(x): return np.diag(6 * x)
def wrong_curvature(x): return np.diag(3 * x)
def bent(x, v): return 6 * x * v
def wrong_bent(x, v): return -6 * x * v
def pair(x): return np.stack([x[0] * x[1], np.sin(x[0])])
def pair_jacobian(x): return np.array([[x[1], x[0]], [np.cos(x[0]), 0.0]])
def pushed(x, v): return pair_jacobian(x) @ v
def pulled(x, u): return pair_jacobian(x).T @ u
def pulled_askew(x, u): return pair_jacobian(x) @ u
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "derived.py").write_text(DERIVATIVES)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.path", list(__import__("sys").path))
    return tmp_path


def diffbench(*words):
    return CliRunner().invoke(main, words)


def done(*words):
    result = diffbench(*words)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_a_sweep_has_a_line_a_decade_and_says_where_each_curve_is_lowest():
    text = done("sweep", "sin(x)", "--at", "1", "--dtype", "float64")
    assert "1e-8" in text and "float64 forward: least error" in text


def test_a_sweep_and_a_swell_are_drawn_as_pictures(folder):
    done("sweep", "sin(x)", "--at", "1", "--dtype", "float64", "--picture", "v.svg")
    done("swell", "4*x*(1-x)", "--iterate", "4", "--picture", "swell.svg")
    for name in ("v.svg", "swell.svg"):
        assert ET.parse(name).getroot().tag == "{http://www.w3.org/2000/svg}svg"


def test_the_table_of_a_swell_is_the_one_that_the_lecture_prints():
    """Baydin et al. (2018), table 1; worked examples, section 7."""
    rows = json.loads(done("swell", "4*x*(1-x)", "--iterate", "4", "--table", "--json"))
    assert [row["l"] for row in rows] == [
        "x",
        "4x(1 - x)",
        "16x(1 - x)(1 - 2x)^2",
        "64x(1 - x)(1 - 2x)^2(1 - 8x + 8x^2)^2",
    ]
    assert rows[1]["derivative"] == "4(1 - x) - 4x"
    assert rows[2]["derivative"] == "16(1 - x)(1 - 2x)^2 - 16x(1 - 2x)^2 - 64x(1 - x)(1 - 2x)"
    assert "128x(1 - x)(-8 + 16x)(1 - 2x)^2(1 - 8x + 8x^2)" in rows[3]["derivative"]
    assert rows[2]["simplified"] == "16(1 - 10x + 24x^2 - 16x^3)"
    assert rows[3]["simplified"] == (
        "64(1 - 42x + 504x^2 - 2640x^3 + 7040x^4 - 9984x^5 + 7168x^6 - 2048x^7)"
    )


def test_the_expressions_that_are_printed_are_derivatives_of_each_other():
    import sympy as sp
    from sympy.parsing.sympy_parser import (
        convert_xor,
        implicit_multiplication,
        parse_expr,
        standard_transformations,
    )

    how = (*standard_transformations, convert_xor, implicit_multiplication)
    for row in json.loads(done("swell", "x*x - 3*x + 1", "--iterate", "4", "--table", "--json")):
        member, raw, simplified = (
            parse_expr(row[name], transformations=how) for name in ("l", "derivative", "simplified")
        )
        assert sp.expand(sp.diff(member) - raw) == sp.expand(raw - simplified) == 0


def test_the_swell_of_one_s_own_formula_is_counted_as_that_of_the_family():
    own = json.loads(done("swell", "4*x*(1-x)", "--iterate", "5", "--json"))
    raw = {row["n"]: row["operations"] for row in own if row["form"] == "raw"}
    assert raw[2] < raw[3] < raw[4] < raw[5] > 5 * raw[3]


def test_the_doctor_names_what_is_ready_and_where_the_cache_is(folder, monkeypatch):
    monkeypatch.setenv("DIFFBENCH_CACHE", str(folder / "cache"))
    found = json.loads(done("doctor", "--json"))
    assert "reverse" in found["methods ready"] and str(folder) in found["cache"]
    (folder / "cache" / "native" / "old.so").write_bytes(b"x")
    assert "removed 1 files" in done("doctor", "--clean")
    assert not list((folder / "cache" / "native").iterdir())


def test_an_unknown_tag_is_an_error_with_the_nearest_one():
    result = diffbench("list", "problems", "loops")
    assert result.exit_code == 2 and "did you mean loop" in result.stderr


def test_a_problem_is_listed_with_sizes_shape_tags_and_source():
    text = done("list", "problems", "worked-example")
    assert "baydin: " in text and "at sizes" in text and "worked-example" in text


def test_a_method_is_listed_with_its_kind_and_whether_it_is_installed():
    [line] = [line for line in done("list", "methods").splitlines() if line.startswith("reverse ")]
    assert "tracing" in line and " installed " in line


@pytest.mark.parametrize(
    ("f", "kind", "name", "code"),
    [
        ("loss", "gradient", "slope", 0),
        ("loss", "gradient", "bent_off", 2),
        ("loss", "hessian", "curvature", 0),
        ("loss", "hessian", "wrong_curvature", 1),
        ("loss", "hvp", "bent", 0),
        ("loss", "hvp", "wrong_bent", 1),
        ("pair", "jacobian", "pair_jacobian", 0),
        ("pair", "jvp", "pushed", 0),
        ("pair", "jvp", "pulled", 1),
        ("pair", "vjp", "pulled", 0),
        ("pair", "vjp", "pulled_askew", 1),
    ],
)
def test_jacobians_hessians_and_products_are_checked(folder, f, kind, name, code):
    result = diffbench(
        "check", f"derived.py:{f}", f"--{kind}", f"derived.py:{name}", "--at", "1.5,0.5"
    )
    assert result.exit_code == code, result.output


def test_one_derivative_is_checked_at_a_time(folder):
    result = diffbench("check", "derived.py:loss", "--at", "1,2")
    assert result.exit_code == 2 and "--hessian" in result.stderr
