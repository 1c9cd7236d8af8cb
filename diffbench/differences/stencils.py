"""Difference stencils: at which multiples of the step f is evaluated, and with which weights.

f^(d)(x) ≈ Σ w_j f(x + o_j h) / h^d. The weights are exact rationals (Fornberg's recursion), and
with them the two numbers that decide
what a stencil can reach: W = Σ|w_j|, by which it amplifies the noise of f, and C, the constant of
its truncation error C h^p f^(p+d). For central first differences of order p = 2m these are W = H_m,
the harmonic number, and C = (m!)²/(2m+1)!.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, cached_property
from math import factorial
from typing import Any

import numpy as np

from diffbench.errors import BadInput


@dataclass(frozen=True)
class Stencil:
    """Offsets in units of the step and the rational weights that go with them, for one
    derivative.
    """

    offsets: tuple[Fraction, ...]
    weights: tuple[Fraction, ...]
    derivative: int

    @cached_property
    def order(self) -> int:
        """p in the truncation error C h^p f^(p+d)."""
        p = 1
        while not self._moment(p + self.derivative):
            p += 1
        return p

    @cached_property
    def error_constant(self) -> Fraction:
        """C in the truncation error C h^p f^(p+d), as a positive number."""
        k = self.order + self.derivative
        return abs(self._moment(k)) / factorial(k)

    @cached_property
    def noise_gain(self) -> Fraction:
        """W = Σ|w_j|: an error eps_f in each value of f becomes at most W eps_f / h^d."""
        return sum((abs(w) for w in self.weights), Fraction(0))

    @cached_property
    def floats(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Offsets and weights, rounded."""
        return tuple(map(float, self.offsets)), tuple(map(float, self.weights))

    def optimal_step(self, noise: float, slope: float = 1.0) -> float:
        """The h that minimises C M h^p + W eps_f / h^d, with eps_f = noise and M = slope =
        |f^(p+d)|.
        """
        return float((self._balance * noise / slope) ** (1 / (self.order + self.derivative)))

    def unit_step(self, dtype: Any) -> float:
        """The optimal step where f and its derivative are 1 and values of f are rounded to nearest
        in this dtype.
        """
        known = self._unit_steps.get(dtype)
        if known is None:
            known = self._unit_steps[dtype] = self.optimal_step(float(np.finfo(dtype).eps) / 2)
        return known

    def error_bound(self, h: float, noise: float, slope: float = 1.0) -> float:
        """C M h^p + W eps_f / h^d."""
        return (
            float(self.error_constant) * slope * h**self.order
            + float(self.noise_gain) * noise / h**self.derivative
        )

    def combine(self, values: Sequence[Any], h: Any) -> Any:
        """Σ w_j (f_j - f_0) / h^d: the weights sum to 0, and neighbouring values subtract without
        rounding (Sterbenz).
        """
        first, weights = values[0], self.floats[1]
        total = (values[1] - first) * weights[1]
        for j in range(2, len(values)):
            total += (values[j] - first) * weights[j]
        return total / (h if self.derivative == 1 else h**self.derivative)

    @cached_property
    def _unit_steps(self) -> dict[Any, float]:
        return {}

    @cached_property
    def _balance(self) -> float:
        return float(self.derivative * self.noise_gain / (self.order * self.error_constant))

    def _moment(self, k: int) -> Fraction:
        return sum((w * o**k for o, w in zip(self.offsets, self.weights, strict=True)), Fraction(0))


@cache
def central(order: int, derivative: int = 1) -> Stencil:
    """Symmetric offsets -m .. m; the order of accuracy is even. Offsets of weight zero are left
    out.

    >>> central(4).weights
    (Fraction(1, 12), Fraction(-2, 3), Fraction(2, 3), Fraction(-1, 12))
    """
    if order < 2 or order % 2:
        raise BadInput(
            f"a central difference has an even order of accuracy, not {order}; take {order + 1} or "
            "scheme='forward'"
        )
    m = (order + derivative - 1) // 2
    return at_nodes(range(-m, m + 1), derivative)


@cache
def forward(order: int, derivative: int = 1) -> Stencil:
    """Offsets 0, 1, .., order + derivative - 1.

    >>> forward(2).weights
    (Fraction(-3, 2), Fraction(2, 1), Fraction(-1, 2))
    """
    if order < 1:
        raise BadInput(f"the order of accuracy is at least 1, not {order}; take order=1")
    return at_nodes(range(order + derivative), derivative)


@cache
def backward(order: int, derivative: int = 1) -> Stencil:
    """The mirror image of the forward stencil: offsets 0, -1, .., in that order."""
    mirrored = forward(order, derivative)
    return Stencil(
        tuple(-o for o in mirrored.offsets),
        tuple(w * (-1) ** derivative for w in mirrored.weights),
        derivative,
    )


def at_nodes(offsets: Sequence[int | float | Fraction], derivative: int = 1) -> Stencil:
    """The most accurate stencil on the given distinct offsets, in any order and spacing.

    Exact: floats are taken as the rationals they are. Source: Fornberg (1988),
    doi:10.1090/S0025-5718-1988-0935077-0.
    """
    nodes = [Fraction(o) for o in offsets]
    if len(set(nodes)) <= derivative:
        raise BadInput(
            f"derivative {derivative} needs at least {derivative + 1} distinct offsets, not "
            f"{list(offsets)}; add nodes"
        )
    pairs = [(o, w) for o, w in zip(nodes, fornberg_weights(nodes, derivative), strict=True) if w]
    return Stencil(tuple(o for o, _ in pairs), tuple(w for _, w in pairs), derivative)


def fornberg_weights(nodes: Sequence[Fraction], derivative: int) -> list[Fraction]:
    """Weights of f^(derivative)(0) on the nodes, one added at a time; O(n² d) rational
    operations.
    """
    # table[j][k]: weight of node j for the k-th derivative
    table = [[Fraction(0)] * (derivative + 1) for _ in nodes]
    table[0][0] = Fraction(1)
    product = Fraction(1)
    for i in range(1, len(nodes)):
        previous, product = product, Fraction(1)
        for j in range(i):
            gap = nodes[i] - nodes[j]
            product *= gap
            if j == i - 1:
                table[i] = [
                    previous / product * (k * _at(table[j], k - 1) - nodes[j] * table[j][k])
                    for k in range(derivative + 1)
                ]
            table[j] = [
                (nodes[i] * table[j][k] - k * _at(table[j], k - 1)) / gap
                for k in range(derivative + 1)
            ]
    return [row[derivative] for row in table]


def _at(row: list[Fraction], k: int) -> Fraction:
    return row[k] if k >= 0 else Fraction(0)
