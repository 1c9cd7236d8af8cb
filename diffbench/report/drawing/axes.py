"""Axes that suit the data: logarithmic with readable ticks, and lines that mean something drawn
across them.
"""

from collections.abc import Iterable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from diffbench.report.drawing.colours import INK, MUTED
from diffbench.report.reading import SUPERSCRIPT, short


def log_axes(axes: Axes, x_name: str, y_name: str) -> None:
    """Both axes logarithmic, named with their units."""
    axes.set(xscale="log", yscale="log", xlabel=x_name, ylabel=y_name)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_minor_locator(NullLocator())
        axis.set_major_formatter(FuncFormatter(power))


def power(value: float, _: int | None = None) -> str:
    """A power of ten in Unicode (10⁻⁸); plain from 0.1 to 1000."""
    exponent = round(np.log10(value))
    return short(value) if -1 <= exponent <= 3 else "10" + str(exponent).translate(SUPERSCRIPT)


def size_ticks(axes: Axes, sizes: Iterable[float]) -> None:
    """Ticks of the x axis at sizes that were measured, thinned to what fits."""
    known = np.unique(np.asarray(list(sizes), dtype=float))
    room = np.log(known[-1] / known[0]) / 6
    kept: list[float] = []
    for size in known:
        if not kept or np.log(size / kept[-1]) >= room:
            kept.append(size)
    axes.set_xticks(kept, [short(size) for size in kept])


def fine_ticks(axes: Axes) -> None:
    """Ticks of the y axis at 1, 2, 5 as well where it spans less than two decades."""
    low, high = axes.get_ylim()
    if high / low < 100:
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5), numticks=12))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: short(value)))


def level(axes: Axes, y: float, text: str = "") -> None:
    """A dotted horizontal line, its name at its right end."""
    axes.axhline(y, color=INK, lw=0.8, ls=(0, (1, 2)))
    axes.text(
        0.995,
        y,
        text,
        transform=axes.get_yaxis_transform(),
        va="bottom",
        ha="right",
        size=9,
        color=MUTED,
    )
