"""`diffbench merge`: the shards of one run as one."""

from pathlib import Path

import click


@click.command()
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--out",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder of the merged run.",
)
def command(runs: tuple[Path, ...], out: Path) -> None:
    """Merge RUNS, the folders of shards, into one."""
    from diffbench.bench.rows.results import Results, combined

    results = combined(Results.load(run) for run in runs)
    results.save(out)
    click.echo(f"{len(results.rows)} rows are in {out}")
