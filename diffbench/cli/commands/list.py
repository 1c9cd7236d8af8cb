"""`diffbench list`: what is registered, plug-ins included."""

from typing import Any

import click

from diffbench.cli import options


@click.group()
def command() -> None:
    """List the methods or the problems."""


@command.command()
@options.plugins
def methods(plugins: tuple[str, ...]) -> None:
    """Every registered method, what it is, and whether the package it needs is installed."""
    import diffbench
    from diffbench.registry import find

    _load(plugins)
    found = [(name, find("differentiators", name)) for name in diffbench.list_methods()]
    _print([(name, _about(method), _missing(method)) for name, method in found])


@command.command()
@click.argument("tags", nargs=-1)
@options.plugins
def problems(tags: tuple[str, ...], plugins: tuple[str, ...]) -> None:
    """Every registered problem (with all of the TAGS), and what is hard about it."""
    import diffbench
    from diffbench.registry import find

    _load(plugins)
    found = [(name, find("problems", name)) for name in diffbench.list_problems(*tags)]
    _print([(name, _first_line(problem.function.__doc__)) for name, problem in found])


def _load(plugins: tuple[str, ...]) -> None:
    from diffbench.cli import target

    for plugin in plugins:
        target.load_module(plugin)


def _about(method: Any) -> str:
    return getattr(method, "about", "") or _first_line(method.__doc__)


def _first_line(text: str | None) -> str:
    return (text or "").strip().split("\n")[0]


def _missing(method: Any) -> str:
    return "" if getattr(method, "is_installed", True) else "not installed"


def _print(rows: list[tuple[str, ...]]) -> None:
    from rich.table import Table

    from diffbench.cli.terminal import terminal

    lines = Table.grid(padding=(0, 2))
    for row in rows:
        lines.add_row(*row)
    terminal().print(lines, markup=False)
