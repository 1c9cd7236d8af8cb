"""The complex step: f'(x) = Im f(x + ih) / h. Nothing is subtracted, so h can be 1e-20 and the error is a rounding.

    h            forward difference        complex step          of exp(x)/sqrt(sin³x + cos³x) at 1.5
    1e-8         1e-8                      1e-16
    1e-20        1 (total loss)            1e-16

It holds only while f is analytic and real on the real line, and NumPy's complex functions do not say when that ends: |x + ih| is a
modulus, conj flips the sign of the derivative, log(-1) is iπ where the real log is NaN. So f is run on `AnalyticArray`: real parts are
computed by the real function, exactly as in a plain run, imaginary parts by its analytic continuation, and everything else is refused.
Source: Squire & Trapp (1998), doi:10.1137/S003614459631241X; Lyness & Moler (1967).
"""

from typing import Any

import numpy as np

from diffbench.differentiators.analytic import AnalyticArray, values_of
from diffbench.differentiators.evaluation import floating_point
from diffbench.differentiators.finite_difference import FiniteDifference
from diffbench.errors import BadPoint, NotDifferentiable
from diffbench.interface import Array, Function
from diffbench.registry import register

RELATIVE_STEP = {np.dtype(np.float32): 1e-10, np.dtype(np.float16): 1e-3}  # h² below eps, h·h' above underflow; 1e-20 in wider types


class ComplexStep:
    """Jacobians by one complex evaluation per coordinate, relative error about eps times the condition of f'. No step to choose."""

    name = "complex-step"

    def jacobian(self, f: Function, x: Array) -> Array:
        """Shape f(x).shape + x.shape."""
        x = floating_point(x)
        columns = [self.jvp(f, x, unit.reshape(x.shape))[1] for unit in np.eye(x.size, dtype=x.dtype)]
        return np.stack(columns, axis=-1).reshape(columns[0].shape + x.shape)

    def hessian(self, f: Function, x: Array) -> Array:
        """Central differences, of order 4, of the complex-step gradient, made symmetric: about 12 digits, 4n² complex evaluations."""
        n = np.size(x)
        rows = FiniteDifference(order=4).jacobian(lambda at: self.jacobian(f, at), x)
        square = rows.reshape(*rows.shape[: rows.ndim - 2 * np.ndim(x)], n, n)
        return ((square + np.swapaxes(square, -1, -2)) / 2).reshape(rows.shape)

    def hvp(self, f: Function, x: Array, x_dot: Array) -> Array:
        """H x_dot from the same differences along x_dot; 4n complex evaluations."""
        return FiniteDifference(order=4).jvp(lambda at: self.jacobian(f, at), x, x_dot)[1]

    def jvp(self, f: Function, x: Array, x_dot: Array) -> tuple[Array, Array]:
        """(f(x), J x_dot) from one complex evaluation."""
        x, direction = floating_point(x), np.asarray(x_dot)
        if direction.shape != x.shape:
            raise BadPoint(f"x_dot has shape {direction.shape} and x has shape {x.shape}; give one direction of the shape of x")
        h = _step(x, direction)
        with np.errstate(all="ignore"):
            y = values_of(f(AnalyticArray(x + 1j * (h * direction))))
        if not np.isfinite(y).all():
            raise NotDifferentiable(f"f or its derivative is {y[~np.isfinite(y)].flat[0]} at x = {x}; move x into the domain of f")
        return y.real.astype(x.dtype), np.asarray(y.imag / h, x.dtype)


def _step(x: Array, direction: Array) -> Any:
    """The relative step times the smallest coordinate that moves, so that every coordinate stays in its own linear range."""
    moving = np.abs(x[(direction != 0) & (x != 0)])
    scale = moving.min() if moving.size else x.dtype.type(1)
    largest = np.abs(direction).max(initial=0) or 1
    return max(RELATIVE_STEP.get(x.dtype, 1e-20) * scale / largest, np.finfo(x.dtype).tiny / np.finfo(x.dtype).eps)


register("differentiators", ComplexStep.name, ComplexStep())
