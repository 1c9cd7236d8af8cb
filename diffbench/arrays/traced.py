"""The array a user's function meets: looks like NumPy's, remembers where it came from.

    np.sin(x), x * 2     ->  __array_ufunc__     (NEP 13) \\
    np.stack([x, y])     ->  __array_function__  (NEP 18)  >  call(function, args, kwargs)  ->  apply(primitive, xs, params)
    x[1:], x.sum(), x.T  ->  the methods below            /

`apply` evaluates the primitive one level down and lets the level note it. What has no row in the rule table raises: never zeros, never
a warning instead of an error.
"""

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy import float64  # met at every step of scalar code

from diffbench.arrays.levels import Level, user_line
from diffbench.errors import LostTrace, MissingAttribute, MissingRule
from diffbench.rules.indexing import getitem
from diffbench.rules.shaping import astype
from diffbench.rules.table import Primitive, composites, primitives, qualified_name

_NO_PARAMETERS: dict[str, Any] = {}
_getitem = primitives[getitem]


class Traced:
    """An array of a differentiation in progress.

    primal: its value one level down; link: what its level knows of it (a tangent, a tape position, a variable of a program);
    alias: the memory it shares with other traced arrays, if any.
    """

    __slots__ = ("__weakref__", "alias", "level", "link", "primal")
    __array_priority__ = 1000.0
    __hash__ = None  # type: ignore[assignment]  # == is elementwise, as in NumPy

    def __init__(self, primal: Any, level: Level, link: Any) -> None:
        self.primal = primal
        self.level = level
        self.link = link
        self.alias: Any = None

    # ------------------------------------------------------------ NumPy's protocols

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if method == "__call__" and not kwargs:
            primitive = primitives.get(ufunc)
            if primitive and len(inputs) == 1 and self.level.open:
                return _unary_ufunc(primitive, self)
            return apply(primitive, inputs, kwargs) if primitive else call(ufunc, inputs, kwargs)
        from diffbench.arrays.ufunc_methods import ufunc_method

        return ufunc_method(ufunc, method, inputs, kwargs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return call(function, args, kwargs)

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        if self.ndim or dtype is not None:
            raise LostTrace(
                f"np.asarray or np.array was applied to a traced array at {user_line()}, which would cut the derivative off; "
                "use the array as it is, x.copy(), or np.stack for a list of arrays; make an array to write into with np.zeros_like(x)"
            )
        boxed = np.empty((), dtype=object)  # np.array([x, x**2]) of traced scalars keeps the traced scalars
        boxed[()] = self
        return boxed

    # ------------------------------------------------------------ what it looks like

    @property
    def shape(self) -> tuple[int, ...]:
        return np.shape(self.primal)

    @property
    def ndim(self) -> int:
        return np.ndim(self.primal)

    @property
    def size(self) -> int:
        return np.size(self.primal)

    @property
    def dtype(self) -> np.dtype[Any]:
        return np.result_type(core(self))

    @property
    def T(self) -> Any:
        return call(np.transpose, (self,), {})

    @property
    def mT(self) -> Any:
        return call(np.swapaxes, (self, -1, -2), {})

    @property
    def real(self) -> Any:
        return call(np.real, (self,), {})

    @property
    def imag(self) -> Any:
        return call(np.imag, (self,), {})

    @property
    def flat(self) -> Any:
        from diffbench.arrays.flat import Flat

        return Flat(self)

    @flat.setter
    def flat(self, value: Any) -> None:
        self.flat[:] = value

    @property
    def itemsize(self) -> int:
        return self.dtype.itemsize

    @property
    def nbytes(self) -> int:
        return self.size * self.dtype.itemsize

    def __len__(self) -> int:
        return len(self.primal)

    def __iter__(self) -> Any:
        if not self.ndim:
            raise TypeError("iteration over a 0-d array")
        return (self[i] for i in range(len(self)))

    def __repr__(self) -> str:
        return f"Traced({self.primal!r}, level={self.level.depth})"

    def __format__(self, spec: str) -> str:
        return format(core(self), spec) if spec else repr(self)

    # ------------------------------------------------------------ parts

    def __getitem__(self, index: Any) -> Any:
        primal, level = self.primal, self.level
        if level.takes_partials and level.open and type(primal) is np.ndarray:
            if type(index) is int and primal.ndim == 1:
                return level.enter(primal[index], (self.link, index, primal))
            if type(index) is slice:
                return _shared(level.enter(primal[index], (self.link, index, primal)), _getitem, self, (index,), {})
        return call(getitem, (self, plain_index(index)), {})

    def __setitem__(self, index: Any, value: Any) -> None:
        from diffbench.arrays.writes import write

        write(self, plain_index(index), value)

    # ------------------------------------------------------------ conversions: control flow may, numbers may not

    def __bool__(self) -> bool:
        return bool(self.level.concrete(self, bool))

    def __float__(self) -> float:
        raise self._lost("float()", "keep it as an array: np functions accept it")

    def __complex__(self) -> complex:
        raise self._lost("complex()", "use x + 0j")

    def item(self, *index: Any) -> Any:
        raise self._lost("item()", "index it: x[i]")

    def tolist(self) -> Any:
        raise self._lost("tolist()", "iterate over it, or index it")

    def __int__(self) -> int:
        return self._integer("int()")

    def __index__(self) -> int:
        return self._integer("index()")

    def _integer(self, how: str) -> int:
        if self.dtype.kind in "biu" or self.level.is_step(self):
            return int(self.level.concrete(self, int))
        raise self._lost(how, "use np.floor or np.trunc, whose derivative is 0 and known to be")

    def _lost(self, how: str, cure: str) -> LostTrace:
        return LostTrace(
            f"{how} was applied to a traced value at {user_line()}, which would cut the derivative off; {cure}. "
            "If it was written into a plain array, make that array with np.zeros_like(x) or build it with np.stack"
        )

    def astype(self, dtype: Any, **options: Any) -> Any:
        """As ndarray.astype; to an integer or truth type it raises, because the derivative would be lost."""
        kind = np.dtype(dtype).kind
        if not options.get("copy", True) and np.dtype(dtype) == self.dtype:
            return self
        if kind not in "fc" and not (self.dtype.kind in "biu" or self.level.is_step(self)):
            raise self._lost(f"astype({np.dtype(dtype)})", "round with np.floor or np.rint, whose derivative is 0 and known to be")
        return call(astype, (self, np.dtype(dtype)), {}) if kind in "fc" else plain(self).astype(dtype)

    def sort(self, axis: int = -1, **options: Any) -> None:
        self[...] = call(np.sort, (self,), {"axis": axis})

    def partition(self, kth: Any, axis: int = -1, **options: Any) -> None:
        self[...] = call(np.partition, (self, kth, axis), {})

    def put(self, indices: Any, values: Any, mode: str = "raise") -> None:
        call(np.put, (self, indices, values, mode), {})

    def fill(self, value: Any) -> None:
        self[...] = value

    def view(self, *args: Any) -> Any:
        raise MissingRule(f"ndarray.view reinterprets memory and has no derivative ({user_line()}); use astype or reshape")

    def __getattr__(self, name: str) -> Any:
        if name in ("flags", "strides", "device"):
            return getattr(core(self), name)
        if name.startswith("_") or not hasattr(np.ndarray, name):
            raise AttributeError(f"{name!r} is no attribute of a traced array, nor of NumPy's")
        raise MissingAttribute(
            f"ndarray.{name} is about an array's memory, which a traced array has none of its own ({user_line()}); "
            "write it with NumPy's functions, which return new arrays"
        )

    def __reduce__(self) -> Any:
        raise LostTrace("a traced value can't be pickled or sent to another process; return it from the function instead")

    def __deepcopy__(self, memo: Any) -> Any:
        return call(np.copy, (self,), {})


# ---------------------------------------------------------------- operators and methods are the functions of NumPy

_BINARY = {
    "add": np.add, "sub": np.subtract, "mul": np.multiply, "truediv": np.divide, "floordiv": np.floor_divide, "mod": np.remainder,
    "pow": np.power, "matmul": np.matmul, "and": np.bitwise_and, "or": np.bitwise_or, "xor": np.bitwise_xor,
}  # fmt: skip
_COMPARISONS = {"lt": np.less, "le": np.less_equal, "gt": np.greater, "ge": np.greater_equal, "eq": np.equal, "ne": np.not_equal}
_UNARY = {"neg": np.negative, "pos": np.positive, "abs": np.abs, "invert": np.invert, "floor": np.floor, "ceil": np.ceil, "trunc": np.trunc}
_METHODS = (
    "all", "any", "argmax", "argmin", "argsort", "clip", "compress", "copy", "cumprod", "cumsum", "diagonal", "dot", "max", "mean", "min",
    "nonzero", "prod", "ravel", "repeat", "round", "searchsorted", "squeeze", "std", "sum", "swapaxes", "take", "trace", "var",
    "choose", "argpartition",
)  # fmt: skip


def _binary(name: str, ufunc: np.ufunc) -> tuple[Callable[..., Any], Callable[..., Any], Callable[..., Any]]:
    primitive = primitives[ufunc]
    evaluate = getattr(operator, f"__{name}__")  # on NumPy's scalars ten times as fast as the ufunc
    by_x1, by_x2 = _both(primitive.partials)
    smooth, varies1, varies2 = primitive.smooth, callable(by_x1), callable(by_x2)

    def operate(self: Any, other: Any) -> Any:
        level, x1, kind = self.level, self.primal, type(other)
        if level.open and kind is Traced and other.level is level:
            x2 = other.primal
            y = evaluate(x1, x2)
            if smooth and level.takes_partials:
                if type(y) is not float64:
                    return level.enter(y, (primitive, ((0, self.link), (1, other.link)), (x1, x2), _NO_PARAMETERS, y))
                d1 = by_x1(y, x1, x2) if varies1 else by_x1
                return level.enter(y, (self.link, d1, other.link, by_x2(y, x1, x2) if varies2 else by_x2))
        elif level.open and (kind is float or kind is int):
            x2 = other
            y = evaluate(x1, x2)
            if smooth and level.takes_partials:
                if type(y) is not float64:
                    return level.enter(y, (primitive, ((0, self.link),), (x1, x2), _NO_PARAMETERS, y))
                return level.enter(y, (self.link, by_x1(y, x1, x2) if varies1 else by_x1))
        else:
            return apply(primitive, (self, other), {})
        return level.note(primitive, (self, other), [x1, x2], _NO_PARAMETERS, y)

    def reflected(self: Any, other: Any) -> Any:
        level, x2, kind = self.level, self.primal, type(other)
        if not level.open or not (kind is float or kind is int):
            return apply(primitive, (other, self), {})
        y = evaluate(other, x2)
        if smooth and level.takes_partials:
            if type(y) is not float64:
                return level.enter(y, (primitive, ((1, self.link),), (other, x2), _NO_PARAMETERS, y))
            return level.enter(y, (self.link, by_x2(y, other, x2) if varies2 else by_x2))
        return level.note(primitive, (other, self), [other, x2], _NO_PARAMETERS, y)

    def in_place(self: Any, other: Any) -> Any:
        if not self.ndim:  # a scalar is immutable: the name is bound anew, as NumPy's scalars are
            return call(ufunc, (self, other), {})
        from diffbench.arrays.writes import write

        write(self, Ellipsis, call(ufunc, (self, other), {}), in_place=True)
        return self

    return operate, reflected, in_place


def _both(partials: Any) -> Any:
    """The partial derivatives of a binary primitive; NumPy's scalars multiply by a float in half the time of an int."""
    return [partial if callable(partial) else float(partial) for partial in partials] or (None, None)


def _unary_ufunc(primitive: Primitive, x: Traced) -> Any:
    """primitive(x) at an open level."""
    level, x1 = x.level, x.primal
    y = primitive.evaluate(x1)
    if not (primitive.smooth and level.takes_partials):
        return level.note(primitive, (x,), [x1], _NO_PARAMETERS, y)
    if type(y) is not float64:
        return level.enter(y, (primitive, ((0, x.link),), (x1,), _NO_PARAMETERS, y))
    [partial] = primitive.partials
    return level.enter(y, (x.link, partial(y, x1) if callable(partial) else partial))


def _unary(function: Any) -> Callable[..., Any]:
    return lambda self, *args, **kwargs: call(function, (self, *args), kwargs)


for _name, _ufunc in _BINARY.items():
    for _prefix, _operator in zip(("", "r", "i"), _binary(_name, _ufunc), strict=True):
        setattr(Traced, f"__{_prefix}{_name}__", _operator)
for _name, _ufunc in _COMPARISONS.items():
    setattr(Traced, f"__{_name}__", _binary(_name, _ufunc)[0])
for _name, _function in _UNARY.items():
    setattr(Traced, f"__{_name}__", _unary(_function))
for _name in _METHODS:
    setattr(Traced, _name, _unary(getattr(np, _name)))
setattr(Traced, "__divmod__", lambda self, other: call(np.divmod, (self, other), {}))  # noqa: B010  # mypy knows no divmod of a class
Traced.__round__ = lambda self, n=0: call(np.round, (self, n), {})  # type: ignore[attr-defined]
Traced.conj = Traced.conjugate = lambda self: call(np.conjugate, (self,), {}) if self.dtype.kind == "c" else self  # type: ignore[attr-defined]
Traced.flatten = lambda self, order="C": call(np.copy, (call(np.ravel, (self, order), {}),), {})  # type: ignore[attr-defined]


def _several(function: Any) -> Callable[..., Any]:
    """x.reshape(2, 3) and x.reshape((2, 3)) alike."""
    return lambda self, *numbers, **kwargs: call(function, (self, numbers[0] if len(numbers) == 1 else numbers or None), kwargs)


Traced.reshape = _several(np.reshape)  # type: ignore[attr-defined]
Traced.transpose = _several(np.transpose)  # type: ignore[attr-defined]


# ---------------------------------------------------------------- from a NumPy call to a primitive


def call(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """A NumPy function on arguments of which at least one is traced."""
    primitive = primitives.get(function) or getattr(function, "row", None)
    if primitive is None:
        return _without_row(function, args, kwargs)
    if "out" in kwargs:
        return _into(function, args, dict(kwargs))
    arity = primitive.arity
    if arity is None or (len(args) == arity and not kwargs):
        y = apply(primitive, args, kwargs)
    elif len(args) + len(kwargs) < arity and function in composites:  # the short form of a function, as where(condition)
        return composites[function](*args, **kwargs)
    else:
        y = apply(primitive, *split(primitive, args, kwargs))
    return _shared(y, primitive, args[0], args[1:], kwargs) if primitive.view else y


def _shared(y: Any, primitive: Primitive, x: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """y, known to be a view of x if it is one."""
    from diffbench.arrays.writes import share_memory

    share_memory(y, primitive, x, args, kwargs)
    return y


def apply(primitive: Primitive, xs: tuple[Any, ...], params: dict[str, Any]) -> Any:
    """Evaluate a primitive one level below the deepest of its arguments, and let that level note it."""
    level: Any = None
    for x in xs:
        if type(x) is Traced:
            if level is not x.level and (level is None or x.level.depth > level.depth):
                level = x.level
        elif type(x) in (list, tuple) or (type(x) is np.ndarray and x.dtype == object and x.size):
            return apply(primitive, tuple(map(as_operand, xs)), params)
    if level is None:
        return primitive.evaluate(*xs, **params)
    if not level.open:
        level.require_open()
    primals = [x.primal if type(x) is Traced and x.level is level else x for x in xs]
    return level.note(primitive, xs, primals, params, primitive.evaluate(*primals, **params))


def split(primitive: Primitive, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Arrays and parameters of a call, wherever they were written."""
    names, arity = primitive.names, primitive.arity or 0
    given = dict(zip(names, args, strict=False)) | kwargs
    missing = [name for name in names[:arity] if name not in given]
    if missing:
        raise TypeError(f"{primitive.name}() missing argument {missing[0]!r}")
    return tuple(given.pop(name) for name in names[:arity]), {name: plain(value) for name, value in given.items()}


def _without_row(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    if function in composites:
        return composites[function](*args, **kwargs) if "out" not in kwargs else _into(function, args, dict(kwargs))
    raise MissingRule(
        f"{qualified_name(function)} has no derivative rule ({user_line()}); write it with functions that have one, "
        "add a row to diffbench/rules/, or register it with diffbench.primitive"
    )


def _into(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """f(..., out=array): computed as usual, then written; a plain array can't take a traced value."""
    out = kwargs.pop("out")
    out = out[0] if isinstance(out, tuple) and len(out) == 1 else out
    y = call(function, args, kwargs)
    if out is None:
        return y
    from diffbench.arrays.in_place import store

    return store(out, y, f"{qualified_name(function)}(out=...)")


# ---------------------------------------------------------------- looking through traced values


def core(x: Any) -> Any:
    """The plain NumPy value at the bottom."""
    while type(x) is Traced:
        x = x.primal
    return x


def plain(value: Any) -> Any:
    """A parameter (an axis, a shape, an index) as plain numbers; a recording notes that it relied on them."""
    if type(value) is Traced:
        return value.level.concrete(value, plain)
    if type(value) in (tuple, list):
        return type(value)(map(plain, value))
    return value


def plain_index(index: Any) -> Any:
    """An index with no traced entries. A float that varies can't be an index: NumPy's IndexError says so."""
    if type(index) is Traced and index.dtype.kind not in "biu":
        index = operator.index(index)
    return plain(index)


def as_operand(x: Any) -> Any:
    """Lists and object arrays of traced scalars become one traced array; everything else stays."""
    if type(x) in (list, tuple):
        return call(np.stack, ([as_operand(entry) for entry in x],), {}) if contains_traced(x) else np.asarray(x)
    if type(x) is np.ndarray and x.dtype == object and contains_traced(x.ravel()):
        if not x.ndim:
            raise LostTrace(f"np.asarray was applied to a traced scalar before {user_line()}; use the scalar as it is")
        return call(np.reshape, (call(np.stack, (list(x.ravel()),), {}), x.shape), {})
    return x


def contains_traced(values: Any) -> bool:
    """Whether a traced value is anywhere in a nest of lists."""
    return any(type(v) is Traced or (type(v) in (list, tuple) and contains_traced(v)) for v in values)
