"""Small hand-made results: two problems, four methods, some ways to fail, and a table for every
chart.
"""

from types import SimpleNamespace

import pandas as pd
import pytest
from page_reader import read
from report_data import EPS, as_frame, calibration, row, swell, v_curve

from diffbench.report.page import render


def made():
    """Fresh results: what a test changes in them, no other test sees."""
    sizes = (2, 10, 100)
    rows = [row("rosenbrock", n, "reverse", EPS, 12.0) for n in sizes]
    rows += [row("rosenbrock", n, "compiled", 2 * EPS, 1.5) for n in sizes]
    rows += [row("rosenbrock", n, "forward-difference", 1e-8, n + 1.0) for n in sizes]
    rows += [
        row("rosenbrock", 2, "symbolic", EPS, 2.0),
        row("rosenbrock", 10, "symbolic", 0.0, 4.0),
    ]
    rows += [
        row("rosenbrock", 100, "symbolic", status="timeout", reason="timeout after 10 s in diff")
    ]
    rows += [
        row("lse", 5, "reverse", EPS, 3.0),
        row("lse", 5, "compiled", status="crashed", reason="the worker ended with signal 11"),
    ]
    rows += [
        row(
            "lse",
            5,
            "forward-difference",
            0.5,
            6.0,
            "inaccurate",
            "error 0.5 is above the tolerance 1e-4",
        )
    ]
    rows += [
        row(
            "lse",
            5,
            "symbolic",
            status="unsupported",
            reason="max(x) hides a branch; use method forward",
        )
    ]
    operations = pd.DataFrame({"problem": ["lse"], "reverse": [41]})
    tables = {
        "swell": swell(),
        "v_curve": v_curve(),
        "calibration": calibration(),
        "operations": operations,
    }
    environment = {
        "cpu": "a CPU",
        "load": {"before": 0.1, "after": 0.2},
        "packages": {"numpy": "2.4.6"},
        "seeds": [0, 1],
    }
    return SimpleNamespace(frame=lambda: as_frame(rows), tables=tables, environment=environment)


@pytest.fixture
def results():
    return made()


@pytest.fixture
def frame():
    return made().frame()


@pytest.fixture(scope="session")
def page(tmp_path_factory):
    """The page of the results, drawn once; it is alone in its folder."""
    return render(made(), tmp_path_factory.mktemp("page"))


@pytest.fixture(scope="session")
def document(page):
    return read(page)
