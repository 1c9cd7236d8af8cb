"""`diffbench list`: what is registered, plug-ins included."""

import click


@click.group()
def command() -> None:
    """List the methods or the problems."""


@command.command()
def methods() -> None:
    """Every registered method, and what it is."""
    import diffbench
    from diffbench.registry import find

    _print({name: find("differentiators", name).__doc__ for name in diffbench.list_methods()})


@command.command()
@click.argument("tags", nargs=-1)
def problems(tags: tuple[str, ...]) -> None:
    """Every registered problem (with all of the TAGS), and what is hard about it."""
    import diffbench
    from diffbench.registry import find

    _print(
        {name: find("problems", name).function.__doc__ for name in diffbench.list_problems(*tags)}
    )


def _print(described: dict[str, str | None]) -> None:
    from rich.table import Table

    from diffbench.cli.terminal import terminal

    lines = Table.grid(padding=(0, 2))
    for name, text in described.items():
        lines.add_row(name, (text or "").strip().split("\n")[0])
    terminal().print(lines, markup=False)
