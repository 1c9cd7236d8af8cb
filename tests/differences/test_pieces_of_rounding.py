"""Formulas that cancel inside f: near 0 they are pieces that rounding cut out, smooth each by
itself and on the whole no slope of f.
"""

import numpy as np
import pytest

import diffbench as db

CANCELLING = {
    "(1 - cos x) / x²": (lambda x: (1 - np.cos(x)) / x**2, lambda x: -x / 12),
    "(x - sin x) / x³": (lambda x: (x - np.sin(x)) / x**3, lambda x: -x / 60),
    "(tan x - sin x) / x³": (lambda x: (np.tan(x) - np.sin(x)) / x**3, lambda x: x / 4),
    "(1 - cos x) / x² + x": (lambda x: (1 - np.cos(x)) / x**2 + x, lambda x: 1 - x / 12),
    "(e^x - 1) / x": (lambda x: (np.exp(x) - 1) / x, lambda x: 0.5 + x / 3),
    "log(1 + x) / x": (lambda x: np.log(1 + x) / x, lambda x: -0.5 + 2 * x / 3),
}
POINTS = 10 ** np.random.default_rng(5).uniform(-9, -4, 30)


@pytest.mark.parametrize("name", CANCELLING)
def test_a_slope_of_a_piece_is_refused_or_has_an_honest_bar(name):
    f, slope = CANCELLING[name]
    silent = 0
    for x in POINTS:
        found = db.estimate(f, x)
        silent += bool(found.success) and abs(found.df - slope(x)) > 10 * found.error + 1e-9
    assert silent <= 0.15 * len(POINTS)  # 0.5 and more, when quotients that agree were believed


def test_the_right_gradient_at_1e_7_is_not_called_wrong():
    f, slope = CANCELLING["(1 - cos x) / x²"]
    verdicts = [db.check_gradient(f, slope(x), x) for x in (1e-7, 5e-8, 2e-7)]
    assert all(found.verdict != "wrong" for found in verdicts)
    assert any("looks like rounding" in found.reason for found in verdicts)


@pytest.mark.parametrize(
    "f, x, slope",
    [
        (lambda x: x % 1, 1000.5, 1.0),
        (lambda x: x % 1, 0.3, 1.0),
        (lambda x: np.floor(x) + x * x, 1.003, 2.006),
        (lambda x: np.where(x < 1, x * x, 3 - x), 0.999, 1.998),
        (lambda x: np.maximum(x, 0), -1e-9, 0.0),
        (lambda x: np.abs(x) + x * x, 1e-3, 1.002),
        (lambda x: 1 / (x * x - 1), 0.9, -1.8 / 0.0361),
        (np.tan, 1e-3, 1 / np.cos(1e-3) ** 2),
        (lambda x: np.abs(np.sin(50 * x)), 0.3, -50 * np.cos(15) * -np.sign(np.sin(15))),
    ],
)
def test_pieces_poles_and_kinks_that_f_is_made_of_are_no_rounding(f, x, slope):
    found = db.estimate(f, x)
    assert found.success
    assert abs(found.df - slope) <= max(found.error, 1e-9 * abs(slope))
