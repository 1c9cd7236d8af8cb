"""`diffbench diff`: what changed between two runs."""

from dataclasses import asdict
from pathlib import Path

import click

from diffbench.cli import options


@click.command()
@click.argument("before", type=click.Path(path_type=Path))
@click.argument("after", type=click.Path(path_type=Path))
@click.option(
    "--threshold",
    type=click.FloatRange(min=0),
    help="Change of a cost ratio that counts as noise.  [default: 0.07]",
)
@options.form
@click.pass_context
def command(
    context: click.Context, before: Path, after: Path, threshold: float | None, form: str | None
) -> None:
    """Say what changed from run BEFORE to run AFTER.

    Slower or faster, more or less accurate, answers won or lost. The exit code is 1 on a
    regression.
    """
    from diffbench.bench.rows.changes import diff
    from diffbench.bench.rows.results import Results
    from diffbench.cli import terminal

    options_given = {} if threshold is None else {"threshold": threshold}
    found = diff(Results.load(before), Results.load(after), **options_given)
    terminal.print_rows(form, map(asdict, found.changes), lambda: terminal.show_difference(found))
    context.exit(bool(found.regressions))
