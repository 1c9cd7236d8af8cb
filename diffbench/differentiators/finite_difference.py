"""Finite differences of any order, at a step from theory, from a published rule, or given.

    forward   (f(x + h) - f(x)) / h                  error  h/2 f''  + 2 eps_f / h       n + 1 evaluations
    central   (f(x + h) - f(x - h)) / 2h             error  h²/6 f''' + eps_f / h        2n evaluations
    order p   Σ w_j f(x + o_j h) / h                 error  C h^p f^(p+1) + W eps_f / h  (see `stencils`)

A rule's step is rounded so that x + h is a float and the step divided by is the one really taken. A number is the step exactly as
given, in the numerator and in the denominator, as textbooks print it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from functools import partial
from itertools import combinations, product
from typing import Any, Literal

import numpy as np

from diffbench.differentiators import stencils
from diffbench.differentiators.evaluation import AxisPoints, Map, Points, ShiftedPoints, floating_point, value_at, values_at
from diffbench.differentiators.lattice import Lattice
from diffbench.differentiators.stencils import Stencil
from diffbench.differentiators.step_rules import FIRST_ORDER, RULES
from diffbench.errors import BadInput, BadPoint, UnknownName
from diffbench.interface import Array, Function
from diffbench.registry import register

Step = str | float | Callable[[Array], Any]
Sided = tuple[Stencil, Sequence[int], Array]  # a stencil, the flat coordinates it serves, and their steps

UNBOUNDED = (-np.inf, np.inf)
DEFAULT_ORDER = {"forward": 1, "backward": 1, "central": 2}


@dataclass(frozen=True)
class FiniteDifference:
    """A finite-difference method. Accuracy: about eps^(p/(p+1)) relative to |f|, with p the order.

    step: "theory", another name in `step_rules.RULES`, an absolute step, or a function of x (for example `step_rules.relative(1e-6)`).
    typical_x: coordinates smaller than this in magnitude are treated as being of this magnitude (Dennis & Schnabel 1983, 5.4).
    bounds: (lower, upper), broadcast to x: no evaluation of `jacobian` leaves them; stencils turn one-sided there.
    vectorized: f takes a batch, shape (k, *x.shape), and returns (k, *f(x).shape). workers: that many processes, or a `map`.
    """

    scheme: Literal["forward", "backward", "central"] = "central"
    order: int | None = None
    step: Step = "theory"
    typical_x: Any = 1.0
    bounds: tuple[Any, Any] = UNBOUNDED
    vectorized: bool = False
    workers: int | Map = 1

    def __post_init__(self) -> None:
        if self.scheme not in DEFAULT_ORDER:
            raise UnknownName(f"{self.scheme!r} is not a difference scheme; take one of {', '.join(DEFAULT_ORDER)}")
        if isinstance(self.step, str) and self.step not in RULES:
            raise UnknownName(f"{self.step!r} is not a step rule; take one of {', '.join(RULES)}, a number or a function of x")
        if isinstance(self.step, int | float) and not 0 < self.step < np.inf:
            raise BadInput(f"the step is {self.step}, and a step is positive and finite; turn the stencil with scheme='backward'")
        is_first_order = self.stencil().order == 1
        if self.step in FIRST_ORDER and (not is_first_order or self.bounds is not UNBOUNDED):
            raise BadInput(
                f"the step {self.step!r} is for a one-sided difference of order 1 without bounds; take scheme='forward', or step='theory'"
            )

    @property
    def name(self) -> str:
        """The registered name, followed by the options that differ from the defaults."""
        changed = [f"{o.name}={getattr(self, o.name)!r}" for o in fields(self)[1:] if getattr(self, o.name) is not o.default]
        return f"{self.scheme}-difference" + (f"({', '.join(changed)})" if changed else "")

    def stencil(self, derivative: int = 1) -> Stencil:
        """The stencil used away from bounds."""
        build = {"forward": stencils.forward, "backward": stencils.backward, "central": stencils.central}[self.scheme]
        return build(self.order or DEFAULT_ORDER[self.scheme], derivative)

    def jacobian(self, f: Function, x: Array) -> Array:
        """Shape f(x).shape + x.shape, dtype of x."""
        return self._value_and_jacobian(f, floating_point(x))[1]

    def value_and_gradient(self, f: Function, x: Array) -> tuple[Array, Array]:
        """f(x) and its gradient; one-sided schemes need f(x) anyway and do not evaluate it twice."""
        x = floating_point(x)
        value, gradient = self._value_and_jacobian(f, x)
        value = value_at(f, x) if value is None else value
        if value.shape:
            raise BadInput(f"f returned shape {value.shape}, and a gradient needs shape (); ask for the jacobian")
        return value.astype(x.dtype)[()], gradient

    def jvp(self, f: Function, x: Array, x_dot: Array) -> tuple[Array, Array]:
        """(f(x), J x_dot) from differences along x_dot: as many evaluations as the stencil has offsets, and f(x).

        Where the coordinates of x are of such different sizes that no one step along x_dot moves them all, the Jacobian is taken.
        """
        x, direction = floating_point(x), np.asarray(x_dot)
        if direction.shape != x.shape:
            raise BadPoint(f"x_dot has shape {direction.shape} and x has shape {x.shape}; give one direction of the shape of x")
        value, stencil = value_at(f, x), self.stencil()
        if not direction.any():
            return value.astype(x.dtype), np.zeros_like(value, x.dtype)
        t = self._step_along(f, x, direction, stencil)
        if _loses(x, direction, t):
            return value.astype(x.dtype), np.tensordot(self.jacobian(f, x), direction, x.ndim)
        shifts = np.multiply.outer(np.array([o * t for o in stencil.floats[0] if o]), direction)
        rows = iter(self._evaluate(f, ShiftedPoints(x, shifts)))
        tangent = stencil.combine([next(rows) if o else value for o in stencil.floats[0]], t)
        return value.astype(x.dtype), np.asarray(tangent, x.dtype)

    def hessian(self, f: Function, x: Array) -> Array:
        """Shape f(x).shape + x.shape + x.shape, symmetric; 1 + 2n + 2n(n-1) evaluations for the central scheme of order 2."""
        x = floating_point(x)
        n = x.size
        h = self._steps(f, x, self.stencil(2))
        directions = np.eye(n, dtype=x.dtype) * h[:, None]
        lattice = Lattice(x, directions, partial(self._evaluate, f))
        second, first = self.stencil(2), self.stencil(1)
        lattice.need(((i, o),) for i in range(n) for o in second.offsets)
        lattice.need(((i, a), (j, b)) for i, j in combinations(range(n), 2) for a, b in product(first.offsets, repeat=2))
        entries = np.empty((n, n, *lattice.shape), x.dtype)
        for i in range(n):
            entries[i, i] = second.combine([lattice[((i, o),)] for o in second.offsets], h[i])
        for i, j in combinations(range(n), 2):
            entries[i, j] = entries[j, i] = lattice.mixed(first, i, j) / (h[i] * h[j])
        return np.moveaxis(entries, (0, 1), (-2, -1)).reshape(lattice.shape + x.shape + x.shape)

    def hvp(self, f: Function, x: Array, x_dot: Array) -> Array:
        """H x_dot, shape x.shape, from mixed differences along each axis and x_dot; 4n evaluations for the central scheme of order 2."""
        x, direction = floating_point(x), np.asarray(x_dot)
        if not direction.any():
            return np.zeros_like(x)
        n, first, second = x.size, self.stencil(1), self.stencil(2)
        h, t = self._steps(f, x, second), self._step_along(f, x, direction, second)
        if _loses(x, direction, t):
            return np.asarray(np.tensordot(self.hessian(f, x), direction, x.ndim))
        directions = np.vstack([np.eye(n, dtype=x.dtype) * h[:, None], t * direction.reshape(1, -1)])
        lattice = Lattice(x, directions, partial(self._evaluate, f))
        lattice.need(((i, a), (n, b)) for i in range(n) for a, b in product(first.offsets, repeat=2))
        return np.array([lattice.mixed(first, i, n) / (h[i] * t) for i in range(n)], x.dtype).reshape(x.shape)

    def _value_and_jacobian(self, f: Function, x: Array) -> tuple[Array | None, Array]:
        sides = self._sides(f, x)
        parts = [self._columns(f, x, *side) for side in sides]
        columns = parts[0][1] if len(parts) == 1 else _interleaved(sides, [part for _, part in parts])
        jacobian = columns if columns.ndim == 1 else np.moveaxis(columns, 0, -1)
        value = next((center for center, _ in parts if center is not None), None)
        return value, jacobian.astype(x.dtype, copy=False).reshape(columns.shape[1:] + x.shape)

    def _columns(self, f: Function, x: Array, stencil: Stencil, indices: Sequence[int], h: Array) -> tuple[Array | None, Array]:
        """f(x) if the stencil uses it, and the derivatives along the given coordinates, shape (len(indices), *f(x).shape)."""
        flat, n = x.reshape(-1), len(indices)
        here = flat if n == x.size else flat[indices]
        offsets = stencil.floats[0]
        moving = [o for o in offsets if o]
        shifted = [value for o in moving for value in (here + (h if o == 1 else h * x.dtype.type(o))).tolist()]
        center = [0] if len(moving) < len(offsets) else []  # f(x) itself: coordinate 0 replaced by its own value
        points = AxisPoints(x, center + [*indices] * len(moving), [flat[0] for _ in center] + shifted)
        values = self._evaluate(f, points)
        blocks = iter(values[len(center) :].reshape(len(moving), n, *values.shape[1:]))
        steps = h if values.ndim == 1 else h.reshape(-1, *[1] * (values.ndim - 1))
        derivatives = stencil.combine([next(blocks) if o else values[0] for o in offsets], steps)
        return values[0] if center else None, derivatives

    def _evaluate(self, f: Function, points: Points) -> Array:
        return values_at(f, points, vectorized=self.vectorized, workers=self.workers)

    def _steps(self, f: Function, x: Array, stencil: Stencil) -> Array:
        """The step of each coordinate, flat, in the dtype of x."""
        if isinstance(self.step, str):
            given: Any = RULES[self.step](f, x, stencil, np.maximum(np.abs(x), self.typical_x))
        else:
            given = self.step(x) if callable(self.step) else self.step
        h: Array = np.asarray(given, x.dtype)
        taken: Array = (x + h) - x  # h itself need not be representable beside x
        if not taken.min() > 0:
            raise _vanishing(np.broadcast_to(h, x.shape), x, taken)
        return (np.full_like(taken, h) if isinstance(self.step, int | float) else taken).reshape(-1)

    def _step_along(self, f: Function, x: Array, direction: Array, stencil: Stencil) -> Any:
        """The largest t for which t * direction moves no coordinate by more than its own step."""
        moves = np.abs(direction.reshape(-1))
        h = self._steps(f, x, stencil)[moves > 0]
        return x.dtype.type((h / moves[moves > 0]).min())

    def _sides(self, f: Function, x: Array) -> list[Sided]:
        """Which stencil serves which coordinates: the scheme's own, or a one-sided one where that would leave the bounds."""
        stencil = self.stencil()
        h = self._steps(f, x, stencil)
        return [(stencil, range(x.size), h)] if self.bounds is UNBOUNDED else list(self._sides_within(x, stencil, h))

    def _sides_within(self, x: Array, stencil: Stencil, h: Array) -> Iterator[Sided]:
        lower, upper = (np.broadcast_to(np.asarray(bound, x.dtype), x.shape).reshape(-1) for bound in self.bounds)
        flat = x.reshape(-1)
        below, above = flat - lower, upper - flat
        if (below < 0).any() or (above < 0).any():
            raise BadPoint(f"x = {x} lies outside the bounds [{self.bounds[0]}, {self.bounds[1]}]; move x or the bounds")
        reach = float(max(abs(o) for o in stencil.offsets))
        own = (above >= h * max(map(float, stencil.offsets))) & (below >= -h * min(map(float, stencil.offsets)))
        ahead = ~own & (above >= below)
        order = stencil.order
        for one_sided, chosen, room in (
            (stencil, own, None),
            (stencils.forward(order), ahead, above),
            (stencils.backward(order), ~own & ~ahead, below),
        ):
            if chosen.any():
                steps = h[chosen] if room is None else _fitted(flat[chosen], h[chosen], room[chosen] / max(order, reach))
                yield one_sided, np.flatnonzero(chosen).tolist(), steps


def _loses(x: Array, direction: Array, t: Any) -> bool:
    """Whether the spacing of some coordinate swallows a thousandth of the direction or more at the step t."""
    swallowed = np.minimum(np.abs(direction), np.spacing(np.abs(x)) / t)
    return bool(swallowed[direction != 0].max() > 1e-3 * np.abs(direction).max())


def _interleaved(sides: list[Sided], parts: Sequence[Array]) -> Array:
    """The columns of each side, back in the order of the coordinates."""
    return np.concatenate(parts)[np.argsort(np.concatenate([indices for _, indices, _ in sides]))]


def _vanishing(h: Array, x: Array, taken: Array) -> BadInput:
    i = int(np.argmin(taken.reshape(-1) > 0))
    step, here = h.reshape(-1)[i], x.reshape(-1)[i]
    if not np.isfinite(here):
        return BadPoint(f"coordinate {i} of x is {here}, where nothing can be differenced; pass finite coordinates")
    return BadInput(f"the step {step} vanishes beside coordinate {i} of x, {here}; take at least {np.spacing(abs(here)):.2g}")


def _fitted(x: Array, h: Array, room: Array) -> Array:
    """Steps no longer than the room on the chosen side, representable beside x."""
    fitted: Array = np.minimum(h, room)
    if not (fitted > 0).all():
        raise BadInput(f"the bounds leave no room for a difference at x = {x[fitted <= 0][0]}; widen them")
    return fitted


register("differentiators", "forward-difference", FiniteDifference("forward"))
register("differentiators", "central-difference", FiniteDifference("central"))
