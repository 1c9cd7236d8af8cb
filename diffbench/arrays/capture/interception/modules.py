"""The names of a module, exchanged in its dictionary: `np` and `math` for modules whose conversions
look for traced arrays, `asarray` for the function itself, `float` for a type that does.

Only the module that uses a name has it exchanged; NumPy's own modules and ours never have.
"""

import builtins
import cmath
import dis
import math
import sys
from collections.abc import Iterator
from functools import cache
from importlib.machinery import EXTENSION_SUFFIXES
from types import CodeType, FunctionType, ModuleType
from typing import Any

import numpy as np

from diffbench.arrays.capture.interception import conversions, creations, python_numbers
from diffbench.arrays.capture.interception.losses import thread
from diffbench.arrays.traced import core

_MISSING = object()
_COMPILED = tuple(EXTENSION_SUFFIXES)
_LAYER = "array_api_"
_UNTOUCHED = ("numpy", "diffbench", "builtins", "importlib", "threading", "contextlib", "functools")


def may_be_touched(names: dict[str, Any]) -> bool:
    """Whether names of this module may be exchanged: not NumPy's, not ours (but the problems are
    users' code), and not those of compiled modules, whose C reads the memory of what asarray gives.
    """
    if str(names.get("__file__")).endswith(_COMPILED):
        return False
    name = str(names.get("__name__"))
    return name.startswith("diffbench.problems") or name.split(".")[0] not in _UNTOUCHED


def _twin(module: ModuleType, instead: dict[int, Any]) -> ModuleType:
    """A module that is another one but for what stands instead of some of its values."""
    twin = ModuleType(module.__name__, module.__doc__)
    twin.__dict__.update(
        {name: instead.get(id(value), value) for name, value in vars(module).items()}
    )
    return twin


def _by_identity(*tables: dict[Any, Any]) -> dict[int, Any]:
    return {id(original): other for table in tables for original, other in table.items()}


_LOOKING = conversions.replacements()
_FUNCTIONS = _by_identity(_LOOKING, python_numbers.replacements(), creations.replacements(_LOOKING))
_TYPES = _by_identity(python_numbers.TYPES)
_MODULES = (np, math, cmath)
_FUNCTIONS |= {id(module): _twin(module, _FUNCTIONS) for module in _MODULES}
# the types stand instead of those that `np` has, whichever `np` a module has at the moment
_TYPES |= {key: _twin(np, _FUNCTIONS | _TYPES) for key in (id(np), id(_FUNCTIONS[id(np)]))}
# of what is held elsewhere than under a name of a module
INSTEAD = _FUNCTIONS | _TYPES
_BUILTINS = ("float", "complex")


class Names:
    """Some names of a module, exchanged for what stands instead of their values."""

    def __init__(self, names: dict[str, Any]) -> None:
        self.names = names
        self.edits: list[tuple[str, Any, Any]] = []

    def put(self) -> None:
        if any(self.names.get(name, _MISSING) is not before for name, before, _ in self.edits):
            self.edits = []
        self.edits = self.edits or list(self._found())
        for name, _, after in self.edits:
            self.names[name] = after

    def lift(self) -> None:
        for name, before, after in self.edits:
            if self.names.get(name) is not after:
                continue  # f has bound the name anew
            if before is _MISSING:
                del self.names[name]
            else:
                self.names[name] = before

    def _found(self) -> Iterator[tuple[str, Any, Any]]:
        raise NotImplementedError


class Functions(Names):
    """np, math, and functions that were imported from them."""

    def _found(self) -> Iterator[tuple[str, Any, Any]]:
        for name, value in self.names.items():
            if id(value) in _FUNCTIONS:
                yield name, value, _FUNCTIONS[id(value)]


class Types(Names):
    """float, complex, np.float64 and their kin."""

    def _found(self) -> Iterator[tuple[str, Any, Any]]:
        for name, value in self.names.items():
            if id(value) in _TYPES:
                yield name, value, _TYPES[id(value)]
        for name in _BUILTINS:
            if name not in self.names:
                yield name, _MISSING, _TYPES[id(getattr(builtins, name))]


class ArrayTypes(Functions):
    """As Functions, and `type(x)` of a traced array is that of the array: for the compatibility
    layer of libraries, which asks for the type and not for the class.
    """

    def _found(self) -> Iterator[tuple[str, Any, Any]]:
        yield from super()._found()
        yield "type", self.names.get("type", _MISSING), _type_of


def _type_of(x: Any, *rest: Any) -> Any:
    return type(core(x), *rest)


def is_layer(names: dict[str, Any]) -> bool:
    """Whether a module is of the array-API layer that some packages carry along."""
    return _LAYER in str(names.get("__name__"))


def uses_layer(names: dict[str, Any]) -> bool:
    """Whether a module is of that layer, or one of the package's own that leads there."""
    return is_layer(names) or str(names.get("__name__")).endswith("._array_api")


def compatibility_layers(names: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The loaded modules of the array-API layer that a module of the same package uses."""
    package = str(names.get("__name__")).split(".")[0]
    for name, module in list(sys.modules.items()):
        if name.split(".")[0] == package and _LAYER in name and module is not None:
            yield vars(module)


class Imports:
    """`import numpy as np` within a function whose module has its names exchanged."""

    def __init__(self) -> None:
        self.before: Any = None

    def put(self) -> None:
        self.before = before = builtins.__import__

        def importing(name: str, globals: Any = None, *args: Any, **kwargs: Any) -> Any:
            found = before(name, globals, *args, **kwargs)
            if thread.watch is None or globals is None or not may_be_touched(globals):
                return found
            return _FUNCTIONS.get(id(found), found)

        builtins.__import__ = importing

    def lift(self) -> None:
        builtins.__import__ = self.before


IMPORTS = Imports()
_known: dict[tuple[type[Names], int], Names] = {}


def exchange_of(kind: type[Names], names: dict[str, Any]) -> Names:
    """The one exchange of a kind for a module, so that its users are counted together."""
    key = kind, id(names)
    known = _known.get(key)
    if known is None or known.names is not names:
        known = _known[key] = kind(names)
    return known


def imports_inside(code: CodeType) -> bool:
    """Whether a function imports one of the modules that have twins."""
    return any(module.__name__ in code.co_names for module in _MODULES)


def compares_types(names: dict[str, Any]) -> bool:
    """Whether code of the module asks `type(x) is float`, which no other type can answer."""
    return any(map(_compares_types, _codes(names)))


def _codes(names: dict[str, Any]) -> Iterator[CodeType]:
    for value in list(names.values()):
        members = vars(value).values() if isinstance(value, type) else (value,)
        for member in members:
            function = getattr(member, "__func__", getattr(member, "fget", member))
            if isinstance(function, FunctionType) and function.__globals__ is names:
                yield function.__code__


@cache
def _compares_types(code: CodeType) -> bool:
    before = None
    for step in dis.get_instructions(code):
        if step.opname == "IS_OP" and before in _BUILTINS:
            return True
        before = step.argval if step.opname in ("LOAD_GLOBAL", "LOAD_NAME") else None
    return any(_compares_types(part) for part in code.co_consts if isinstance(part, CodeType))
