"""Adaptive differences: a derivative that comes with its error, and with a status where the error
can't be known.

>>> import numpy as np
>>> found = estimate(np.sin, 1.0)
>>> found.status, bool(abs(found.df - np.cos(1.0)) <= found.error < 1e-13)
('ok', True)

How the steps are chosen stands in `diagnosis`; whether the error bars are true is measured by
`diffbench.bench.calibration.error_bars`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from diffbench.differences.adaptive.diagnosis import Finding, find
from diffbench.differences.adaptive.line import Line, along
from diffbench.differences.adaptive.quotients import EVALUATIONS, Quotients
from diffbench.differences.evaluation import floating_point, value_at
from diffbench.errors import BadInput, NotDifferentiable, NotScalar
from diffbench.interface import Array, Function, Kind, Look
from diffbench.registry import register

MESSAGES = {
    "ok": "the error is that of rounding and of a smooth f",
    "noise-limited": "noise or rounding in f hides its derivative beyond this error; more digits "
    "need a smoother or better scaled f",
    "domain-edge": "f is undefined on one side of x at every step, so the derivative is one-sided",
    "discontinuous": "f jumps or has a kink or a cusp at x; move x off it",
    "inconsistent": "f has one slope at small steps, which looks like rounding, and another at "
    "large ones, which is reported",
    "non-deterministic": "f returned two values at the same x; fix its random seed or its state",
}
SUCCESSFUL = ("ok", "noise-limited", "domain-edge")


@dataclass(frozen=True)
class Estimate:
    """A derivative with its error bar. Every field but nfev has the shape of df.

    df: the derivative. error: its absolute error is at most this, in at least 95 of 100 cases.
    nfev: evaluations of f.
    success: the status allows it and df has a digit, or is zero to within rounding. status: a key
    of MESSAGES. step: the smallest step
    used. order: its order of accuracy in that step. noise: the absolute noise seen in f.
    """

    df: Any
    error: Any
    nfev: int
    success: Any
    status: Any
    step: Any
    order: Any
    noise: Any

    @property
    def message(self) -> str:
        """What the statuses that occur mean, one sentence."""
        return "; ".join(
            f"{status}: {MESSAGES[status]}"
            for status in dict.fromkeys(np.ravel(self.status).tolist())
        )


def estimate(f: Function, x: Any, *, operator: str = "derivative") -> Estimate:
    """The derivative, second_derivative, gradient, jacobian or hessian of f at x, with its error.

    At most 64 evaluations of f a coordinate, about 28 on smooth functions; a Hessian takes that for
    each of its n² lines. f may be undefined, raise, or be rough near x: see `Estimate.status`.
    Raises NotDifferentiable if f has no finite value at x itself.
    """
    x = floating_point(x)
    center, again = value_at(f, x), value_at(f, x)
    _check(operator, x, center)
    survey = Survey(f, x, center)
    found = survey.hessian() if operator in ("hessian", "second_derivative") else survey.jacobian()
    return found if np.array_equal(center, again) else _random(found)


@dataclass
class AdaptiveDifference:
    """The method: values of `estimate`. What has no trustworthy value is refused with the status
    and its meaning.
    """

    name: str = "adaptive-difference"
    kind: ClassVar = Kind.DIFFERENCE
    look: ClassVar = Look("#8d3731", "#f08c6b", "v")
    about: ClassVar = "differences that choose their step and know their error"

    def jacobian(self, f: Function, x: Array) -> Array:
        """Shape f(x).shape + x.shape, dtype of x."""
        return _trusted(estimate(f, x, operator="jacobian"), np.asarray(x).dtype)

    def jvp(self, f: Function, x: Array, x_dot: Array) -> tuple[Array, Array]:
        """(f(x), J x_dot), from one line along x_dot."""
        x, direction = floating_point(x), np.asarray(x_dot)
        center = value_at(f, x)
        if not direction.any():
            return center.astype(x.dtype), np.zeros_like(center, x.dtype)
        survey = Survey(f, x, center)
        return center.astype(x.dtype), _trusted(
            survey.collected([survey.findings(direction)], center.shape), x.dtype
        )

    def hessian(self, f: Function, x: Array) -> Array:
        """Shape x.shape + x.shape, dtype of x."""
        return _trusted(estimate(f, x, operator="hessian"), np.asarray(x).dtype)


@dataclass
class Survey:
    """Derivatives along lines through x, with the evaluations they took."""

    f: Function
    x: Array
    center: Array
    nfev: int = 2

    def findings(self, direction: Array, derivative: int = 1) -> list[Finding]:
        """The derivative of every output along the direction."""
        line = along(self.f, self.x, direction, self.center.reshape(-1))
        found = [_finding(line, i, derivative) for i in range(self.center.size)]
        self.nfev += line.nfev
        return found

    def jacobian(self) -> Estimate:
        """One line a coordinate."""
        return self.collected(
            [self.findings(axis) for axis in self._axes()], self.center.shape + self.x.shape
        )

    def hessian(self) -> Estimate:
        """Second derivatives along the axes and, by polarisation, along their sums and
        differences.
        """
        axes = list(self._axes())
        n = len(axes)
        entries = {(i, i): self.findings(axes[i], 2) for i in range(n)}
        for i in range(n):
            for j in range(i):
                entries[i, j] = entries[j, i] = self._mixed(axes[i], axes[j])
        return self.collected(
            [entries[i, j] for i in range(n) for j in range(n)],
            self.center.shape + 2 * self.x.shape,
        )

    def _axes(self) -> Iterator[Array]:
        for i in range(self.x.size):
            axis = np.zeros_like(self.x)
            axis.reshape(-1)[i] = 1
            yield axis

    def _mixed(self, a: Array, b: Array) -> list[Finding]:
        """f_ab = (f_(a+b)(a+b) - f_(a-b)(a-b)) / 4, with a and b scaled to the coordinates they
        move.
        """
        size = [
            np.ldexp(self.x.dtype.type(1), np.frexp(np.abs(self.x[axis != 0]).max() or 1)[1])
            for axis in (a, b)
        ]
        sums, differences = (self.findings(size[0] * a + sign * size[1] * b, 2) for sign in (1, -1))
        scale = 4 * size[0] * size[1]
        return [
            replace(
                p,
                value=(p.value - m.value) / scale,
                error=(p.error + m.error) / scale,
                status=max(p.status, m.status, key=SEVERITY.index),
            )
            for p, m in zip(sums, differences, strict=True)
        ]

    def collected(self, columns: list[list[Finding]], shape: tuple[int, ...]) -> Estimate:
        """The findings as arrays of the given shape; a column holds every output."""

        def field(name: str) -> Any:
            return np.array(
                [[getattr(found, name) for found in column] for column in columns]
            ).T.reshape(shape)[()]

        df, error, status = field("value"), field("error"), field("status")
        success = np.isin(status, SUCCESSFUL) & ((error <= 0.1 * abs(df)) | (status == "ok"))
        return Estimate(
            df,
            error,
            self.nfev,
            success[()],
            _plain(status),
            field("step"),
            field("order"),
            field("noise"),
        )


def _finding(line: Line, i: int, derivative: int) -> Finding:
    """The derivative of output i; one-sided where the symmetric difference is undefined at every
    step.
    """
    wide = np.result_type(line.center, np.float64).type

    def sample(k: float) -> tuple[Any, Any, Any]:
        pair = line[k]
        return wide(pair.h), wide(pair.plus[i]), wide(pair.minus[i])

    quotients = Quotients(
        sample,
        wide(line.center[i]),
        lambda: EVALUATIONS - 2 - line.nfev,
        scale=wide(np.abs(line.x[line.direction != 0]).max() / np.abs(line.direction).max()),
        derivative=derivative,
        bits=np.finfo(line.x.dtype).nmant + 1,
        eps=wide(np.finfo(line.center.dtype).eps),
    )
    found = find(quotients)
    if found is None and derivative == 1:
        sides = [find(replace(quotients, side=side, _known={})) for side in (1, -1)]
        found = next((replace(side, status="domain-edge") for side in sides if side), None)
    return found or Finding(
        wide(np.nan), wide(np.inf), wide(np.nan), 0, wide(np.nan), "domain-edge"
    )


def _check(operator: str, x: Array, center: Array) -> None:
    if operator not in SHAPES:
        raise BadInput(f"estimate knows no operator {operator!r}; take one of {', '.join(SHAPES)}")
    takes_scalar_x, gives_scalar = SHAPES[operator]
    if takes_scalar_x and x.shape:
        raise BadInput(
            f"the {operator} takes x of shape (), not {x.shape}; ask for the gradient, jacobian or "
            "hessian"
        )
    if gives_scalar and center.shape:
        raise NotScalar(center.shape, operator)


SHAPES = {
    "derivative": (True, True),
    "second_derivative": (True, True),
    "gradient": (False, True),
    "jacobian": (False, False),
    "hessian": (False, True),
}
SEVERITY: Sequence[str] = list(MESSAGES)


def _random(found: Estimate) -> Estimate:
    status = np.full(np.shape(found.df), "non-deterministic")
    return replace(found, status=_plain(status[()]), success=np.zeros(status.shape, bool)[()])


def _plain(status: Any) -> Any:
    return status if np.ndim(status) else str(status)


def _trusted(found: Estimate, dtype: Any) -> Array:
    refused = ~(np.isin(found.status, SUCCESSFUL) & np.isfinite(found.error))
    if np.any(refused):
        where = tuple(map(int, np.argwhere(refused)[0]))
        status = np.asarray(found.status)[where]
        raise NotDifferentiable(
            f"adaptive-difference found entry {where} of the derivative {status}: "
            f"{MESSAGES[str(status)]}"
        )
    return np.asarray(found.df, dtype)


register("differentiators", "adaptive-difference", AdaptiveDifference())
