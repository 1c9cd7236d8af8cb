"""Functions at the points where Newton's method, least squares and constraints evaluate them: where
f, or its derivative, is 0 because its parts cancel. Each with its exact Jacobian.

A formula is read twice: over NumPy it is the f that is differentiated, over mpmath its derivative
at the very floats of x is the truth.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import mpmath as mp
import numpy as np
from scipy import special

from diffbench.interface import Array

DIGITS = 90
STEP = mp.mpf(10) ** -25  # of each coordinate, so that truncation is 1e-50
SMALLEST = mp.mpf(10) ** -30  # coordinates below are moved as if they were this large

Formula = Callable[[Any, Sequence[Any]], Any]  # (functions, x) -> one number, or a list of them


class Floats:
    """The elementary functions in float64."""

    exp, log, log1p, expm1 = np.exp, np.log, np.log1p, np.expm1
    sin, cos, tan, atan, tanh, sqrt = np.sin, np.cos, np.tan, np.arctan, np.tanh, np.sqrt
    erf, loggamma = special.erf, special.gammaln


class Exact:
    """The same in mpmath."""

    exp, log, log1p, expm1 = mp.exp, mp.log, mp.log1p, mp.expm1
    sin, cos, tan, atan, tanh, sqrt = mp.sin, mp.cos, mp.tan, mp.atan, mp.tanh, mp.sqrt
    erf, loggamma = mp.erf, mp.loggamma


@dataclass(frozen=True)
class ZeroCase:
    """A formula at a point. kind: root, optimum, system or scales."""

    name: str
    kind: str
    formula: Formula
    x: Array
    operator: ClassVar = "jacobian"

    def f(self, x: Any) -> Any:
        """A number, or shape (m,)."""
        y = self.formula(Floats, x)
        return np.array(y) if isinstance(y, list) else y

    @cached_property
    def jacobian(self) -> Array:
        """Shape f(x).shape + x.shape, the float nearest to the truth at the float x."""
        columns = jacobian(self.formula, [mp.mpf(t) for t in self.x])
        exact = np.array([[float(entry) for entry in row] for row in zip(*columns, strict=True)])
        return exact if isinstance(self.formula(Floats, [*self.x]), list) else exact[0]


def jacobian(formula: Formula, x: Sequence[Any]) -> list[list[Any]]:
    """Columns of the Jacobian, by central differences in 90 digits."""
    with mp.workdps(DIGITS):
        return [_column(formula, x, i) for i in range(len(x))]


def _column(formula: Formula, x: Sequence[Any], i: int) -> list[Any]:
    h = STEP * max(abs(x[i]), SMALLEST)
    ahead, behind = (
        outputs(formula(Exact, [*x[:i], x[i] + side, *x[i + 1 :]])) for side in (h, -h)
    )
    return [(a - b) / (2 * h) for a, b in zip(ahead, behind, strict=True)]


def outputs(y: Any) -> list[Any]:
    """The outputs as a list."""
    return y if isinstance(y, list) else [y]


def root(formula: Formula, start: Sequence[float], steps: int = 60) -> Array:
    """The floats nearest to the root that Newton's method finds from here."""
    with mp.workdps(DIGITS):
        x = [mp.mpf(t) for t in start]
        for _ in range(steps):
            matrix = mp.matrix(jacobian(formula, x)).T
            move = mp.lu_solve(matrix, mp.matrix(outputs(formula(Exact, x))))
            x = [t - s for t, s in zip(x, move, strict=True)]
            if mp.norm(move) <= mp.mpf(10) ** -40 * (mp.norm(mp.matrix(x)) + mp.mpf(10) ** -40):
                break
        else:
            raise ArithmeticError(f"Newton's method found no root from {list(start)}; it is at {x}")
        return np.array([float(t) for t in x])


def score(loss: Formula) -> Formula:
    """The gradient of a loss, as central differences in mpmath; for finding optima only."""

    def gradient(m: Any, x: Sequence[Any]) -> list[Any]:
        h = mp.mpf(10) ** -12
        return [
            (loss(m, [*x[:i], x[i] + h, *x[i + 1 :]]) - loss(m, [*x[:i], x[i] - h, *x[i + 1 :]]))
            / (2 * h)
            for i in range(len(x))
        ]

    return gradient
