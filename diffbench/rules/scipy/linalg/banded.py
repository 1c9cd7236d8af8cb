"""Systems with a banded matrix, in the form in which scipy.linalg.solve_banded takes them: entry (i, j)
stands in row upper + i - j and column j.

Value, derivative and second derivative cost one solution each, O(n (lower + upper)^2).
"""

# fmt: off
from typing import Any

import numpy as np
import scipy.linalg

from diffbench.rules.entries.indexing import getitem
from diffbench.rules.interception import caught
from diffbench.rules.table import composite, dispatched, general, unbroadcast


@dispatched
def banded_solution(ab, b, lower, upper):
    return scipy.linalg.solve_banded((lower, upper), ab, b)


def places(shape, upper):
    """The row i of the matrix for each entry of its band, and whether there is one."""
    rows, n = shape
    i = np.arange(n) + np.arange(rows)[:, None] - upper
    return np.clip(i, 0, n - 1), (i >= 0) & (i < n)


def product(ab, y, upper):
    """The banded matrix times y, of shape (n,) or (n, m)."""
    n = np.shape(ab)[1]
    total: Any = 0.0
    for row, entries in enumerate(ab):
        down = row - upper
        first, last = max(0, -down), min(n, n - down)
        column = np.reshape(entries[first:last], (-1,) + (1,) * (np.ndim(y) - 1)) * y[first:last]
        edges = [(first + down, n - last - down)] + [(0, 0)] * (np.ndim(y) - 1)
        total = total + np.pad(column, edges)
    return total


def transposed_band(ab, lower, upper):
    i, there = places(np.shape(ab), lower)
    rows = np.broadcast_to(np.arange(lower + upper, -1, -1)[:, None], i.shape)
    return np.where(there, getitem(ab, (rows, i)), 0.0)


def band_of_outer(u, v, shape, upper):
    """The entries of the outer product of u and v that lie in the band, summed over further axes."""
    i, there = places(shape, upper)
    products = getitem(u, (i,)) * v
    return np.where(there, products if np.ndim(u) == 1 else np.sum(products, axis=-1), 0.0)


def banded_jvp(x_dots, y, ab, b, lower, upper):
    ab_dot, b_dot = x_dots
    right = 0.0 * y if b_dot is None else b_dot
    return banded_solution(ab, right if ab_dot is None else right - product(ab_dot, y, upper), lower=lower, upper=upper)


def banded_vjp(i, y_bar, y, ab, b, lower, upper):
    b_bar = banded_solution(transposed_band(ab, lower, upper), y_bar, lower=upper, upper=lower)
    return b_bar if i == 1 else unbroadcast(-band_of_outer(b_bar, y, np.shape(ab), upper), ab)



general(banded_solution, jvp=banded_jvp, vjp=banded_vjp, arity=2)


def solve_banded(l_and_u, ab, b, overwrite_ab=False, overwrite_b=False, check_finite=True):
    lower, upper = l_and_u
    return banded_solution(ab, b, lower=int(lower), upper=int(upper))


def general_band(ab, lower):
    """The band of a symmetric matrix from the one half of it that is given."""
    half = len(ab) - 1
    if lower:
        return np.concatenate([transposed_band(np.concatenate([np.zeros((half, np.shape(ab)[1])), ab]), half, half)[:half], ab])
    return np.concatenate([ab, transposed_band(np.concatenate([ab, np.zeros((half, np.shape(ab)[1]))]), half, half)[half + 1 :]])


def solveh_banded(ab, b, overwrite_ab=False, overwrite_b=False, lower=False, check_finite=True):
    half = len(ab) - 1
    return banded_solution(general_band(ab, lower), b, lower=half, upper=half)


composite(caught(scipy.linalg.solve_banded),  solve_banded)
composite(caught(scipy.linalg.solveh_banded), solveh_banded)
