"""A program to a shorter one with the same values: NaN, inf and signed zeros included, and no digit
lost.

One pass forwards: every equation is rewritten (constants folded, ones and signs removed), then
looked up among those already there, so that equal work is done once. One pass backwards drops what
nothing needs. The rows stand in identities.py, contractions.py and rearrangements.py, and which of
them apply in pipelines.py. x + 0, x * 0 and 0 - x stay as they are:
they are not x, 0 and -x for x = -0, inf and 0.
"""

from dataclasses import replace

import numpy as np

from diffbench.ir import Program, Var
from diffbench.program.passes.rewriting.patterns import Rules
from diffbench.program.passes.rewriting.sharing import Simpler

NOTHING = Rules(())


def share(program: Program) -> Program:
    """The program with common subexpressions shared and dead code removed, every operation as it
    was written.
    """
    return rewrite(program, NOTHING)


def rewrite(program: Program, rules: Rules) -> Program:
    """The same, with each equation rewritten by the rows on the way."""
    draft = Simpler(program, rules)
    with np.errstate(all="ignore"):
        for equation in program.equations:
            if not draft.take_number(equation):
                draft.take(equation)
    return without_dead_code(draft.rewritten())


# ---------------------------------------------------------------- dead code


def without_dead_code(program: Program) -> Program:
    """The program without equations that neither its output nor a guard needs."""
    needed = {atom for atom in program.outputs if type(atom) is Var}
    needed.update([guard.var for guard in program.guards])
    kept = []
    for equation in reversed(program.equations):
        _, args, _, made_here = equation
        if (
            made_here in needed
            if type(made_here) is not tuple
            else not needed.isdisjoint(made_here)
        ):
            kept.append(equation)
            for arg in args:
                if type(arg) is Var:
                    needed.add(arg)
    return replace(program, equations=tuple(reversed(kept)))
