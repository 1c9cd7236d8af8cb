"""The verdicts of the checker are counted on every set; here on a part of each."""

import pandas as pd
import pytest

from diffbench.bench.calibration.verdicts import SETS, _row, summary

LARGE = ("400", "500", "Gauss", "ENSO", "Chwirut1", "Hahn1")


def quick(name, every):
    cases = [
        case
        for case in SETS[name]()
        if case.kind != "ode" and not any(word in case.name for word in LARGE)
    ]
    return pd.DataFrame(_row(name, case) for case in cases[::every])


@pytest.mark.parametrize(
    ("name", "every"),
    [
        ("families, tuned", 7),
        ("families, held back", 7),
        ("zeros, tuned", 11),
        ("zeros, held back", 11),
        ("nist", 9),
        ("distributions", 29),
        ("solvers", 17),
    ],
)
def test_no_right_derivative_is_called_wrong_and_faults_are_found(name, every):
    figures = summary(quick(name, every)).loc[name]
    assert figures.wrong == 0
    assert figures.right >= 0.8 * figures.derivatives
    assert figures.found >= 0.8  # of few; 97 % of all sets together
