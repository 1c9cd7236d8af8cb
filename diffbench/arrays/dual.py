"""Forward mode: a traced value carries its tangent, x + x_dot eps, and every primitive pushes it
on.

With `seeds`, tangents have a leading axis, one slice a direction, and one pass of f serves all of
them.
"""

from functools import partial
from typing import Any

import numpy as np

from diffbench.arrays.capture.interception.escalation import as_written
from diffbench.arrays.capture.returned import has_no_value, result, undriven
from diffbench.arrays.generic import is_generic
from diffbench.arrays.levels import Level, require_no_jump
from diffbench.arrays.reverse.pullback import transpose
from diffbench.arrays.reverse.zeros import moves
from diffbench.arrays.traced import Traced, core, trace
from diffbench.ir import Primitive
from diffbench.rules.table import ONE, scale


class Forward(Level):
    """One forward differentiation. link: the tangent, of the value's shape (behind an axis of
    seeds); None where it is zero.
    """

    __slots__ = ("seeds",)
    takes_partials = True

    def __init__(self, seeds: int | None = None) -> None:
        self.seeds = seeds

    def input(self, x: Any, x_dot: Any) -> Traced:
        """x moving along x_dot."""
        return trace(x, self, x_dot)

    def constant(self, value: Any) -> Traced:
        return trace(value, self, None)

    def is_step(self, x: Traced) -> bool:
        if x.link is None:
            return True
        if np.any(np.nan_to_num(core(x.link))):
            return False
        require_no_jump(x.link)
        return True

    def drives(self, x: Traced) -> Any:
        if x.link is None:
            return False
        found = (core(x.link) != 0) | moves(x.link)
        return found if self.seeds is None else np.any(found, axis=0)

    def enter(self, y: Any, entry: tuple[Any, ...]) -> Traced:
        if not self.open:
            self.require_open()
        kind = len(entry)
        if kind == 2:
            x_dot, d = entry
            y_dot = x_dot if x_dot is None or d is ONE else x_dot * d
        elif kind == 4:
            x1_dot, d1, x2_dot, d2 = entry
            y_dot = _sum(
                x1_dot if x1_dot is None or d1 is ONE else x1_dot * d1,
                None if x2_dot is None else x2_dot * d2,
            )
        else:
            x_dot, index, _ = entry
            y_dot = (
                None if x_dot is None else x_dot[index] if self.seeds is None else x_dot[:, index]
            )
        return trace(y, self, y_dot)

    def note(
        self,
        primitive: Primitive,
        xs: tuple[Any, ...],
        primals: list[Any],
        params: dict[str, Any],
        y: Any,
    ) -> Any:
        if not primitive.differentiable:
            return self.end(primitive, y)
        x_dots = [x.link if type(x) is Traced and x.level is self else None for x in xs]
        varies = any(x_dot is not None for x_dot in x_dots)
        y_dot = self.push(primitive, x_dots, y, primals, params) if varies else None
        if isinstance(y, tuple):
            return tuple(
                trace(part, self, part_dot)
                for part, part_dot in zip(y, y_dot or [None] * len(y), strict=True)
            )
        return trace(y, self, y_dot)

    def push(
        self, primitive: Primitive, x_dots: list[Any], y: Any, xs: list[Any], params: dict[str, Any]
    ) -> Any:
        """J x_dot of one primitive, for one direction or for all seeds."""
        jvp = push_rule(primitive)
        if self.seeds is None:
            return jvp(x_dots, y, xs, params)
        if primitive.partials:
            return jvp(self._aligned(x_dots, xs, y), y, xs, params)
        directions = (
            [None if x_dot is None else x_dot[k] for x_dot in x_dots] for k in range(self.seeds)
        )
        y_dots = [jvp(direction, y, xs, params) for direction in directions]
        return (
            tuple(map(np.stack, zip(*y_dots, strict=True)))
            if isinstance(y, tuple)
            else np.stack(y_dots)
        )

    def _aligned(self, x_dots: list[Any], xs: list[Any], y: Any) -> list[Any]:
        """Tangents that broadcast as their values do."""
        if self.seeds is None:
            return x_dots
        return [_align(x_dot, np.ndim(x), np.ndim(y)) for x_dot, x in zip(x_dots, xs, strict=True)]


class StrongForward(Forward):
    """Forward differentiation at a point taken at random, where a tangent of exactly 0 stays 0
    whatever it is multiplied by, unless a level outside moves it.
    """

    __slots__ = ()
    takes_partials = False  # every primitive is noted, and pushed on by `push`

    def push(
        self, primitive: Primitive, x_dots: list[Any], y: Any, xs: list[Any], params: dict[str, Any]
    ) -> Any:
        if not primitive.partials:
            return Forward.push(self, primitive, x_dots, y, xs, params)
        terms = [
            _scaled_strongly(x_dot, partial, y, xs)
            for x_dot, partial in zip(self._aligned(x_dots, xs, y), primitive.partials, strict=True)
            if x_dot is not None
        ]
        return _widened(sum(terms[1:], start=terms[0]), y)


def _scaled_strongly(x_dot: Any, partial: Any, y: Any, xs: Any) -> Any:
    y_dot = scale(x_dot, partial, y, xs)
    if not callable(partial):
        return y_dot
    return np.where((core(x_dot) == 0) & np.logical_not(moves(x_dot)), 0.0, y_dot)


def level_of(seeds: int | None = None) -> Forward:
    """A level for one forward differentiation at the point where we are."""
    return StrongForward(seeds) if is_generic() else Forward(seeds)


def _sum(a: Any, b: Any) -> Any:
    """a + b, where None is zero."""
    if a is None or b is None:
        return b if a is None else a
    return a + b


def _align(x_dot: Any, ndim: int, target: int) -> Any:
    """Make room behind the seed axis, so that tangents broadcast as their values do."""
    if x_dot is None or ndim == target:
        return x_dot
    return np.reshape(x_dot, (x_dot.shape[0],) + (1,) * (target - ndim) + x_dot.shape[1:])


def _widened(y_dot: Any, y: Any) -> Any:
    """y_dot broadcast to y's shape (behind an axis of seeds): x + b moves as many entries as it
    has, however few x had.
    """
    shape = np.shape(y)
    if np.shape(y_dot) == shape:
        return y_dot
    shape = np.shape(y_dot)[: max(np.ndim(y_dot) - len(shape), 0)] + shape
    return y_dot if np.shape(y_dot) == shape else np.broadcast_to(y_dot, shape)


def push_rule(primitive: Primitive) -> Any:
    """The row's push-forward (x_dots, y, xs, params) -> y_dot of y's shape; where it states none,
    the transpose of its pull-back.
    """
    pushed = primitive.jvp or partial(_transposed, primitive)

    def push(x_dots: Any, y: Any, xs: Any, params: Any) -> Any:
        y_dot = pushed(x_dots, y, xs, params)
        return tuple(map(_widened, y_dot, y)) if isinstance(y, tuple) else _widened(y_dot, y)

    return push


def _transposed(primitive: Primitive, x_dots: Any, y: Any, xs: Any, params: Any) -> Any:
    """The transpose of the pull-back, which is linear in y_bar."""
    moving = [i for i, x_dot in enumerate(x_dots) if x_dot is not None]
    return sum(
        transpose(partial(_pulled, primitive, i, y=y, xs=xs, params=params), y, x_dots[i])
        for i in moving
    )


def _pulled(primitive: Primitive, i: int, y_bar: Any, *, y: Any, xs: Any, params: Any) -> Any:
    return primitive.vjp(i, y_bar, y, xs, params)  # type: ignore[misc]


@as_written
def jvp(f: Any, x: Any, x_dot: Any) -> tuple[Any, Any]:
    """(f(x), J x_dot) in one pass."""
    with level_of() as level:
        y = f(level.input(x, x_dot))
        return split_dual(y, level)


@as_written
def jacobian_columns(f: Any, x: Any, seeds: Any) -> tuple[Any, Any]:
    """(f(x), J seed for every seed), seeds of shape (p,) + x.shape, in one pass; columns of shape
    (p,) + f(x).shape.
    """
    with level_of(len(seeds)) as level:
        y, y_dots = split_dual(f(level.input(x, seeds)), level)
    # a result that does not depend on x has one tangent for all seeds
    return y, y_dots if np.ndim(y_dots) > np.ndim(y) else np.broadcast_to(
        y_dots, (len(seeds), *np.shape(y))
    )


def split_dual(y: Any, level: Forward) -> tuple[Any, Any]:
    """Value and tangent of a result; a result that does not depend on x has tangent 0."""
    y = result(y, level)
    if type(y) is Traced and y.level is level:
        y_dot = np.zeros_like(y.primal) if y.link is None else y.link
        outside = has_no_value(core(y))
        return y.primal, y_dot * np.where(outside, np.nan, 1.0) if np.any(
            outside
        ) else y_dot  # log(-1) is NaN, although 1 / x has a value
    return y, undriven(y, y)
