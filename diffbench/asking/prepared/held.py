"""What f reads besides x: arrays and numbers of its closure, its defaults, its globals, and of the
attributes that its code names. A recording holds them as constants; here it is noticed when they
have changed.

    Held(f).look()         everything that f may read, by the name under which it reads it
    Held(f).is_unchanged() whether all of it is what it was: identities, and the contents of arrays

Small arrays are compared byte by byte. Of a large one every entry goes into a checksum of one pass
over its memory, in which no single change, no filling and no shuffling of rows is lost; arrays that
can't be written to are known by their identity. Files, generators and what C code keeps are out of
sight.
"""

import sys
from collections.abc import Callable, Collection, Iterator
from functools import partial
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any, NamedTuple

import numpy as np

from diffbench.arrays.levels import is_ours
from diffbench.arrays.traced import Traced
from diffbench.interface import Function, Instance

SMALL = 1 << 14  # bytes
PRIMES = (1021, 1019, 1013, 1009)  # classes of positions: rows that are moved change theirs
SAMPLED = 64
PLAIN = (bool, int, float, complex, str, bytes, type(None), np.generic)
_LIBRARIES = {*sys.stdlib_module_names, "numpy", "scipy", "builtins"}
_OWN = "diffbench"


class Place(NamedTuple):
    """Where something is read: get(*key) gives it."""

    name: str
    get: Callable[..., Any]
    key: tuple[Any, ...]
    value: Any


class Held:
    """The data of one function. constants: names or objects declared constant, or "all"."""

    def __init__(self, f: Function, constants: Any = ()) -> None:
        self.f = written(f)
        self.constants = (constants,) if isinstance(constants, str) else tuple(constants)
        self.places: list[Place] = []
        self.arrays: list[tuple[Callable[[], Any], Any]] = []
        self.contents: dict[str, Any] = {}
        self.own: Collection[str] = ()  # what f itself changed when it was last run

    def while_running(self, work: Callable[[], Any]) -> Any:
        """The result of work, which runs f: what that changes is f's own state, and no data."""
        before = self._seen()
        result = work()
        after = self._seen()
        self.own = {name for name in after if not same(after[name], before.get(name))}
        self._keep(after)
        return result

    def is_unchanged(self) -> bool:
        """Whether everything is the object it was, with the content it had."""
        for _, get, key, value in self.places:  # a generator would take as long as the look
            if get(*key) is not value:
                return False
        return all([numbers() == seen for numbers, seen in self.arrays])

    def changed(self) -> str:
        """The name of what has changed; empty where only equal things were put in its place."""
        seen = self._seen()
        for name, content in seen.items():
            if name not in self.own and not same(content, self.contents.get(name)):
                return name
        self._keep(seen)
        return ""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing that could change."""
        return not self.places

    def _seen(self) -> dict[str, Any]:
        """The content of everything by its name; remembers the places."""
        self.found = [] if self._are_all_constant() else list(look(self.f))
        return {
            place.name: content(place.value) for place in self.found if not self._is_constant(place)
        }

    def _are_all_constant(self) -> bool:
        return any([isinstance(one, str) and one == "all" for one in self.constants])

    def _is_constant(self, place: Place) -> bool:
        return any(
            place.name == one or place.name.startswith((f"{one}.", f"{one}["))
            if isinstance(one, str)
            else place.value is one
            for one in self.constants
        )

    def _keep(self, seen: dict[str, Any]) -> None:
        self.contents = seen
        self.places = [
            place for place in self.found if place.name in seen and place.name not in self.own
        ]
        self.arrays = [
            (numbers, numbers())
            for numbers in [_numbers(place.value) for place in self.places]
            if numbers
        ]


def written(f: Function) -> Function:
    """The function that the user wrote, within the wrappers of ours."""
    while _is_a_wrapper_of_ours(f):
        f = f.__wrapped__  # type: ignore[attr-defined]
    return f


def _is_a_wrapper_of_ours(f: Any) -> bool:
    code = getattr(f, "__code__", None)
    return hasattr(f, "__wrapped__") and code is not None and is_ours(code.co_filename)


# ---------------------------------------------------------------- content


def content(value: Any) -> Any:
    """What tells whether a value is the same: of an array its numbers, of a number itself, of
    anything else which object it is.
    """
    if _is(value, np.ndarray):
        return _of_array(value)
    if _is(value, PLAIN) or is_plain(value):
        return (type(value), repr(value))
    if _converts(value):  # a pandas Series
        return _of_array(np.asarray(value))
    return value


def is_plain(value: Any) -> bool:
    """Whether it is a list or a dict of numbers and words only, which Python compares at once."""
    if not _is(value, (list, dict)):
        return False
    return all([_is(v, PLAIN) for v in (value.values() if type(value) is dict else value)])


def _numbers(value: Any) -> Callable[[], Any] | None:
    """What tells of an array whether it was written to; None of what can't be."""
    if _is(value, np.ndarray):
        if not _is_writeable(value):
            return None
        is_small = value.nbytes <= SMALL and not value.dtype.hasobject
        return value.tobytes if is_small else partial(_of_array, value)
    if _converts(value) and not _is(value, np.generic):
        return partial(content, value)
    return None


def same(a: Any, b: Any) -> bool:
    """Whether two contents are of the same thing."""
    return a is b or (type(a) is tuple and type(b) is tuple and a == b)


def _of_array(array: Any) -> tuple[Any, ...]:
    form = (array.shape, array.dtype.str)
    if array.dtype.hasobject:
        return (*form, tuple(map(id, array.ravel())))
    if array.nbytes <= SMALL:
        return (*form, array.tobytes())
    words = np.frombuffer(np.ascontiguousarray(array), np.uint8)
    words = words[: words.size // 8 * 8].view(np.uint64)
    classes = next(p for p in PRIMES if not any([n % p == 0 for n in array.shape]))
    rows = words[: words.size // classes * classes].reshape(-1, classes)
    sums = np.add.reduce(rows, axis=0)
    rest = np.ascontiguousarray(array).reshape(-1)[-8 * classes :]
    sample = words[:: max(words.size // SAMPLED, 1)]
    return (*form, sums.tobytes(), rest.tobytes(), sample.tobytes())


def _is_writeable(array: Any) -> bool:
    """Whether anybody can change its numbers: a view of memory that is not NumPy's counts as such."""
    while isinstance(array, np.ndarray):
        if array.flags.writeable:
            return True
        array = array.base
    return array is not None and not isinstance(array, bytes)


# ---------------------------------------------------------------- where f reads


def look(f: Function) -> Iterator[Place]:
    """Everything that f may read: followed through closures, globals, defaults, containers and the
    attributes that are named anywhere in the code that is reached.
    """
    names: set[str] = set()
    while True:
        reader, before = _Reader(names), len(names)
        reader.follow("", f)
        if len(names) == before:
            return iter(reader.places)


class _Reader:
    """One walk. names: of attributes and globals, as far as code was met."""

    def __init__(self, names: set[str]) -> None:
        self.names = names
        self.places: list[Place] = []
        self.met: dict[int, Any] = {}  # keeps them alive, so that identities stay theirs

    def follow(self, name: str, value: Any) -> None:
        """What is read through a value."""
        if id(value) in self.met:
            return
        self.met[id(value)] = value
        if _is(value, FunctionType):
            self._function(name, value)
        elif _is(value, MethodType):
            self.follow("", value.__func__)
            self.follow("self", value.__self__)
        elif _is(value, partial):
            self.follow(name, value.func)
            self._items(name or "partial", [*value.args, *value.keywords.values()])
        elif is_plain(value):
            seen = value.copy()
            self.places.append(Place(f"the items of {name}", _equal, (value, seen), seen))
        elif _is(value, dict):
            for key in value:
                self._read(f"{name}[{key!r}]", dict.get, (value, key), value[key])
            self.places.append(Place(f"len({name})", _length, (value, n := len(value)), n))
        elif _is(value, (list, tuple, set, frozenset)):
            self._items(name, value)
        elif _is(value, ModuleType):
            if not _is_library(value.__name__):
                self._attributes(name, value)
        elif not _is_leaf(value):
            self._attributes(name or "self", value)

    def _read(self, name: str, get: Callable[..., Any], key: tuple[Any, ...], value: Any) -> None:
        if _is(value, ModuleType):
            self.follow(name, value)
            return
        if not _is(value, BuiltinFunctionType):
            self.places.append(Place(name, get, key, value))
        self.follow(name, value)

    def _items(self, name: str, values: Any) -> None:
        if _is(values, list):
            for k, value in enumerate(values):
                self._read(f"{name}[{k}]", _entry, (values, k), value)
            self.places.append(Place(f"len({name})", _length, (values, n := len(values)), n))
            return
        for k, value in enumerate(values):  # these can't be exchanged, what is in them can change
            self._read(f"{name}[{k}]", _itself, (value,), value)

    def _function(self, name: str, f: FunctionType) -> None:
        if _is_library(f.__module__ or ""):
            return
        code = f.__code__
        self.names.update(_names(code))
        for variable, cell in zip(code.co_freevars, f.__closure__ or (), strict=True):
            try:
                self._read(variable, getattr, (cell, "cell_contents"), cell.cell_contents)
            except ValueError:  # not bound yet
                continue
        for variable in sorted(_globals(code)):
            if variable in f.__globals__:
                value = f.__globals__[variable]
                self._read(variable, dict.get, (f.__globals__, variable), value)
        for value in (*(f.__defaults__ or ()), *(f.__kwdefaults__ or {}).values()):
            self._read(f"a default of {f.__name__}", _itself, (value,), value)

    def _attributes(self, name: str, thing: Any) -> None:
        kind = thing if isinstance(thing, type) else type(thing)
        if _is(thing, Instance) or (not _is(thing, ModuleType) and _is_library(kind.__module__)):
            return
        own = getattr(thing, "__dict__", {})
        slots = {s for one in kind.__mro__ for s in getattr(one, "__slots__", ())}
        for attribute in sorted(self.names & (own.keys() | slots)):
            if hasattr(thing, attribute):
                value = getattr(thing, attribute)
                get = own.get if attribute in own and type(own) is dict else partial(getattr, thing)
                if attribute in own and own.get(attribute) is not value:  # a descriptor's
                    get = partial(getattr, thing)
                self._read(f"{name}.{attribute}", get, (attribute,), value)
        for one in kind.__mro__:
            if one is not thing and not _is_library(one.__module__):
                self._of_class(f"{name}.", thing, one)

    def _of_class(self, prefix: str, thing: Any, kind: type) -> None:
        for attribute, value in list(vars(kind).items()):
            if attribute in getattr(thing, "__dict__", ()):
                continue
            is_special = attribute.startswith("__") and attribute.endswith("__")
            function = getattr(value, "__func__", getattr(value, "fget", value))
            if _is(function, FunctionType):
                if attribute in self.names or is_special:
                    self.follow(attribute, function)
            elif attribute in self.names and not is_special:
                self._read(prefix + attribute, getattr, (thing, attribute, None), value)


def _is(value: Any, kinds: Any) -> bool:
    """isinstance, by which no traced array passes for one of NumPy's."""
    return issubclass(type(value), kinds)


def _converts(value: Any) -> bool:
    """Whether it is a pandas Series or something like it; a class has the method for its objects."""
    return hasattr(type(value), "__array__") and type(value) is not Traced


def _is_leaf(value: Any) -> bool:
    return _is(value, (*PLAIN, np.ndarray, np.ufunc, Traced)) or _converts(value)


def _is_library(module: str) -> bool:
    top = module.partition(".")[0]
    return top in _LIBRARIES - {"__main__"} or (
        top == _OWN and not module.startswith(f"{_OWN}.problems")
    )


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if _is(constant, CodeType):
            yield from _codes(constant)


def _globals(code: CodeType) -> set[str]:
    return {name for one in _codes(code) for name in one.co_names}


def _names(code: CodeType) -> set[str]:
    """Of attributes, and words that getattr could be given."""
    words = {c for one in _codes(code) for c in one.co_consts if isinstance(c, str)}
    return _globals(code) | {word for word in words if word.isidentifier()}


def _entry(values: list[Any], k: int) -> Any:
    return values[k] if k < len(values) else None


def _length(values: Any, n: int) -> int | None:
    return n if len(values) == n else None


def _equal(values: Any, seen: Any) -> Any:
    return seen if values == seen else None


def _itself(value: Any) -> Any:
    return value
