"""From a drawing function to a piece of accessible SVG that lives inside the page and follows its
theme.

Text stays text, so it takes the page's font; colours become CSS variables with the light colour as
fall-back, so the same drawing is right on light and dark paper. Identifiers are salted with the
panel's name: pages are equal byte for byte and panels never share a clip path.
"""

import io
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import matplotlib
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from diffbench.report.drawing.colours import GRID, INK, MUTED, dark_of

SVG = "{http://www.w3.org/2000/svg}"
XLINK = "{http://www.w3.org/1999/xlink}"
SIZE = (4.9, 3.6)  # inches, 353 points wide: on a phone of 360 pixels a point of type is a pixel
JOINTS = {"stroke-linejoin": "round", "stroke-linecap": "butt"}
LOOK: Any = {
    "svg.fonttype": "none",
    "text.parse_math": False,  # a dollar sign in a name is a dollar sign
    "font.family": "sans-serif",
    "font.size": 10,
    "axes.labelsize": 10,
    "xtick.labelsize": 9.5,
    "ytick.labelsize": 9.5,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": MUTED,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.8,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.7,
    "lines.linewidth": 1.5,
    "lines.markersize": 5,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "savefig.facecolor": "none",
    "xtick.minor.size": 0,
    "ytick.minor.size": 0,
}


@dataclass(frozen=True)
class Panel:
    """One drawing: a title and a note for everybody, a description for who can't see it, and the
    SVG.
    """

    title: str
    description: str
    svg: Markup
    note: str = ""


@dataclass(frozen=True)
class Chart:
    """A question, the panels that answer it, a caption that says what to see, and what a run must
    hold for it to be drawn.
    """

    name: str
    title: str
    caption: str
    needs: str
    panels: tuple[Panel, ...] = ()


def panel(
    name: str,
    title: str,
    description: str,
    draw: Callable[[Axes], None],
    *,
    note: str = "",
    room: float = 0.03,
) -> Panel:
    """Run `draw` on fresh axes in the house style. `name` is unique in the page: it salts the
    identifiers.

    `room` is the share of the width kept free right of the axes, for the names of lines. Margins
    are fixed, so that panels line up.
    """
    with matplotlib.rc_context({**LOOK, "svg.hashsalt": name}):
        figure = Figure(figsize=SIZE)
        draw(figure.add_axes((0.145, 0.155, 0.855 - room, 0.815)))
        stream = io.StringIO()
        figure.savefig(
            stream,
            format="svg",
            metadata={"Date": None, "Creator": None, "Type": None, "Format": None},
        )
    return Panel(
        title,
        description,
        _inline(stream.getvalue(), re.sub(r"\W+", "-", name), title, description),
        note,
    )


def _inline(source: str, name: str, title: str, description: str) -> Markup:
    root = ET.fromstring(source)
    _strip(root)
    _plain(root)
    root.attrib = {
        "viewBox": root.attrib["viewBox"],
        **JOINTS,
        "role": "img",
        "aria-labelledby": f"{name}-title {name}-desc",
    }
    for place, (tag, text) in enumerate((("title", title), ("desc", description))):
        element = ET.Element(SVG + tag, id=f"{name}-{tag}")
        element.text = text
        root.insert(place, element)
    markup = (
        ET.tostring(root, encoding="unicode")
        .replace("ns0:", "")
        .replace(' xmlns:ns0="http://www.w3.org/2000/svg"', "")
    )
    return Markup(_themed(markup))


def _strip(root: ET.Element) -> None:
    """Drop metadata and the identifiers nothing refers to (they repeat from panel to panel), and
    the XLink name space.
    """
    for metadata in root.findall(SVG + "metadata"):
        root.remove(metadata)
    text = ET.tostring(root, encoding="unicode")
    used = set(re.findall(r'(?:url\(#|href="#)([^)"]+)', text))
    for element in root.iter():
        if element.get("id") not in used:
            element.attrib.pop("id", None)
        if link := element.attrib.pop(XLINK + "href", None):
            element.set("href", link)


def _plain(root: ET.Element) -> None:
    """Styles become attributes, and Matplotlib's style sheet those of the root: the page's policy
    allows no other style than its own.
    """
    for definitions in root.findall(SVG + "defs"):
        for sheet in definitions.findall(SVG + "style"):
            definitions.remove(sheet)
    for element in root.iter():
        for declaration in filter(None, element.attrib.pop("style", "").split(";")):
            name, value = map(str.strip, declaration.split(":", 1))
            if name == "font":  # 10px 'DejaVu Sans': the family is the page's
                name, value = "font-size", re.findall(r"[\d.]+px", value)[0]
            element.set(name, value)


def _themed(markup: str) -> str:
    """Colours of the palette -> CSS variables named after them, which the page sets for dark
    paper.
    """
    known = dark_of()
    return re.sub(
        r"#[0-9a-f]{6}\b",
        lambda found: variable(found[0]) if found[0] in known else found[0],
        markup,
    )


def variable(colour: str) -> str:
    """The CSS expression of a palette colour: its variable, with the light colour as fall-back."""
    return f"var(--c{colour[1:]}, {colour})"
