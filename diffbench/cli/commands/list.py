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
    """Every registered method, whether the package it needs is installed, what it is, and how it
    takes f.
    """
    import diffbench
    from diffbench.registry import find

    _load(plugins)
    found = [(name, find("differentiators", name)) for name in diffbench.list_methods()]
    columns = (_kind, _installed, _about, _takes)
    _print([(name, *(column(method) for column in columns)) for name, method in found])


@command.command()
@click.argument("tags", nargs=-1, shell_complete=options.offered("tags"))
@options.plugins
def problems(tags: tuple[str, ...], plugins: tuple[str, ...]) -> None:
    """Every registered problem (with all of the TAGS), and what is hard about it; the name of one
    problem in their place shows all of it.
    """
    import diffbench
    from diffbench.measure.problem_page import page
    from diffbench.registry import find

    _load(plugins)
    if len(tags) == 1 and tags[0] in diffbench.list_problems():
        click.echo(page(find("problems", tags[0])))
        return
    _require_known(tags)
    for name in diffbench.list_problems(*tags):
        _describe(name, find("problems", name))


def _require_known(tags: tuple[str, ...]) -> None:
    import diffbench
    from diffbench.cli.point import did_you_mean
    from diffbench.errors import UnknownName
    from diffbench.registry import find

    known = {tag for name in diffbench.list_problems() for tag in find("problems", name).tags}
    for tag in tags:
        if tag not in known:
            hint = did_you_mean(tag, sorted(known))
            raise UnknownName(f"no problem has the tag {tag!r}; {hint}")


def _describe(name: str, problem: Any) -> None:
    """What is hard about it; then operator, sizes, the point's shape, tags and source."""
    import numpy as np

    sizes = ", ".join(map(str, problem.sizes))
    shape = np.shape(problem.at(min(problem.sizes)).point)
    click.echo(f"{name}: {_first_line(problem.function.__doc__)}")
    click.echo(f"    {problem.operator} at sizes {sizes}; x of shape {shape} at the first one")
    click.echo(f"    {' '.join(sorted(problem.tags)) or 'no tags'}")
    if problem.source:
        click.echo(f"    {problem.source}")


def _load(plugins: tuple[str, ...]) -> None:
    from diffbench.cli import target

    for plugin in plugins:
        target.load_module(plugin)


def _about(method: Any) -> str:
    return getattr(method, "about", "") or _first_line(method.__doc__)


def _first_line(text: str | None) -> str:
    return (text or "").strip().split("\n")[0]


def _installed(method: Any) -> str:
    return "installed" if getattr(method, "is_installed", True) else "not installed"


UNBROKEN = 220
TAKES = {  # of ours, by kind
    "by hand": "problems with a derivative by hand",
    "tracing": "f as it is written",
    "symbolic": "f as it is written, run on symbols",
    "difference": "values of f",
}


def _takes(method: Any) -> str:
    """How it takes f."""
    return str(getattr(method, "takes", None) or TAKES.get(_kind(method), "f as it is written"))


def _kind(method: Any) -> str:
    return str(getattr(method, "kind", None) or "plug-in")


def _print(rows: list[tuple[str, ...]]) -> None:
    from rich.table import Table

    from diffbench.cli.terminal import terminal

    lines = Table.grid(padding=(0, 2))
    for row in rows:
        lines.add_row(*row)
    console = terminal()
    narrow = console.is_terminal  # a file or a pipe takes a method a line
    console.print(lines, markup=False, width=None if narrow else UNBROKEN)
