"""f as another package's program: what was recorded of it, with the package's function for each of
its primitives.

It knows only the branches that were taken at the point. Loops are unrolled.
"""

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from importlib import import_module
from math import prod
from typing import Any

import numpy as np

from diffbench.arrays.recorder import record
from diffbench.errors import Unsupported
from diffbench.interface import Array, Function
from diffbench.ir import Equation, Program, Var
from diffbench.rules.spelling import MODULES, spelling

LONGEST = 20_000  # equations: tracing and compiling more takes other packages minutes
_OPERATORS: dict[str, Callable[..., Any]] = {
    "add": operator.add, "subtract": operator.sub, "multiply": operator.mul, "divide": operator.truediv, "negative": operator.neg,
    "power": operator.pow, "matmul": operator.matmul, "greater": operator.gt, "greater_equal": operator.ge, "less": operator.lt,
    "less_equal": operator.le, "equal": operator.eq, "not_equal": operator.ne,
}  # fmt: skip
_NO_VALUE = np._NoValue


@dataclass(frozen=True)
class Translation:
    """The package's function: the program in its words, and as it was recorded."""

    program: Program
    words: "Words"
    recorded: Program

    def __call__(self, x: Any) -> Any:
        """The value, of one of the package's own arrays."""
        return self.program.evaluate(x, arithmetic=self.words)

    def holds_at(self, x: Array) -> bool:
        """Whether f takes the branches at x that it took where it was recorded."""
        return not self.recorded.guards or self.recorded.holds_at(x)


def translated(f: Function, x: Array, xp: Any, package: str, data: Any) -> Translation:
    """f as recorded at x, in the words of `xp`. Raises Unsupported where the package lacks one."""
    program = record(f, x)
    if len(program.equations) > LONGEST:
        raise Unsupported(
            f"f has {len(program.equations)} operations when its loops are unrolled, and more than "
            f"{LONGEST} are not handed to {package}"
        )
    needed = _of_the_value(program)
    words = Words(xp, package)
    words.look_up(equation.primitive.name for equation in needed)
    equations = [
        e._replace(args=tuple(a if type(a) is Var else _constant(a, data) for a in e.args))
        for e in needed
    ]
    return Translation(replace(program, equations=tuple(equations)), words, program)


def _of_the_value(program: Program) -> list[Equation]:
    """The equations that the output depends on: without those that only branches looked at."""
    wanted = {out.index for out in program.outputs if type(out) is Var}
    needed = []
    for equation in reversed(program.equations):
        if wanted.intersection(var.index for var in equation.outputs):
            needed.append(equation)
            wanted.update(arg.index for arg in equation.args if type(arg) is Var)
    return needed[::-1]


def _constant(value: Any, data: Any) -> Any:
    return data(value) if isinstance(value, np.ndarray) and value.ndim else np.asarray(value).item()


class Words(Mapping[str, Callable[..., Any]]):
    """A package's functions by the names of our primitives. Where `xp` is NumPy, because the package
    follows NumPy's protocols, there is none: NumPy itself is called.
    """

    def __init__(self, xp: Any, package: str) -> None:
        self.xp, self.package = xp, package
        self.known: dict[str, Callable[..., Any]] = {}

    def look_up(self, names: Iterator[str]) -> None:
        """Find the words, or raise Unsupported with those that are lacking."""
        if self.xp is np:
            return
        lacking = set()
        for name in set(names):
            word = self._word(name)
            if word is None:
                lacking.add(name)
            else:
                self.known[name] = word
        if lacking:
            raise Unsupported(f"{self.package} has no {', '.join(sorted(lacking))}")

    def __getitem__(self, name: str) -> Callable[..., Any]:
        return self.known[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.known)

    def __len__(self) -> int:
        return len(self.known)

    def _word(self, name: str) -> Callable[..., Any] | None:
        if name in _OPERATORS:
            return _OPERATORS[name]
        if name in _SHAPING:
            return lambda *args, **params: _SHAPING[name](self.xp, *args, **params)
        if name.startswith("linalg."):
            found = getattr(getattr(self.xp, "linalg", None), name.removeprefix("linalg."), None)
            return found
        other = spelling(name).at(self.package)
        modules = [self.xp, *map(import_module, MODULES.get(self.package, ())[1:])]
        return next((getattr(m, other) for m in modules if other and hasattr(m, other)), None)


# ---------------------------------------------------------------- words with parameters


def _reduction(name: str) -> Callable[..., Any]:
    def reduce(xp: Any, x: Any, axis: Any = None, keepdims: Any = _NO_VALUE, **more: Any) -> Any:
        if any(value not in (None, True, _NO_VALUE) for value in more.values()):
            raise Unsupported(f"{name} with {', '.join(more)} is not translated")
        kept = {} if keepdims is _NO_VALUE else {"keepdims": bool(keepdims)}
        axes = {} if axis is None and not kept else {"axis": axis}
        return getattr(xp, name)(x, **axes, **kept)

    return reduce


def _reshape(xp: Any, x: Any, shape: Any = None, order: str = "C", **more: Any) -> Any:
    if order not in ("C", "K", "A"):
        raise Unsupported(f"reshape in the order {order} is not translated")
    return xp.reshape(x, shape)


def _transpose(xp: Any, x: Any, axes: Any = None) -> Any:
    return xp.transpose(x, tuple(reversed(range(len(x.shape)))) if axes is None else tuple(axes))


def _mean(xp: Any, x: Any, axis: Any = None, keepdims: Any = _NO_VALUE, **more: Any) -> Any:
    return _reduction("sum")(xp, x, axis, keepdims, **more) / _count(x.shape, axis)


def _count(shape: tuple[int, ...], axis: Any) -> int:
    axes = range(len(shape)) if axis is None else np.atleast_1d(axis)
    return prod(shape[k] for k in axes)


def _cumsum(xp: Any, x: Any, axis: Any = None, **more: Any) -> Any:
    return xp.cumsum(xp.reshape(x, (-1,)), 0) if axis is None else xp.cumsum(x, axis)


def _set_at(xp: Any, x: Any, value: Any, index: Any) -> Any:
    if not hasattr(x, "at"):
        raise Unsupported("writing into an array is not translated")
    return x.at[index].set(value)


_SHAPING: dict[str, Callable[..., Any]] = {
    **{name: _reduction(name) for name in ("sum", "max", "min")},
    "mean": _mean,
    "getitem": lambda xp, x, index: x[index],
    "reshape": _reshape,
    "transpose": _transpose,
    "join": lambda xp, *arrays, axis: xp.concatenate(arrays, axis),
    "contract": lambda xp, *operands, subscripts: xp.einsum(subscripts, *operands),
    "broadcast_to": lambda xp, x, shape, **more: xp.broadcast_to(x, shape),
    "copy": lambda xp, x, **more: x,
    "zeros_of": lambda xp, x: x * 0.0,
    "cumsum": _cumsum,
    "set_at": _set_at,
}
