"""The user's modules, of functions, problems and methods: named by file or by module, imported here
and in every process that needs them, and by nothing else.

What stands beside a file, or in the folder that one works in, can be imported by it; but those
folders are the last to be looked in, and a file that is named as a module of Python's or of a
package's is known under another name: its random.py is nobody's random.
"""

import hashlib
import inspect
import os
import sys
import traceback
from importlib import import_module
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from diffbench.bench.comparing.own_function import told
from diffbench.errors import BadInput


def load(plugin: str) -> ModuleType:
    """The module `package.module` or of the file `path/to/file.py`, imported if it is not yet. Its
    decorators register what it brings. Raises BadInput where there is none, or it can't be imported.
    """
    return (
        _of_file(Path(plugin).expanduser().resolve()) if plugin.endswith(".py") else _named(plugin)
    )


def _of_file(path: Path) -> ModuleType:
    if not path.is_file():
        raise BadInput(
            f"there is no file {path}; give its path as in folder/file.py, or the name of a module that "
            "can be imported"
        )
    loaded = (m for m in list(sys.modules.values()) if getattr(m, "__file__", None) == str(path))
    return next(loaded, None) or _run(path)


def _named(name: str) -> ModuleType:
    """The module of that name; one that lies in the folder that one works in comes before others
    of its name, which keep it.
    """
    top, _, below = name.partition(".")
    here = PathFinder.find_spec(top, [os.getcwd()])
    if here is not None and not below and str(here.origin).endswith(f"{top}.py"):
        return _of_file(Path(str(here.origin)).resolve())
    _look_last(os.getcwd())
    try:
        return import_module(name)
    except (Exception, SystemExit) as error:
        if isinstance(error, ModuleNotFoundError) and f"{name}.".startswith(f"{error.name}."):
            raise BadInput(
                f"there is no module {name!r} here; run from the folder that holds it, or give "
                "the path of its .py file"
            ) from None
        raise _broken(name, error) from None


def _run(path: Path) -> ModuleType:
    name = _free_name(path)
    spec = spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None  # a .py file always has a loader
    module = module_from_spec(spec)
    sys.modules[name] = module  # what it defines can be pickled by reference
    _look_last(str(path.parent))
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        raise _broken(path.name, error) from None
    return module


def _look_last(folder: str) -> None:
    if folder not in sys.path:
        sys.path.append(folder)


def _free_name(path: Path) -> str:
    """The file's own name, or where a module has it already, one with a hash of its path: the same
    in every process that loads it.
    """
    taken = path.stem in sys.modules or path.stem in sys.stdlib_module_names
    if taken or _is_installed(path.stem, path.parent):
        return f"{path.stem}_{hashlib.sha256(str(path).encode()).hexdigest()[:12]}"
    return path.stem


def _is_installed(name: str, beside: Path) -> bool:
    """Whether a module of that name is found elsewhere than in the file's own folder and in the one
    that one works in.
    """
    own = {beside, Path.cwd()}
    elsewhere = [folder for folder in sys.path if Path(folder).resolve() not in own]
    found: ModuleSpec | None = PathFinder.find_spec(name, elsewhere)
    return found is not None and found.origin is not None


def _broken(name: str, error: BaseException) -> BadInput:
    refusal = BadInput(f"{name} can't be imported: {told(error)}; mend that first")
    refusal.add_note(traceback.format_exc())
    return refusal


def home(thing: Any) -> list[str]:
    """The plug-in that a worker must import to know this function or method: its file, none for
    what diffbench brings itself.
    """
    if is_ours(thing):
        return []
    try:
        file = inspect.getsourcefile(inspect.unwrap(_code_of(thing)))
    except TypeError:
        return []
    # a notebook's cell and standard input have names, too, and are no files
    return [file] if file and Path(file).is_file() else []


def is_ours(thing: Any) -> bool:
    """Whether diffbench itself brings it."""
    return (getattr(_code_of(thing), "__module__", None) or "").startswith("diffbench.")


def _code_of(thing: Any) -> Any:
    return getattr(thing, "function", None) or getattr(thing, "jacobian", None) or type(thing)
