"""A package that differentiates in its own way, as a method of ours.

    prepare(f, x, operator)   load the package, hand it f with its module as `xp`, let it trace and compile  ->  NumPy in, NumPy out
    native(f, x, operator)    the same on the package's own arrays, as its users call it                     ->  what is timed against

Each peer's file says how, as `Tools`. Nothing is imported before the first question.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from typing import Any, ClassVar

import numpy as np

from diffbench.asking.derivations import Answer
from diffbench.errors import DiffbenchError, NotInstalled, Unsupported
from diffbench.interface import Array, Function, Kind, Look, Operator


@dataclass(frozen=True)
class Tools:
    """What a loaded package is used through.

    derive(f, operator, xs): the answer to an operator as a callable of the package's own arrays,
    made with xs, arguments of the kind that
    it will be called with: (x,) or (x, direction). It is asked for value_and_gradient, jacobian,
    hessian, jvp, vjp and hvp.
    """

    xp: Any  # what stands in for NumPy in f
    derive: Callable[[Function, Operator, tuple[Any, ...]], Answer]
    array: Callable[[Any], Any] = np.asarray  # a NumPy array as the package's own
    numpy: Callable[[Any], Any] = np.asarray  # and back, once it is computed
    # a constant array of f as the package can compute with it
    data: Callable[[Any], Any] = lambda a: a
    # returns a result when it is computed; None where there is nothing to wait for
    wait: Callable[[Any], Any] | None = None


@dataclass(frozen=True)
class Peer:
    """A method that is another package's: `load` imports it."""

    name: str
    load: Callable[[], Tools]
    about: str
    look: Look
    kind: ClassVar = Kind.PEER

    @property
    def is_installed(self) -> bool:
        """Whether the package can be imported."""
        return find_spec(self.name) is not None

    def __getattr__(self, operator: str) -> Any:
        if operator not in set(Operator):
            raise AttributeError(operator)
        return lambda f, x, *direction: self.prepare(f, x, operator)(x, *direction)

    def prepare(self, f: Function, x: Array, operator: str) -> Answer:
        """A callable of (x) or (x, direction), NumPy arrays both, that has paid for tracing and
        compilation.
        """
        return self.in_numpy(self.native(f, x, operator))

    def in_numpy(self, native: Answer) -> Answer:
        """A native answer as one of NumPy's arrays, and with the package's errors as refusals."""
        return partial(_through, self.name, self.load(), native)

    def native(self, f: Function, x: Array, operator: str) -> Answer:
        """The same on the package's own arrays; it may return before they are computed."""
        tools, operator = self.load(), Operator(operator)
        function = in_terms_of(tools, f, self.name)
        if operator in (Operator.GRADIENT, Operator.DERIVATIVE):
            return partial(_second, self.native(f, x, Operator.VALUE_AND_GRADIENT))
        xs = tuple(map(tools.array, _arguments(f, x, operator)))
        return _or_refuse(self.name, tools.derive, function, operator, xs)  # type: ignore[no-any-return]


def require(package: str) -> Any:
    """The package, imported. Raises NotInstalled with the cure."""
    try:
        return import_module(package)
    except ImportError as error:
        raise NotInstalled(
            f"the method {package} needs the package {package}, which can't be imported ({error}); "
            'pip install "diffbench[peers]", or choose another method'
        ) from error


def in_terms_of(tools: Tools, f: Function, name: str) -> Function:
    """f as a function of the package's own arrays: its module for `xp`, and a problem's data as it
    can take them.
    """
    if not takes_xp(f):
        raise Unsupported(
            f"{name} can't run a function that calls NumPy itself, because it replaces NumPy; "
            "write def f(x, xp=np) and call xp.sin instead of np.sin (autograd, JAX, PyTorch, "
            "PyTensor and CasADi need that)"
        )
    own = (
        {"data": tuple(tools.data(a) if isinstance(a, np.ndarray) else a for a in f.data)}
        if hasattr(f, "data")
        else {}
    )
    return lambda x: f(x, xp=tools.xp, **own)


def takes_xp(f: Function) -> bool:
    """Whether the array module is a parameter of f."""
    try:
        return "xp" in inspect.signature(f).parameters
    except (TypeError, ValueError):  # a built-in
        return False


def _arguments(f: Function, x: Array, operator: Operator) -> tuple[Any, ...]:
    """x, and a direction of the right shape where the operator takes one."""
    if not operator.takes_direction:
        return (x,)
    return x, np.ones_like(np.asarray(f(x)) if operator is Operator.VJP else x, dtype=x.dtype)


def _through(name: str, tools: Tools, native: Answer, *xs: Any) -> Any:
    found = _or_refuse(name, native, *map(tools.array, xs))
    return tuple(map(tools.numpy, found)) if isinstance(found, tuple) else tools.numpy(found)


def _second(pair: Answer, x: Any) -> Any:
    return pair(x)[1]


def _or_refuse(name: str, work: Callable[..., Any], *arguments: Any) -> Any:
    """work(*arguments); what the package can't take (a branch it can't trace, a name it hasn't) is
    a refusal with the package's reason.
    """
    try:
        return work(*arguments)
    except (DiffbenchError, MemoryError):
        raise
    except Exception as error:
        said = next(
            (line for line in str(error).strip().splitlines() if line.strip()), "no reason given"
        ).strip()
        raise Unsupported(
            f"{name} can't differentiate this function ({type(error).__name__}: {said}); write it "
            f"in terms that {name} knows, "
            "or take a method that runs plain NumPy"
        ) from error
