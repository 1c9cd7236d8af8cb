"""Published rules for the step of a finite difference, by name.

    theory                          the optimum for |f| = |f^(p+1)| = 1, times max(1, |x|); no evaluations
    gill-murray-saunders-wright     h with a second difference neither noisy nor coarse gives |f''|; then 2 sqrt(eps_f / |f''|)
    more-wild                       noise from a difference table, |f''| from two trials; then 8^(1/4) sqrt(noise / |f''|)
    shi-xie-xuan-nocedal            bisect h until |f(x+4h) - 4f(x+h) + 3f(x)| / 8 eps_f is between 1.5 and 6; no f'' needed

The last three answer for the one-sided difference of order 1, one coordinate at a time. eps_f is
eps |f(x)| unless measured.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from diffbench.differences.adaptive.noise import noise_along
from diffbench.differences.evaluation import AxisPoints, value_at, values_at
from diffbench.differences.stencils import Stencil
from diffbench.interface import Array, Function

StepRule = Callable[[Function, Array, Stencil, Array], Array]


@dataclass(frozen=True)
class Coordinate:
    """f as a function of the displacement of one coordinate; sizes of its values are the largest
    over the outputs.
    """

    f: Function
    x: Array
    index: int
    center: Array
    scale: float

    def at(self, t: float) -> Array:
        """f(x + t e)."""
        moved = self.x.reshape(-1)[self.index] + self.x.dtype.type(t)
        return np.asarray(values_at(self.f, AxisPoints(self.x, [self.index], [moved]))[0])

    @property
    def eps(self) -> float:
        """The unit in the last place of the precision at work."""
        return float(np.finfo(self.x.dtype).eps)

    @property
    def rounding(self) -> float:
        """eps |f(x)|, or that of 1 where f(x) is 0."""
        return self.eps * (size(self.center) or 1.0)

    def bend(self, h: float) -> float:
        """|f(x + h) - 2 f(x) + f(x - h)|."""
        return size((self.at(h) - self.center) + (self.at(-h) - self.center))

    def direction(self) -> Array:
        """The unit vector."""
        axis = np.zeros_like(self.x)
        axis.reshape(-1)[self.index] = 1
        return axis


def size(values: Any) -> float:
    """The largest magnitude."""
    return float(np.abs(values).max())


def theory(f: Function, x: Array, stencil: Stencil, scale: Array) -> Array:
    """The optimum for |f| = |f^(p+d)| = 1 and values of f rounded to nearest, times the scale. No
    evaluation of f.
    """
    return np.asarray(stencil.unit_step(x.dtype) * scale)


def relative(fraction: float) -> Callable[[Array], Array]:
    """A step rule to pass as `step`: fraction * |x|, so that it follows coordinates of any
    magnitude except 0.
    """
    return lambda x: fraction * np.abs(x)


def gill_murray_saunders_wright(phi: Coordinate) -> float:
    """Source: Gill, Murray, Saunders & Wright (1983), doi:10.1137/0904025, algorithm FD; 3 to 13
    evaluations.
    """
    h = guess = 20 * phi.scale * float(np.sqrt(phi.rounding / (1 + size(phi.center))))
    for _ in range(6):
        bend = phi.bend(h)
        error = 4 * phi.rounding / bend if bend else np.inf  # relative error of |f''| by rounding
        if 0.001 <= error <= 0.1:
            return float(2 * np.sqrt(phi.rounding / bend) * h)
        h = h / 10 if error < 0.001 else h * 10
    # nearly linear or nearly odd: |f''| can't be told from 0, and a long step does no harm
    return guess


def more_wild(phi: Coordinate) -> float:
    """Source: Moré & Wild (2012), doi:10.1145/2168773.2168777, with the noise of Moré & Wild
    (2011); 9 to 30 evaluations.
    """
    noise = size(noise_along(phi.f, phi.x, phi.direction())) or phi.rounding
    first = _curvature(phi, noise**0.25 * phi.scale, noise)
    second = _curvature(phi, (noise / first.value) ** 0.25, noise) if not first.is_sound else first
    trusted = (
        second
        if second.is_sound or abs(first.value - second.value) <= 0.5 * second.value
        else first
    )
    return float(8**0.25 * np.sqrt(noise / trusted.value))


@dataclass(frozen=True)
class Curvature:
    """|f''| from one second difference, and whether that is above the noise and of a small step."""

    value: float
    is_sound: bool


def _curvature(phi: Coordinate, h: float, noise: float) -> Curvature:
    ahead, behind = phi.at(h), phi.at(-h)
    bend = size((ahead - phi.center) + (behind - phi.center))
    limits = [0.1 * max(size(phi.center), size(value)) for value in (ahead, behind)]
    is_small = all(
        size(value - phi.center) <= limit
        for value, limit in zip((ahead, behind), limits, strict=True)
    )
    return Curvature(max(bend, noise) / h**2, bend >= 100 * noise and is_small)


def shi_xie_xuan_nocedal(phi: Coordinate) -> float:
    """Source: Shi, Xie, Xuan & Nocedal (2022), arXiv:2110.06380, algorithm 1; about 10
    evaluations.
    """
    low, high, h = 0.0, np.inf, 2 / np.sqrt(3) * np.sqrt(phi.eps) * phi.scale
    for _ in range(30):
        ratio = size((phi.at(4 * h) - phi.center) - 4 * (phi.at(h) - phi.center)) / (
            8 * phi.rounding
        )
        if (
            1.5 <= ratio <= 6 or h > 0.25 * phi.scale
        ):  # longer than that only for linear f, whose difference is exact
            break
        low, high = (h, high) if ratio < 1.5 else (low, h)
        h = 4 * h if np.isinf(high) else h / 4 if not low else (low + high) / 2
    return float(h)


def _by_coordinate(rule: Callable[[Coordinate], float]) -> StepRule:
    def steps(f: Function, x: Array, stencil: Stencil, scale: Array) -> Array:
        center, scales = value_at(f, x), np.broadcast_to(scale, x.shape).reshape(-1)
        return np.array(
            [rule(Coordinate(f, x, i, center, float(scales[i]))) for i in range(x.size)]
        ).reshape(x.shape)

    return steps


FIRST_ORDER: dict[str, StepRule] = {
    "gill-murray-saunders-wright": _by_coordinate(gill_murray_saunders_wright),
    "more-wild": _by_coordinate(more_wild),
    "shi-xie-xuan-nocedal": _by_coordinate(shi_xie_xuan_nocedal),
}
RULES: dict[str, StepRule] = {"theory": theory, **FIRST_ORDER}
