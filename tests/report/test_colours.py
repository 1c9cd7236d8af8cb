"""Colours survive colour-blindness, both papers and print; what methods say of their looks is told
apart.
"""

from itertools import combinations

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from diffbench import registry
from diffbench.interface import Kind
from diffbench.report.drawing.colours import DARK_PAPER, PAPER, UNKNOWN, dark_of, in_order, look_of
from diffbench.report.drawing.glyphs import glyph

METHODS = {name: registry.find("differentiators", name) for name in registry.list_methods()}
LOOKS = {name: m.look for name, m in METHODS.items() if getattr(m, "look", None)}
OURS = [name for name in LOOKS if METHODS[name].kind is not Kind.PEER]
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
    seen = [lab(getattr(LOOKS[name], paper), SIGHT[sight]) for name in OURS]
    assert min(np.linalg.norm(a - b) for a, b in combinations(seen, 2)) >= (
        20 if sight == "everybody" else 12
    )


@pytest.mark.parametrize("name", LOOKS)
def test_every_colour_stands_out_from_its_paper(name):
    assert contrast(LOOKS[name].colour, PAPER) >= 3
    assert contrast(LOOKS[name].dark, DARK_PAPER[PAPER]) >= 3


def test_no_two_methods_look_alike_and_the_page_knows_every_colour():
    looks = [(look.marker, look.line, look.colour) for look in LOOKS.values()]
    assert len(looks) >= 12 and UNKNOWN not in LOOKS.values()
    assert len(set(looks)) == len(looks)
    assert {look.colour: look.dark for look in LOOKS.values()}.items() <= dark_of().items()


def test_other_packages_are_hollow_and_dashed():
    assert all((look.line == "--") == (name not in OURS) for name, look in LOOKS.items())
    assert look_of("jax").face == "none" and look_of("reverse").face == look_of("reverse").colour


def test_markers_alone_tell_our_methods_apart():
    assert len({LOOKS[name].marker for name in OURS}) == len(OURS)


def test_a_configured_method_looks_like_the_method_and_a_strange_one_is_grey():
    assert look_of("forward-difference(h=1e-6)") == LOOKS["forward-difference"]
    assert look_of("my-step") == UNKNOWN


def test_methods_come_by_kind_then_by_name_and_strange_ones_last():
    names = ["zeta", "jax", "richardson", "forward", "symbolic", "alpha", "compiled", "manual"]
    ordered = "manual compiled forward symbolic richardson jax alpha zeta"
    assert in_order([*names, "forward"]) == ordered.split()


@pytest.mark.parametrize("name", LOOKS)
def test_a_glyph_is_a_closed_outline(name):
    outline = glyph(name).split('d="')[1].split('"')[0]
    assert outline.startswith("M")
    assert outline.endswith("Z")
