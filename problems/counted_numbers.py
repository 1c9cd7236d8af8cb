"""Numbers without a generator, the same in every language: w(i) = ((i + 2)³ mod 101)/101, which is
distinct for i = 0, ..., 100, and v(i) = 2 w(i) - 1, never 0. Their period is 101.
"""

import numpy as np


def w(i):
    """In (0, 1), shape of i."""
    return ((np.asarray(i) + 2) % 101) ** 3 % 101 / 101


def v(i):
    """In (-1, 1), shape of i."""
    return 2 * w(i) - 1


def matrix(of, rows, columns, first=0):
    """of(first), of(first + 1), ... row by row."""
    return of(first + np.arange(rows * columns)).reshape(rows, columns)
