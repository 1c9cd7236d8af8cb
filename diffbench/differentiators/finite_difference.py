"""Finite differences of any order, at a step from theory, from a published rule, or given.

    forward   (f(x + h) - f(x)) / h                  error  h/2 f''  + 2 eps_f / h       n + 1 evaluations
    central   (f(x + h) - f(x - h)) / 2h             error  h²/6 f''' + eps_f / h        2n evaluations
    order p   Σ w_j f(x + o_j h) / h                 error  C h^p f^(p+1) + W eps_f / h  (see `stencils`)

A stencil of order above 2 reaches far. At its step from theory it is held against the short one, which takes two evaluations a
coordinate more, and gives way where they part (six more there), unless f's noise parts the short one
from itself as far.

A rule's step is rounded so that x + h is a float and the step divided by is the one really taken. A
number is the step exactly as given, in the numerator and in the denominator, as textbooks print it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from functools import cached_property, partial
from itertools import combinations, product
from typing import Any, ClassVar, Literal

import numpy as np

from diffbench.differences import bounded, stencils, suiting
from diffbench.differences.bounded import UNBOUNDED, Side
from diffbench.differences.evaluation import (
    AxisPoints,
    Map,
    Points,
    floating_point,
    value_at,
    values_at,
)
from diffbench.differences.lattice import Lattice
from diffbench.differences.stencils import Stencil
from diffbench.differences.step_rules import FIRST_ORDER, RULES
from diffbench.differences.suiting import Columns
from diffbench.differences.terms import Terms
from diffbench.errors import BadInput, BadPoint, NotDifferentiable, NotScalar, UnknownName
from diffbench.interface import Array, Function, Kind, Look
from diffbench.registry import register

Step = str | float | Callable[[Array], Any]

BUILD = {"forward": stencils.forward, "backward": stencils.backward, "central": stencils.central}
DEFAULT_ORDER = {"forward": 1, "backward": 1, "central": 2}
LOOKS = {
    "forward": Look("#e85505", "#f66211", ">"),
    "backward": Look("#8a7560", "#c9b8a4", "8"),
    "central": Look("#936a31", "#c2a746", "<"),
}
FORMULAS = {
    "forward": "(f(x + h) - f(x)) / h",
    "backward": "(f(x) - f(x - h)) / h",
    "central": "(f(x + h) - f(x - h)) / 2h",
}


@dataclass(frozen=True)
class FiniteDifference:
    """A finite-difference method. Accuracy: about eps^(p/(p+1)) relative to |f|, with p the order.

    step: "theory", another name in `step_rules.RULES`, an absolute step, or a function of x (for
    example `step_rules.relative(1e-6)`).
    typical_x: coordinates smaller than this in magnitude are treated as being of this magnitude
    (Dennis & Schnabel 1983, 5.4).
    bounds: (lower, upper), broadcast to x: no evaluation leaves them; stencils turn one-sided
    there, or shorter where room is short.
    vectorized: f takes a batch, shape (k, *x.shape), and returns (k, *f(x).shape). workers: that
    many processes, -1 for one a core, or a `map`. accuracy: the relative error of a value of f,
    where that is more than a rounding; the step from theory follows it.

    >>> rough, fine = FiniteDifference("forward"), FiniteDifference("central", order=4)
    >>> [float(abs(one.jacobian(np.exp, np.array(0.0)) - 1)) < tolerance for one, tolerance in ((rough, 1e-7), (fine, 1e-11))]
    [True, True]
    """

    scheme: Literal["forward", "backward", "central"] = "central"
    order: int | None = None
    step: Step = "theory"
    typical_x: Any = 1.0
    bounds: tuple[Any, Any] = UNBOUNDED
    vectorized: bool = False
    workers: int | Map = 1
    accuracy: float = 0.0
    kind: ClassVar = Kind.DIFFERENCE

    def __post_init__(self) -> None:
        if self.scheme not in BUILD:
            raise UnknownName(
                f"{self.scheme!r} is not a difference scheme; take one of {', '.join(BUILD)}"
            )
        _require_order(self.order)
        _require_step(self.step)
        terms = self.terms
        if self.vectorized and self.workers != 1:
            raise BadInput(
                "vectorized evaluates all points in one call and workers one by one; give one of "
                "the two"
            )
        is_first_order = self.stencil().order == 1
        if (
            isinstance(self.step, str)
            and self.step in FIRST_ORDER
            and (not is_first_order or terms.is_bounded)
        ):
            raise BadInput(
                f"the step {self.step!r} is for a one-sided difference of order 1 without bounds; "
                "take scheme='forward', or step='theory'"
            )

    @cached_property
    def terms(self) -> Terms:
        """Those on which f is evaluated."""
        return Terms(self.bounds, self.typical_x, self.workers, self.accuracy)

    @property
    def name(self) -> str:
        """The registered name, followed by the options that differ from the defaults."""
        changed = [
            f"{o.name}={getattr(self, o.name)!r}"
            for o in fields(self)[1:]
            if getattr(self, o.name) is not o.default
        ]
        return f"{self.scheme}-difference" + (f"({', '.join(changed)})" if changed else "")

    @property
    def look(self) -> Look:
        """That of the scheme."""
        return LOOKS[self.scheme]

    @property
    def about(self) -> str:
        """The quotient at the usual order."""
        return f"{FORMULAS[self.scheme]} along each coordinate, h from theory"

    def stencil(self, derivative: int = 1) -> Stencil:
        """The stencil used away from bounds."""
        return BUILD[self.scheme](self._order, derivative)

    @property
    def _order(self) -> int:
        return DEFAULT_ORDER[self.scheme] if self.order is None else int(self.order)

    def jacobian(self, f: Function, x: Array) -> Array:
        """Shape f(x).shape + x.shape, dtype of x."""
        return self._value_and_jacobian(f, floating_point(x))[1]

    def value_and_gradient(self, f: Function, x: Array) -> tuple[Array, Array]:
        """f(x) and its gradient; one-sided schemes need f(x) anyway and do not evaluate it
        twice.
        """
        x = floating_point(x)
        value, gradient = self._value_and_jacobian(f, x)
        value = value_at(f, x) if value is None else value
        if value.size != 1:
            raise NotScalar(value.shape)
        return value.astype(x.dtype).reshape(())[()], gradient.reshape(x.shape)

    def jvp(self, f: Function, x: Array, x_dot: Array) -> tuple[Array, Array]:
        """(f(x), J x_dot) from differences along x_dot: as many evaluations as the stencil has
        offsets, and f(x).

        Where the coordinates of x are of such different sizes that no one step along x_dot moves
        them all, the Jacobian is taken.
        """
        x, direction = floating_point(x), np.asarray(x_dot)
        if direction.shape != x.shape:
            raise BadPoint(
                f"x_dot has shape {direction.shape} and x has shape {x.shape}; give one direction "
                "of the shape of x"
            )
        value, stencil = value_at(f, x), self.stencil()
        if not direction.any():
            return value.astype(x.dtype), np.zeros_like(value, x.dtype)
        t = self._step_along(f, x, direction, stencil)
        scheme: bounded.Scheme = BUILD[self.scheme]
        if self.terms.is_bounded and t:
            scheme, t = self._within(x, direction, t)
        if not t or _loses(x, direction, t):
            return value.astype(x.dtype), np.tensordot(self.jacobian(f, x), direction, x.ndim)
        origin, step = np.zeros(1, x.dtype), np.array([t], x.dtype)
        along = partial(_moved, f, x, direction)
        tangent = self._columns(along, origin, scheme, [0], step).derivatives[0]
        return value.astype(x.dtype), np.asarray(tangent, x.dtype)

    def hessian(self, f: Function, x: Array) -> Array:
        """Shape f(x).shape + x.shape + x.shape, symmetric; 1 + 2n + 2n(n-1) evaluations for the
        central scheme of order 2.
        """
        x = floating_point(x)
        n = x.size
        h = np.empty(n, x.dtype)
        schemes: dict[int, bounded.Scheme] = {}
        for scheme, indices, steps in self._sides(f, x, 2):
            h[indices] = steps
            schemes |= dict.fromkeys(indices, scheme)
        second, first = (
            [schemes[i](self._order, derivative) for i in range(n)] for derivative in (2, 1)
        )
        lattice = Lattice(x, np.eye(n, dtype=x.dtype) * h[:, None], partial(self._evaluate, f))
        lattice.need(((i, o),) for i in range(n) for o in second[i].offsets)
        lattice.need(
            ((i, a), (j, b))
            for i, j in combinations(range(n), 2)
            for a, b in product(first[i].offsets, first[j].offsets)
        )
        entries = np.empty((n, n, *lattice.shape), x.dtype)
        for i in range(n):
            entries[i, i] = second[i].combine([lattice[((i, o),)] for o in second[i].offsets], h[i])
        for i, j in combinations(range(n), 2):
            entries[i, j] = entries[j, i] = lattice.mixed(i, first[i], j, first[j]) / (h[i] * h[j])
        return np.moveaxis(entries, (0, 1), (-2, -1)).reshape(lattice.shape + x.shape + x.shape)

    def hvp(self, f: Function, x: Array, x_dot: Array) -> Array:
        """H x_dot, shape f(x).shape + x.shape, by mixed differences along x_dot and each axis: 4n
        evaluations by the central scheme.
        """
        x, direction = floating_point(x), np.asarray(x_dot)
        if not direction.any():
            return np.zeros_like(x)
        if self.terms.is_bounded:
            return np.asarray(np.tensordot(self.hessian(f, x), direction, x.ndim))
        n, first, second = x.size, self.stencil(1), self.stencil(2)
        h, t = self._steps(f, x, second), self._step_along(f, x, direction, second)
        if _loses(x, direction, t):
            return np.asarray(np.tensordot(self.hessian(f, x), direction, x.ndim))
        directions = np.vstack(
            [np.eye(n, dtype=x.dtype) * h[:, None], t * direction.reshape(1, -1)]
        )
        lattice = Lattice(x, directions, partial(self._evaluate, f))
        lattice.need(
            ((i, a), (n, b)) for i in range(n) for a, b in product(first.offsets, repeat=2)
        )
        entries = np.stack(
            [lattice.mixed(i, first, n, first) / (h[i] * t) for i in range(n)], axis=-1
        )
        return np.asarray(entries, x.dtype).reshape(lattice.shape + x.shape)

    def _value_and_jacobian(self, f: Function, x: Array) -> tuple[Array | None, Array]:
        sides = self._sides(f, x)
        parts = [self._columns(f, x, scheme, indices, h) for scheme, indices, h in sides]
        columns = (
            parts[0].derivatives
            if len(parts) == 1
            else _interleaved(sides, [part.derivatives for part in parts])
        )
        jacobian = columns if columns.ndim == 1 else np.moveaxis(columns, 0, -1)
        value = next((part.center for part in parts if part.center is not None), None)
        return value, jacobian.astype(x.dtype, copy=False).reshape(columns.shape[1:] + x.shape)

    def _columns(
        self, f: Function, x: Array, scheme: bounded.Scheme, indices: Sequence[int], h: Array
    ) -> Columns:
        """Those of the scheme at its order. A long stencil at a step from theory gives way to the
        short one where f is none of its kind, or undefined at its far nodes.
        """
        stencil = scheme(self._order, 1)
        if self.step != "theory" or not suiting.is_long(stencil):
            return self._quotients(f, x, stencil, indices, h)
        short = scheme(suiting.SHORT, 1)
        unit = self._unit(short, x.dtype) / self._unit(stencil, x.dtype)
        try:
            far = self._quotients(f, x, stencil, indices, h)
        except NotDifferentiable:
            if len(indices) > 1:
                return self._one_by_one(f, x, scheme, indices, h)
            return self._quotients(f, x, short, indices, np.asarray(h * unit, x.dtype))
        near = np.asarray(far.steps * unit * suiting.CLOSER, x.dtype)
        witness = self._quotients(f, x, short, indices, near)
        bar = suiting.bar(far, witness, short, self.terms.eps(x.dtype))
        parted = np.abs(far.derivatives - witness.derivatives) > bar
        if (again := np.flatnonzero(parted.reshape(len(indices), -1).any(axis=1))).size:
            places, own = np.asarray(indices)[again].tolist(), np.asarray(h * unit, x.dtype)[again]
            plain, closer = self._quotients(f, x, short, places, own), witness.derivatives[again]
            nearer = [
                self._quotients(f, x, short, places, near[again] * x.dtype.type(share)).derivatives
                for share in suiting.NEARER
            ]
            agrees = np.abs(plain.derivatives - closer) <= suiting.NOISY * bar[again]
            better = np.where(agrees, plain.derivatives, closer)
            noisy = suiting.is_noise(far.derivatives[again], closer, nearer)
            far.derivatives[again] = np.where(
                parted[again] & ~noisy, better, far.derivatives[again]
            )
        return far

    def _one_by_one(
        self, f: Function, x: Array, scheme: bounded.Scheme, indices: Sequence[int], h: Array
    ) -> Columns:
        """The same, so that each coordinate has the longest stencil that it can."""
        parts = [self._columns(f, x, scheme, [i], h[[k]]) for k, i in enumerate(indices)]
        return Columns(parts[0].center, *map(np.concatenate, [*zip(*parts, strict=True)][1:]))

    def _unit(self, stencil: Stencil, dtype: Any) -> float:
        """The step from theory where f, x and the derivatives are 1."""
        return stencil.optimal_step(self.accuracy) if self.accuracy else stencil.unit_step(dtype)

    def _quotients(
        self,
        f: Function,
        x: Array,
        stencil: Stencil,
        indices: Sequence[int],
        h: Array,
        tries: int = 3,
    ) -> Columns:
        """Those of one stencil; where a long one's step from theory does not suit f, at a shorter
        one.
        """
        flat, n = x.reshape(-1), len(indices)
        here = flat if n == x.size else flat[indices]
        offsets = stencil.floats[0]
        moving = [o for o in offsets if o]
        shifted = [
            value
            for o in moving
            for value in (here + (h if o == 1 else h * x.dtype.type(o))).tolist()
        ]
        # f(x) itself: coordinate 0 replaced by its own value
        center = [0] if len(moving) < len(offsets) else []
        points = AxisPoints(
            x, center + [*indices] * len(moving), [flat[0] for _ in center] + shifted
        )
        values = self._evaluate(f, points)
        blocks = iter(values[len(center) :].reshape(len(moving), n, *values.shape[1:]))
        steps = h if values.ndim == 1 else h.reshape(-1, *[1] * (values.ndim - 1))
        rows = [next(blocks) if o else values[0] for o in offsets]
        derivatives = np.asarray(stencil.combine(rows, steps))
        coarse = derivatives
        if self.step == "theory" and suiting.is_long(stencil) and tries:
            coarse = suiting.coarse(stencil, rows, steps)
            suited = suiting.shorter(stencil, rows, h)
            if (again := np.flatnonzero(suited < h / 2)).size:
                places = np.asarray(indices)[again].tolist()
                better = self._quotients(f, x, stencil, places, suited[again], tries - 1)
                h, coarse = h.copy(), coarse.copy()
                derivatives[again], coarse[again] = better.derivatives, better.coarse
                h[again] = better.steps
        return Columns(values[0] if center else None, derivatives, coarse, values, h)

    def _evaluate(self, f: Function, points: Points) -> Array:
        values = values_at(f, points, vectorized=self.vectorized, workers=self.workers)
        if values.dtype.itemsize < points.x.dtype.itemsize and self.step == "theory":
            raise NotDifferentiable(
                f"f returned {values.dtype} at a {points.x.dtype} point, in whose rounding this "
                "step is lost; "
                f"pass x.astype(np.{values.dtype}), a longer step, or take "
                "method='adaptive-difference'"
            )
        return values

    def _steps(self, f: Function, x: Array, stencil: Stencil) -> Array:
        """The step of each coordinate, flat, in the dtype of x."""
        if self.step == "theory" and self.accuracy:
            given: Any = self._unit(stencil, x.dtype) * self.terms.sizes(x)
        elif isinstance(self.step, str):
            given = RULES[self.step](f, x, stencil, self.terms.sizes(x))
        else:
            given = self.step(x) if callable(self.step) else self.step
        h = np.asarray(given, x.dtype)
        if h.shape not in ((), x.shape):
            raise BadInput(
                f"the steps have shape {h.shape} and x has shape {x.shape}; give one step a "
                "coordinate, or one"
            )
        with np.errstate(all="ignore"):
            taken: Array = (x + h) - x  # h itself need not be representable beside x
            if not 0 < np.minimum.reduce(taken, axis=None) < np.inf:
                raise _no_step(h, x, taken)
        return (
            np.full_like(taken, h) if isinstance(self.step, int | float | np.number) else taken
        ).reshape(-1)

    def _step_along(self, f: Function, x: Array, direction: Array, stencil: Stencil) -> Any:
        """The largest t for which t * direction moves no coordinate by more than its own step."""
        moves = np.abs(direction.reshape(-1))
        h = self._steps(f, x, stencil)[moves > 0]
        return x.dtype.type((h / moves[moves > 0]).min())

    def _within(self, x: Array, direction: Array, t: Any) -> tuple[bounded.Scheme, Any]:
        """The scheme along a direction that stays within the bounds, and its step; 0 where x is in
        a corner and can go hardly any way.
        """
        if bounded.cut_short(direction, self.terms.room(x), t):
            return BUILD[self.scheme], 0
        room = bounded.along(direction, self.terms.room(x))
        scheme, _, steps = next(
            bounded.sides(
                BUILD[self.scheme], self._order, 1, np.zeros(1, x.dtype), np.array([t]), room
            )
        )
        return scheme, steps[0]

    def _sides(self, f: Function, x: Array, derivative: int = 1) -> list[Side]:
        """Which scheme serves which coordinates: the own one, or a one-sided one where that would
        leave the bounds.
        """
        scheme, h = BUILD[self.scheme], self._steps(f, x, self.stencil(derivative))
        if not self.terms.is_bounded:
            return [(scheme, range(x.size), h)]
        return list(
            bounded.sides(scheme, self._order, derivative, x.reshape(-1), h, self.terms.room(x))
        )


def _require_order(order: Any) -> None:
    if order is not None and not (isinstance(order, int | np.integer) and order >= 1):
        raise BadInput(
            f"the order of accuracy is {order!r}; give a whole number, at least 1, or None for the "
            "usual one"
        )


def _require_step(step: Any) -> None:
    if isinstance(step, str):
        if step not in RULES:
            raise UnknownName(
                f"{step!r} is not a step rule; take one of {', '.join(RULES)}, a number or a "
                "function of x"
            )
    elif isinstance(step, int | float | np.number):
        if not 0 < step < np.inf:
            raise BadInput(
                f"the step is {step}, and a step is positive and finite; turn the stencil with "
                "scheme='backward'"
            )
    elif not callable(step):
        raise BadInput(
            f"the step is a {type(step).__name__}; give a number, a name of a rule, or a function "
            f"of x: lambda x: {step}"
        )


def _loses(x: Array, direction: Array, t: Any) -> bool:
    """Whether the spacing of some coordinate swallows a thousandth of the direction or more at the
    step t.
    """
    swallowed = np.minimum(np.abs(direction), np.spacing(np.abs(x)) / t)
    return bool(swallowed[direction != 0].max() > 1e-3 * np.abs(direction).max())


def _moved(f: Function, x: Array, direction: Array, t: Array) -> Any:
    """f(x + t direction), t of shape (1,), or (k, 1) in a batch."""
    return f(np.asarray(x + t.reshape(t.shape[:-1] + (1,) * x.ndim) * direction, x.dtype))


def _interleaved(sides: list[Side], parts: Sequence[Array]) -> Array:
    """The columns of each side, back in the order of the coordinates."""
    return np.concatenate(parts)[np.argsort(np.concatenate([indices for _, indices, _ in sides]))]


def _no_step(h: Array, x: Array, taken: Array) -> BadInput:
    i = int(np.argmin((taken.reshape(-1) > 0) & (taken.reshape(-1) < np.inf)))
    step, here = np.broadcast_to(h, x.shape).reshape(-1)[i], x.reshape(-1)[i]
    if not np.isfinite(here):
        return BadPoint(
            f"coordinate {i} of x is {here}, where nothing can be differenced; pass finite "
            "coordinates"
        )
    if not 0 < step < np.inf:
        return BadInput(
            f"the step of coordinate {i} of x, {here}, is {step}, and a step is positive and "
            "finite; correct the rule"
        )
    if taken.reshape(-1)[i] > 0:
        return BadPoint(
            f"coordinate {i} of x is {here}, from where a step of {step} leads to inf; rescale x"
        )
    return BadInput(
        f"the step {step} vanishes beside coordinate {i} of x, {here}; take at least "
        f"{np.spacing(abs(here)):.2g}"
    )


register("differentiators", "forward-difference", FiniteDifference("forward"))
register("differentiators", "central-difference", FiniteDifference("central"))
