"""Which passes run on a program, in which order, and what each promises.

    f  --record-->  derivation  --differentiate-->  simplification  --+--> numpy --> generated Python
                                                                      +------------> generated C

In C a chain of operations is one pass over the data, so that its generator takes the simplified
program as it is.

A pass is a value, Program -> Program. Those of the simplification that are rows are applied in one
walk through the equations; the others run one after another.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from diffbench.errors import BadInput
from diffbench.ir import Program
from diffbench.program.passes.batching import batch_steps
from diffbench.program.passes.rewriting import contractions, identities, rearrangements
from diffbench.program.passes.rewriting.patterns import Row, Rules
from diffbench.program.passes.rewriting.simplify import rewrite, without_dead_code
from diffbench.program.passes.shifts import without_shifts
from diffbench.program.passes.sums.linear_forms import collect_terms
from diffbench.program.passes.sums.outer_sums import gather_outer_sums


class Promise(StrEnum):
    """What a pass may change of a value."""

    EXACT = "exact"  # nothing, but that a rounding may be saved
    REASSOCIATES = "reassociates"  # the order of additions, with the same bound on the rounding
    FINITE = (
        "needs the finite check"  # an infinity or a NaN may come out otherwise: it is looked for
    )


@dataclass(frozen=True)
class Pass:
    """What it is called, promises and does: `run`, or rewrite by `rows`."""

    name: str
    promise: Promise
    does: str
    run: Callable[[Program], Program] | None = None
    rows: tuple[Row, ...] = ()

    def __call__(self, program: Program) -> Program:
        """The program after this pass alone."""
        return self.run(program) if self.run else rewrite(program, Rules(self.rows))


# fmt: off
DERIVATION = (
    Pass("shifts", Promise.REASSOCIATES, "the maximum in a log-sum-exp is a constant: its derivative is exactly zero", without_shifts),
)
SIMPLIFICATION = (
    Pass("rearrangements", Promise.EXACT, "what only moves entries, and broadcasting that happens anyway", rows=rearrangements.ROWS),
    Pass("identities", Promise.EXACT, "ones, signs and numbers of arithmetic", rows=identities.ROWS),
    Pass("contractions", Promise.FINITE, "sums of products as products of matrices and vectors", rows=contractions.ROWS),
    Pass("outer sums", Promise.REASSOCIATES, "a long sum of outer products as one matrix product", gather_outer_sums),
)
NUMPY = (
    Pass("linear forms", Promise.FINITE, "sums of multiples in few calls", collect_terms),
    Pass("batching", Promise.REASSOCIATES, "what a loop's steps do without waiting, for all steps at once", batch_steps),
)
# fmt: on
PASSES = {each.name: each for each in (*DERIVATION, *SIMPLIFICATION, *NUMPY)}
SWITCH = "DIFFBENCH_PASSES_OFF"  # names, separated by commas: for tests and measurements


@dataclass(frozen=True)
class Pipelines:
    """The passes that run, by name."""

    on: frozenset[str] = frozenset(PASSES)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """These are the passes in force meanwhile."""
        token = _in_force.set(self)
        try:
            yield
        finally:
            _in_force.reset(token)

    def derivation(self, program: Program) -> Program:
        """A function before it is differentiated."""
        return self._each(DERIVATION, program)

    def simplification(self, program: Program) -> Program:
        """With constants folded, equal work shared, dead code removed, and rewritten by the rows."""
        walked = rewrite(program, _rules(self.on))
        passed = self._each([each for each in SIMPLIFICATION if each.run], walked)
        return walked if passed is walked else without_dead_code(passed)

    def for_numpy(self, program: Program) -> Program:
        """In as few calls of NumPy as may be; as it is, if nothing but its result is an array."""
        has_arrays = any(
            [
                type(e.output) is tuple or (e.output.aval.shape and e.primitive.name != "assemble")
                for e in program.equations
            ]
        )
        return self._each(NUMPY, program) if has_arrays else program

    def _each(self, passes: Iterable[Pass], program: Program) -> Program:
        for each in passes:
            if each.name in self.on:
                program = each(program)
        return program


@cache
def _rules(on: frozenset[str]) -> Rules:
    return Rules([row for each in SIMPLIFICATION if each.name in on for row in each.rows])


EVERYTHING = Pipelines()
_in_force: ContextVar[Pipelines] = ContextVar("_in_force", default=EVERYTHING)


def in_force() -> Pipelines:
    """The passes that run where nobody says which: on the rules that a derivative is put together
    from. All of them, or those of the method that is at work.
    """
    return _in_force.get()


def simplify(program: Program) -> Program:
    """The program with constants folded, common subexpressions shared and dead code removed, and
    rewritten by every pass that is in force.
    """
    return in_force().simplification(program)


def pipelines(passes: Any = None) -> Pipelines:
    """The pipelines of the passes of these names; by default all but those that the environment
    variable DIFFBENCH_PASSES_OFF names. Raises BadInput for a name that is none.
    """
    off = [name.strip() for name in os.environ.get(SWITCH, "").split(",") if name.strip()]
    on = set(PASSES) - set(off) if passes is None else set(passes)
    unknown = (on | set(off)) - set(PASSES)
    if unknown:
        raise BadInput(
            f"{', '.join(sorted(map(repr, unknown)))} is no pass; they are {', '.join(PASSES)}"
        )
    return Pipelines(frozenset(on))
