"""What to differentiate: a formula, module:function or file.py:function, which must have a finite
value at the point.
"""

import os
import sys
from dataclasses import dataclass
from importlib import import_module
from importlib.abc import Loader
from importlib.machinery import ModuleSpec
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import cast

import numpy as np

from diffbench.cli.point import did_you_mean, read_point
from diffbench.errors import BadInput, BadPoint, DiffbenchError
from diffbench.formula import parse_formula
from diffbench.interface import Array, Function


@dataclass(frozen=True, eq=False)
class Target:
    """A function under the name that the user gave it, and a point at which it has a finite
    value.
    """

    name: str
    function: Function
    point: Array


def read_target(text: str, at: str, dtype: str | None = None) -> Target:
    """The function and the point of a command line. Raises BadInput when either can't be used, or f
    has no finite value there.
    """
    function = read_function(text)
    point = read_point(at, getattr(function, "names", None), dtype)
    _require_value(text, function, point)
    return Target(text, function, point)


def read_function(text: str) -> Function:
    """A formula, or the function that "module:function" or "folder/file.py:function" names."""
    place, colon, name = text.rpartition(":")
    if not colon or not name.isidentifier():
        return parse_formula(text)
    module = load_module(place)
    function = getattr(module, name, None)
    if not callable(function):
        raise BadInput(
            f"{place} has no function {name!r}; {did_you_mean(name, _functions(module))}"
        )
    return cast(Function, function)


def evaluate(name: str, function: Function, point: Array) -> Array:
    """function(point) as an array. Raises BadInput with the function's own error in a sentence."""
    try:
        with np.errstate(all="ignore"):
            return np.asarray(function(point.copy()))
    except DiffbenchError:
        raise
    except Exception as error:
        raise BadInput(
            f"{name} can't be called with the point {_shown(point)} as its one argument: "
            f"{_sentence(error)}"
        ) from None


def load_module(place: str) -> ModuleType:
    """The module of that name, or that the file at that path defines."""
    return _run_file(Path(place).resolve()) if place.endswith(".py") else _import(place)


def _run_file(path: Path) -> ModuleType:
    if not path.exists():
        raise BadInput(f"there is no file {path}; give its path as in folder/file.py:function")
    spec = cast(ModuleSpec, spec_from_file_location(str(path), path))
    module = module_from_spec(spec)
    sys.modules[str(path)] = (
        module  # under its path, so that a user's random.py takes nobody's place
    )
    sys.path.insert(0, str(path.parent))  # what stands beside the file can be imported by it
    try:
        cast(Loader, spec.loader).exec_module(module)
    except (Exception, SystemExit) as error:
        raise _broken(path.name, error) from None
    return module


def _import(name: str) -> ModuleType:
    sys.path.insert(0, os.getcwd())
    try:
        return import_module(name)
    except (Exception, SystemExit) as error:
        if isinstance(error, ModuleNotFoundError) and f"{name}.".startswith(f"{error.name}."):
            raise BadInput(
                f"there is no module {name!r} here; run from the folder that holds it, or give the "
                "path of its .py file"
            ) from None
        raise _broken(name, error) from None


def _broken(name: str, error: BaseException) -> BadInput:
    return BadInput(f"{name} can't be imported: {_sentence(error)}; mend that first")


def _functions(module: ModuleType) -> list[str]:
    return [
        name for name, value in vars(module).items() if callable(value) and not name.startswith("_")
    ]


def _require_value(name: str, function: Function, point: Array) -> None:
    value = evaluate(name, function, point)
    if value.dtype.kind != "f":
        raise BadInput(
            f"{name} returns {value.dtype} at {_shown(point)}, and only floats can be "
            "differentiated; return a float"
        )
    if not np.all(np.isfinite(value)):
        raise BadPoint(
            f"{name} is {_shown(value)} at {_shown(point)}, outside its domain or beyond the "
            "floats; choose another point"
        )


def _sentence(error: BaseException) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}".removesuffix(": ")


def _shown(values: Array) -> str:
    return np.array2string(values, precision=6, threshold=6, separator=", ", max_line_width=10_000)
