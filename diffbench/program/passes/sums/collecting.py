"""Sums of multiples while they are collected: each is pending until an equation reads it that
collects no terms, and only then written out.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from diffbench.ir import SCALAR, Aval, Equation, Program, Rewriter, Var, aval, freeze
from diffbench.program.passes.sums.terms import Term, is_near_one
from diffbench.rules.entries.shaping import join
from diffbench.rules.table import primitives

# (collector, equation) -> the terms that it makes, or None where it stays an equation
Collect = Callable[["Collector", Equation], list[Term] | None]
# vectors, and their entries, where adding them one by one costs more than to join them
_MANY, _SHORT = (
    8,
    1000,
)
_SMALL = 1 << 16  # bytes of a constant that is compared number by number
_ADD, _SUBTRACT, _MULTIPLY, _DIVIDE, _NEGATIVE, _SUM, _MATMUL, _RESHAPE, _JOIN = [
    primitives[f]
    for f in (
        np.add,
        np.subtract,
        np.multiply,
        np.divide,
        np.negative,
        np.sum,
        np.matmul,
        np.reshape,
        join,
    )
]


class Collector(Rewriter):
    """The equations kept so far; `pending` are sums that only the equation which reads them will
    write out, if at all.
    """

    def __init__(self, program: Program, collects: Mapping[str, Collect]) -> None:
        super().__init__(program)
        self.collects = collects
        self.pending: dict[int, list[Term]] = {}

    def take(self, equation: Equation) -> None:
        """File one more equation."""
        output = equation.output
        collect = self.collects.get(equation.primitive.name)
        if (
            collect is None
            or type(output) is tuple
            or output.dtype.kind != "f"
            or not all([_like(arg, output) for arg in equation.args])
        ):
            self.keep(equation)
        elif not output.shape:
            if equation.primitive is not _SUM or not self.add_up(equation):
                self.keep(equation)
        else:
            self._take_array(equation, collect(self, equation))

    def _take_array(self, equation: Equation, terms: list[Term] | None) -> None:
        index = equation.output.index
        if terms is None:
            self.keep(equation)
        elif self._is_read_by_a_sum(index):
            self.pending[index] = terms
        else:
            self.write(terms, equation.output)

    def _is_read_by_a_sum(self, index: int) -> bool:
        """Whether one equation alone reads a variable, once, and collects terms, too."""
        readers = self.source.readers.get(index, ())
        return (
            len(readers) == 1
            and readers[0].primitive.name in self.collects
            and index not in self.source.read_outside
        )

    def atom(self, old: Any) -> Any:
        if type(old) is Var and old.index in self.pending:
            self.write(self.pending.pop(old.index), old)
        return super().atom(old)

    def terms(self, arg: Any) -> list[Term]:
        """The sum that an argument is."""
        terms = self.pending.pop(arg.index, None) if type(arg) is Var else None
        if terms is None:
            return [Term(1.0, self.atom(arg))]
        if len(terms) == 1 and terms[0].is_core:
            self.became[arg] = terms[0].core
        return terms

    def bare(self, arg: Any) -> Term:
        """An argument as a number times an array."""
        term = self.multiple_of(arg)
        return term if term.factor is None else Term(1.0, self.write([term], arg))

    def multiple_of(self, arg: Any) -> Term:
        """An argument as a number times an array, or times a product of two."""
        terms = self.terms(arg)
        return (
            terms[0]
            if len(terms) == 1 and terms[0].scalar is None
            else Term(1.0, self.write(terms, arg))
        )

    # ------------------------------------------------------------ writing sums out

    def write(self, terms: list[Term], output: Var) -> Any:
        """The atom that stands for an array of the old program from here on."""
        self.became[output] = made = self.written(terms, output.aval)
        return made

    def written(self, terms: list[Term], known: Aval) -> Any:
        """The array that a sum of terms is."""
        if len(terms) == 1:
            return self.product(terms[0], known)
        return self.total(
            self.like_terms_together(terms), lambda term: self.product(term, known), known
        )

    def total(self, terms: list[Term], value: Callable[[Term], Any], known: Aval) -> Any:
        """The sum of terms, where `value` computes one of them; a number that all have in common
        goes in front.
        """
        number = _common_number(terms)
        if number != 1:
            terms = [term._replace(number=term.number / number) for term in terms]
        swapped = len(terms) > 1 and terms[0].number < 0 < terms[1].number  # b - a for -a + b
        head, *rest = [terms[1], terms[0], *terms[2:]] if swapped else terms
        if (
            len(terms) >= _MANY
            and len(known.shape) == 1
            and known.shape[0] <= _SHORT
            and all([term.is_core for term in terms])
        ):
            return self.times(
                number, self._sum_of_rows([term.core for term in terms], known), known
            )
        total = value(head)
        for term in rest:
            apply = _ADD if term.number > 0 else _SUBTRACT
            total = self.emit(apply, (total, value(term._replace(number=abs(term.number)))), known)
        return self.times(number, total, known)

    def _sum_of_rows(self, vectors: list[Any], known: Aval) -> Var:
        """Many short vectors, added in one call."""
        n, (size,) = len(vectors), known.shape
        flat = self.emit(_JOIN, tuple(vectors), aval((n * size,), known.dtype), {"axis": 0})
        matrix = self.emit(_RESHAPE, (flat,), aval((n, size), known.dtype), {"shape": (n, size)})
        return self.emit(_SUM, (matrix,), known, {"axis": 0})

    def product(self, term: Term, known: Aval) -> Any:
        """number * scalar * core * factor."""
        array = (
            term.core
            if term.factor is None
            else self.emit(_MULTIPLY, (term.core, term.factor), known)
        )
        return self.multiple(term, array, known)

    def multiple(self, term: Term, array: Any, known: Aval) -> Any:
        """The number and the scalar of a term times an array, or times a number."""
        if term.scalar is None:
            return self.times(term.number, array, known)
        if abs(term.number) != 1:
            return self.emit(_MULTIPLY, (self.coefficient(term), array), known)
        scalar = self.times(term.number, term.scalar, SCALAR)
        return (
            self.emit(_DIVIDE, (array, scalar), known)
            if term.below
            else self.emit(_MULTIPLY, (scalar, array), known)
        )

    def coefficient(self, term: Term) -> Any:
        """The number and the scalar of a term as one number."""
        if term.scalar is None:
            return term.number
        return (
            self.emit(_DIVIDE, (term.number, term.scalar), SCALAR)
            if term.below
            else self.times(term.number, term.scalar, SCALAR)
        )

    def times(self, number: float, atom: Any, known: Aval) -> Any:
        if number == 1:
            return atom
        return (
            self.emit(_NEGATIVE, (atom,), known)
            if number == -1
            else self.emit(_MULTIPLY, (number, atom), known)
        )

    def like_terms_together(self, terms: list[Term]) -> list[Term]:
        """Neighbours that are multiples of one array as one term; not those whose numbers cancel,
        since rounding may have been the aim.
        """
        together = terms[:1]
        for term in terms[1:]:
            last = together[-1]
            if _array_of(term) != _array_of(last) or (
                term.scalar is None and last.scalar is None and term.number * last.number < 0
            ):
                together.append(term)
            else:
                together[-1] = self._one_term(last, term)
        return together

    def _one_term(self, a: Term, b: Term) -> Term:
        if a.scalar is b.scalar and a.below == b.below:
            return a._replace(number=a.number + b.number)
        return Term(
            1.0,
            a.core,
            a.factor,
            self.emit(_ADD, (self.coefficient(a), self.coefficient(b)), SCALAR),
        )

    # ------------------------------------------------------------ sums of all entries

    def add_up(self, equation: Equation) -> bool:
        """The sum of all entries of a pending sum, if products or numbers in it make that
        worthwhile.
        """
        x, output = equation.args[0], equation.output
        if (
            type(x) is not Var
            or x.index not in self.pending
            or output.aval is not SCALAR
            or equation.params
        ):
            return False
        terms = self.pending[x.index]
        if not (len(terms) == 1 or _are_squares_of_one_sign(terms)) or not all(
            [is_near_one(term.number) for term in terms]
        ):
            return False
        del self.pending[x.index]
        self.became[output] = self.total(
            terms, lambda term: self.multiple(term, self._sum_of_core(term), SCALAR), SCALAR
        )
        return True

    def _sum_of_core(self, term: Term) -> Var:
        if term.factor is None:
            return self.emit(_SUM, (term.core,), SCALAR)
        return self.emit(_MATMUL, (self._flat(term.core), self._flat(term.factor)), SCALAR)

    def _flat(self, array: Any) -> Any:
        if array.ndim == 1:
            return array
        return self.emit(
            _RESHAPE, (array,), aval((array.size,), array.dtype), {"shape": (array.size,)}
        )


def _like(arg: Any, output: Var) -> bool:
    """Whether an argument keeps the dtype of a result."""
    return (
        type(arg) in (int, float, np.float64)
        if not isinstance(arg, Var | np.ndarray)
        else arg.dtype == output.dtype
    )


def _are_squares_of_one_sign(terms: list[Term]) -> bool:
    """Terms that cannot cancel, so that their sums may be taken apart."""
    positive = {term.number > 0 for term in terms}
    return len(positive) == 1 and all(
        [term.factor is term.core and term.scalar is None for term in terms]
    )


def _common_number(terms: list[Term]) -> float:
    """The number that all terms are multiples of by 1 or -1; of several terms below zero, -1 is in
    common.
    """
    numbers = {abs(term.number) for term in terms}
    if (
        len(terms) == 1
        or len(numbers) > 1
        or not is_near_one(min(numbers))
        or any([term.scalar is not None for term in terms])
    ):
        return 1.0
    return float(min(numbers) if any([term.number > 0 for term in terms]) else -min(numbers))


def _array_of(term: Term) -> Any:
    return _identity(term.core), _identity(term.factor)


def _identity(atom: Any) -> Any:
    """What tells arrays apart: the variable, or the numbers of a small constant."""
    return freeze(atom) if type(atom) is np.ndarray and atom.nbytes <= _SMALL else id(atom)
