"""Taylor mode: a traced value carries its Taylor coefficients, and one pass of f gives every
derivative of a function R -> R.

The rule table is read once more: with x' the derivative series of x, a primitive's push-forward
gives y' = jvp(x'; y, x) as a series, and y = y(0) + integral of y'. Coefficient k of y needs those
of y' only up to k - 1, so a series may be defined by itself (exp' = exp) as long as coefficients
are found one by one and on demand.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from diffbench.arrays.capture.interception.escalation import as_written
from diffbench.arrays.capture.returned import result
from diffbench.arrays.dual import push_rule
from diffbench.arrays.levels import Level
from diffbench.arrays.traced import Traced, trace
from diffbench.ir import Primitive
from diffbench.rules.table import primitives

Coefficient = Callable[[int], Any]


class Series:
    """Taylor coefficients, each found when first asked for."""

    __slots__ = ("_find", "_known")

    def __init__(self, first: Any, find: Coefficient) -> None:
        self._known = [first]
        self._find = find

    def __getitem__(self, k: int) -> Any:
        while len(self._known) <= k:
            self._known.append(self._find(len(self._known)))
        return self._known[k]


class Jet(Level):
    """One Taylor expansion to a given order. link: the series of the value; its coefficient 0 is
    the primal.
    """

    __slots__ = ("_within_rule", "order")

    def __init__(self, order: int) -> None:
        self.order = order
        self._within_rule = False

    def input(self, x: Any) -> Traced:
        """x + t."""
        return trace(x, self, Series(x, lambda k: np.ones_like(x) if k == 1 else np.zeros_like(x)))

    def constant(self, value: Any) -> Traced:
        return trace(value, self, Series(value, lambda k: np.zeros_like(value)))

    def is_step(self, x: Traced) -> bool:
        return not any(np.any(x.link[k]) for k in range(1, self.order + 1))

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
        if isinstance(y, tuple):
            parts = [trace(part, self, None) for part in y]
            derivative = self._derivative(primitive, xs, tuple(parts), params)
            for i, part in enumerate(parts):
                part.link = Series(part.primal, lambda k, i=i: derivative()[i].link[k - 1] / k)  # type: ignore[misc]
            return tuple(map(self._settled, parts))
        traced = trace(y, self, None)
        traced.link = Series(y, self._coefficients(primitive, xs, primals, params, traced))
        return self._settled(traced)

    def _settled(self, y: Traced) -> Traced:
        """Within f, coefficients are found at once, so that a long loop is no deep recursion."""
        if not self._within_rule:
            y.link[self.order]
        return y

    def _coefficients(
        self, primitive: Primitive, xs: Any, primals: Any, params: Any, y: Traced
    ) -> Coefficient:
        if primitive is primitives[np.multiply] or (
            primitive.kind == "multilinear" and len(xs) == 2
        ):
            a, b = (x.link if self._is_mine(x) else None for x in xs)
            if a is not None and b is not None:
                return lambda k: sum(
                    primitive.evaluate(a[j], b[k - j], **params) for j in range(k + 1)
                )
            if a is not None or b is not None:
                return lambda k: primitive.evaluate(
                    *(x if s is None else s[k] for x, s in zip(primals, (a, b), strict=True)),
                    **params,
                )
        if primitive.kind == "linear" or (
            primitive.partials and primitive.affine and not primitive.steps
        ):
            return lambda k: primitive.evaluate(*(self._coefficient(x, k) for x in xs), **params)
        derivative = self._derivative(primitive, xs, y, params)
        return lambda k: self._coefficient(derivative(), k - 1) / k

    def _derivative(self, primitive: Primitive, xs: Any, y: Any, params: Any) -> Callable[[], Any]:
        """The series of dy/dt, by the primitive's own rule; built when the first coefficient is
        asked for.
        """
        made: list[Any] = []

        def build() -> Any:
            if not made:
                outside, self._within_rule = self._within_rule, True
                made.append(push_rule(primitive)([self._slope(x) for x in xs], y, list(xs), params))
                self._within_rule = outside
            return made[0]

        return build

    def _slope(self, x: Any) -> Any:
        if not self._is_mine(x):
            return None
        return trace(x.link[1], self, Series(x.link[1], lambda k: (k + 1) * x.link[k + 1]))

    def _coefficient(self, x: Any, k: int) -> Any:
        if self._is_mine(x):
            return x.link[k]
        return x if k == 0 else np.zeros_like(x)

    def _is_mine(self, x: Any) -> bool:
        return type(x) is Traced and x.level is self


@as_written
def coefficients(f: Any, x: Any, order: int) -> Any:
    """Taylor coefficients of f at the number x, as the rules give them, shape (order + 1,) +
    f(x).shape.
    """
    with Jet(order) as level:
        y = result(f(level.input(x[()])), level)
        if not (type(y) is Traced and y.level is level):
            y = level.constant(y)
        return np.stack([y.link[k] for k in range(order + 1)])
