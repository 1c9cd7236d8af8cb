"""Options that a project sets once, in its pyproject.toml:

[tool.diffbench.compare]
methods = ["forward", "reverse"]
timeout = "30s"
"""

from pathlib import Path
from typing import Any

import click

from diffbench.errors import BadInput

FILE = "pyproject.toml"


def settings_of(command: str, parameters: list[click.Parameter]) -> dict[str, Any]:
    """What the project here sets for the command, by the name of its parameter; empty without a
    table. Raises BadInput for an option that the command does not have.
    """
    table = _read().get(command, {})
    if not isinstance(table, dict):
        raise BadInput(
            f"{FILE} sets {command} = {table!r}; write a table, [tool.diffbench.{command}]"
        )
    known = {
        option.lstrip("-"): p.name
        for p in parameters
        if isinstance(p, click.Option)
        for option in p.opts
    }
    for option in table:
        if option not in known:
            raise BadInput(
                f"[tool.diffbench.{command}] in {FILE} sets {option!r}, which is none of "
                f"{', '.join(known)}"
            )
    return {str(known[option]): value for option, value in table.items()}


def _read() -> dict[str, Any]:
    try:
        text = Path(FILE).read_text()
    except OSError:
        return {}
    if "tool.diffbench" not in text:
        return {}
    import tomllib  # only where there is something to read: help is to be instant

    try:
        found = tomllib.loads(text)["tool"]["diffbench"]
    except (tomllib.TOMLDecodeError, KeyError) as error:
        raise BadInput(
            f"{FILE} can't be read ({error}); mend it, or move to another folder"
        ) from None
    return dict(found)
