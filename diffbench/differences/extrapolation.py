"""Richardson extrapolation: central differences at h, 2h, 4h, ... combined so that one power of h²
after the other cancels.

    T[i, 0] = D(2^i h)        T[i, j] = T[i, j-1] + (T[i, j-1] - T[i+1, j-1]) / (4^j - 1)

T[i, j] is the central difference of order 2j + 2. Source: Ridders (1982),
doi:10.1016/S0141-1195(82)80057-0.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np


def tableau(values: Sequence[Any], terms: Sequence[Any] | None = None) -> list[list[Any]]:
    """Rows by the largest step used: row k holds T[k, 0], T[k-1, 1], ..., T[0, k], from values at
    growing steps.

    terms: what the error of each value is a power series in, up to a factor: h² for symmetric
    differences, h for one-sided ones; 1, 4, 16, ... where it is not given, for steps h, 2h, 4h, ...

    >>> [float(t) for t in tableau([1 + h**2 + h**4 for h in (0.25, 0.5, 1.0)])[-1]]
    [3.0, 0.75, 1.0]
    """
    terms = [4**k for k in range(len(values))] if terms is None else terms
    rows: list[list[Any]] = []
    for k, value in enumerate(values):
        row = [value]
        for j, older in enumerate(rows[-1] if rows else [], 1):
            row.append(older + (older - row[-1]) / (terms[k] / terms[k - j] - 1))
        rows.append(row)
    return rows


def entries(
    values: Sequence[Any], terms: Sequence[Any] | None = None
) -> Iterator[tuple[int, int, Any, Any]]:
    """(i, j, T[i, j], the larger of its differences from T[i, j-1] and T[i+1, j-1]) for every j >
    0.
    """
    rows = tableau(values, terms)
    for k, row in enumerate(rows[1:], 1):
        for j in range(1, k + 1):
            yield (
                k - j,
                j,
                row[j],
                np.maximum(abs(row[j] - rows[k - 1][j - 1]), abs(row[j] - row[j - 1])),
            )
