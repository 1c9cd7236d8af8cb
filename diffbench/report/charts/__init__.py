"""The charts of the page, a file each, found by being here.

A file states its `PLACE` among the others, the `TABLE` it reads ("rows" are those of the matrix, any
other name is a study's), the `COLUMNS` it needs of it, and `chart(table) -> Chart`, which has no
panels where the table has nothing for it.
"""

from importlib import import_module
from pkgutil import iter_modules
from typing import Any

ROWS = "rows"


def all_charts() -> list[Any]:
    """The modules of the charts, in the order of the page."""
    found = [import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__)]
    return sorted(found, key=lambda module: module.PLACE)
