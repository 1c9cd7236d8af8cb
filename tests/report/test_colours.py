"""Colours survive colour-blindness, both papers and print; every registered method has a look of
its own.
"""

from itertools import combinations

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from diffbench import registry
from diffbench.report.drawing.colours import DARK_PAPER, PAPER, STYLES, UNKNOWN, in_order, style_of
from diffbench.report.drawing.glyphs import glyph

OURS = [name for name, style in STYLES.items() if not style.peer]
SIGHT = {  # Machado, Oliveira & Fernandes (2009), severity 1, on linear RGB
    "everybody": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def linear(colour):
    c = np.array(to_rgb(colour))
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def lab(colour, sight):
    """CIELAB of a colour as somebody sees it."""
    t = XYZ @ np.clip(np.array(sight) @ linear(colour), 0, 1) / XYZ.sum(axis=1)
    f = np.where(t > 0.008856, np.cbrt(t), 7.787 * t + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def contrast(colour, paper):
    """The ratio of WCAG 2: 1 for equal, 21 for black on white."""
    low, high = sorted((XYZ[1] @ linear(colour), XYZ[1] @ linear(paper)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("paper", ["colour", "dark"])
@pytest.mark.parametrize("sight", SIGHT)
def test_any_two_methods_can_be_told_apart(sight, paper):
    seen = [lab(getattr(STYLES[name], paper), SIGHT[sight]) for name in OURS]
    assert min(np.linalg.norm(a - b) for a, b in combinations(seen, 2)) >= (
        20 if sight == "everybody" else 12
    )


@pytest.mark.parametrize("name", STYLES)
def test_every_colour_stands_out_from_its_paper(name):
    assert contrast(STYLES[name].colour, PAPER) >= 3
    assert contrast(STYLES[name].dark, DARK_PAPER[PAPER]) >= 3


def test_every_registered_method_has_a_look_of_its_own():
    looks = [
        (style_of(name).marker, style_of(name).peer, style_of(name).colour)
        for name in registry.names("differentiators")
    ]
    assert UNKNOWN not in [style_of(name) for name in registry.names("differentiators")]
    assert len(set(looks)) == len(looks)


def test_markers_alone_tell_our_methods_apart():
    assert len({STYLES[name].marker for name in OURS}) == len(OURS)


def test_a_configured_method_looks_like_the_method_and_a_strange_one_is_grey():
    assert style_of("forward-difference(h=1e-6)") == STYLES["forward-difference"]
    assert style_of("my-step") == UNKNOWN


def test_methods_come_in_one_order_and_strange_ones_last():
    assert in_order(["zeta", "forward", "alpha", "manual", "forward"]) == [
        "manual",
        "forward",
        "alpha",
        "zeta",
    ]


@pytest.mark.parametrize("name", STYLES)
def test_a_glyph_is_a_closed_outline(name):
    outline = glyph(name).split('d="')[1].split('"')[0]
    assert outline.startswith("M")
    assert outline.endswith("Z")
