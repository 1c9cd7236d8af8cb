"""A long sum of outer products as one matrix product: how the gradient of a weight gathers what
every step of a loop adds to it.

W_bar = a1 b1' + a2 b2' + ... + ak bk'    ->    [a1 a2 ... ak] [b1 b2 ... bk]'

The terms are added in BLAS's order, and those that are no outer products after them. Floating point
allows no reordering that keeps every digit, but any order of k terms has the same bound, k eps
(|a1||b1|' + ... + |ak||bk|'), and BLAS, which adds in several lanes, stays nearer to it; what
overflows in one order only is not finite, and left to the tape.
"""

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np

from diffbench.arrays.recorder import Aval, Equation, Var, aval
from diffbench.program.program import Program
from diffbench.rules.entries.shaping import join
from diffbench.rules.table import Primitive, primitives

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
    search = _Search(program)
    equations: list[Equation] = []
    for equation in program.equations:
        terms = search.terms(equation)
        equations += search.gathered(equation, terms) if terms else [equation]
    return replace(program, equations=tuple(equations))


class _Search:
    def __init__(self, program: Program) -> None:
        self.uses = Counter(
            [
                arg.index
                for equation in program.equations
                for arg in equation.args
                if type(arg) is Var
            ]
        )
        self.makers = {
            e.output.index: e
            for e in program.equations
            if type(e.output) is Var and e.output.aval.shape
        }
        added = [
            arg
            for e in self.makers.values()
            if e.primitive.name == "add"
            for arg in e.args
            if type(arg) is Var
        ]
        # parts of a longer sum
        self.inner = {arg.index for arg in added if self.uses[arg.index] == 1}
        self.next = program.count

    def terms(self, equation: Equation) -> list[Any] | None:
        """The terms of a sum that is no part of another, if enough of them are outer products."""
        if (
            equation.primitive.name != "add"
            or len(equation.output.shape) != 2
            or equation.output.index in self.inner
        ):
            return None
        terms, pending = [], list(equation.args)
        while pending:
            term = pending.pop()
            maker = (
                self.makers.get(term.index)
                if type(term) is Var and self.uses[term.index] == 1
                else None
            )
            if maker is not None and maker.primitive.name == "add":
                pending += maker.args
            else:
                terms.append(term)
        return terms if sum([self.factors(term) is not None for term in terms]) >= FEWEST else None

    def factors(self, term: Any) -> tuple[Any, Any] | None:
        """(a, b) of a term a b', both vectors."""
        maker = (
            self.makers.get(term.index)
            if type(term) is Var and self.uses[term.index] == 1
            else None
        )
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
        maker = self.makers.get(atom.index)
        if len(atom.shape) == 1:
            return atom
        return (
            maker.args[0]
            if maker and maker.primitive.name == "reshape" and np.ndim(maker.args[0]) == 1
            else None
        )

    def gathered(self, equation: Equation, terms: list[Any]) -> list[Equation]:
        """The equations that replace a sum; its variable is made by the last of them."""
        pairs = [pair for pair in map(self.factors, terms) if pair is not None]
        rest = [term for term in terms if self.factors(term) is None]
        made: list[Equation] = []
        left, right = (self._stacked([pair[k] for pair in pairs], made) for k in (0, 1))
        m, k = left.shape[::-1]
        columns = self._emit(made, primitives[np.transpose], (left,), {}, aval((m, k), left.dtype))
        total = self._emit(made, primitives[np.matmul], (columns, right), {}, equation.output.aval)
        for term in rest:
            total = self._emit(made, primitives[np.add], (total, term), {}, equation.output.aval)
        return [*made[:-1], made[-1]._replace(output=equation.output)]

    def _stacked(self, vectors: list[Any], made: list[Equation]) -> Any:
        """The vectors as rows of a matrix; a constant, if all of them are."""
        k, n = len(vectors), vectors[0].shape[0]
        if not any([type(vector) is Var for vector in vectors]):
            return np.stack(vectors)
        dtype = np.result_type(*{vector.dtype for vector in vectors})
        joined = self._emit(
            made, primitives[join], tuple(vectors), {"axis": 0}, aval((k * n,), dtype)
        )
        return self._emit(
            made, primitives[np.reshape], (joined,), {"shape": (k, n)}, aval((k, n), dtype)
        )

    def _emit(
        self,
        made: list[Equation],
        primitive: Primitive,
        args: tuple[Any, ...],
        params: dict[str, Any],
        known: Aval,
    ) -> Var:
        self.next += 1
        made.append(Equation(primitive, args, params, Var(self.next - 1, known)))
        return made[-1].output  # type: ignore[no-any-return]
