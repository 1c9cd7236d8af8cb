"""The tables of paper mode, a file each, found by being here.

A file states its `PLACE` among the others, a `TITLE`, the `SOURCE` of what was published, and
`lines(rows) -> entries`, `rows` being those of a run; what one run can't hold it measures itself.
"""

from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from diffbench.bench.studies.paper.entry import Rows


def all_tables() -> Mapping[str, Any]:
    """The modules by name, in the order in which they are printed."""
    found = {
        module.name: import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__)
    }
    return dict(sorted(found.items(), key=lambda named: named[1].PLACE))


def columns_of(table: Any, rows: Rows) -> list[dict[str, str]]:
    """The lines of a table, each by the headings of its columns."""
    return [entry.shown() for entry in table.lines(rows)]


def among(names: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    """(name, title, source) of the tables whose names are among those given."""
    known = set(names)
    for name, table in all_tables().items():
        if name in known:
            yield name, table.TITLE, table.SOURCE
