"""A program to a shorter one with the same values: NaN, inf and signed zeros included, and no digit lost.

One pass forwards: every equation is rewritten (constants folded, ones and signs removed), then looked up among those already there, so
that equal work is done once. One pass backwards drops what nothing needs. Nothing is re-associated, and x + 0, x * 0 and 0 - x stay as
they are: they are not x, 0 and -x for x = -0, inf and 0.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from math import frexp, prod
from typing import Any

import numpy as np

from diffbench.arrays.recorder import Aval, Equation, Guard, Var, aval
from diffbench.program.program import Program
from diffbench.rules.table import Primitive, primitives

_COMMUTATIVE = frozenset({"add", "multiply", "logical_and", "logical_or", "equal", "not_equal"})
_NUMBERS = frozenset({float, int, bool, np.float64})
Rewrite = Callable[..., Any]
_LARGEST_FOLD = 1 << 22  # entries: a larger constant is cheaper to compute again than to keep


def simplify(program: Program) -> Program:
    """The program with constants folded, common subexpressions shared and dead code removed."""
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
    return replace(program, output=output, guards=guards, equations=_live(draft.equations, output, guards))


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
        self._symmetric: dict[int, tuple[Any, bool]] = {}
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
        args = tuple([atoms[arg.index] if type(arg) is Var else _number_or_array(arg) for arg in args])
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
        if not any([type(arg) is Var for arg in args]) and (primitive.view or _small(known)):
            return _folded(self, primitive, args, params, known)
        return self.file(primitive, args, params, known, output)

    def file(self, primitive: Primitive, args: tuple[Any, ...], params: dict[str, Any], known: Aval, output: Var | None = None) -> Var:
        """The variable of an equation as it is: the one that is already there, or a new one."""
        key = self._keys.of_equation(primitive, args, params)
        kept: Var | None = self._known.get(key)
        if kept is None:
            kept = self._known[key] = output or self._var(known)
            equation = self.made[kept.index] = Equation(primitive, args, params, kept)
            self.equations.append(equation)
        return kept

    def maker(self, atom: Any, name: str) -> Equation | None:
        """The equation that made an atom, if it applies the primitive of this name."""
        equation = self.made.get(atom.index) if type(atom) is Var else None
        return equation if equation is not None and equation.primitive.name == name else None

    def knows(self, primitive: Primitive, args: tuple[Any, ...]) -> bool:
        """Whether this product is there already."""
        return self._keys.of_equation(primitive, args, {}) in self._known

    def is_symmetric(self, matrix: Any) -> bool:
        """Whether a constant matrix equals its transpose, entry by entry."""
        if id(matrix) not in self._symmetric:
            self._symmetric[id(matrix)] = matrix, matrix.shape[0] == matrix.shape[1] and np.array_equal(matrix, matrix.T)
        return self._symmetric[id(matrix)][1]

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
        if primitive.name in _COMMUTATIVE and type(keys[0]) is int and (type(keys[1]) is not int or keys[0] > keys[1]):
            keys = keys[::-1]
        return (primitive, keys, freeze(params)) if params else (primitive, keys)

    def of_constant(self, value: Any) -> Any:
        if type(value) in _NUMBERS:
            return (type(value), value if value and value == value else repr(value))  # 0.0 == -0.0, and nan != nan
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


def _without_broadcast(draft: _Simpler, atom: Any) -> Any:
    """The smallest thing that broadcasts to the atom: a number for a uniform constant, what was broadcast otherwise."""
    if isinstance(atom, np.ndarray) and atom.size and not any(atom.strides):
        return atom.flat[0]
    broadcast = draft.maker(atom, "broadcast_to")
    if broadcast:
        return _without_broadcast(draft, broadcast.args[0])
    reshaped = draft.maker(atom, "reshape") if np.size(atom) == 1 else None
    return _without_broadcast(draft, reshaped.args[0]) if reshaped else atom


def _elementwise(ufunc: np.ufunc, rewrite: Rewrite) -> Rewrite:
    """The rewriting of a binary function, after its arguments were freed of broadcasting that the other one does anyway."""

    def rewrite_elementwise(draft: _Simpler, args: Any, params: Any, known: Aval) -> Any:
        if known.shape and not params:
            for i, x in enumerate(args):
                if np.shape(args[1 - i]) == known.shape and np.shape(x):
                    small = _without_broadcast(draft, x)
                    if small is not x and np.result_type(x.dtype) == small.dtype:
                        pair = (small, args[1]) if i == 0 else (args[0], small)
                        return draft.apply(primitives[ufunc], pair, params, known)
        return rewrite(draft, args, params, known)

    return rewrite_elementwise


def _rewrite_multiply(draft: _Simpler, args: Any, params: Any, known: Aval) -> Any:
    for x, other in (args, args[::-1]):
        if _is(other, 1) and _fits(x, known):
            return x
        if _is(other, -1) and _fits(x, known):
            return _negative(draft, x, known)
        minus = draft.maker(x, "negative")
        if minus:
            return _negative(draft, draft.apply(primitives[np.multiply], (minus.args[0], other), {}, known), known)
        if _is_count(other):
            inner = draft.maker(x, "multiply")
            for factor, y in (inner.args, inner.args[::-1]) if inner and draft.uses[x.index] == 1 else ():
                if _is_count(factor):  # one rounding instead of two
                    return draft.apply(primitives[np.multiply], (float(factor * other), y), {}, known)
        inverse = draft.maker(x, "divide")
        if inverse and _is(inverse.args[0], 1) and draft.uses[x.index] == 1:  # one rounding instead of two
            return draft.apply(primitives[np.divide], (other, inverse.args[1]), {}, known)
    return None


def _is_count(atom: Any) -> bool:
    """Whole numbers and powers of two, whose products are exact."""
    if type(atom) not in (int, float, np.float64) or not 2.0**-20 <= abs(atom) <= 2.0**20:
        return False
    return bool(atom == int(atom) or abs(frexp(atom)[0]) == 0.5)


def _rewrite_divide(draft: _Simpler, args: Any, params: Any, known: Aval) -> Any:
    x, by = args
    if _is(by, 1) and _fits(x, known):
        return x
    minus = draft.maker(x, "negative")
    if minus:
        return _negative(draft, draft.apply(primitives[np.divide], (minus.args[0], by), {}, known), known)
    square = draft.maker(by, "multiply") if known.shape and known.dtype == float else None
    cosh = draft.maker(square.args[0], "cosh") if square and square.args[0] is square.args[1] else None
    return _divided_by_cosh_squared(draft, x, cosh.args[0], known) if cosh and np.shape(cosh.args[0]) == known.shape else None


def _divided_by_cosh_squared(draft: _Simpler, y: Any, x: Any, known: Aval) -> Any:
    """y / cosh(x)² as 4 y e / (1 + e)² with e = exp(-2|x|), which NumPy computes several times faster and as accurately: nothing cancels."""

    def apply(ufunc: np.ufunc, *args: Any) -> Any:
        return draft.apply(primitives[ufunc], args, {}, known)

    e = apply(np.exp, apply(np.multiply, -2.0, apply(np.abs, x)))
    wide = apply(np.add, 1.0, e)
    return apply(np.divide, apply(np.multiply, apply(np.multiply, 4.0, y), e), apply(np.multiply, wide, wide))


def _rewrite_add(draft: _Simpler, args: Any, params: Any, known: Aval) -> Any:
    if known.dtype.kind == "i" and _is(args[1], 0) and _fits(args[0], known):
        return args[0]
    for x, other in (args, args[::-1]):
        minus = draft.maker(other, "negative")
        if minus:
            return draft.apply(primitives[np.subtract], (x, minus.args[0]), {}, known)
    return _doubled(draft, args[0]) if args[0] is args[1] else None


def _doubled(draft: _Simpler, x: Any) -> Any:
    """2 x where a factor inside x can take up the 2; otherwise None. Powers of two are exact."""
    maker = draft.made.get(x.index) if type(x) is Var else None
    if maker is None or draft.uses[x.index] > 2:  # both of x + x
        return None
    name, args = maker.primitive.name, maker.args
    if name == "divide" and _is(args[1], 2) and _fits(args[0], x.aval):
        return args[0]
    if name == "multiply":
        for factor, y in (args, args[::-1]):
            if _is_count(factor):
                return draft.apply(maker.primitive, (float(2 * factor), y), {}, x.aval)
    for k in range(len(args)) if name in ("negative", "multiply", "broadcast_to", "reshape") else ():
        inner = _doubled(draft, args[k])
        if inner is not None:
            return draft.apply(maker.primitive, (*args[:k], inner, *args[k + 1 :]), maker.params, x.aval)
    return None


def _rewrite_subtract(draft: _Simpler, args: Any, params: Any, known: Aval) -> Any:
    x, other = args
    if _is(other, 0) and np.copysign(1, other) > 0 and _fits(x, known):
        return x
    minus = draft.maker(other, "negative")
    if minus:
        return draft.apply(primitives[np.add], (x, minus.args[0]), {}, known)
    minus = draft.maker(x, "negative")
    return _negative(draft, draft.apply(primitives[np.add], (minus.args[0], other), {}, known), known) if minus else None


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


def _rewrite_sum(draft: _Simpler, args: Any, params: Any, known: Aval) -> Any:
    x, axis = args[0], params.get("axis")
    if type(x) is not Var or params.keys() - {"axis", "keepdims"} or x.dtype is not known.dtype:
        return None
    axes = range(x.ndim) if axis is None else [int(a) % x.ndim for a in np.atleast_1d(axis)]
    if all([x.shape[a] == 1 for a in axes]):
        return draft.apply(primitives[np.reshape], (x,), {"shape": known.shape}, known)
    minus = draft.maker(x, "negative")
    if minus:
        return _negative(draft, draft.apply(primitives[np.sum], minus.args, params, known), known)
    if axis is not None and len(axes) == x.ndim and not params.get("keepdims"):
        return draft.apply(primitives[np.sum], args, {}, known)
    if params.get("keepdims"):
        return None
    return _sum_of_product(draft, x, axes, known) or _factored_sum(draft, x, axes, known)


def _factored_sum(draft: _Simpler, x: Var, axes: Sequence[int], known: Aval) -> Any:
    """The sum over rows of a matrix of products: what is the same in all rows goes in front, what is the same in all columns becomes
    the vector of a matrix-vector product. Fewer passes over the matrix, and fewer roundings."""
    if x.ndim != 2 or list(axes) != [0] or x.dtype != float or 1 in x.shape:
        return None
    matrices: list[Any] = []
    rows: list[tuple[Any, bool]] = []
    columns: list[Any] = []
    for factor, below in _factors(draft, x, 0):
        shape = np.shape(factor)
        if shape in ((), (1,), (1, 1), x.shape[1:], (1, *x.shape[1:])):
            rows.append((factor, below))
        elif shape == (x.shape[0], 1) and not below:
            columns.append(factor)
        elif below or shape != x.shape:
            return None
        else:
            matrices.append(factor)
    if not matrices or not (rows or columns):
        return None
    total = _weighted_sum(draft, _product(draft, matrices, x.aval), columns, known)
    for factor, below in rows:
        flat = draft.apply(primitives[np.reshape], (factor,), {"shape": known.shape}, known) if np.ndim(factor) == 2 else factor
        total = draft.apply(primitives[np.divide if below else np.multiply], (total, flat), {}, known)
    return total


def _factors(draft: _Simpler, x: Any, depth: int) -> Iterator[tuple[Any, bool]]:
    """The factors of a product and, marked True, those it is divided by."""
    maker = draft.made.get(x.index) if type(x) is Var and depth < 5 else None
    name = maker.primitive.name if maker else ""
    if maker and name == "multiply":
        for arg in maker.args:
            yield from _factors(draft, arg, depth + 1)
    elif maker and name == "divide" and np.ndim(maker.args[1]) < 2:
        yield from _factors(draft, maker.args[0], depth + 1)
        yield maker.args[1], True
    else:
        yield x, False


def _product(draft: _Simpler, factors: list[Any], known: Aval) -> Any:
    total = factors[0]
    for factor in factors[1:]:
        total = draft.apply(primitives[np.multiply], (total, factor), {}, known)
    return total


def _weighted_sum(draft: _Simpler, matrix: Any, columns: list[Any], known: Aval) -> Any:
    if not columns:
        return draft.file(primitives[np.sum], (matrix,), {"axis": (0,)}, known)
    n = np.shape(columns[0])[0]
    weights = _product(draft, columns, aval((n, 1), known.dtype))
    vector = draft.apply(primitives[np.reshape], (weights,), {"shape": (n,)}, aval((n,), known.dtype))
    return draft.apply(primitives[np.matmul], (vector, matrix), {}, known)


def _sum_of_product(draft: _Simpler, x: Var, axes: Sequence[int], known: Aval) -> Any:
    """sum(A B) along the columns of B as A sum(B): a product with a vector instead of a matrix."""
    maker = draft.maker(x, "matmul")
    if maker is None or list(axes) != [x.ndim - 1] or draft.uses[x.index] > 1 or np.ndim(maker.args[1]) < 2:
        return None
    a, b = maker.args
    total = aval((*np.shape(b)[:-1], 1), known.dtype)
    column = draft.apply(primitives[np.sum], (b,), {"axis": -1, "keepdims": True}, total)
    product = draft.apply(primitives[np.matmul], (a, column), {}, aval((*x.shape[:-1], 1), known.dtype))
    return draft.apply(primitives[np.reshape], (product,), {"shape": known.shape}, known)


def _rewrite_matmul(draft: _Simpler, args: Any, params: Any, known: Aval) -> Any:
    a, b = args
    column = draft.maker(b, "reshape")
    if column and np.ndim(a) == 2 and b.shape[1:] == (1,) and np.ndim(column.args[0]) == 1:  # a product with a vector, not with a matrix
        product = draft.apply(primitives[np.matmul], (a, column.args[0]), {}, aval(known.shape[:1], known.dtype))
        return draft.apply(primitives[np.reshape], (product,), {"shape": known.shape}, known)
    for matrix, x in ((a, b), (b, a)):
        if np.ndim(matrix) == 2 and np.ndim(x) == 1 and type(matrix) is np.ndarray and draft.is_symmetric(matrix):
            return _symmetric_product(draft, x, matrix, known)
    return None


def _symmetric_product(draft: _Simpler, x: Any, a: Any, known: Aval) -> Any:
    """x A or A x as the A x that the function itself has often computed already; signs and scalar factors go in front."""
    minus, scaled = draft.maker(x, "negative"), draft.maker(x, "multiply")
    if minus:
        return _negative(draft, _symmetric_product(draft, minus.args[0], a, known), known)
    for factor, y in (scaled.args, scaled.args[::-1]) if scaled else ():
        if not np.shape(factor) and draft.knows(primitives[np.matmul], (a, y)):
            product = draft.apply(primitives[np.matmul], (a, y), {}, known)
            return draft.apply(primitives[np.multiply], (factor, product), {}, known)
    return draft.file(primitives[np.matmul], (a, x), {}, known)


def _rewrite_shape(name: str) -> Callable[..., Any]:
    def rewrite(draft: _Simpler, args: Any, params: Any, known: Aval) -> Any:
        if name == "transpose" and type(args[0]) is np.ndarray and args[0].ndim == 2 and draft.is_symmetric(args[0]):
            return args[0]
        if _fits(args[0], known) and (name != "transpose" or len(known.shape) < 2):
            return args[0]
        if name == "reshape" and params.get("order", "C") == "C" and params != {"shape": known.shape}:
            return draft.apply(primitives[np.reshape], args, {"shape": known.shape}, known)  # no -1
        inner = draft.maker(args[0], name)
        if inner and name == "reshape" and params.get("order", "C") == inner.params.get("order", "C") == "C":
            return draft.apply(inner.primitive, inner.args, params, known)
        if inner and name == "transpose" and not params.get("axes") and not inner.params.get("axes"):
            return inner.args[0]
        return None

    return rewrite


def _rewrite_and(draft: _Simpler, args: Any, params: Any, known: Aval) -> Any:
    return args[0] if args[1] is True and _fits(args[0], known) and known.dtype == bool else None


def _rewrite_getitem(draft: _Simpler, args: Any, params: Any, known: Aval) -> Any:
    """x[:, None] as a reshape."""
    whole = _is_whole(params["index"])
    return draft.apply(primitives[np.reshape], args, {"shape": known.shape}, known) if whole and type(args[0]) is Var else None


def _rewrite_assemble(draft: _Simpler, args: Any, params: Any, known: Aval) -> Any:
    whole = len(args) == 1 and _is_whole(params["indices"][0]) and type(args[0]) is Var and args[0].size == prod(known.shape)
    return draft.apply(primitives[np.reshape], args, {"shape": known.shape}, known) if whole else None


def _is_whole(index: Any) -> bool:
    """Whether an index reads every entry in order and only adds axes of length 1."""
    entries = index if type(index) is tuple else (index,)
    return all([entry is None or entry is Ellipsis or (type(entry) is slice and entry == slice(None)) for entry in entries])


_REWRITES: dict[str, Rewrite] = {
    "bitwise_and": _rewrite_and, "logical_and": _rewrite_and, "getitem": _rewrite_getitem, "assemble": _rewrite_assemble,
    "positive": _identity, "copy": _identity, "astype": _identity, "real": _identity,
    "negative": _rewrite_negative, "power": _rewrite_power, "square": _rewrite_square,
    "multiply": _elementwise(np.multiply, _rewrite_multiply), "divide": _elementwise(np.divide, _rewrite_divide),
    "add": _elementwise(np.add, _rewrite_add), "subtract": _elementwise(np.subtract, _rewrite_subtract),
    "sum": _rewrite_sum, "matmul": _rewrite_matmul,
    "reshape": _rewrite_shape("reshape"), "transpose": _rewrite_shape("transpose"), "broadcast_to": _rewrite_shape("broadcast_to"),
}  # fmt: skip


def _folded(draft: _Simpler, primitive: Primitive, args: tuple[Any, ...], params: dict[str, Any], known: Aval) -> Any:
    """The primitive of constants; a uniform array stays one number, broadcast."""
    numbers = tuple([_without_broadcast(draft, arg) for arg in args]) if primitive.partials and known.shape else args
    if primitive.partials and known.shape and not any(map(np.shape, numbers)):
        return np.broadcast_to(primitive.evaluate(*numbers), known.shape)
    return _number_or_array(primitive.evaluate(*args, **params))


def _number_or_array(value: Any) -> Any:
    return value[()] if isinstance(value, np.ndarray) and not value.ndim else value


def _small(known: Aval) -> bool:
    return prod(known.shape) <= _LARGEST_FOLD


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
