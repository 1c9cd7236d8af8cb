"""`diffbench new-method`: a file to begin a method with, and its test."""

from pathlib import Path

import click

from diffbench.cli.options import into


@click.command()
@click.argument("name")
@into
def command(name: str, folder: Path) -> None:
    """Write NAME.py, a method that works, and its test."""
    from diffbench.cli.single import skeletons

    written = skeletons.write(name, folder, skeletons.METHOD, skeletons.METHOD_TEST)
    click.echo(f"wrote {' and '.join(map(str, written))}")
    click.echo(f"pytest runs the test, `diffbench run --plugin {written[0]}` measures with it")
