"""By how many directions a staged Jacobian or Hessian is computed, and what makes a matrix of them.

rows           a pull-back for each entry of y, in one program that returns the matrix
compressed     a direction for each colour of the pattern that the program itself shows, in one program; entries read off
one by one     more directions than a program should hold: each by a call of a jvp, vjp or hvp that is compiled once
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from diffbench.asking.derivations import Answer
from diffbench.asking.prepared.recipes import Repeatable
from diffbench.asking.sparse import sparse_hessian, sparse_jacobian
from diffbench.differentiators.compiling.routes import answer_into
from diffbench.differentiators.reverse import Reverse
from diffbench.interface import Function, Operator
from diffbench.ir import Program, Var
from diffbench.program.derive import differentiate
from diffbench.program.derive.compression import Compression, by_fewest, compressed, of_hessian
from diffbench.program.derive.sparsity import detect
from diffbench.program.passes.pipelines import Pipelines

MOST_DIRECTIONS = 32  # in one program
LARGEST_LOOKED_THROUGH = (
    10_000_000  # entries of the pattern of any variable, where nobody asked for a sparse matrix
)


def differentiated(operator: Operator, program: Program, passes: Pipelines) -> Program:
    """The program whose Jacobian is wanted: the function's, or for a Hessian its gradient's."""
    if operator is Operator.JACOBIAN:
        return program
    return differentiate.gradient(program, passes.simplification)


def worthwhile(operator: Operator, source: Program) -> Compression | None:
    """The compression that needs fewer directions than there are rows; None where the pattern is
    dense, or too large to look at.
    """
    outputs = [out for e in source.equations for out in e.outputs]
    if (
        type(source.output) is not Var
        or source.inputs[0].size * max([var.size for var in outputs], default=0)
        > LARGEST_LOOKED_THROUGH
    ):
        return None
    found = by_pattern(operator, source)
    return found if found.count < source.output.size else None


def by_pattern(operator: Operator, source: Program) -> Compression:
    """The compression by the pattern detected in a program."""
    pattern = detect(source)
    return of_hessian(pattern) if operator is Operator.HESSIAN else by_fewest(pattern)


def matrix_program(operator: Operator, program: Program, passes: Pipelines) -> Program:
    """One program of all the directions, to be counted."""
    source = differentiated(operator, program, passes)
    compression = worthwhile(operator, source)
    return (
        differentiate.jacobian_rows(source)
        if compression is None
        else compressed(source, compression)
    )


def sparse_program(operator: Operator, program: Program, passes: Pipelines) -> Program:
    """The same of the fewest directions, which is what a sparse answer takes."""
    source = differentiated(operator, program, passes)
    return compressed(source, by_pattern(operator, source))


class Elsewhere(NamedTuple):
    """The whole matrix, from another program or from the tape."""

    matrix: Any


def elsewhere(answer: Callable[..., Any]) -> Callable[..., Elsewhere]:
    """An answer that is marked as the whole matrix."""
    return lambda *xs: Elsewhere(answer(*xs))


class ReadOff(Repeatable):
    """The answer of a program of compressed directions, whose entries are put where they belong."""

    def __init__(self, code: Answer, matrix: Callable[[Any], Any]) -> None:
        self.code, self.matrix = code, matrix

    @property
    def route(self) -> str:
        return self.code.route  # type: ignore[attr-defined, no-any-return]

    @property
    def threads(self) -> int:
        return self.code.threads  # type: ignore[attr-defined, no-any-return]

    def __call__(self, *xs: Any, out: Any = None) -> Any:
        if out is not None:
            return answer_into(out, self, *xs)
        found = self.code(*xs)
        return found.matrix if type(found) is Elsewhere else self.matrix(found)


class OneByOne(Repeatable):
    """A matrix from products with one direction after another; at points of another kind,
    `otherwise` answers.
    """

    def __init__(
        self,
        product: Answer,
        x: Any,
        otherwise: Answer,
        along: list[Any],
        matrix: Callable[[Any], Any],
    ) -> None:
        self.product, self.known, self.otherwise, self.along, self.matrix = (
            product,
            (x.shape, x.dtype),
            otherwise,
            along,
            matrix,
        )

    @property
    def route(self) -> str:
        return self.product.route  # type: ignore[attr-defined, no-any-return]

    @property
    def threads(self) -> int:
        return self.product.threads  # type: ignore[attr-defined, no-any-return]

    def __call__(self, x: Any, *numbers: Any, out: Any = None) -> Any:
        if out is not None:
            return answer_into(out, self, x, *numbers)
        if type(x) is not np.ndarray or (x.shape, x.dtype) != self.known:
            return self.otherwise(x, *numbers)
        found = [self.product(x, *numbers, direction) for direction in self.along]
        return self.matrix(np.stack([made[1] if type(made) is tuple else made for made in found]))


def by_tape(operator: Operator, sparsity: Any, f: Function, x: Any) -> Any:
    """A sparse matrix by the tape."""
    tape = Reverse()
    if operator is Operator.HESSIAN:
        return sparse_hessian(f, x, sparsity, hvp=tape.hvp)
    return sparse_jacobian(f, x, sparsity, jvp=None, pull=tape.vjp)
