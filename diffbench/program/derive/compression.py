"""A Jacobian or Hessian from as few directions as its sparsity pattern has colours.

    pattern  --colour-->  directions, one a colour  --jvp, vjp or hvp-->  compressed matrix  --read off-->  dense or scipy.sparse

Columns of one colour share no row, so each entry of J d stands alone (Curtis, Powell and Reid
1974); rows likewise in J'd. A Hessian is
symmetric: where an entry does not stand alone, its mirror image does (Coleman and Moré 1984).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sparse

from diffbench.ir import Program, aval
from diffbench.program.derive.colouring import Colours, colour_columns, colour_star
from diffbench.program.derive.differentiate import Draft

_FEW = 100


@dataclass(frozen=True)
class Compression:
    """Which directions are needed, and where each entry of the matrix is read off.

    directions: bool, (k, n) of columns or (k, m) of rows. Entry (rows[e], columns[e]) of the (m, n)
    matrix is number sources[e] of the compressed one, (k, m) or (k, n); without sources the
    compressed one is the whole of it, column by column or row by row.
    """

    of_columns: bool
    directions: Any
    shape: tuple[int, int]
    rows: Any = None
    columns: Any = None
    sources: Any = None

    @property
    def count(self) -> int:
        """How many directions there are."""
        return len(self.directions)

    def dense(self, compressed: Any, shape: tuple[int, ...]) -> Any:
        """The matrix, zero where the pattern is, in the given shape."""
        if self.sources is None:
            flat = np.reshape(compressed, (self.count, -1))
            return (flat.T if self.of_columns else flat).reshape(shape)
        full = np.zeros(self.shape[0] * self.shape[1], compressed.dtype)
        full[self.rows * self.shape[1] + self.columns] = np.ravel(compressed)[self.sources]
        return full.reshape(shape)

    def sparse(self, compressed: Any) -> sparse.csr_array:
        """The matrix as scipy.sparse, of shape (m, n)."""
        return sparse.csr_array(
            (np.ravel(compressed)[self.sources], (self.rows, self.columns)), shape=self.shape
        )


def by_columns(pattern: Any) -> Compression:
    """J d for sums d of unit vectors of x: one for each colour of the columns."""
    colours = _colours(sparse.csr_array(pattern))
    rows, columns = sparse.csr_array(pattern).nonzero()
    return Compression(
        True,
        _members(colours),
        pattern.shape,
        rows,
        columns,
        colours[columns] * pattern.shape[0] + rows,
    )


def by_rows(pattern: Any) -> Compression:
    """J'd for sums d of unit vectors of y: one for each colour of the rows."""
    colours = _colours(sparse.csr_array(pattern.T))
    rows, columns = sparse.csr_array(pattern).nonzero()
    return Compression(
        False,
        _members(colours),
        pattern.shape,
        rows,
        columns,
        colours[rows] * pattern.shape[1] + columns,
    )


def by_fewest(pattern: Any) -> Compression:
    """By columns or by rows, whichever have fewer colours; with as many of both by columns, since J
    d needs no sweep back.
    """
    columns, rows = by_columns(pattern), by_rows(pattern)
    return columns if columns.count <= rows.count else rows


def of_hessian(pattern: Any) -> Compression:
    """H d for the colours of a star colouring of a symmetric pattern."""
    pattern = sparse.csr_array((pattern + pattern.T).astype(bool))
    n = pattern.shape[0]
    colours = np.arange(n) if pattern.nnz > n * n // 2 else colour_star(pattern)
    rows, columns = pattern.nonzero()
    is_alone = _times_met(pattern, colours)[rows, colours[columns]] == 1
    sources = np.where(is_alone, colours[columns] * n + rows, colours[rows] * n + columns)
    return Compression(True, _members(colours), pattern.shape, rows, columns, sources)


def every_direction(of_columns: bool, shape: tuple[int, int]) -> Compression:
    """All unit vectors, of the columns or of the rows of a matrix of unknown pattern."""
    return Compression(of_columns, np.eye(shape[1] if of_columns else shape[0], dtype=bool), shape)


def compressed(program: Program, compression: Compression) -> Program:
    """x -> the compressed Jacobian, shape (k, *y.shape) or (k, *x.shape), all directions in one
    program.
    """
    draft, (x, *_), y = Draft(program), program.inputs, program.output
    if compression.of_columns:
        made = [draft.push(direction) for direction in directions(compression, x)]
        known = aval((compression.count, *y.shape), y.dtype)
    else:
        made = [draft.pull(y, direction) for direction in directions(compression, y)]
        known = aval((compression.count, *x.shape), x.dtype)
    return draft.derived(draft.assemble(made, [(k,) for k in range(compression.count)], known))


def directions(compression: Compression, like: Any) -> Any:
    """The directions as tangents of x or as cotangents of y, of its shape and dtype."""
    made = compression.directions.astype(np.result_type(like.dtype)).reshape(
        compression.count, *np.shape(like)
    )
    return [direction[()] for direction in made]


def _colours(pattern: Any) -> Colours:
    """Of columns. A row that meets all of them, or more than half of many, leaves nothing or too
    little to be gained for the search.
    """
    n, most = pattern.shape[1], np.max(np.diff(pattern.indptr), initial=0)
    return np.arange(n) if most == n or (n > _FEW and 2 * most > n) else colour_columns(pattern)


def _members(colours: Colours) -> Any:
    """Which columns are of which colour, bool (colours, columns)."""
    return colours == np.arange(np.max(colours, initial=-1) + 1)[:, None]


def _times_met(pattern: Any, colours: Colours) -> Any:
    """How many columns of each colour each row meets, shape (rows, colours)."""
    members = sparse.csr_array((np.ones(colours.size, int), (np.arange(colours.size), colours)))
    return (pattern.astype(int) @ members).toarray()
