"""Programs over scalar expressions, for packages that know numbers and no arrays: f's arrays become
NumPy's arrays of the package's expressions.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from itertools import chain
from typing import Any, Protocol

import numpy as np

from diffbench.asking.derivations import Answer
from diffbench.differentiators.adapters.translated import Translation
from diffbench.errors import Unsupported
from diffbench.interface import Array, Function, Operator
from diffbench.ir import Primitive
from diffbench.rules import primitives
from diffbench.rules.spelling import MODULES, spelling


class Algebra(Protocol):
    """What is needed of a package of scalar expressions."""

    def symbols(self, names: list[str]) -> list[Any]: ...

    def diff(self, outputs: list[Any], symbols: list[Any]) -> list[list[Any]]:
        """The derivatives of each output, a row for each."""

    def compiled(self, symbols: list[Any], outputs: list[Any]) -> Callable[[Array], Array]:
        """All outputs, shape (k,), as a function of the symbols' values, shape (n,)."""


@dataclass(frozen=True)
class ScalarWords(Mapping[str, Callable[..., Any]]):
    """Every primitive over arrays of expressions. Results of shape () stay arrays: a bare expression
    that meets an array would take it for a number.
    """

    package: str

    def __getitem__(self, name: str) -> Callable[..., Any]:
        primitive = _BY_NAME[name]
        apply = self._elementwise(primitive) or primitive.evaluate
        return lambda *args, **params: kept(apply(*args, **params))

    def __iter__(self) -> Iterator[str]:
        return iter(_BY_NAME)

    def __len__(self) -> int:
        return len(_BY_NAME)

    def _elementwise(self, primitive: Primitive) -> Any:
        """The package's own function, entry by entry; None where NumPy goes by operators."""
        row = spelling(primitive.name)
        if primitive.name in _BY_OPERATORS or not row.name:
            return None
        other = row.at(self.package)
        for module in map(import_module, MODULES[self.package]):
            if other and hasattr(module, other):
                return np.frompyfunc(getattr(module, other), row.arity, 1)
        raise Unsupported(f"{self.package} has no {primitive.name}")


_BY_NAME = {primitive.name: primitive for primitive in primitives.values()}
_BY_OPERATORS = {"add", "subtract", "multiply", "divide", "negative", "power", "matmul", "positive"}


def kept(value: Any) -> Any:
    """A bare expression as an array of shape ()."""
    if isinstance(value, np.ndarray | tuple):
        return value
    array = np.empty((), object)
    array[()] = value
    return array


def outputs_of(
    f: Translation, symbols: list[Any], package: str
) -> tuple[list[Any], tuple[int, ...]]:
    """f's values as expressions, and their shape."""
    x = np.empty(f.program.inputs[0].shape, object)
    for index, symbol in zip(np.ndindex(x.shape), symbols, strict=True):
        x[index] = symbol
    y = np.asarray(kept(f.program.evaluate(x, arithmetic=ScalarWords(package))))
    return [y[index] for index in np.ndindex(y.shape)], y.shape


def derive(
    algebra: Algebra, package: str, f: Function, operator: Operator, xs: tuple[Array, ...]
) -> Answer:
    """The answer of a translated f to an operator, from expressions of its derivative."""
    if not isinstance(f, Translation):
        raise Unsupported(f"{package} takes f as expressions only")
    n = xs[0].size
    x = algebra.symbols([f"x{i}" for i in range(n)])
    y, m = outputs_of(f, x, package)
    d = algebra.symbols([f"d{i}" for i in range(xs[1].size)]) if len(xs) > 1 else []
    pair, wanted, shape = _OPERATORS[operator](algebra, x, y, d, xs[0].shape, m)
    evaluate = algebra.compiled([*x, *d], [*y, *wanted] if pair else wanted)

    def answer(*at: Array) -> Any:
        found = evaluate(np.concatenate([np.ravel(part) for part in at]))
        derivative = np.reshape(found[len(y) :] if pair else found, shape)
        return (np.reshape(found[: len(y)], m), derivative) if pair else derivative

    return answer


def _gradient(algebra: Any, x: Any, y: Any, d: Any, n: Any, m: Any) -> Any:
    return True, algebra.diff(y, x)[0], n


def _jacobian(algebra: Any, x: Any, y: Any, d: Any, n: Any, m: Any) -> Any:
    return False, list(chain(*algebra.diff(y, x))), (*m, *n)


def _hessian(algebra: Any, x: Any, y: Any, d: Any, n: Any, m: Any) -> Any:
    return False, list(chain(*algebra.diff(algebra.diff(y, x)[0], x))), (*n, *n)


def _jvp(algebra: Any, x: Any, y: Any, d: Any, n: Any, m: Any) -> Any:
    return True, [_dot(row, d) for row in algebra.diff(y, x)], m


def _vjp(algebra: Any, x: Any, y: Any, d: Any, n: Any, m: Any) -> Any:
    return True, [_dot(column, d) for column in zip(*algebra.diff(y, x), strict=True)], n


def _hvp(algebra: Any, x: Any, y: Any, d: Any, n: Any, m: Any) -> Any:
    rows = algebra.diff(algebra.diff(y, x)[0], x)
    return False, [_dot(row, d) for row in rows], n


def _dot(row: Any, d: list[Any]) -> Any:
    total = row[0] * d[0]
    for entry, direction in zip(row[1:], d[1:], strict=True):
        total = total + entry * direction
    return total


_OPERATORS: dict[Operator, Callable[..., Any]] = {
    Operator.VALUE_AND_GRADIENT: _gradient,
    Operator.JACOBIAN: _jacobian,
    Operator.HESSIAN: _hessian,
    Operator.JVP: _jvp,
    Operator.VJP: _vjp,
    Operator.HVP: _hvp,
}
