"""SciPy's plain functions do not speak NumPy's protocols, so a traced array would be refused before a rule could see it.

`caught(module, name)` puts in the function's place one that looks at its arguments first and is otherwise the original. Importing
diffbench does this once, for the functions that have rules. (SciPy's ufuncs, such as scipy.special.erf, need none of it.)
"""

from collections.abc import Callable
from types import ModuleType
from typing import Any

from diffbench.rules.table import dispatched


def caught(module: ModuleType, name: str) -> Callable[..., Any]:
    """Replace module.name by a version that traced arrays catch, and return it."""
    replacement = dispatched(getattr(module, name))
    setattr(module, name, replacement)
    return replacement
