"""SciPy's plain functions, and some of NumPy's, do not speak NumPy's protocols. For those that a
rule stands for (rules/interception.py) the code is exchanged for one that looks at its arguments
first.

The function stays the object that it is, so that everyone who holds it is served: `from
scipy.special import logsumexp` executed long before, closures, default arguments, partial
applications. Called without traced arguments it is the original.
"""

import inspect
import sys
from collections.abc import Callable, Iterable
from functools import cached_property, partial, wraps
from importlib import import_module
from types import CellType, CodeType, FunctionType
from typing import Any

import numpy as np
from numpy import ndarray  # looked for at every call

from diffbench.arrays.capture.application import as_operand
from diffbench.arrays.capture.dispatch import call
from diffbench.arrays.capture.interception.losses import thread, used
from diffbench.arrays.traced import contains_traced
from diffbench.rules.interception import (
    attribute,
    compiled_functions,
    holdings,
    late,
    plain_functions,
    solvers,
)

# never traced
_PLAIN = frozenset(
    (float, int, bool, complex, str, slice, type(None), type(np._NoValue), *np.sctypeDict.values())
)


class LookFirst:
    """A function's code, exchanged for one that hands traced arguments to its rule."""

    def __init__(self, function: Any) -> None:
        self.rule = plain_functions[function]
        # NumPy's functions that speak NEP 18 hold their code there
        self.holder = getattr(function, "_implementation", function)
        self.code = self.holder.__code__
        self.kwdefaults = self.holder.__kwdefaults__

    @cached_property
    def exchanged(self) -> tuple[CodeType, dict[str, Any]]:
        """The code that looks first, and the keyword arguments by which it finds what it needs."""
        holder = self.holder
        original = FunctionType(
            self.code, holder.__globals__, holder.__name__, holder.__defaults__, holder.__closure__
        )
        original.__kwdefaults__ = self.kwdefaults
        needs = {
            "_rule": self.rule,
            "_original": original,
            "_choose": choose,
            "_are_plain": are_plain,
        }
        return _look_first(self.code), (self.kwdefaults or {}) | needs

    def put(self) -> None:
        """The keywords come first and go last: another thread may call at any moment."""
        code, kwdefaults = self.exchanged
        self.holder.__kwdefaults__ = kwdefaults
        self.holder.__code__ = code

    def lift(self) -> None:
        self.holder.__code__ = self.code
        self.holder.__kwdefaults__ = self.kwdefaults


class NameLooksFirst:
    """The name of a compiled function in its module or class, exchanged for a function that hands
    traced arguments to its rule.
    """

    def __init__(self, owner: Any, name: str) -> None:
        self.owner, self.name = owner, name
        self.function = original = vars(owner)[name]
        self.rule = rule = plain_functions[original]

        @wraps(original)
        def look_first(*args: Any, **kwargs: Any) -> Any:
            if are_plain(args) and are_plain(kwargs.values()):
                return original(*args, **kwargs)
            return choose(rule, original, args, kwargs)

        self.looking = look_first

    def put(self) -> None:
        setattr(self.owner, self.name, self.looking)

    def lift(self) -> None:
        setattr(self.owner, self.name, self.function)


def _look_first(code: CodeType) -> CodeType:
    """Code that hands traced arguments to `choose`, with its free variables and file: who looks for
    the user's line passes it.
    """
    cells = code.co_freevars
    source = f"""
def enclosing({", ".join(cells)}):
    def look_first(*args, _rule, _original, _choose, _are_plain, **kwargs):
        if _are_plain(args) and (not kwargs or _are_plain(kwargs.values())):
            return _original(*args, **kwargs)
        return _choose(_rule, _original, args, kwargs)
        {", ".join(cells)}
    return look_first
"""
    scope: dict[str, Any] = {}
    exec(compile(source, code.co_filename, "exec"), scope)
    return scope["enclosing"](*cells).__code__  # type: ignore[no-any-return]


def are_plain(values: Iterable[Any]) -> bool:
    """Whether nothing traced can be among the values: a look so short that NumPy's own functions
    can afford it.
    """
    for value in values:
        kind = type(value)
        if kind is ndarray:
            if value.dtype.hasobject:
                return False
        elif kind not in _PLAIN and not (kind in (list, tuple) and are_plain(value)):
            return False
    return True


def choose(
    rule: Callable[..., Any],
    original: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> Any:
    """The rule where an argument is traced, alone, in a list, in an array of objects or in what a
    function closes over; otherwise the original.
    """
    if rule in solvers:
        return (original if thread.watch is None else partial(solvers[rule], original))(
            *args, **kwargs
        )
    held = [attribute(args[0], name) for name in holdings.get(rule, ())]
    given = (*args, *kwargs.values(), *held)
    if contains_traced(given) or any(map(_closes_over_traced, given)):
        used(rule)
        return call(
            rule, tuple(as_operand(x) if type(x) in (list, ndarray) else x for x in args), kwargs
        )
    return original(*args, **kwargs)


def _closes_over_traced(x: Any) -> bool:
    return type(x) is FunctionType and contains_traced(map(_contents, x.__closure__ or ()))


def _contents(cell: CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # of a name that has no value yet
        return None


_exchanges: dict[Any, LookFirst] = {}
_of_names: dict[tuple[Any, str], NameLooksFirst] = {}


def all_functions() -> tuple[LookFirst, ...]:
    """The exchanges of all functions that a rule stands for, in the packages imported by now."""
    meet_packages()
    for function in [f for f in plain_functions if f not in _exchanges and f not in solvers]:
        if isinstance(getattr(function, "_implementation", function), FunctionType):
            _exchanges[function] = LookFirst(function)
    return tuple(_exchanges.values())


def all_names() -> tuple[NameLooksFirst, ...]:
    """The exchanges of the compiled ones among them."""
    for owner, name in compiled_functions:
        if (owner, name) not in _of_names:
            _of_names[owner, name] = NameLooksFirst(owner, name)
    return tuple(_of_names.values())


def meet_packages() -> None:
    """Import the rules for packages that have been imported meanwhile, and exchange the code of the
    solvers among them; their signatures stay.
    """
    for package in [package for package in late if package in sys.modules]:
        known = set(solvers)
        import_module(late.pop(package))
        for function in set(solvers) - known:
            function.__signature__ = inspect.signature(function)
            LookFirst(function).put()
