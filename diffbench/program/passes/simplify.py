"""A program to a shorter one with the same values: NaN, inf and signed zeros included, and no digit
lost.

One pass forwards: every equation is rewritten (constants folded, ones and signs removed), then
looked up among those already there, so that equal work is done once. One pass backwards drops what
nothing needs. What a primitive is rewritten to stands in identities.py, contractions.py and
rearrangements.py. x + 0, x * 0 and 0 - x stay as they are: they are not x, 0 and -x for x = -0, inf
and 0.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from math import prod
from typing import Any

import numpy as np

from diffbench.arrays.recorder import SCALAR, Aval, Equation, Guard, Var, made
from diffbench.program.passes import contractions, identities, rearrangements
from diffbench.program.passes.identities import Rewrite, is_count
from diffbench.program.passes.outer_sums import gather_outer_sums
from diffbench.program.passes.rearrangements import without_broadcast
from diffbench.program.program import Program
from diffbench.rules.table import Primitive

_COMMUTATIVE = frozenset({"add", "multiply", "logical_and", "logical_or", "equal", "not_equal"})
_NUMBERS = frozenset({float, int, bool, np.float64})
_OF_NUMBERS = _NUMBERS | {Var}
_ZERO = frozenset({0})  # equal to -0.0, which is another number
_TELLING = {
    "add": {0},
    "subtract": {0},
    "negative": {0},
    "multiply": {0, 1, -1},
    "divide": {0, 1},
    "power": {0, 1, 2, -1},
}
REWRITES: dict[str, Rewrite] = rearrangements.REWRITES | identities.REWRITES | contractions.REWRITES
_LARGEST_FOLD = 1 << 22  # entries: a larger constant is cheaper to compute again than to keep


def simplify(program: Program) -> Program:
    """The program with constants folded, common subexpressions shared and dead code removed."""
    rebuilt = _rebuilt(program, REWRITES)
    gathered = gather_outer_sums(rebuilt)
    return rebuilt if gathered is rebuilt else _without_dead_code(gathered)


def share(program: Program) -> Program:
    """The program with common subexpressions shared and dead code removed, every operation as it
    was written.
    """
    return _rebuilt(program, {})


def _rebuilt(program: Program, rewrites: Mapping[str, Rewrite]) -> Program:
    draft = Simpler(program, rewrites)
    with np.errstate(all="ignore"):
        for equation in program.equations:
            if not draft.take_number(equation):
                draft.take(equation)
    guards = _open_guards(program.guards, draft)
    return _without_dead_code(
        replace(
            program,
            output=draft.atom(program.output),
            guards=guards,
            equations=tuple(draft.equations),
        )
    )


class Simpler:
    """The equations kept so far, and what each variable of the old program became."""

    def __init__(self, program: Program, rewrites: Mapping[str, Rewrite]) -> None:
        self.program = program
        self.rewrites = rewrites
        self._rewritten = rewrites.keys() - _TELLING.keys()
        self.equations: list[Equation] = []
        self.made: dict[int, Equation] = {}  # by the index of the variable made
        self._became: dict[Var, Any] = {}  # the variables that did not stay
        # arguments to rewrite for
        self._telling: dict[str, set[Any]] = {
            name: set(numbers) for name, numbers in _TELLING.items()
        }
        self._known: dict[Any, Any] = {}
        self._keys = _Keys()
        self._symmetric: dict[int, tuple[Any, bool]] = {}
        self._next = program.count

    @cached_property
    def uses(self) -> Counter[int]:
        """How often each variable of the old program is an argument, by its index."""
        return Counter(
            [
                arg.index
                for equation in self.program.equations
                for arg in equation.args
                if type(arg) is Var
            ]
        )

    def atom(self, old: Any) -> Any:
        """The variable or constant that stands for an old one."""
        if type(old) is Var:
            return self._became.get(old, old)
        return tuple(map(self.atom, old)) if type(old) is tuple else old

    def take(self, equation: Equation) -> None:
        """File one more equation of the old program."""
        primitive, args, params, output = equation
        args = tuple(
            [
                self._became.get(arg, arg) if type(arg) is Var else _number_or_array(arg)
                for arg in args
            ]
        )
        if type(output) is tuple:
            kept = self._known.setdefault(self._keys.of_equation(primitive, args, params), output)
            if kept is output:
                self.equations.append(Equation(primitive, args, params, output))
            self._became.update(zip(output, kept, strict=True))
        else:
            self._became[output] = self.apply(primitive, args, params, output.aval, output)

    def take_number(self, equation: Equation) -> bool:
        """The same at once for arithmetic on numbers, as most equations of most programs are; False
        where it may be rewritten or folded.
        """
        primitive, args, params, output = equation
        if params or not primitive.partials or output.aval is not SCALAR:
            return False
        name = primitive.name
        try:
            new = tuple(map(self._became.get, args, args))
            if not self._telling.get(name, _ZERO).isdisjoint(new) or (
                name == "add" and new[0] is new[1]
            ):
                return False
        except TypeError:  # a constant without a hash
            return False
        if name in self._rewritten or Var not in map(type, new):
            return False
        kept = self._known.setdefault(
            (primitive, frozenset(new) if name in _COMMUTATIVE else new), output
        )
        if kept is output:
            self._keep(
                equation if new == args else made(Equation, (primitive, new, params, output))
            )
        else:
            self._became[output] = kept
        return True

    def apply(
        self,
        primitive: Primitive,
        args: tuple[Any, ...],
        params: dict[str, Any],
        known: Aval,
        output: Var | None = None,
    ) -> Any:
        """What the primitive of these arguments is: something simpler, something already there, or
        a new equation.
        """
        rewrite = self.rewrites.get(primitive.name)
        if rewrite is not None:
            simpler = rewrite(self, args, params, known)
            if simpler is not None:
                return simpler
        if Var not in map(type, args) and (primitive.view or _small(known)):
            return _folded(self, primitive, args, params, known)
        return self.file(primitive, args, params, known, output)

    def file(
        self,
        primitive: Primitive,
        args: tuple[Any, ...],
        params: dict[str, Any],
        known: Aval,
        output: Var | None = None,
    ) -> Var:
        """The variable of an equation as it is: the one that is already there, or a new one."""
        key = self._keys.of_equation(primitive, args, params, known)
        kept: Var | None = self._known.get(key)
        if kept is None:
            kept = self._known[key] = output or self._var(known)
            self._keep(made(Equation, (primitive, args, params, kept)))
        return kept

    def _keep(self, equation: Equation) -> None:
        primitive, args, _, output = equation
        self.equations.append(equation)
        self.made[output.index] = equation
        name = primitive.name
        if name == "negative":
            for telling in self._telling.values():
                telling.add(output)
        elif name == "divide" or (
            name == "multiply" and type(args[0]) is not type(args[1]) and any(map(is_count, args))
        ):
            self._telling["multiply"].add(output)

    def maker(self, atom: Any, name: str) -> Equation | None:
        """The equation that made an atom, if it applies the primitive of this name."""
        equation = self.made.get(atom.index) if type(atom) is Var else None
        return equation if equation is not None and equation.primitive.name == name else None

    def is_plain(self, var: Var) -> bool:
        """Whether no sign and no quotient could be taken out of a variable."""
        equation = self.made.get(var.index)
        return equation is None or equation.primitive.name not in ("negative", "divide")

    def knows(self, primitive: Primitive, args: tuple[Any, ...]) -> bool:
        """Whether this product is there already."""
        return self._keys.of_equation(primitive, args, {}) in self._known

    def is_symmetric(self, matrix: Any) -> bool:
        """Whether a constant matrix equals its transpose, entry by entry."""
        if id(matrix) not in self._symmetric:
            self._symmetric[id(matrix)] = (
                matrix,
                matrix.shape[0] == matrix.shape[1] and np.array_equal(matrix, matrix.T),
            )
        return self._symmetric[id(matrix)][1]

    def _var(self, known: Aval) -> Var:
        self._next += 1
        return Var(self._next - 1, known)


# ---------------------------------------------------------------- equal things have equal keys


class _Keys:
    """Hashable keys of equations; large arrays are told apart by where they are, small ones by what
    they hold.
    """

    def __init__(self) -> None:
        self._of_array: dict[int, Any] = {}
        self._alive: list[Any] = []  # an id stands for an array only as long as the array lives

    def of_equation(
        self,
        primitive: Primitive,
        args: tuple[Any, ...],
        params: dict[str, Any],
        known: Aval | None = None,
    ) -> Any:
        if (
            known is SCALAR
            and primitive.partials
            and not params
            and _OF_NUMBERS.issuperset(map(type, args))
            and 0 not in args
        ):
            return primitive, frozenset(args) if primitive.name in _COMMUTATIVE else args
        keys = tuple([arg.index if type(arg) is Var else self.of_constant(arg) for arg in args])
        if (
            primitive.name in _COMMUTATIVE
            and type(keys[0]) is int
            and (type(keys[1]) is not int or keys[0] > keys[1])
        ):
            keys = keys[::-1]
        return (primitive, keys, freeze(params)) if params else (primitive, keys)

    def of_constant(self, value: Any) -> Any:
        if type(value) in _NUMBERS:
            # 0.0 == -0.0, and nan != nan
            return (
                type(value),
                value if value and value == value else repr(value),
            )
        if id(value) not in self._of_array:
            self._alive.append(value)
            self._of_array[id(value)] = _content(value)
        return self._of_array[id(value)]


def _content(value: Any) -> Any:
    array = np.asarray(value)
    if array.dtype == object or array.nbytes > 1 << 20:
        return (id(value),)
    return (type(value), array.shape, array.dtype.str, array.tobytes())


def freeze(params: Any) -> Any:
    """Parameters as something hashable."""
    kind = type(params)
    if kind is dict:
        return tuple([(name, freeze(value)) for name, value in params.items()]) if params else ()
    if kind is slice:
        return (slice, freeze(params.start), freeze(params.stop), freeze(params.step))
    if kind in (tuple, list):
        return (kind, *map(freeze, params))
    if kind is np.ndarray:
        return (params.shape, params.dtype.str, params.tobytes())
    return (kind, params) if kind in (bool, float) else params


# ---------------------------------------------------------------- constants


def _folded(
    draft: Simpler, primitive: Primitive, args: tuple[Any, ...], params: dict[str, Any], known: Aval
) -> Any:
    """The primitive of constants; a uniform array stays one number, broadcast."""
    numbers = (
        tuple([without_broadcast(draft, arg) for arg in args])
        if primitive.partials and known.shape
        else args
    )
    if primitive.partials and known.shape and not any(map(np.shape, numbers)):
        return np.broadcast_to(primitive.evaluate(*numbers), known.shape)
    return _number_or_array(primitive.evaluate(*args, **params))


def _number_or_array(value: Any) -> Any:
    return value[()] if isinstance(value, np.ndarray) and not value.ndim else value


def _small(known: Aval) -> bool:
    return prod(known.shape) <= _LARGEST_FOLD


# ---------------------------------------------------------------- dead code and guards


def _open_guards(guards: tuple[Guard, ...], draft: Simpler) -> tuple[Guard, ...]:
    """Guards on what still varies, each variable once."""
    renamed: dict[Any, Guard] = {}
    for guard in guards:
        atom = draft.atom(guard.var)
        if type(atom) is Var:
            renamed.setdefault(
                (atom.index, freeze(guard.value)), Guard(atom, guard.value, guard.line)
            )
    return tuple(renamed.values())


def _without_dead_code(program: Program) -> Program:
    """The program without equations that neither its output nor a guard needs."""
    output = program.output
    needed = {
        atom for atom in (output if type(output) is tuple else (output,)) if type(atom) is Var
    }
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
