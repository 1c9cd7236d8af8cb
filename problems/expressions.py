"""Families of expressions whose derivatives swell: written out they grow fast, with subexpressions
shared they hardly grow at all.

Beside these, the logistic map, Speelpenning's product, the deep tanh network and the Helmholtz
energy are such families.
"""

from math import cos, exp, log, sin

import numpy as np

from diffbench.interface import problem

LAUE = "Laue (2019), arXiv:1904.02990"


@problem(
    point=lambda n, rng: 0.3,
    data=lambda n, rng: (n,),
    sizes=(1, 4, 12, 80),
    operator="derivative",
    source=LAUE,
    tags=("scalar", "loop", "swell", "floats", "worked-example", "showcase"),
)
def nested_sin_exp(x, n, xp=np):
    """(sin exp)^n x; n = 1 is sin(exp x), the smallest swell: exp x stands twice in its derivative.
    2n² + 3n - 1 operations written out.
    """
    for _ in range(n):
        x = xp.sin(xp.exp(x))
    return x


@nested_sin_exp.manual("value_and_gradient")
def nested_sin_exp_with_derivative(x, n):
    x, slope = float(x), 1.0
    for _ in range(n):
        growth = exp(x)
        x, slope = sin(growth), cos(growth) * growth * slope
    return x, slope


@problem(
    point=lambda n, rng: 1.5,
    data=lambda n, rng: (n,),
    sizes=(1, 4, 20, 150),
    operator="derivative",
    source="Khinchin (1964), Continued Fractions, 2",
    tags=("scalar", "loop", "swell", "floats", "rational"),
)
def continued_fraction(x, n, xp=np):
    """v = x, then n times v = x + 1/v. n² + 3n - 2 operations written out, and deeper than the
    recursion limit at n = 150.
    """
    v = x
    for _ in range(n):
        v = x + 1 / v
    return v


@continued_fraction.manual("value_and_gradient")
def continued_fraction_with_derivative(x, n):
    x = float(x)
    v, slope = x, 1.0
    for _ in range(n):
        inverse = 1 / v
        v, slope = x + inverse, 1 - slope * inverse * inverse
    return v, slope


@problem(
    point=lambda n, rng: 1.3,
    data=lambda n, rng: (n,),
    sizes=(2, 4, 10, 40),
    operator="derivative",
    source="Knoebel (1981), doi:10.1080/00029890.1981.11995239",
    tags=("scalar", "loop", "swell", "floats"),
)
def power_tower(x, n, xp=np):
    """x^x^...^x, n high. Hard: x is base and exponent, and a general power costs more to
    differentiate than to evaluate.
    """
    v = x
    for _ in range(n - 1):
        v = x**v
    return v


@power_tower.manual("value_and_gradient")
def power_tower_with_derivative(x, n):
    x = float(x)
    v, slope, logarithm = x, 1.0, log(x)
    for _ in range(n - 1):
        higher = x**v
        v, slope = higher, higher * (slope * logarithm + v / x)
    return v, slope


@problem(
    point=lambda n, rng: rng.uniform(size=(n, n)),
    sizes=(2, 3, 5, 7),
    source="GradBench, det; Laplace (1772)",
    tags=("matrix", "swell", "polynomial", "paper"),
)
def determinant_by_minors(a, xp=np):
    """Determinant by expansion along the first row. Hard: n! products of only 2^n minors; the
    gradient is the cofactor matrix.
    """
    return minor(a, 0, range(len(a)))


def minor(a, row, columns):
    """Determinant of the rows from `row` on, restricted to `columns`."""
    if len(columns) == 1:
        return a[row, columns[0]]
    terms = [
        a[row, c] * minor(a, row + 1, [*columns[:k], *columns[k + 1 :]])
        for k, c in enumerate(columns)
    ]
    total = terms[0]
    for k, term in enumerate(terms[1:], 1):
        total = total - term if k % 2 else total + term
    return total


@determinant_by_minors.manual("value_and_gradient")
def determinant_with_cofactors(a):
    value = np.linalg.det(a)
    return value, value * np.linalg.inv(a).T


@determinant_by_minors.exact("gradient")
def cofactors(a, mp):
    def cofactor(i, j):
        rest = np.delete(np.delete(a, i, axis=0), j, axis=1)
        return (-1) ** (i + j) * minor(rest, 0, range(len(rest)))

    return np.array([[cofactor(i, j) for j in range(len(a))] for i in range(len(a))], dtype=object)
