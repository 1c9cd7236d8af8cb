"""A program to a shorter one with the same values: NaN, inf and signed zeros included, and no digit
lost.

One pass forwards: every equation is rewritten (constants folded, ones and signs removed), then
looked up among those already there, so that equal work is done once. One pass backwards drops what
nothing needs. What a primitive is rewritten to stands in identities.py, contractions.py and
rearrangements.py, and which of them apply in pipelines.py. x + 0, x * 0 and 0 - x stay as they are:
they are not x, 0 and -x for x = -0, inf and 0.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from diffbench.ir import Program, Var
from diffbench.program.passes.rewriting.sharing import Rewrite, Simpler


def share(program: Program) -> Program:
    """The program with common subexpressions shared and dead code removed, every operation as it
    was written.
    """
    return rewrite(program, {})


def rewrite(program: Program, rewrites: Mapping[str, Rewrite]) -> Program:
    """The same, with each equation rewritten by the row of its primitive on the way."""
    draft = Simpler(program, rewrites)
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
        made_here = equation.output
        if (
            made_here in needed
            if type(made_here) is not tuple
            else not needed.isdisjoint(made_here)
        ):
            kept.append(equation)
            for arg in equation.args:
                if type(arg) is Var:
                    needed.add(arg)
    return replace(program, equations=tuple(reversed(kept)))
