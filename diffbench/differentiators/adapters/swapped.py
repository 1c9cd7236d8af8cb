"""f with another package's module in NumPy's place: a copy of its code that finds the package's
functions under NumPy's names, and so of the functions that it calls.

Globals, closures, defaults, bound methods and partial applications are followed; what f imports
while it runs, and what it reads from attributes, is not. The caller's own function is not touched.
"""

import sys
from functools import partial
from importlib import import_module
from types import CellType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

from diffbench.interface import Function
from diffbench.rules.spelling import MODULES, spelling

_NOT_THE_USERS = {"numpy", "scipy", "diffbench", *sys.stdlib_module_names}


def swapped(f: Function, xp: Any, package: str, data: Any) -> Function:
    """A copy of f in which `xp` stands for NumPy, and data(a) for an array that it holds."""
    return _Copies(xp, package, data).of(f)  # type: ignore[no-any-return]


class _Copies:
    """What stands for what, each value once: functions may call each other."""

    def __init__(self, xp: Any, package: str, data: Any) -> None:
        self.xp, self.package, self.data = xp, package, data
        self.known: dict[int, Any] = {}

    def of(self, value: Any) -> Any:
        """What stands for a value that f reads: itself where it is none of NumPy's."""
        if id(value) not in self.known:
            self.known[id(value)] = value  # where a function holds itself
            self.known[id(value)] = self._made(value)
        return self.known[id(value)]

    def _made(self, value: Any) -> Any:
        if isinstance(value, ModuleType):
            return self._module(value)
        if isinstance(value, np.ndarray):
            return self.data(value)
        if isinstance(value, partial):
            keywords = {name: self.of(given) for name, given in value.keywords.items()}
            return partial(self.of(value.func), *map(self.of, value.args), **keywords)
        if isinstance(value, MethodType):
            return MethodType(self.of(value.__func__), value.__self__)
        if isinstance(value, FunctionType) and _is_the_users(value):
            return self._function(value)
        return self._named(value) if callable(value) else value

    def _module(self, module: ModuleType) -> Any:
        if module is np:
            return self.xp
        name = module.__name__
        if name.startswith("numpy."):
            return getattr(self.xp, name.removeprefix("numpy."), module)
        if name == "scipy.special" and len(MODULES.get(self.package, ())) > 1:
            return import_module(MODULES[self.package][-1])
        return module

    def _named(self, function: Any) -> Any:
        """The package's function of the same name, of one that was imported from NumPy or SciPy."""
        name = getattr(function, "__name__", "")
        if isinstance(function, np.ufunc) or (
            (getattr(function, "__module__", "") or "").split(".")[0] == "numpy"
        ):
            names = [spelling(name).at(self.package), name]
            for module in (self.xp, *map(import_module, MODULES.get(self.package, ()))):
                for other in names:
                    if other and hasattr(module, other):
                        return getattr(module, other)
        return function

    def _function(self, f: FunctionType) -> FunctionType:
        scope: dict[str, Any] = {
            "__builtins__": f.__builtins__,  # type: ignore[attr-defined]
            "__name__": f.__module__,
        }
        cells = tuple(CellType() for _ in f.__closure__ or ())
        copy = FunctionType(f.__code__, scope, f.__name__, None, cells)
        self.known[id(f)] = copy
        for cell, original in zip(cells, f.__closure__ or (), strict=True):
            if _is_full(original):
                cell.cell_contents = self.of(original.cell_contents)
        for name in _names(f.__code__):
            if name in f.__globals__:
                scope[name] = self.of(f.__globals__[name])
        copy.__defaults__ = f.__defaults__ and tuple(map(self.of, f.__defaults__))
        copy.__kwdefaults__ = f.__kwdefaults__ and {
            name: self.of(value) for name, value in f.__kwdefaults__.items()
        }
        return copy


def _is_the_users(f: FunctionType) -> bool:
    """Whether a function's code may be copied: none of NumPy's, SciPy's or Python's own."""
    module = f.__module__ or ""
    return module.startswith("diffbench.problems") or module.split(".")[0] not in _NOT_THE_USERS


def _names(code: CodeType) -> set[str]:
    """The global names that code may read, functions inside it included."""
    inner = [_names(part) for part in code.co_consts if isinstance(part, CodeType)]
    return set(code.co_names).union(*inner)


def _is_full(cell: CellType) -> bool:
    try:
        return cell.cell_contents is not cell
    except ValueError:  # of a name that has no value yet
        return False
