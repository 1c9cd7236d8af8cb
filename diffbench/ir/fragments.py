"""A program with places instead of names, which is pasted into a longer one without looking at it
again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from diffbench.ir.avals import Aval, Var
from diffbench.ir.equations import Guard, Primitive
from diffbench.ir.program import Program

_Pick = Callable[[list[Any]], tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Fragment:
    """Places are those in a list of its inputs, then `constants`, then what it makes.

    steps: primitive, what picks its arguments from that list, parameters, and the aval of what it
    makes (a tuple of them for several).
    """

    constants: tuple[Any, ...]
    steps: tuple[tuple[Primitive, _Pick, dict[str, Any], Aval | tuple[Aval, ...]], ...]
    guards: tuple[tuple[int, Guard], ...]
    outputs: _Pick

    @classmethod
    def of(cls, program: Program) -> "Fragment":
        """A program, which returns a tuple, as a fragment."""
        atoms = [
            atom for args in (*[e.args for e in program.equations], program.output) for atom in args
        ]
        constants = [atom for atom in atoms if type(atom) is not Var]
        places = {var.index: k for k, var in enumerate(program.inputs)}
        constant_places = iter(range(len(places), len(places) + len(constants)))
        makes = len(places) + len(constants)
        steps = []

        def pick(atoms: tuple[Any, ...]) -> _Pick:
            return _picker(
                [places[a.index] if type(a) is Var else next(constant_places) for a in atoms]
            )

        for equation in program.equations:
            known = [var.aval for var in equation.outputs]
            kinds = tuple(known) if type(equation.output) is tuple else known[0]
            steps.append((equation.primitive, pick(equation.args), equation.params, kinds))
            for var in equation.outputs:
                places[var.index] = makes
                makes += 1
        guards = tuple([(places[guard.var.index], guard) for guard in program.guards])
        return cls(tuple(constants), tuple(steps), guards, pick(program.output))


def _picker(places: Sequence[int]) -> _Pick:
    if len(places) > 1:
        return itemgetter(*places)
    return lambda atoms: tuple([atoms[k] for k in places])
