"""The equations of a program as integers, so that stretches of them are compared by the thousand.

t    equation                 token                          arguments
7    v9 = v8 * v3             multiply, 1 back, far away     6, 2            the equations that made v8 and v3
8    v10 = v9 + 0.5           add, 1 back, a float           7, -4           atom 3: no equation's result
"""

from typing import Any

import numpy as np

from diffbench.ir import SCALAR, TRUTH, Program, Var, freeze
from diffbench.rules.spelling import spelling

# equations back; how far it is to an argument that is nearer is the same in every repetition
_NEAR = 12
_MOST_ARGUMENTS = 3


class LineTable:
    """Numbers by the positions of equations: what two lines of a loop have in common, and what may
    differ from repetition to repetition.

    tokens: equal where two equations could be the same line; arguments: shape (equations, 3), the
    position of what made each argument or -1 - k for atom k; entries: the index of the entry that
    is read, or -1; guards: the number of the guard on the result, or -1.
    """

    def __init__(self, program: Program, vectors: set[int]) -> None:
        count = len(program.equations)
        # inputs and constants; the first stands where there is no argument
        self.atoms: list[Any] = [None]
        self.entries = np.full(count, -1)
        self.guards = np.full(count, -1)
        self._vectors = vectors
        self._codes: dict[Any, int] = {}
        self._kinds: dict[Any, int] = {None: 0, SCALAR: 1, TRUTH: 2}  # of lines and arguments
        self._atom_kinds = [0]
        for var in program.inputs:
            self._add_atom(var, var, var.aval if var.aval in self._kinds else None)
        lines, arguments = self._lines(program)
        self.arguments = np.array(arguments, int).reshape(count, _MOST_ARGUMENTS)
        self.tokens = self._tokens(np.array(lines, int), self._guarded(program), program)

    def constants(self, codes: Any) -> list[Any] | None:
        """The arguments of these codes, if all are constants."""
        atoms = [self.atoms[-1 - code] for code in codes.tolist()] if np.max(codes) < 0 else [None]
        return (
            atoms if all([type(atom) is not Var and atom is not None for atom in atoms]) else None
        )

    def _lines(self, program: Program) -> tuple[list[int], list[int]]:
        """A number for what each equation does, -1 where no loop can have it; and the codes of its
        arguments.
        """
        lines: list[int] = []
        arguments: list[int] = []
        codes, kinds = self._codes, self._kinds
        filling = [(-1,) * n for n in range(_MOST_ARGUMENTS, -1, -1)]
        for t, (primitive, args, params, output) in enumerate(program.equations):
            line, given = -1, []
            if type(output) is tuple:
                for var in output:
                    self._add_atom(var, var, None)
            else:
                codes[output] = t
                if (
                    (output.aval is SCALAR or output.aval is TRUTH)
                    and not params
                    and spelling(primitive.name).python
                ):
                    line = kinds.setdefault(primitive, len(kinds))
                    given = [
                        codes[arg] if type(arg) is Var else self._constant(arg) for arg in args
                    ]
                elif (
                    primitive.name == "getitem"
                    and type(args[0]) is Var
                    and args[0].index in self._vectors
                ):
                    line = kinds.setdefault(args[0], len(kinds))
                    self.entries[t] = params["index"] % args[0].shape[0]
            lines.append(line)
            arguments += given
            arguments += filling[len(given)]
        return lines, arguments

    def _guarded(self, program: Program) -> Any:
        """A number for the value that each result is guarded to have, -1 where it has several
        guards.
        """
        values: dict[Any, int] = {}
        guarded = np.zeros(len(self.guards), int)
        for k, guard in enumerate(program.guards):
            t = self._codes[guard.var]
            if t >= 0:
                guarded[t] = (
                    -1 if guarded[t] else 1 + values.setdefault(freeze(guard.value), len(values))
                )
                self.guards[t] = k
        return guarded

    def _tokens(self, lines: Any, guarded: Any, program: Program) -> Any:
        """One number a line; one that no other has where the line can't be in a loop."""
        known = self._kinds
        made = [
            known.get(output.aval, 0) if type(output) is Var else 0
            for _, _, _, output in program.equations
        ]
        kinds = np.array(made + self._atom_kinds[::-1])  # a negative code counts from the end
        position = np.arange(len(lines))
        back = position[:, None] - self.arguments
        near = np.where((back < _NEAR) & (self.arguments >= 0), back, _NEAR + kinds[self.arguments])
        tokens = guarded
        for column in (lines, *near.T):
            tokens = tokens * (_NEAR + len(known)) + column
        return np.where((lines < 0) | (guarded < 0), -1 - position, tokens)

    def _constant(self, value: Any) -> int:
        key = type(value), repr(value)
        return self._codes[key] if key in self._codes else self._add_atom(key, value, type(value))

    def _add_atom(self, key: Any, atom: Any, kind: Any) -> int:
        self.atoms.append(atom)
        self._atom_kinds.append(self._kinds.setdefault(kind, len(self._kinds)))
        self._codes[key] = -len(self.atoms)
        return -len(self.atoms)
