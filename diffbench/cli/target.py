"""What to differentiate: a formula, or a function that a module or a file holds, by its name or the way
to it: package.module:function, file.py:object.method, ~/file.py:Class.static.
"""

import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from types import ModuleType
from typing import Any, cast

from diffbench.bench.comparing.own_function import finite_value_of, shown_point, told
from diffbench.bench.runner.plugins import load
from diffbench.cli.point import did_you_mean, read_point
from diffbench.cli.several_arguments import arguments_of, packed
from diffbench.errors import BadInput, BadPoint, DiffbenchError
from diffbench.formula import Formula, parse_formula
from diffbench.interface import Array, Function, Problem


@dataclass(frozen=True, eq=False)
class Target:
    """A function under the name that the user gave it, and a point."""

    name: str
    function: Function
    point: Array


@dataclass(frozen=True)
class Where:
    """The options that say where: --at, or --size and --seed of a problem; --dtype."""

    at: str | None = None
    dtype: str | None = None
    size: int | None = None
    seed: int = 0


def read_target(text: str, at: str | None, dtype: str | None = None) -> Target:
    """The function and the point of a command line. Raises BadInput when either can't be used, or f
    has no finite value there.
    """
    found = find_target(text, Where(at, dtype))
    with prints_on_stderr():
        finite_value_of(text, found.function, found.point)
    return found


def find_target(text: str, where: Where) -> Target:
    """The same, without a call of the function."""
    function = read_function(text)
    if isinstance(function, Problem):
        return _of_problem(text, function, where)
    if where.size is not None:
        raise BadInput(
            f"{text} has no maker of points, which --size needs; give --at, or decorate it with "
            "@problem(point=lambda n, rng: ...)"
        )
    if where.at is None:
        raise BadPoint(f"where? give {text} a point: --at 2,5 or --at x=1,y=2 or --at point.npy")
    point = read_point(where.at, arguments_of(function), where.dtype)
    return Target(text, packed(function, point), point.values)


def _of_problem(text: str, problem: Problem, where: Where) -> Target:
    """A problem at a size; its own point where none is given."""
    size = min(problem.sizes) if where.size is None else where.size
    try:
        made = problem.at(size, seed=where.seed, dtype=where.dtype or "float64")
    except Exception as error:
        raise BadInput(f"{text} has no point of size {size}: {told(error)}") from None
    if where.at is None:
        return Target(text, made, made.point)
    return Target(text, made, read_point(where.at, None, where.dtype).values)


def read_function(text: str) -> Function:
    """A formula, or what "module:name" or "folder/file.py:name" names; a name may go through
    objects and classes: Class.method.
    """
    place, colon, name = text.rpartition(":")
    if text.endswith(".py"):
        raise BadInput(_which_one(text))
    if not colon or not all(part.isidentifier() for part in name.split(".")):
        return cast(Function, parse_formula(text))
    found: Any = load_module(place)
    for part in name.split("."):
        found = _part(found, part, text)
    if not callable(found):
        raise BadInput(f"{place} has no function {name!r}; {did_you_mean(name, _functions(found))}")
    return cast(Function, found)


def _part(owner: Any, name: str, text: str) -> Any:
    if not hasattr(owner, name):
        place = text.rpartition(":")[0]
        raise BadInput(f"{place} has no function {name!r}; {did_you_mean(name, _functions(owner))}")
    return getattr(owner, name)


def _which_one(file: str) -> str:
    names = _functions(load_module(file))
    if not names:
        return f"{file} defines no function; write one that takes an array and returns a number"
    choices = ", ".join(f"{file}:{name}" for name in names)
    return f"which function of {file}? It has {choices}"


def called(name: str, function: Function, *arguments: Array) -> Any:
    """function(*arguments) as it comes, its own errors in a sentence."""
    try:
        return function(*[argument.copy() for argument in arguments])
    except DiffbenchError:
        raise
    except (Exception, SystemExit) as error:
        refusal = BadInput(f"{name} can't be called at {shown_point(arguments[0])}: {told(error)}")
        refusal.add_note(traceback.format_exc())
        raise refusal from None


@contextmanager
def prints_on_stderr() -> Iterator[None]:
    """While the user's code runs: standard output is the answer's alone."""
    with redirect_stdout(sys.stderr):
        yield


def load_module(place: str) -> ModuleType:
    """The module of that name, or that the file at that path defines."""
    with prints_on_stderr():
        return load(place)


def _functions(owner: Any) -> list[str]:
    """The functions that a module defines, its imports left out; of another object, all that can be
    called.
    """
    here = getattr(owner, "__name__", None) if isinstance(owner, ModuleType) else None
    return [
        name
        for name in (vars(owner) if here else dir(owner))
        if not name.startswith("_")
        and callable(value := getattr(owner, name, None))
        and (here is None or getattr(value, "__module__", here) == here)
    ]


def notice(function: Any) -> str:
    """What the user should know of how a formula was read; empty where there is nothing."""
    formula = getattr(function, "function", function)
    return formula.notice if isinstance(formula, Formula) else ""
