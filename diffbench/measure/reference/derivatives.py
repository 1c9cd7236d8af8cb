"""Derivatives of every operator assembled from Taylor coefficients along straight lines.

First order needs the slope c1 along unit vectors or the given direction. Second order is polarised:
with c2(v) = v^T H v / 2, H_ij = c2(e_i + e_j) - c2(e_i) - c2(e_j). Where not all entries are asked
for, only their lines are run.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from diffbench.interface import Operator
from diffbench.measure.reference.numbers.arithmetics import Objects, objects

# (direction, order) -> coefficients, shape (order + 1, *f(x).shape)
Line = Callable[[Objects, int], Objects]
Entries = NDArray[np.int64]

FIRST_ORDER = (
    Operator.DERIVATIVE,
    Operator.GRADIENT,
    Operator.VALUE_AND_GRADIENT,
    Operator.JACOBIAN,
)
SECOND_ORDER = (Operator.HESSIAN, Operator.HVP)


def lines_per_entry(operator: Operator) -> int:
    """How many lines one entry (one column, for the Jacobian) costs when it is asked for alone."""
    return {Operator.JVP: 0, Operator.HESSIAN: 3, Operator.HVP: 2}.get(operator, 1)


def assemble(
    operator: Operator, line: Line, shape: tuple[int, ...], direction: Any, entries: Entries | None
) -> Objects:
    """The derivative at a point of this shape, or only its `entries`: positions in the flattened
    derivative; of a Jacobian, columns.

    The whole has the operator's own shape; entries come as (entries,), columns as (*f(x).shape,
    entries).
    """
    return _ASSEMBLERS[operator](line, shape, direction, entries)


def unit(shape: tuple[int, ...], *positions: int) -> Objects:
    """The sum of the unit vectors at flat `positions`, in integers."""
    flat = np.zeros(int(np.prod(shape)), dtype=int)
    np.add.at(flat, list(positions), 1)
    return flat.reshape(shape).astype(object)


def _columns(
    line: Line, shape: tuple[int, ...], direction: Any, entries: Entries | None
) -> Objects:
    positions = range(int(np.prod(shape))) if entries is None else entries
    slopes = [line(unit(shape, int(i)), 1)[1, ...] for i in positions]
    columns = np.stack(slopes, axis=-1)
    return columns if entries is not None else columns.reshape(columns.shape[:-1] + shape)


def _jvp(line: Line, shape: tuple[int, ...], direction: Any, entries: None) -> Objects:
    return line(_exact(direction), 1)[1, ...]


def _vjp(line: Line, shape: tuple[int, ...], direction: Any, entries: Entries | None) -> Objects:
    jacobian = _columns(line, shape, None, entries)
    weights = _exact(direction)
    rest = jacobian.shape[weights.ndim :]
    return objects(weights.reshape(-1) @ jacobian.reshape(weights.size, -1)).reshape(rest)


def _hessian(
    line: Line, shape: tuple[int, ...], direction: Any, entries: Entries | None
) -> Objects:
    n = int(np.prod(shape))
    curvature = cache(lambda *positions: line(unit(shape, *positions), 2)[2])

    def entry(i: int, j: int) -> Any:
        i, j = min(i, j), max(i, j)
        return 2 * curvature(i) if i == j else curvature(i, j) - curvature(i) - curvature(j)

    values = np.array(
        [entry(*divmod(int(k), n)) for k in (range(n * n) if entries is None else entries)],
        dtype=object,
    )
    return values if entries is not None else values.reshape(shape + shape)


def _hvp(line: Line, shape: tuple[int, ...], direction: Any, entries: Entries | None) -> Objects:
    v = _exact(direction)
    along = line(v, 2)[2]
    positions = range(int(np.prod(shape))) if entries is None else entries
    units = [unit(shape, int(i)) for i in positions]
    values = np.array(
        [line(objects(v + e), 2)[2] - line(e, 2)[2] - along for e in units], dtype=object
    )
    return values if entries is not None else values.reshape(shape)


def _exact(direction: Any) -> Objects:
    return np.asarray(direction, dtype=float).astype(object)


_ASSEMBLERS: dict[Operator, Callable[..., Objects]] = {
    **dict.fromkeys(FIRST_ORDER, _columns),
    Operator.JVP: _jvp,
    Operator.VJP: _vjp,
    Operator.HESSIAN: _hessian,
    Operator.HVP: _hvp,
}
