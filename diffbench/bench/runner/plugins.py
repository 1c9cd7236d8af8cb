"""Modules of the user's that register problems and methods: named by file or by module, imported in
every process that needs them.
"""

import inspect
import sys
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

from diffbench.errors import BadInput


def load(plugin: str) -> None:
    """Import a plug-in: `path/to/file.py` or `package.module`. Its decorators register what it
    brings.
    """
    if not plugin.endswith(".py"):
        import_module(plugin)
        return
    path = Path(plugin).resolve()
    if not path.is_file():
        raise BadInput(
            f"plug-in {plugin} is not a file; give the path of a Python file or the name of an "
            "importable module"
        )
    if not any(
        getattr(module, "__file__", None) == str(path) for module in list(sys.modules.values())
    ):
        _import_file(path)


def _import_file(path: Path) -> None:
    spec = spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None  # a .py file always has a loader
    module = module_from_spec(spec)
    sys.modules[path.stem] = module  # what it defines can be pickled by reference
    spec.loader.exec_module(module)


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
