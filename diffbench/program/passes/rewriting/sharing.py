"""Equal work is done once: a program is written anew, each equation rewritten, then looked up among
those already there; what is computed from constants alone is computed now.
"""

from collections.abc import Callable, Mapping
from math import frexp, prod
from typing import Any

import numpy as np

from diffbench.ir import SCALAR, Aval, Equation, Primitive, Program, Rewriter, Var, freeze, made

# (draft, args, params, known) -> what the result is instead, or None
Rewrite = Callable[..., Any]
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
_LARGEST_FOLD = 1 << 22  # entries: a larger constant is cheaper to compute again than to keep


class Simpler(Rewriter):
    """The equations kept so far, and what each variable of the old program became."""

    def __init__(self, program: Program, rewrites: Mapping[str, Rewrite]) -> None:
        super().__init__(program)
        self.rewrites = rewrites
        self._rewritten = rewrites.keys() - _TELLING.keys()
        # arguments to rewrite for
        self._telling: dict[str, set[Any]] = {
            name: set(numbers) for name, numbers in _TELLING.items()
        }
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
        name = primitive.name
        try:
            new = tuple(map(self.became.get, args, args))
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
            self.became[output] = kept
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
        return self.file(primitive, args, params, known, output)

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
        name = primitive.name
        if name == "negative":
            for telling in self._telling.values():
                telling.add(output)
        elif name == "divide" or (
            name == "multiply" and type(args[0]) is not type(args[1]) and any(map(is_count, args))
        ):
            self._telling["multiply"].add(output)

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


# ---------------------------------------------------------------- what rewriting asks of atoms


def is_number(atom: Any, number: float) -> bool:
    return type(atom) in (int, float, np.float64) and atom == number


def is_count(atom: Any) -> bool:
    """Whole numbers and powers of two, whose products are exact."""
    if type(atom) not in (int, float, np.float64) or not 2.0**-20 <= abs(atom) <= 2.0**20:
        return False
    return bool(atom == int(atom) or abs(frexp(atom)[0]) == 0.5)


def fits(atom: Any, known: Aval) -> bool:
    """Whether an atom is a variable of this shape and dtype, so that it can stand for the
    result.
    """
    return type(atom) is Var and atom.aval is known


def without_broadcast(draft: Simpler, atom: Any) -> Any:
    """The smallest thing that broadcasts to the atom: a number for a uniform constant, what was
    broadcast otherwise.
    """
    if isinstance(atom, np.ndarray) and atom.size and not any(atom.strides):
        return atom.flat[0]
    broadcast = draft.maker(atom, "broadcast_to")
    if broadcast:
        return without_broadcast(draft, broadcast.args[0])
    reshaped = draft.maker(atom, "reshape") if np.size(atom) == 1 else None
    smaller = without_broadcast(draft, reshaped.args[0]) if reshaped else atom
    # (1, 1) does not broadcast to (1,)
    return smaller if np.ndim(smaller) <= np.ndim(atom) else atom
