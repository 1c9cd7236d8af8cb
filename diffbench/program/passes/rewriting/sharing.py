"""Equal work is done once: a program is written anew, each equation rewritten, then looked up among
those already there; what is computed from constants alone is computed now.
"""

from math import prod
from typing import Any

import numpy as np

from diffbench.ir import SCALAR, Aval, Equation, Primitive, Program, Rewriter, Var, freeze, made
from diffbench.program.passes.rewriting.patterns import COMMUTATIVE, Rules, are_there

_NUMBERS = frozenset({float, int, bool, np.float64})
_OF_NUMBERS = _NUMBERS | {Var}
_ZERO = frozenset({0})  # equal to -0.0, which is another number
_LARGEST_FOLD = 1 << 22  # entries: a larger constant is cheaper to compute again than to keep


# by which arguments a row may apply, if any at all; whether it may if both are the same; whether
# they commute
_Look = tuple[set[Any] | frozenset[Any] | None, bool, bool]


class Simpler(Rewriter):
    """The equations kept so far, and what each variable of the old program became."""

    def __init__(self, program: Program, rules: Rules) -> None:
        super().__init__(program)
        self.rules = rules
        # by primitive, the arguments for which a row may apply to numbers
        self._telling: dict[str, set[Any]] = {
            name: {0, *rules.telling.get(name, ())}
            for name in rules.telling.keys()
            | {name for told in rules.listeners.values() for name, _ in told}
        }
        self._listening = {
            inner: [(self._telling[name], numbers) for name, numbers in told]
            for inner, told in rules.listeners.items()
        }
        self._looks: dict[Primitive, _Look] = {}
        self._known: dict[Any, Any] = {}
        self._keys = _Keys()
        self._symmetric: dict[int, tuple[Any, bool]] = {}

    def take(self, equation: Equation) -> None:
        """File one more equation of the old program."""
        primitive, args, params, output = equation
        args = tuple(
            [
                self.became.get(arg, arg) if type(arg) is Var else _number_or_array(arg)
                for arg in args
            ]
        )
        if type(output) is tuple:
            kept = self._known.setdefault(self._keys.of_equation(primitive, args, params), output)
            if kept is output:
                self.equations.append(Equation(primitive, args, params, output))
            self.became.update(zip(output, kept, strict=True))
        else:
            self.became[output] = self.apply(primitive, args, params, output.aval, output)

    def take_number(self, equation: Equation) -> bool:
        """The same at once for arithmetic on numbers, as most equations of most programs are; False
        where it may be rewritten or folded.
        """
        primitive, args, params, output = equation
        if params or not primitive.partials or output.aval is not SCALAR:
            return False
        telling, twice, commutes = self._looks.get(primitive) or self._look(primitive)
        if telling is None:
            return False
        try:
            new = tuple(map(self.became.get, args, args))
            if not telling.isdisjoint(new) or (twice and new[0] is new[1]):
                return False
        except TypeError:  # a constant without a hash
            return False
        if Var not in map(type, new):
            return False
        kept = self._known.setdefault((primitive, frozenset(new) if commutes else new), output)
        if kept is output:
            self._keep(
                equation if new == args else made(Equation, (primitive, new, params, output))
            )
        else:
            self.became[output] = kept
        return True

    def _look(self, primitive: Primitive) -> _Look:
        """What is looked at in equations of a primitive on numbers, found out once."""
        name = primitive.name
        telling = None if name in self.rules.always else self._telling.get(name, _ZERO)
        look = (telling, name in self.rules.twice, name in COMMUTATIVE)
        return self._looks.setdefault(primitive, look)

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
        simpler = self.rules.instead(self, primitive, args, params, known)
        return self.file(primitive, args, params, known, output) if simpler is None else simpler

    def file(
        self,
        primitive: Primitive,
        args: tuple[Any, ...],
        params: dict[str, Any],
        known: Aval,
        output: Var | None = None,
    ) -> Any:
        """What an equation makes as it is: a constant of constants, a variable that is already
        there, or a new one.
        """
        if Var not in map(type, args) and (primitive.view or _small(known)):
            return _folded(self, primitive, args, params, known)
        key = self._keys.of_equation(primitive, args, params, known)
        kept: Var | None = self._known.get(key)
        if kept is None:
            kept = self._known[key] = output or self.var(known)
            self._keep(made(Equation, (primitive, args, params, kept)))
        return kept

    def _keep(self, equation: Equation) -> None:
        primitive, args, _, output = equation
        self.equations.append(equation)
        self.made[output.index] = equation
        if primitive.name in self._listening:
            all_vary = type(args[0]) is type(args[-1]) is Var
            for telling, numbers in self._listening[primitive.name]:
                if not numbers or (not all_vary and are_there(numbers, args)):
                    telling.add(output)

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
            return primitive, frozenset(args) if primitive.name in COMMUTATIVE else args
        keys = tuple([arg.index if type(arg) is Var else self.of_constant(arg) for arg in args])
        if (
            primitive.name in COMMUTATIVE
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


# ---------------------------------------------------------------- what broadcasts


def without_broadcast(draft: Simpler, atom: Any) -> Any:
    """The smallest thing that broadcasts to the atom: a number for a uniform constant, what was
    broadcast otherwise.
    """
    if type(atom) is not Var:
        uniform = isinstance(atom, np.ndarray) and atom.size and not any(atom.strides)
        return atom.flat[0] if uniform else atom
    maker = draft.made.get(atom.index)
    name = None if maker is None else maker.primitive.name
    if maker is None or not (name == "broadcast_to" or (name == "reshape" and atom.size == 1)):
        return atom
    smaller = without_broadcast(draft, maker.args[0])
    # (1, 1) does not broadcast to (1,)
    return smaller if name == "broadcast_to" or np.ndim(smaller) <= atom.ndim else atom
