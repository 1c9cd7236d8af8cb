"""A program to a shorter one with the same values: NaN, inf and signed zeros included, and no digit lost.

One pass forwards: every equation is rewritten (constants folded, ones and signs removed), then looked up among those already there, so
that equal work is done once. One pass backwards drops what nothing needs. Nothing is re-associated, and x + 0, x * 0 and 0 - x stay as
they are: they are not x, 0 and -x for x = -0, inf and 0.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from diffbench.arrays.recorder import Aval, Equation, Guard, Var
from diffbench.program.program import Program
from diffbench.rules.table import Primitive, primitives

_COMMUTATIVE = frozenset({"add", "multiply", "logical_and", "logical_or", "equal", "not_equal"})
Rewrite = Callable[..., Any]
_LARGEST_FOLD = 1 << 16  # entries: a larger constant is cheaper to compute again than to keep


def simplify(program: Program) -> Program:
    """The program with constants folded, common subexpressions shared and dead code removed; variables are numbered anew."""
    return _rebuilt(program, _REWRITES)


def share(program: Program) -> Program:
    """The program with common subexpressions shared and dead code removed, every operation as it was written."""
    return _rebuilt(program, {})


def _rebuilt(program: Program, rewrites: Mapping[str, Rewrite]) -> Program:
    draft = _Simpler(program, rewrites)
    with np.errstate(all="ignore"):
        for equation in program.equations:
            draft.take(equation)
    output = draft.atom(program.output)
    guards = _open_guards(program.guards, draft)
    return _renumbered(replace(program, output=output, guards=guards, equations=_live(draft.equations, output, guards)))


class _Simpler:
    """The equations kept so far, and what each variable of the old program became."""

    def __init__(self, program: Program, rewrites: Mapping[str, Rewrite]) -> None:
        self.rewrites = rewrites
        self.equations: list[Equation] = []
        self.made: dict[int, Equation] = {}  # by the index of the variable made
        self.uses = Counter(arg.index for equation in program.equations for arg in equation.args if type(arg) is Var)
        self._atoms: dict[int, Any] = {var.index: var for var in program.inputs}
        self._known: dict[Any, Any] = {}
        self._keys = _Keys()
        self._next = program.count

    def atom(self, old: Any) -> Any:
        """The variable or constant that stands for an old one."""
        if type(old) is Var:
            return self._atoms[old.index]
        return tuple(map(self.atom, old)) if type(old) is tuple else old

    def take(self, equation: Equation) -> None:
        """File one more equation of the old program."""
        primitive, args, params, output = equation
        atoms = self._atoms
        args = tuple([atoms[arg.index] if type(arg) is Var else arg for arg in args])
        if type(output) is not tuple:
            atoms[output.index] = self.apply(primitive, args, params, output.aval, output)
            return
        key = self._keys.of_equation(primitive, args, params)
        kept = self._known.setdefault(key, output)
        if kept is output:
            self.equations.append(Equation(primitive, args, params, output))
        atoms.update(zip([var.index for var in output], kept, strict=True))

    def apply(self, primitive: Primitive, args: tuple[Any, ...], params: dict[str, Any], known: Aval, output: Var | None = None) -> Any:
        """What the primitive of these arguments is: something simpler, something already there, or a new equation."""
        rewrite = self.rewrites.get(primitive.name)
        if rewrite is not None:
            simpler = rewrite(self, args, params, known)
            if simpler is not None:
                return simpler
        if not any([type(arg) is Var for arg in args]) and _small(known):
            return _number_or_array(primitive.evaluate(*args, **params))
        key = self._keys.of_equation(primitive, args, params)
        kept = self._known.get(key)
        if kept is None:
            kept = self._known[key] = output or self._var(known)
            equation = self.made[kept.index] = Equation(primitive, args, params, kept)
            self.equations.append(equation)
        return kept

    def maker(self, atom: Any, name: str) -> Equation | None:
        """The equation that made an atom, if it applies the primitive of this name."""
        equation = self.made.get(atom.index) if type(atom) is Var else None
        return equation if equation is not None and equation.primitive.name == name else None

    def _var(self, known: Aval) -> Var:
        self._next += 1
        return Var(self._next - 1, known)


# ---------------------------------------------------------------- equal things have equal keys


class _Keys:
    """Hashable keys of equations; large arrays are told apart by where they are, small ones by what they hold."""

    def __init__(self) -> None:
        self._of_array: dict[int, Any] = {}
        self._alive: list[Any] = []  # an id stands for an array only as long as the array lives

    def of_equation(self, primitive: Primitive, args: tuple[Any, ...], params: dict[str, Any]) -> Any:
        keys = tuple([arg.index if type(arg) is Var else self.of_constant(arg) for arg in args])
        if len(keys) == 2 and primitive.name in _COMMUTATIVE and _after(keys[0], keys[1]):
            keys = keys[::-1]
        return (primitive, keys, freeze(params)) if params else (primitive, keys)

    def of_constant(self, value: Any) -> Any:
        if type(value) in (float, int, bool, np.float64):
            return (type(value), repr(value))  # 0.0 and -0.0 are equal, and nan is not equal to nan
        if id(value) not in self._of_array:
            self._alive.append(value)
            self._of_array[id(value)] = _content(value)
        return self._of_array[id(value)]


def _after(a: Any, b: Any) -> bool:
    return type(a) is int and (type(b) is not int or a > b)


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


# ---------------------------------------------------------------- rewriting: (draft, args, params, known) -> atom or None


def _is(atom: Any, number: float) -> bool:
    return type(atom) in (int, float, np.float64) and atom == number


def _fits(atom: Any, known: Aval) -> bool:
    return type(atom) is Var and atom.aval is known


def _negative(draft: _Simpler, x: Any, known: Aval) -> Any:
    return draft.apply(primitives[np.negative], (x,), {}, known)


def _identity(draft: _Simpler, args: Any, params: Any, known: Aval) -> Any:
    return args[0] if _fits(args[0], known) else None


def _rewrite_negative(draft: _Simpler, args: Any, params: Any, known: Aval) -> Any:
    inner = draft.maker(args[0], "negative")
    return inner.args[0] if inner else None


def _rewrite_multiply(draft: _Simpler, args: Any, params: Any, known: Aval) -> Any:
    for x, other in (args, args[::-1]):
        if _is(other, 1) and _fits(x, known):
            return x
        if _is(other, -1) and _fits(x, known):
            return _negative(draft, x, known)
        minus = draft.maker(x, "negative")
        if minus:
            return _negative(draft, draft.apply(primitives[np.multiply], (minus.args[0], other), {}, known), known)
        inverse = draft.maker(x, "divide")
        if inverse and _is(inverse.args[0], 1) and draft.uses[x.index] == 1:  # one rounding instead of two
            return draft.apply(primitives[np.divide], (other, inverse.args[1]), {}, known)
    return None


def _rewrite_divide(draft: _Simpler, args: Any, params: Any, known: Aval) -> Any:
    x, by = args
    if _is(by, 1) and _fits(x, known):
        return x
    minus = draft.maker(x, "negative")
    return _negative(draft, draft.apply(primitives[np.divide], (minus.args[0], by), {}, known), known) if minus else None


def _rewrite_add(draft: _Simpler, args: Any, params: Any, known: Aval) -> Any:
    for x, other in (args, args[::-1]):
        minus = draft.maker(other, "negative")
        if minus:
            return draft.apply(primitives[np.subtract], (x, minus.args[0]), {}, known)
    return None


def _rewrite_subtract(draft: _Simpler, args: Any, params: Any, known: Aval) -> Any:
    x, other = args
    if _is(other, 0) and np.copysign(1, other) > 0 and _fits(x, known):
        return x
    minus = draft.maker(other, "negative")
    return draft.apply(primitives[np.add], (x, minus.args[0]), {}, known) if minus else None


def _rewrite_power(draft: _Simpler, args: Any, params: Any, known: Aval) -> Any:
    x, exponent = args
    if not _fits(x, known):
        return None
    if _is(exponent, 2):
        return draft.apply(primitives[np.multiply], (x, x), {}, known)
    if _is(exponent, -1):
        return draft.apply(primitives[np.divide], (1.0, x), {}, known)
    return x if _is(exponent, 1) else None


def _rewrite_square(draft: _Simpler, args: Any, params: Any, known: Aval) -> Any:
    return draft.apply(primitives[np.multiply], (args[0], args[0]), {}, known)


def _rewrite_shape(name: str) -> Callable[..., Any]:
    def rewrite(draft: _Simpler, args: Any, params: Any, known: Aval) -> Any:
        if _fits(args[0], known) and (name != "transpose" or len(known.shape) < 2):
            return args[0]
        inner = draft.maker(args[0], name)
        if inner and name == "reshape" and params.get("order", "C") == inner.params.get("order", "C") == "C":
            return draft.apply(inner.primitive, inner.args, params, known)
        if inner and name == "transpose" and not params.get("axes") and not inner.params.get("axes"):
            return inner.args[0]
        return None

    return rewrite


_REWRITES: dict[str, Rewrite] = {
    "positive": _identity, "copy": _identity, "astype": _identity, "real": _identity,
    "negative": _rewrite_negative, "multiply": _rewrite_multiply, "divide": _rewrite_divide,
    "add": _rewrite_add, "subtract": _rewrite_subtract, "power": _rewrite_power, "square": _rewrite_square,
    "reshape": _rewrite_shape("reshape"), "transpose": _rewrite_shape("transpose"), "broadcast_to": _rewrite_shape("broadcast_to"),
}  # fmt: skip


def _number_or_array(value: Any) -> Any:
    return value[()] if isinstance(value, np.ndarray) else value  # a 0-d array is a number


def _small(known: Aval) -> bool:
    size = 1
    for n in known.shape:
        size *= n
    return size <= _LARGEST_FOLD


# ---------------------------------------------------------------- dead code, guards, numbering


def _open_guards(guards: tuple[Guard, ...], draft: _Simpler) -> tuple[Guard, ...]:
    """Guards on what still varies, each variable once."""
    renamed: dict[Any, Guard] = {}
    for guard in guards:
        atom = draft.atom(guard.var)
        if type(atom) is Var:
            renamed.setdefault((atom.index, freeze(guard.value)), Guard(atom, guard.value, guard.line))
    return tuple(renamed.values())


def _live(equations: list[Equation], output: Any, guards: tuple[Guard, ...]) -> tuple[Equation, ...]:
    needed = {atom.index for atom in (output if type(output) is tuple else (output,)) if type(atom) is Var}
    needed.update([guard.var.index for guard in guards])
    kept = []
    for equation in reversed(equations):
        outputs = equation.output if type(equation.output) is tuple else (equation.output,)
        if any([var.index in needed for var in outputs]):
            needed.update([arg.index for arg in equation.args if type(arg) is Var])
            kept.append(equation)
    return tuple(reversed(kept))


def _renumbered(program: Program) -> Program:
    """Inputs v0, v1, ..., then the equations' outputs in their order."""
    names: dict[int, Var] = {}

    def name(var: Var) -> Var:
        fresh = names[var.index] = Var(len(names), var.aval)
        return fresh

    def read(atom: Any) -> Any:
        return names[atom.index] if type(atom) is Var else tuple(map(read, atom)) if type(atom) is tuple else atom

    inputs = tuple(map(name, program.inputs))
    equations = []
    for primitive, args, params, output in program.equations:
        given = tuple([names[arg.index] if type(arg) is Var else arg for arg in args])
        made = tuple(map(name, output)) if type(output) is tuple else name(output)
        equations.append(Equation(primitive, given, params, made))
    guards = tuple(Guard(names[guard.var.index], guard.value, guard.line) for guard in program.guards)
    return replace(program, inputs=inputs, equations=tuple(equations), output=read(program.output), guards=guards)
