"""Colouring a sparsity pattern: columns of one colour are differentiated together, and can still be
told apart.

For a Jacobian, two columns that share a row need different colours (Curtis, Powell and Reid 1974).
For a symmetric Hessian a star colouring is enough and needs fewer: neighbours differ, and no path
of four vertices has only two colours (Coleman and Moré 1984; Gebremedhin, Manne and Pothen 2005,
SIAM Review 47(4)).
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import scipy.sparse as sparse

Colours = Any  # an int array, one colour a column


def colour_columns(pattern: Any) -> Colours:
    """Colours of the columns such that columns of one colour share no row. The best of three orders
    of a greedy colouring.

    >>> import scipy.sparse as sparse
    >>> len(set(colour_columns(sparse.diags_array([1.0, 1.0, 1.0], offsets=[-1, 0, 1], shape=(20, 20)))))
    3
    """
    columns = sparse.csr_array(pattern).astype(np.int64)
    conflicts = _neighbours(columns.T @ columns)
    return min(
        (_greedy(conflicts, order, _taken_by_neighbours) for order in _orders(conflicts)),
        key=np.max,
        default=np.zeros(0, int),
    )


def colour_star(pattern: Any) -> Colours:
    """A star colouring of a symmetric pattern: with it each entry of the matrix, or its mirror
    image, can be read off directly.
    """
    neighbours = _neighbours(sparse.csr_array(pattern) + sparse.csr_array(pattern).T)
    return min(
        (_greedy(neighbours, order, _taken_by_stars) for order in _orders(neighbours)),
        key=np.max,
        default=np.zeros(0, int),
    )


def _neighbours(graph: Any) -> list[list[int]]:
    graph = sparse.csr_array(graph)
    rows = (
        graph.indices[graph.indptr[i] : graph.indptr[i + 1]].tolist() for i in range(graph.shape[0])
    )
    return [[j for j in row if j != i] for i, row in enumerate(rows)]


def _orders(neighbours: list[list[int]]) -> Iterator[list[int]]:
    if neighbours:
        yield list(range(len(neighbours)))
        yield sorted(range(len(neighbours)), key=lambda v: -len(neighbours[v]))
        yield _smallest_last(neighbours)


def _smallest_last(neighbours: list[list[int]]) -> list[int]:
    """Vertices in the reverse of the order in which one of least degree is taken away (Matula and
    Beck 1983).
    """
    degree = [len(row) for row in neighbours]
    buckets: list[set[int]] = [set() for _ in range(max(degree) + 1)]
    for v, d in enumerate(degree):
        buckets[d].add(v)
    order: list[int] = []
    least = 0
    while len(order) < len(neighbours):
        while not buckets[least]:
            least += 1
        v = buckets[least].pop()
        degree[v] = -1
        order.append(v)
        for w in neighbours[v]:
            if degree[w] > 0:
                buckets[degree[w]].remove(w)
                degree[w] -= 1
                buckets[degree[w]].add(w)
                least = min(least, degree[w])
    return order[::-1]


def _greedy(
    neighbours: list[list[int]],
    order: list[int],
    taken: Callable[[int, list[list[int]], list[int]], set[int]],
) -> Colours:
    """Each vertex in turn gets the least colour that is not taken."""
    colours = [-1] * len(neighbours)
    for v in order:
        used = taken(v, neighbours, colours)
        colours[v] = next(c for c in range(len(used) + 1) if c not in used)
    return np.array(colours, dtype=int)


def _taken_by_neighbours(v: int, neighbours: list[list[int]], colours: list[int]) -> set[int]:
    return {colours[w] for w in neighbours[v]} - {-1}


def _taken_by_stars(v: int, neighbours: list[list[int]], colours: list[int]) -> set[int]:
    """Colours of neighbours, and of those that would close a path of four vertices in two
    colours.
    """
    used = _taken_by_neighbours(v, neighbours, colours)
    for w in neighbours[v]:
        for x in neighbours[w]:
            if (
                x != v
                and colours[x] >= 0
                and (
                    colours[w] < 0
                    or any(y != w and colours[y] == colours[w] for y in neighbours[x])
                )
            ):
                used.add(colours[x])
    return used
