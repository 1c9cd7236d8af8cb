"""Differences at zeros, on NIST's models, SciPy's densities and solvers' results: the figures that
docs/finite-differences.md promises.
"""

import json

import numpy as np
import pandas as pd
import pytest

from diffbench.bench.calibration import outside
from diffbench.bench.calibration.outside import DATA, PROGRAMS, Known, nist_models, solvers
from diffbench.bench.calibration.systems import (
    JACOBIANS,
    METHODS,
    SETS,
    TOLD,
    _rows,
    _values,
    certified,
    measured,
    summary,
    unclaimed,
)
from diffbench.bench.calibration.zero_cases import ZeroCase
from diffbench.differentiators.finite_difference import FiniteDifference

QUICK_SLOW = {"fall-time", "critical-damping"}
LARGE = ("400", "500", "Gauss", "ENSO", "Chwirut1", "Hahn1")


def figures(name, every=1, methods=("adaptive-difference", "central-difference")):
    # integrators at the tightest tolerance take seconds
    cases = [
        case
        for case in SETS[name]()
        if case.kind != "ode" and not any(word in case.name for word in LARGE)
    ]
    rows = [_rows(name, case, method) for case in cases[::every] for method in methods]
    return summary(pd.concat(rows, ignore_index=True)).loc[name]


@pytest.mark.parametrize(
    ("name", "every"),
    [
        ("zeros, tuned", 1),
        ("zeros, held back", 1),
        ("nist", 2),
        ("distributions", 3),
        ("solvers", 3),
    ],
)
def test_error_bars_hold_where_people_differentiate(name, every):
    ours, central = (figures(name, every).loc[f"{m}-difference"] for m in ("adaptive", "central"))
    assert ours.coverage >= 0.94  # 95 % of the whole sets; these are parts of them
    assert ours.silent <= 0.01
    assert ours.answered >= 0.95 * central.answered
    assert ours.median_lost <= 2.5
    assert ours.nfev <= 64
    assert ours.nfev_max <= 256


def test_hessians_have_true_error_bars_in_32_evaluations_a_line():
    ours = figures("hessians", 2, ("adaptive-difference",)).loc["adaptive-difference"]
    assert ours.coverage >= 0.95
    assert ours.silent <= 0.01
    assert ours.answered >= 0.95


def test_richardson_is_no_worse_than_central_differences():
    ours = figures("zeros, tuned", 2, ("richardson", "central-difference"))
    assert ours.median_lost["richardson"] <= ours.median_lost["central-difference"]
    assert ours.p90_lost["richardson"] <= ours.p90_lost["central-difference"] + 1


@pytest.mark.parametrize("order", [4, 6, 8, 12])
def test_a_long_stencil_is_no_worse_than_the_short_one(order, monkeypatch):
    monkeypatch.setitem(
        JACOBIANS, "long", lambda f, x: unclaimed(FiniteDifference(order=order).jacobian(f, x))
    )
    cases = [case for case in SETS["zeros, tuned"]() if not any(w in case.name for w in LARGE)]
    cases += list(SETS["distributions"]())[::9]
    long, short = (
        pd.concat([_rows("x", case, method) for case in cases], ignore_index=True)
        for method in ("long", "central-difference")
    )
    # by more than a digit, or than the ten digits that central differences promise
    worse = long.error > 10 * np.maximum(short.error, 2.0 ** (-52 * 2 / 3))
    assert long.answered.mean() == short.answered.mean() == 1
    assert worse.mean() <= 0.01
    assert long.error.median() < short.error.median() / 10


def test_an_integrator_whose_tolerance_is_told_has_true_bars():
    cases = list(SETS["integrators at 1e-11"]())[::3]
    blind, told = (
        summary(pd.concat([_rows("x", case, method) for case in cases], ignore_index=True)).iloc[0]
        for method in ("adaptive-difference", TOLD)
    )
    assert told.silent == 0 < blind.silent
    assert told.coverage >= 0.95
    assert told.answered == 1


def test_rivals_are_asked_where_f_is_quick(monkeypatch):
    monkeypatch.setitem(
        SETS, "two", lambda: [case for case in solvers() if case.name in QUICK_SLOW]
    )
    table = measured(["two"])
    asked = {name: set(rows.method) for name, rows in table.groupby("case")}
    assert "scipy" in asked["fall-time"]
    assert asked["critical-damping"] == {"adaptive-difference", "central-difference", "richardson"}


def test_certified_standard_deviations_are_reproduced():
    digits = certified(lambda f, x: _values(JACOBIANS["adaptive-difference"], f, x))
    told = digits.dropna()
    assert told.median() >= 9
    # Lanczos1: its residuals cancel to 3 digits, for every Jacobian
    assert (told.drop("Lanczos1", errors="ignore") >= 4).all()


def test_the_programs_give_the_values_that_the_references_state():
    entries = json.loads((DATA / "solver-derivatives.json").read_text())["entries"]
    values = {entry["name"]: outside._numbers(entry["value"]).reshape(-1) for entry in entries}
    cases = list(solvers())
    assert {case.name for case in cases} == set(PROGRAMS) <= set(values)
    for case in cases:
        value = values[case.name]
        apart = np.abs(case.f(case.x) - value).max()
        assert apart <= 1e-9 * np.abs(value).max(), case.name


def test_the_models_of_nist_have_the_certified_sums_of_squares():
    for model in nist_models():
        at = np.array(model.facts["optimum_30"], float)
        certified_sum = float(model.facts["certified_rss"])
        if model.facts["name"] != "Lanczos1":  # 1e-25, below the rounding of its parameters
            assert model.sum_of_squares(at) == pytest.approx(certified_sum, rel=1e-9, abs=1e-24)


def test_a_case_states_its_exact_jacobian():
    case = ZeroCase(
        "parabola", "root", lambda m, x: [x[0] * x[1] - 2, m.exp(x[0]) - x[1]], np.array([1.0, 2.0])
    )
    np.testing.assert_array_equal(case.jacobian, [[2, 1], [float(np.exp(1.0)), -1]])


def test_a_method_that_raises_answers_nothing():
    case = Known("never", "x", lambda x: 1 / 0, np.ones(2), np.ones(2))
    rows = _rows("x", case, "adaptive-difference")
    assert not rows.answered.any()
    assert set(METHODS) == {"jacobian", "hessian", "integrated"}
