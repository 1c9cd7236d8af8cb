"""`diffbench report`: draw the page of a run; nothing is measured."""

from pathlib import Path

import click


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="The page's folder.  [default: RUN]",
)
def command(run: Path, out: Path | None) -> None:
    """Draw the page of RUN, the folder of a run.

    One HTML file that opens offline; nothing is measured.
    """
    import diffbench
    from diffbench.bench.rows.results import Results

    page = diffbench.render(Results.load(run), out or run)
    click.echo(f"the page is {page}")
