"""Families of functions that grow with n, on which expression swell is measured.

A family is written once, for any numbers: SymPy sees exact rationals, a graph sees nodes, NumPy
sees floats. Sources: Baydin et al. (2018), section 3.2 (logistic map); Speelpenning (1980); Laue
(2019); Griewank (1989) (Helmholtz energy).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import numpy as np
import sympy as sp

from diffbench.interface import Array
from diffbench.symbolic.expression_graph.nodes import Expression, ExpressionGraph
from diffbench.symbolic.to_sympy import ScalarProgram

# a namespace of sin, exp, log, tanh; ratio(p, q) of integers; root(p), the square root of an
# integer
Arithmetic = Any


@dataclass(frozen=True)
class Family:
    """function(x, n, arithmetic) of the list x of `inputs(n)` numbers, measured at `point(n)` for
    the given sizes.
    """

    name: str
    function: Callable[[Sequence[Any], int, Arithmetic], Any]
    inputs: Callable[[int], int]
    point: Callable[[int], Any]
    sizes: tuple[int, ...]

    def numeric(self, n: int) -> tuple[Callable[[Any], Any], Array]:
        """(f, x): the member as a function of an array, and a point in its domain. One input is a
        number of shape ().
        """
        count = self.inputs(n)
        f = lambda x: self.function(
            [x] if count == 1 else [x[i] for i in range(count)], n, ON_ARRAYS
        )
        return f, np.reshape(self.point(n), () if count == 1 else (count,))

    def on(self, graph: ExpressionGraph, n: int) -> ScalarProgram:
        """The member as nodes of the graph, constants exact."""
        variables = [graph.variable() for _ in range(self.inputs(n))]
        return ScalarProgram(variables, [self.function(variables, n, ON_GRAPHS)], ())


def _operation(name: str) -> Callable[[Expression], Expression]:
    return lambda x: x.graph.apply(name, x)


ON_ARRAYS = SimpleNamespace(
    sin=np.sin, exp=np.exp, log=np.log, tanh=np.tanh, ratio=lambda p, q: p / q, root=np.sqrt
)
ON_GRAPHS = SimpleNamespace(
    **{name: _operation(name) for name in ("sin", "exp", "log", "tanh")},
    ratio=Fraction,
    root=lambda p: sp.sqrt(sp.Integer(p)),
)


def logistic(x: Sequence[Any], n: int, arithmetic: Arithmetic) -> Any:
    """l_1 = x, l_(k+1) = 4 l_k (1 - l_k)."""
    (iterate,) = x
    for _ in range(n - 1):
        iterate = 4 * iterate * (1 - iterate)
    return iterate


def speelpenning(x: Sequence[Any], n: int, arithmetic: Arithmetic) -> Any:
    """x_1 x_2 ... x_n, from left to right."""
    product = x[0]
    for factor in x[1:]:
        product = product * factor
    return product


def nested_sin_exp(x: Sequence[Any], n: int, arithmetic: Arithmetic) -> Any:
    """(sin exp)^n x."""
    (value,) = x
    for _ in range(n):
        value = arithmetic.sin(arithmetic.exp(value))
    return value


def continued_fraction(x: Sequence[Any], n: int, arithmetic: Arithmetic) -> Any:
    """v = x, then n times v = x + 1/v."""
    value = x[0]
    for _ in range(n):
        value = x[0] + 1 / value
    return value


def power_tower(x: Sequence[Any], n: int, arithmetic: Arithmetic) -> Any:
    """x^x^...^x, n high."""
    value = x[0]
    for _ in range(n - 1):
        value = x[0] ** value
    return value


def determinant(x: Sequence[Any], n: int, arithmetic: Arithmetic) -> Any:
    """The determinant of an n x n matrix by minors along the first row, without sharing them."""
    return _by_minors([list(x[i * n : (i + 1) * n]) for i in range(n)])


def _by_minors(rows: list[list[Any]]) -> Any:
    first, *rest = rows
    if not rest:
        return first[0]
    total = first[0] * _by_minors([row[1:] for row in rest])
    for j, entry in enumerate(first[1:], start=1):
        term = entry * _by_minors([row[:j] + row[j + 1 :] for row in rest])
        total = total - term if j % 2 else total + term
    return total


def tanh_network(x: Sequence[Any], n: int, arithmetic: Arithmetic) -> Any:
    """n layers of width 3, inputs followed by each layer's weights and biases; the sum of the last
    layer.
    """
    values, parameters = list(x[:3]), list(x[3:])
    for layer in range(n):
        weights, biases = (
            parameters[12 * layer : 12 * layer + 9],
            parameters[12 * layer + 9 : 12 * layer + 12],
        )
        sums = [
            weights[3 * i] * values[0]
            + weights[3 * i + 1] * values[1]
            + weights[3 * i + 2] * values[2]
            for i in range(3)
        ]
        values = [arithmetic.tanh(total + bias) for total, bias in zip(sums, biases, strict=True)]
    return values[0] + values[1] + values[2]


def helmholtz(x: Sequence[Any], n: int, arithmetic: Arithmetic) -> Any:
    """The Helmholtz energy with b_i = 1/(10n), A_ij = 1/(i+j+1), i and j from 0, RT = 1."""
    ratio, log, root = arithmetic.ratio, arithmetic.log, arithmetic.root
    bx = _sum(ratio(1, 10 * n) * x[i] for i in range(n))
    attraction = _sum(x[i] * _sum(ratio(1, i + j + 1) * x[j] for j in range(n)) for i in range(n))
    mixing = _sum(x[i] * log(x[i] / (1 - bx)) for i in range(n))
    return mixing - attraction / (root(8) * bx) * log(
        (1 + (1 + root(2)) * bx) / (1 + (1 - root(2)) * bx)
    )


def _sum(terms: Any) -> Any:
    first, *rest = terms
    for term in rest:
        first = first + term
    return first


def _spread(count: int) -> Array:
    """Points between 0.5 and 1.5 that no symmetry maps onto each other."""
    return 0.5 + (np.arange(1, count + 1) * 0.6180339887498949) % 1.0


FAMILIES = {
    family.name: family
    for family in (
        Family(
            "logistic",
            logistic,
            lambda n: 1,
            lambda n: np.float64(0.2),
            (2, 3, 4, 5, 6, 7, 8, 9, 10, 11),
        ),
        Family("speelpenning", speelpenning, lambda n: n, _spread, (4, 6, 10, 16, 24)),
        Family(
            "nested sin(exp)",
            nested_sin_exp,
            lambda n: 1,
            lambda n: np.float64(0.3),
            (1, 2, 4, 8, 12, 20, 32),
        ),
        Family(
            "continued fraction",
            continued_fraction,
            lambda n: 1,
            lambda n: np.float64(1.5),
            (3, 4, 8, 12, 20, 32),
        ),
        Family(
            "power tower", power_tower, lambda n: 1, lambda n: np.float64(1.2), (4, 5, 6, 8, 12, 16)
        ),
        Family("determinant", determinant, lambda n: n * n, lambda n: _spread(n * n), (2, 3, 4, 5)),
        Family(
            "tanh network",
            tanh_network,
            lambda n: 3 + 12 * n,
            lambda n: _spread(3 + 12 * n) - 1,
            (1, 2, 3),
        ),
        Family(
            "helmholtz",
            helmholtz,
            lambda n: n,
            lambda n: 1 / (10 + np.arange(n)),
            (1, 2, 3, 4, 5, 8, 10),
        ),
    )
}
