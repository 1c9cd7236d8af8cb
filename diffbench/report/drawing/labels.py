"""Names beside the things they name, never on top of each other: at the ends of lines, or next to
points.

Line ends: the labels' heights are the least-squares shift of the line ends that keeps one text
height between neighbours, which is an isotonic regression. Points: each label tries eight places
around its point and takes the first that is free; a point that finds none keeps its marker only.
"""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.transforms import Bbox, BboxBase
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import isotonic_regression

LINE = 0.062  # a text line as a fraction of the height of the axes
# right first: it reads on from the point
PLACES = (
    (1, 0),
    (1, 1),
    (1, -1),
    (0, 1),
    (0, -1),
    (-1, 0),
    (-1, 1),
    (-1, -1),
)
SIDE = {1: "left", 0: "center", -1: "right"}
LEVEL = {1: "bottom", 0: "center", -1: "top"}
CLEAR = 9.0  # pixels around a point that no name but its own comes near


def spread(heights: ArrayLike, gap: float = LINE) -> NDArray[np.float64]:
    """Heights in [0, 1], moved as little as possible (least squares) so that neighbours are at
    least `gap` apart; order kept.
    """
    wanted = np.asarray(heights, dtype=float)
    order = np.argsort(wanted, kind="stable")
    ramp = gap * np.arange(len(order))
    settled = isotonic_regression(wanted[order] - ramp).x
    placed = np.empty(len(order))
    placed[order] = np.clip(settled, 0.0, max(0.0, 1.0 - ramp[-1] if len(ramp) else 1.0)) + ramp
    return placed


def label_ends(axes: Axes, ends: Sequence[tuple[str, float, float, str]]) -> None:
    """Write (text, x, y, colour) to the right of the axes at the height of y, with a hairline to
    (x, y).
    """
    if not ends:
        return
    axes.autoscale_view()  # Matplotlib puts it off, and transData with it
    to_axes = axes.transData + axes.transAxes.inverted()
    starts = to_axes.transform([(x, y) for _, x, y, _ in ends])
    gap = min(LINE, 1.0 / max(1, len(ends) - 1))
    for (text, _, _, colour), (x, y), height in zip(
        ends, starts, spread(starts[:, 1], gap), strict=True
    ):
        axes.plot(
            [x + 0.012, 1.015],
            [y, height],
            transform=axes.transAxes,
            color=colour,
            lw=0.5,
            alpha=0.6,
            clip_on=False,
        )
        axes.text(1.025, height, text, transform=axes.transAxes, color=colour, va="center", size=9)


def label_points(
    axes: Axes, points: Sequence[tuple[str, float, float, str]], *, distance: float = 7.0
) -> None:
    """Write (text, x, y, colour) next to (x, y); earlier points choose first, and what is written
    already keeps its place.

    `distance` is that from the point to its name, in points of type.
    """
    axes.autoscale_view()
    centres = axes.transData.transform([(x, y) for _, x, y, _ in points])
    taken = [Bbox.from_bounds(x, y, 0, 0).padded(CLEAR) for x, y in centres] + [
        text.get_window_extent() for text in axes.texts
    ]
    for text, x, y, colour in points:
        taken.extend(_place(axes, text, (x, y), colour, taken, distance))


def _place(
    axes: Axes,
    text: str,
    point: tuple[float, float],
    colour: str,
    taken: list[Bbox],
    distance: float,
) -> list[Bbox]:
    for right, up in PLACES:
        offset = (distance * right, distance * up)
        label = axes.annotate(
            text,
            point,
            offset,
            textcoords="offset points",
            ha=SIDE[right],
            va=LEVEL[up],
            color=colour,
            size=9,
        )
        box = label.get_window_extent()
        if _inside(box, axes.bbox) and not box.count_overlaps(taken):
            return [box]
        label.remove()
    return []


def _inside(box: BboxBase, frame: BboxBase) -> bool:
    return bool(
        frame.x0 <= box.x0 and box.x1 <= frame.x1 and frame.y0 <= box.y0 and box.y1 <= frame.y1
    )
