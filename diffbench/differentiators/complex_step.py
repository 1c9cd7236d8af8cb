"""The complex step: f'(x) = Im f(x + ih) / h. Nothing is subtracted, so h can be 1e-20 and the
error is a rounding.

    h            forward difference        complex step          of exp(x)/sqrt(sin³x + cos³x) at 1.5
    1e-8         1e-8                      1e-16
    1e-20        1 (total loss)            1e-16

It holds only while f is analytic and real on the real line, and NumPy's complex functions do not
say when that ends: |x + ih| is a modulus, conj flips the sign of the derivative, log(-1) is iπ
where the real log is NaN. And one h for a whole program is small beside one number in it and huge
beside another. So f is run on `AnalyticArray`, which takes the step anew in every elementary
function, at 1e-30 of its argument, and refuses everything that is not analytic.
Source: Squire & Trapp (1998), doi:10.1137/S003614459631241X; Lyness & Moler (1967).
"""

from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any, ClassVar

import numpy as np

from diffbench.differences.bounded import UNBOUNDED
from diffbench.differences.complex_plane.analytic import AnalyticArray, values_of
from diffbench.differences.evaluation import Map, floating_point
from diffbench.differences.terms import Terms
from diffbench.differentiators.finite_difference import FiniteDifference
from diffbench.errors import BadPoint, LostTrace, NotDifferentiable
from diffbench.interface import Array, Function, Kind, Look
from diffbench.registry import register


@dataclass(frozen=True)
class ComplexStep:
    """Jacobians by one complex evaluation per coordinate, relative error about eps times the
    condition of f'. No step to choose.

    Slopes of elementary functions below 1e-278 are lost to underflow, as results below 1e-308 are.

    A first derivative is taken at x itself and leaves no bounds; workers share its columns. bounds,
    typical_x: of the differences that second derivatives take. workers: as in `FiniteDifference`.

    >>> ComplexStep().jvp(lambda x: x**3, np.array(2.0), np.array(1.0))[1]
    array(12.)
    """

    kind: ClassVar = Kind.TRACING
    look: ClassVar = Look("#7d9b31", "#c2e260", "*")
    about: ClassVar = "a difference without cancellation, for functions that are analytic"

    name: ClassVar = "complex-step"
    bounds: tuple[Any, Any] = UNBOUNDED
    typical_x: Any = 1.0
    workers: int | Map = 1

    def __post_init__(self) -> None:
        _ = self.terms  # what makes no sense is refused at once

    @cached_property
    def terms(self) -> Terms:
        """Those on which f is evaluated."""
        return Terms(self.bounds, self.typical_x, self.workers)

    def jacobian(self, f: Function, x: Array) -> Array:
        """Shape f(x).shape + x.shape."""
        x = floating_point(x)
        units = np.eye(x.size, dtype=x.dtype).reshape(-1, *x.shape)
        columns = self.terms.each(partial(_column, f, x), list(units))
        return np.stack(columns, axis=-1).reshape(columns[0].shape + x.shape)

    def hessian(self, f: Function, x: Array) -> Array:
        """Central differences, of order 4, of the complex-step gradient, made symmetric: about 12
        digits, 6n² complex evaluations.
        """
        n = np.size(x)
        rows = self._differences.jacobian(partial(replace(self, workers=1).jacobian, f), x)
        square = rows.reshape(*rows.shape[: rows.ndim - 2 * np.ndim(x)], n, n)
        return ((square + np.swapaxes(square, -1, -2)) / 2).reshape(rows.shape)

    def hvp(self, f: Function, x: Array, x_dot: Array) -> Array:
        """H x_dot from the same differences along x_dot; 6n complex evaluations."""
        jacobian = partial(replace(self, workers=1).jacobian, f)
        return self._differences.jvp(jacobian, x, x_dot)[1]

    def jvp(self, f: Function, x: Array, x_dot: Array) -> tuple[Array, Array]:
        """(f(x), J x_dot) from one complex evaluation."""
        x, direction = floating_point(x), np.asarray(x_dot)
        if direction.shape != x.shape:
            raise BadPoint(
                f"x_dot has shape {direction.shape} and x has shape {x.shape}; give one direction "
                "of the shape of x"
            )
        with np.errstate(all="ignore"):
            y = _run(f, AnalyticArray(x + 1j * direction))
        if not np.isfinite(y).all():
            at = y[~np.isfinite(y)].flat[0]
            raise NotDifferentiable(
                f"f is {at.real} and its derivative {at.imag} at x = {x}; move x into the domain "
                "of f"
            )
        return y.real.astype(x.dtype), np.asarray(y.imag, x.dtype)

    @property
    def _differences(self) -> FiniteDifference:
        return FiniteDifference(
            order=4, typical_x=self.typical_x, bounds=self.bounds, workers=self.workers
        )


def _column(f: Function, x: Array, direction: Array) -> Array:
    return ComplexStep().jvp(f, x, direction)[1]


def _run(f: Function, x: AnalyticArray) -> Array:
    try:
        return values_of(f(x))
    except ValueError as error:
        if isinstance(
            error.__cause__, LostTrace
        ):  # NumPy speaks of a sequence when a traced number is written into a plain array
            raise error.__cause__ from None
        raise


register("differentiators", ComplexStep.name, ComplexStep())
