"""A method's marker as a scrap of inline SVG, the same path the charts draw: for the key and for
column headings.
"""

import numpy as np
from markupsafe import Markup
from matplotlib.markers import MarkerStyle
from matplotlib.path import Path

from diffbench.report.drawing.canvas import variable
from diffbench.report.drawing.colours import look_of

COMMAND = {Path.MOVETO: "M", Path.LINETO: "L", Path.CURVE3: "Q", Path.CURVE4: "C"}


def glyph(method: str) -> Markup:
    """A 12 x 12 picture of the method's marker in its colour; decoration, hidden from screen
    readers.
    """
    look = look_of(method)
    colour = variable(look.colour)
    fill = "none" if look.face == "none" else colour
    return Markup(
        '<svg class="glyph" viewBox="-7 -7 14 14" aria-hidden="true"><path d="{}" '
        'fill="{}" stroke="{}" stroke-width="1.4"/></svg>'
    ).format(_outline(look.marker), fill, colour)


def _outline(marker: str) -> str:
    shape = MarkerStyle(marker)
    path = shape.get_path().transformed(shape.get_transform())
    size = 5 / np.abs(path.vertices).max()
    return "".join(
        "Z" if code == Path.CLOSEPOLY else COMMAND[code] + _pairs(points * size)
        for points, code in path.iter_segments()
    )


def _pairs(points: np.ndarray) -> str:
    return " ".join(f"{x:.2f} {-y:.2f}" for x, y in points.reshape(-1, 2))
