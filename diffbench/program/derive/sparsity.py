"""Which entries of the output can depend on which of the input: the sparsity pattern of the
Jacobian, from the program alone.

Each variable carries a boolean matrix, one row for each of its entries and one column for each
input. Entrywise primitives unite the rows of their operands, primitives that move entries move
rows, sums unite them, and everything else is taken to mix all it is given: the pattern may be too
large but never too small, at this point and wherever the program's guards hold. The one row of a
number is kept as a set, which scalar code unites many times faster than matrices.
"""

from typing import Any

import numpy as np
import scipy.sparse as sparse

from diffbench.ir import Equation, Program, Var
from diffbench.rules.reductions import spread
from diffbench.rules.spelling import spellings

Pattern: Any = sparse.csr_array

MOVING = {"getitem", "reshape", "transpose", "broadcast_to", "join", "set_at"}
SUMMING = {"sum", "mean", "max", "min"}


def detect(program: Program) -> Any:
    """The pattern of a program's Jacobian: csr, boolean, shape (entries of the output, entries of
    the input).
    """
    entry, y = program.inputs[0], program.output
    n = _size(entry.shape)
    rows: dict[int, Any] = {
        entry.index: Pattern(sparse.eye_array(n, dtype=bool)) if entry.shape else frozenset({0})
    }
    for equation in program.equations:
        for var in equation.outputs:
            pattern = _pattern(
                equation,
                var,
                [rows.get(arg.index) if type(arg) is Var else None for arg in equation.args],
                n,
            )
            if pattern is not None:
                rows[var.index] = pattern
    return (
        _matrix(rows.get(y.index, _empty(_size(y.shape), n)), n)
        if type(y) is Var
        else _empty(np.size(y), n)
    )


def _pattern(equation: Equation, var: Var, rows: list[Any], n: int) -> Any:
    if not equation.primitive.differentiable or all(pattern is None for pattern in rows):
        return None
    entrywise = bool(equation.primitive.partials) or equation.primitive.name in spellings
    if entrywise and not var.shape:
        return frozenset().union(*[_set(pattern) for pattern in rows if pattern is not None])
    index = equation.params.get("index")
    if (
        equation.primitive.name == "getitem"
        and not var.shape
        and isinstance(index, int)
        and len(equation.args[0].shape) == 1
    ):
        return _set(rows[0][[index]])
    matrices = [None if pattern is None else _matrix(pattern, n) for pattern in rows]
    if entrywise:
        varying = [
            (pattern, arg)
            for pattern, arg in zip(matrices, equation.args, strict=True)
            if pattern is not None
        ]
        found = _united(
            pattern[np.ravel(np.broadcast_to(labels(arg), var.shape))] for pattern, arg in varying
        )
    else:
        found = _pattern_of_whole(equation, var, matrices, n)
    return found if var.shape else _set(found)


def _set(pattern: Any) -> frozenset[int]:
    """The columns of a single row."""
    return pattern if type(pattern) is frozenset else frozenset(pattern.indices.tolist())


def _matrix(pattern: Any, n: int) -> Any:
    if type(pattern) is not frozenset:
        return pattern
    columns = np.array(sorted(pattern), dtype=int)
    return Pattern(
        (np.ones(columns.size, dtype=bool), (np.zeros_like(columns), columns)), shape=(1, n)
    )


def _pattern_of_whole(equation: Equation, var: Var, rows: list[Any], n: int) -> Any:
    name = equation.primitive.name
    if name in MOVING:
        return _moved(equation, rows, n)
    if name in ("add_at", "assemble"):
        return _added(equation, var, rows, n)
    if name in SUMMING:
        summed = spread(labels(var), np.zeros(equation.args[0].shape), **_axes(equation.params))  # type: ignore[no-untyped-call]  # a rule
        return _boolean(_indicator(summed, _size(var.shape)) @ rows[0])
    if name == "sparse_product" and len(var.shape) == 1:
        return _boolean(
            equation.params["positions"].filled(np.ones(equation.args[0].shape, dtype=bool))
            @ rows[1]
        )
    if name == "matmul" and max(len(_shape(arg)) for arg in equation.args) <= 2:
        return _product(equation.args, var, rows)
    return _mixed(rows, var)


def labels(operand: Any) -> Any:
    """The entries of an operand, numbered."""
    return np.arange(_size(_shape(operand))).reshape(_shape(operand))


def _moved(equation: Equation, rows: list[Any], n: int) -> Any:
    """Entries numbered across all operands and sent through the primitive itself."""
    stacked, numbered, start = [], [], 0
    for arg, pattern in zip(equation.args, rows, strict=True):
        numbered.append(labels(arg) + start)
        stacked.append(_empty(_size(_shape(arg)), n) if pattern is None else pattern)
        start += _size(_shape(arg))
    return Pattern(sparse.vstack(stacked, format="csr"))[
        np.ravel(equation.primitive.evaluate(*numbered, **equation.params))
    ]


def _added(equation: Equation, var: Var, rows: list[Any], n: int) -> Any:
    """Each value reaches the entries at its index."""
    numbered = labels(var)
    if equation.primitive.name == "assemble":
        parts = [
            (arg, pattern, numbered[index])
            for arg, pattern, index in zip(
                equation.args, rows, equation.params["indices"], strict=True
            )
        ]
    else:
        parts = [
            (var, rows[0], numbered),
            (equation.args[1], rows[1], numbered[equation.params["index"]]),
        ]
    entries = [
        _sent(arg, pattern, targets) for arg, pattern, targets in parts if pattern is not None
    ]
    where, columns = map(np.concatenate, zip(*entries, strict=True))
    return _boolean(
        Pattern((np.ones(where.size, dtype=bool), (where, columns)), shape=(_size(var.shape), n))
    )


def _sent(value: Any, pattern: Any, targets: Any) -> tuple[Any, Any]:
    """(row, column) of the entries of a pattern whose rows go to the targets."""
    entries = (
        pattern.tocoo()
        if _size(_shape(value)) == targets.size
        else pattern[np.ravel(np.broadcast_to(labels(value), targets.shape))].tocoo()
    )
    return np.ravel(targets)[entries.row], entries.col


def _product(args: Any, var: Var, rows: list[Any]) -> Any:
    """One factor constant: each entry of the product depends on what its row or column of the other
    meets.
    """
    if all(pattern is not None for pattern in rows) or len(var.shape) != 1:
        return _mixed(rows, var)
    # what is computed, and does not vary with x, may be anything but zero
    args = [
        np.ones(arg.shape) if type(arg) is Var and pattern is None else arg
        for arg, pattern in zip(args, rows, strict=True)
    ]
    constant, varying = (args[0], args[1]) if rows[0] is None else (np.transpose(args[1]), args[0])
    met = Pattern(np.atleast_2d(constant) != 0)
    if len(_shape(varying)) == 2:  # a constant vector, which each row (or column) of a matrix meets
        apart = sparse.eye_array(var.shape[0], dtype=bool)
        met = Pattern(sparse.kron(met, apart) if rows[0] is None else sparse.kron(apart, met))
    return _boolean(met @ (rows[1] if rows[0] is None else rows[0]))


def _mixed(rows: list[Any], var: Var) -> Any:
    anything = _united(
        _boolean(sparse.csr_array(np.ones((1, pattern.shape[0]), dtype=bool)) @ pattern)
        for pattern in rows
        if pattern is not None
    )
    return anything[np.zeros(_size(var.shape), dtype=int)]


def _united(patterns: Any) -> Any:
    total = None
    for pattern in patterns:
        total = pattern if total is None else total + pattern
    return _boolean(total)


def _boolean(pattern: Any) -> Any:
    made = Pattern(pattern).astype(bool)
    made.sum_duplicates()
    return made


def _indicator(targets: Any, size: int) -> Any:
    """The matrix that sends entry k to row targets[k]."""
    flat = np.ravel(targets)
    return Pattern(
        (np.ones(flat.size, dtype=bool), (flat, np.arange(flat.size))), shape=(size, flat.size)
    )


def _axes(params: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in params.items() if name in ("axis", "keepdims")}


def _empty(rows: int, columns: int) -> Any:
    return Pattern((rows, columns), dtype=bool)


def _shape(operand: Any) -> tuple[int, ...]:
    return operand.shape if type(operand) is Var else np.shape(operand)


def _size(shape: tuple[int, ...]) -> int:
    return int(np.prod(shape, dtype=int))
