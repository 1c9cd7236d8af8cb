"""What the rules of solvers share: SciPy solves with plain numbers, and from its solution steps with
exact slopes carry the derivatives (Christianson 1994, Reverse accumulation and attractive fixed
points).
"""

# fmt: off
import threading
from collections.abc import Callable, Iterator
from functools import partial
from types import FunctionType, MethodType
from typing import Any

import numpy as np

from diffbench.arrays import dual
from diffbench.arrays.capture.application import as_operand
from diffbench.arrays.traced import Traced, contains_traced, core
from diffbench.errors import MissingRule

STEPS = 3
NEAR = 1e-3  # of the solution's size: a first step that is longer has not started at a solution


def refusal(sentence: str) -> MissingRule:
    """The error of a solution that has no derivative, whatever else is caught of what f calls."""
    error = MissingRule(sentence)
    error.final = True
    return error


# ---------------------------------------------------------------- plain numbers for SciPy
def bare(value: Any) -> Any:
    """The plain numbers behind a value; a recording holds at this point only."""
    if type(value) in (list, tuple):
        return type(value)(map(bare, value))
    if type(value) is np.ndarray and value.dtype.hasobject:
        return bare(as_operand(value))
    x = value
    while type(x) is Traced:
        x.level.solved_here()
        x = x.primal
    return x[()] if type(x) is np.ndarray and not x.ndim else x


def plainly(value: Any) -> Any:
    return bare(as_operand(value) if isinstance(value, (list, tuple)) else value)


class _Running(threading.local):
    """The function, innermost last, whose plain value is all that a solver wants now."""

    functions: list["Plainly"]

    def __init__(self) -> None:
        self.functions = []


_running = _Running()


class Plainly:
    """A function as one of plain numbers, which notes whether traced ones were behind them."""

    def __init__(self, function: Callable[..., Any], args: Any = ()) -> None:
        self.function = function
        self.args = args if isinstance(args, tuple) else (args,)
        self.met_traced = False
        self.holds_solver = False  # whose error is that of its tolerance, and not of rounding

    def exactly(self, *x: Any) -> Any:
        y = self.function(*x, *self.args)
        return as_operand(list(y)) if isinstance(y, (list, tuple)) else y

    def __call__(self, *x: Any) -> Any:
        y = self.alone(self.exactly, *x)
        self.met_traced |= contains_traced([y])
        return bare(y)

    def alone(self, run: Callable[..., Any], *args: Any) -> Any:
        """What a function gives, where solvers in it need to give plain results only."""
        _running.functions.append(self)
        try:
            return run(*args)
        finally:
            _running.functions.pop()

    @property
    def wants_derivatives(self) -> bool:
        """Whether traced values were met, and whoever called the solver does not want its plain
        result alone.
        """
        if not _running.functions:
            return self.met_traced
        _running.functions[-1].met_traced |= self.met_traced
        _running.functions[-1].holds_solver = True
        return False


def encloses_traced(function: Any, depth: int = 3) -> bool:
    """Whether something traced is in the closure, the defaults or the object of a function."""
    return depth > 0 and any(
        contains_traced([value]) or (callable(value) and encloses_traced(value, depth - 1)) for value in enclosed(function)
    )


def enclosed(function: Any) -> Iterator[Any]:
    if isinstance(function, partial):
        yield from (function.func, *function.args, *function.keywords.values())
    elif isinstance(function, MethodType):
        yield from (function.__func__, *getattr(function.__self__, "__dict__", {}).values())
    elif isinstance(function, FunctionType):
        yield from (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values())
        for cell in function.__closure__ or ():
            try:
                yield cell.cell_contents
            except ValueError:  # not bound yet
                continue
    elif callable(function) and not isinstance(function, Plainly):
        yield from getattr(function, "__dict__", {}).values()


# ---------------------------------------------------------------- Newton's steps
def columns(function: Callable[..., Any], x: Any) -> Any:
    """The Jacobian of a function of a number or a vector, with the axis of x last."""
    if np.ndim(x) == 0:
        return dual.jvp(function, x, np.ones(()))[1]
    return np.stack([dual.jvp(function, x, e)[1] for e in np.eye(np.size(x))], axis=-1)


def step(residual: Callable[..., Any], x: Any) -> Any:
    matrix, r = columns(residual, x), residual(x)
    known = np.asarray(core(matrix), float)
    if not np.all(np.isfinite(known)) or np.linalg.cond(np.atleast_2d(known)) > 1e12:
        raise refusal("the solution of a solver of scipy.optimize has no derivative: the Jacobian there is singular, "
                          "so the solution is not isolated; scale the problem, or solve another one")
    return r / matrix if np.ndim(x) == 0 else np.linalg.solve(matrix, r)


def polished(residual: Callable[..., Any], x: Any, name: str) -> Any:
    """A solution that carries derivatives, from one of plain numbers; name: the solver's, with its module."""
    x = np.asarray(x, float)[()]
    for count in range(STEPS):
        by = step(residual, x)
        if count == 0 and not np.max(np.abs(core(by)), initial=0.0) <= NEAR * (1 + np.max(np.abs(x), initial=0.0)):
            raise refusal(f"{name} has not converged to a solution at which its equations hold: a Newton "
                              f"step moves it by {np.max(np.abs(core(by))):.1e}; give it smaller tolerances or a better start")
        x = x - by
    return x


def valued(y: Any, known: Any) -> Any:
    """The derivatives of y with SciPy's value: what f returns is what it returns without a trace."""
    return y + (known - core(y))


# ---------------------------------------------------------------- what has no rule
def unsolved(name: str, cure: str) -> Callable[..., Any]:
    """Run on plain numbers, and refuse where the function turns out to depend on x."""

    def run(original: Callable[..., Any], func: Any, *args: Any, **options: Any) -> Any:
        met = []

        def watched(*given: Any, **named: Any) -> Any:
            y = func(*given, **named)
            met.append(contains_traced([y]))
            return plainly(y)

        depends = encloses_traced(func) or contains_traced((*args, *options.values()))
        found = None if depends else original(watched if callable(func) else func, *args, **options)
        if depends or any(met):
            raise refusal(f"{name} has no derivative rule, and what its iteration ends with need not have the solution's derivative; {cure}")
        return found

    return run
