"""A long sum of outer products as one matrix product: how the gradient of a weight gathers what
every step of a loop adds to it.

W_bar = a1 b1' + a2 b2' + ... + ak bk'    ->    [a1 a2 ... ak] [b1 b2 ... bk]'

The terms are added in BLAS's order, and those that are no outer products after them. Floating point
allows no reordering that keeps every digit, but any order of k terms has the same bound, k eps
(|a1||b1|' + ... + |ak||bk|'), and BLAS, which adds in several lanes, stays nearer to it; what
overflows in one order only is not finite, and left to the tape.
"""

from typing import Any

import numpy as np

from diffbench.ir import Equation, Program, Rewriter, Var, aval
from diffbench.rules.entries.shaping import join
from diffbench.rules.table import primitives

_ADD, _MATMUL, _RESHAPE, _TRANSPOSE = [
    primitives[f] for f in (np.add, np.matmul, np.reshape, np.transpose)
]
FEWEST = 8  # products; a shorter sum is as fast


def gather_outer_sums(program: Program) -> Program:
    """The program with its long sums of outer products as matrix products; what that leaves unused
    is still there.
    """
    if not any(
        [
            equation.primitive.name == "add" and len(equation.output.aval.shape) == 2
            for equation in program.equations
        ]
    ):
        return program
    gathering = _Gathering(program)
    for equation in program.equations:
        terms = gathering.terms(equation)
        if terms:
            gathering.gather(equation.output, terms)
        else:
            gathering.keep(equation)
    return gathering.rewritten()


class _Gathering(Rewriter):
    def _is_inner(self, var: Var) -> bool:
        """Whether a sum is a part of a longer one."""
        readers = self.source.readers.get(var.index, ())
        return len(readers) == 1 and readers[0].primitive.name == "add"

    def _made_for_one(self, term: Any) -> Equation | None:
        """What made a term that is read once."""
        if type(term) is not Var or self.source.uses[term.index] != 1:
            return None
        return self.source.makers.get(term.index)

    def terms(self, equation: Equation) -> list[Any] | None:
        """The terms of a sum that is no part of another, if enough of them are outer products."""
        if (
            equation.primitive.name != "add"
            or len(equation.output.shape) != 2
            or self._is_inner(equation.output)
        ):
            return None
        terms, pending = [], list(equation.args)
        while pending:
            term = pending.pop()
            maker = self._made_for_one(term)
            if maker is not None and maker.primitive.name == "add":
                pending += maker.args
            else:
                terms.append(term)
        return terms if sum([self.factors(term) is not None for term in terms]) >= FEWEST else None

    def factors(self, term: Any) -> tuple[Any, Any] | None:
        """(a, b) of a term a b', both vectors."""
        maker = self._made_for_one(term)
        if maker is None or maker.primitive.name != "multiply" or len(term.shape) != 2:
            return None
        m, n = term.shape
        for column, row in (maker.args, maker.args[::-1]):
            if np.shape(column) == (m, 1) and np.shape(row) in ((n,), (1, n)) and m > 1 and n > 1:
                a, b = self._vector(column), self._vector(row)
                return (
                    (a, b)
                    if a is not None
                    and b is not None
                    and term.dtype == np.result_type(a.dtype, b.dtype)
                    else None
                )
        return None

    def _vector(self, atom: Any) -> Any:
        if type(atom) is not Var:
            return np.ravel(atom)
        maker = self.source.makers.get(atom.index)
        if len(atom.shape) == 1:
            return atom
        return (
            maker.args[0]
            if maker and maker.primitive.name == "reshape" and np.ndim(maker.args[0]) == 1
            else None
        )

    def gather(self, total: Var, terms: list[Any]) -> None:
        """The equations that compute a sum in another way."""
        pairs = [pair for pair in map(self.factors, terms) if pair is not None]
        rest = [term for term in terms if self.factors(term) is None]
        left, right = (self._stacked([pair[k] for pair in pairs]) for k in (0, 1))
        columns = self._transposed(left)
        gathered = self.emit(_MATMUL, (columns, right), total.aval)
        for term in rest:
            gathered = self.emit(_ADD, (gathered, self.atom(term)), total.aval)
        self.became[total] = gathered

    def _transposed(self, matrix: Any) -> Any:
        if type(matrix) is not Var:
            return matrix.T  # nothing folds constants after this pass, and C has none to compute
        return self.emit(_TRANSPOSE, (matrix,), aval(matrix.shape[::-1], matrix.dtype))

    def _stacked(self, vectors: list[Any]) -> Any:
        """The vectors as rows of a matrix; a constant, if all of them are."""
        k, n = len(vectors), vectors[0].shape[0]
        if not any([type(vector) is Var for vector in vectors]):
            return np.stack(vectors)
        dtype = np.result_type(*{vector.dtype for vector in vectors})
        atoms = tuple(map(self.atom, vectors))
        joined = self.emit(primitives[join], atoms, aval((k * n,), dtype), {"axis": 0})
        return self.emit(_RESHAPE, (joined,), aval((k, n), dtype), {"shape": (k, n)})
