"""Branch cuts: where functions of complex numbers jump, and how a derivative is told of it.

The root of z changes its sign where z crosses the negative real axis. Exactly on it, the value moves
smoothly along the axis and not at all across, which the slope 0.5/y does not say. So what is handed
to such a function goes through `beside`, which is z itself and whose derivative is that of z along
the cut and NaN across it.

Where only a multiple of 2 pi comes and goes (log, arctan, arctanh, and arctan2 of real numbers), the
slope is the same on both sides, and is answered (docs/conventions.md).
"""

# fmt: off
from collections.abc import Callable
from typing import Any

import numpy as np

from diffbench.rules.table import dispatched, general

Where = Callable[[Any], Any]  # z -> whether it is on the cut


def on_the_real_axis(test: Where) -> tuple[Where, Where]:
    """Where the cut is, and by how much a direction leads across it."""
    return lambda z: (np.imag(z) == 0) & test(np.real(z)), np.imag


def on_the_imaginary_axis(test: Where) -> tuple[Where, Where]:
    return lambda z: (np.real(z) == 0) & test(np.imag(z)), np.real


# DLMF 4.2, 4.23, 4.37
CUTS = {
    "negative":     on_the_real_axis(lambda t: t < 0),
    "below 1":      on_the_real_axis(lambda t: t < 1),
    "beyond 1":     on_the_real_axis(lambda t: np.abs(t) > 1),
    "beyond i":     on_the_imaginary_axis(lambda t: np.abs(t) > 1),
}
CUT_OF = {
    np.sqrt: "negative", np.power: "negative", np.float_power: "negative", np.arccosh: "below 1", np.arcsin: "beyond 1", np.arccos: "beyond 1",
    np.arcsinh: "beyond i",
}


@dispatched
def beside(z, cut):
    """z, which is about to meet a cut."""
    return np.positive(z)


def beside_jvp(x_dots, y, z, cut):
    is_on, across = CUTS[cut]
    return np.where(is_on(z) & (across(x_dots[0]) != 0), np.nan, x_dots[0])


def beside_vjp(i, y_bar, y, z, cut):
    """Which part of a cotangent is across, complex products mix: forward mode knows."""
    return np.where(CUTS[cut][0](z), np.nan, y_bar)


general(beside, jvp=beside_jvp, vjp=beside_vjp)


def off_the_cut(function: Any, x: Any, *powers: Any) -> Any:
    """The first argument of a function of complex numbers, as it is to be differentiated."""
    return x if any(map(is_whole, powers)) else beside(x, CUT_OF[function])


def is_whole(power: Any) -> bool:
    """Whether x**power has no cut."""
    return type(power) is int or (np.isrealobj(power) and not np.any(np.not_equal(power % 1, 0)))
