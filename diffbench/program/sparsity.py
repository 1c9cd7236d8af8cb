"""Which entries of the output can depend on which of the input: the sparsity pattern of the Jacobian, from the program alone.

Each variable carries a boolean matrix, one row for each of its entries and one column for each input. Entrywise primitives unite the
rows of their operands, primitives that move entries move rows, sums unite them, and everything else is taken to mix all it is given:
the pattern may be too large but never too small, at this point and wherever the program's guards hold.
"""

from typing import Any

import numpy as np
import scipy.sparse as sparse

from diffbench.arrays.recorder import Equation, Var
from diffbench.program.program import Program
from diffbench.rules.reductions import spread

Pattern: Any = sparse.csr_array

ENTRYWISE = {"absolute", "where", "sinc", "sinc_derivative", "slope_of_abs", "real", "imag", "conjugate", "astype", "trigamma_of_order"}
MOVING = {"getitem", "reshape", "transpose", "broadcast_to", "copy", "join", "set_at"}
SUMMING = {"sum", "mean", "max", "min"}


def detect(program: Program) -> Any:
    """The pattern of a program's Jacobian: csr, boolean, shape (entries of the output, entries of the input)."""
    entry = program.inputs[0]
    n = _size(entry.shape)
    rows: dict[int, Any] = {entry.index: Pattern(sparse.eye_array(n, dtype=bool))}
    for equation in program.equations:
        outputs = equation.output if isinstance(equation.output, tuple) else (equation.output,)
        for var in outputs:
            pattern = _pattern(equation, var, [rows.get(arg.index) if type(arg) is Var else None for arg in equation.args], n)
            if pattern is not None:
                rows[var.index] = pattern
    y = program.output
    return rows.get(y.index, _empty(_size(y.shape), n)) if type(y) is Var else _empty(np.size(y), n)


def _pattern(equation: Equation, var: Var, rows: list[Any], n: int) -> Any:
    if not equation.primitive.differentiable or all(pattern is None for pattern in rows):
        return None
    name = equation.primitive.name
    if equation.primitive.partials or name in ENTRYWISE:
        varying = [(pattern, arg) for pattern, arg in zip(rows, equation.args, strict=True) if pattern is not None]
        return _united(pattern[np.ravel(np.broadcast_to(labels(arg), var.shape))] for pattern, arg in varying)
    if name in MOVING:
        return _moved(equation, rows, n)
    if name in ("add_at", "assemble"):
        return _added(equation, var, rows, n)
    if name in SUMMING:
        summed = spread(labels(var), np.zeros(equation.args[0].shape), **_axes(equation.params))  # type: ignore[no-untyped-call]  # a rule
        return _boolean(_indicator(summed, _size(var.shape)) @ rows[0])
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
    return Pattern(sparse.vstack(stacked, format="csr"))[np.ravel(equation.primitive.evaluate(*numbered, **equation.params))]


def _added(equation: Equation, var: Var, rows: list[Any], n: int) -> Any:
    """Each value reaches the entries at its index."""
    if equation.primitive.name == "assemble":
        at = list(zip(rows, equation.params["indices"], strict=True))
        own = _empty(_size(var.shape), n)
    else:
        at = [(rows[1], equation.params["index"])]
        own = _empty(_size(var.shape), n) if rows[0] is None else rows[0]
    spread_out = [_indicator(labels(var)[index], _size(var.shape)) @ pattern for pattern, index in at if pattern is not None]
    return _united([own, *spread_out])


def _product(args: Any, var: Var, rows: list[Any]) -> Any:
    """One factor constant: each entry of the product depends on what its row or column of the other meets."""
    if all(pattern is not None for pattern in rows) or len(var.shape) != 1:
        return _mixed(rows, var)
    matrix = args[0] if rows[0] is None else np.transpose(args[1])
    return _boolean(Pattern(np.atleast_2d(matrix) != 0) @ (rows[1] if rows[0] is None else rows[0]))


def _mixed(rows: list[Any], var: Var) -> Any:
    anything = _united(
        _boolean(sparse.csr_array(np.ones((1, pattern.shape[0]), dtype=bool)) @ pattern) for pattern in rows if pattern is not None
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
    return Pattern((np.ones(flat.size, dtype=bool), (flat, np.arange(flat.size))), shape=(size, flat.size))


def _axes(params: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in params.items() if name in ("axis", "keepdims")}


def _empty(rows: int, columns: int) -> Any:
    return Pattern((rows, columns), dtype=bool)


def _shape(operand: Any) -> tuple[int, ...]:
    return operand.shape if type(operand) is Var else np.shape(operand)


def _size(shape: tuple[int, ...]) -> int:
    return int(np.prod(shape, dtype=int))
