"""Over which steps does the difference quotient keep its value? Lepski's method, with the noise of
f learnt on the way.

From below, a quotient is known to within noise / h, an interval that shrinks as h grows. The first
step whose quotient leaves it shows truncation, and everything below is the plateau. Noise and
truncation are told apart by how disagreement, counted in roundings, goes on: noise keeps it level,
truncation makes it grow as h³.
"""

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np

from diffbench.differences.adaptive.quotients import Quotients

SAFETY = 4.0  # quotients agree when they differ by less than this many times their noise
ROUGH = 1e3  # roundings of noise that are taken for noise at first sight
QUIET = 0.5  # roundings of noise that every function has


@dataclass(frozen=True)
class Plateau:
    """Scouted levels, ascending; the index of the highest that still agrees; the noise of f in
    roundings.
    """

    levels: tuple[int, ...]
    last: int
    gain: Any

    @property
    def top(self) -> int:
        """The highest level that agrees."""
        return self.levels[self.last]

    @property
    def witness(self) -> int:
        """The level below the top, against which the top was checked."""
        return self.levels[max(self.last - 1, 0)]

    @property
    def beyond(self) -> tuple[int, ...]:
        """The levels that do not agree any more."""
        return self.levels[self.last + 1 :]


def scouts(q: Quotients, top: int = 0) -> tuple[int, ...]:
    """Five levels up to |x|, or another top; lower ones if those are outside the domain of f, and
    none beyond its first edge; empty if all are outside.
    """
    levels = [top - i * q.gap for i in (4, 3, 2, 1, 0)]
    while not q.is_defined(levels[0]) and levels[0] - q.gap >= q.floor:
        levels.insert(0, levels[0] - q.gap)
    edge = next((i for i, k in enumerate(levels) if not q.is_defined(k)), len(levels))
    return tuple(levels[:edge])


def lower_scouts(q: Quotients, levels: tuple[int, ...]) -> tuple[int, ...]:
    """Up to two more levels below."""
    return tuple(k for k in (levels[0] - 2 * q.gap, levels[0] - q.gap) if k >= q.floor)


def settle(
    q: Quotients, levels: tuple[int, ...], gain: Any = QUIET, rough: float = ROUGH
) -> Plateau:
    """The plateau that starts at the lowest level. Noise up to `rough` times the gain is absorbed
    where disagreement stays level.
    """
    last, before = 0, gain
    for i in range(len(levels) - 1):
        nu = q.disagreement(levels[i], levels[i + 1])
        if nu > SAFETY * gain and not (
            nu <= rough * gain and _stays_level(q, levels[i + 1 : i + 3], nu)
        ):
            break
        gain, before, last = _learnt(gain, before, nu), nu, i + 1
    return Plateau(levels, last, gain)


def extend(q: Quotients, plateau: Plateau) -> Plateau:
    """Go on beyond the scouts, in growing strides, while larger steps still agree and still lower
    the noise of the quotient.
    """
    if plateau.beyond:
        return plateau
    stride, before = q.gap, plateau.gain
    while q.spare() > 16 and SAFETY * plateau.gain * q[plateau.top].rounding > 2 * q.eps * abs(
        q[plateau.top].value
    ):
        k = plateau.top + stride
        helps = q.is_defined(k) and q[k].rounding < q[plateau.top].rounding
        nu = q.disagreement(plateau.top, k) if helps else np.inf
        if nu <= SAFETY * plateau.gain:
            gain = _learnt(plateau.gain, before, nu)
            plateau, before = Plateau((*plateau.levels, k), plateau.last + 1, gain), nu
            stride = 2 * stride if gain <= ROUGH else stride
        elif stride > q.gap:
            stride = max(q.gap, stride // 4) if helps else q.gap
        else:
            return replace(plateau, levels=(*plateau.levels, k)) if helps else plateau
    return plateau


def settles_again(q: Quotients, plateau: Plateau) -> bool:
    """Whether, above the plateau, disagreement stops growing at an amplitude far below f: a second,
    rougher plateau.
    """
    levels = plateau.levels[plateau.last :]
    jumps = [abs(q[b].value - q[a].value) * q[a].h ** q.derivative for a, b in pairwise(levels)]
    size = max(abs(q.center), abs(q.sample(plateau.top)[1]))
    return any(b <= 100 * a and a <= 0.02 * size for a, b in pairwise(jumps))


def ends_in_a_jump(q: Quotients, plateau: Plateau) -> bool:
    """Whether the plateau ends within one halving of the step, as that of a staircase does; smooth
    truncation needs many.
    """
    seen = SAFETY * plateau.gain
    for k in range(plateau.top, plateau.beyond[0]):
        nu = q.disagreement(k, k + 1)
        if nu > 200 * seen:
            return True
        seen = max(seen, nu)
    return False


def noise_of_bends(q: Quotients, levels: tuple[int, ...]) -> Any:
    """Noise seen in f(x + h) + f(x - h) - 2 f(x) at the lowest levels, in roundings; 0 where it is
    curvature that shows.
    """
    bends = [abs(q.bend(*q.sample(k))) / (2 * q[k].rounding * q[k].h) for k in levels[:3]]
    return max((a for a, b in pairwise(bends) if b <= 512 * max(a, 0.1) and a < ROUGH), default=0.0)


def _stays_level(q: Quotients, next_pair: tuple[int, ...], nu: Any) -> bool:
    return len(next_pair) == 2 and bool(q.disagreement(*next_pair) <= 8 * nu)


def _learnt(gain: Any, before: Any, nu: Any) -> Any:
    """Small noise only grows with what is seen; large noise follows it down too, as it may be large
    at small steps only.
    """
    return max(gain, nu) if gain <= ROUGH else max(float(before * nu) ** 0.5, nu, QUIET)
