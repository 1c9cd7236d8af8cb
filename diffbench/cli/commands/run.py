"""`diffbench run`: measure a suite of problems against the methods, with a progress bar,
resumable.
"""

from pathlib import Path
from typing import Any

import click

from diffbench.cli import options


@click.command()
@click.option(
    "--suite",
    default="quick",
    show_default=True,
    metavar="quick|standard|full|paper",
    shell_complete=options.offered("suites"),
    help="How much to measure.",
)
@options.problems
@options.methods
@options.dtype
@click.option(
    "--out",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where the results go.  [default: reports/SUITE]",
)
@click.option(
    "--resume",
    is_flag=True,
    help="Go on with the run in that folder; nothing finished is measured again.",
)
@click.option(
    "--budget", "budget_s", type=options.Duration(), help="Fit the run to this time: 90s, 5m, 1h."
)
@options.timeout
@click.option(
    "--memory",
    "memory_gb",
    type=click.FloatRange(min=0, min_open=True),
    metavar="GB",
    help="Memory limit of one worker.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of points and data.")
@click.option(
    "--expected",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Hold the run against a file of expected outcomes; exit code 1 where it drifts.",
)
@options.plugins
@options.problems_from
@click.option(
    "--shard",
    type=options.Share(),
    metavar="I/N",
    help="Measure only the I-th of N parts (then: diffbench merge).",
)
@click.option(
    "--scheduler",
    metavar="tcp://HOST:PORT",
    help="Run on a Dask cluster. It and its workers are trusted, and they trust whoever reaches "
    "them: see docs/security.md.",
)
def command(
    suite: str,
    folder: Path | None,
    memory_gb: float | None,
    folder_of_problems: Path | None,
    expected: Path | None,
    **chosen: Any,
) -> None:
    """Measure a suite of problems against the methods.

    Each pair runs in a process of its own, and every finished cell is kept at once: --resume goes
    on where a run was stopped.
    """
    import diffbench
    from diffbench.bench.rows.expected import drift, read
    from diffbench.cli import target, terminal
    from diffbench.cli.single import suites
    from diffbench.report.tables import at_a_glance

    for plugin in chosen["plugins"]:
        target.load_module(plugin)
    if folder_of_problems is not None:
        files, brought = suites.problems_of(folder_of_problems)
        chosen["plugins"] = (*chosen["plugins"], *files)
        chosen["problems"] = chosen["problems"] or brought
    asked = chosen["problems"] or suites.of_packages()
    suites.hold(name for name in suites.of_packages() if name in asked)
    place = folder or Path("reports") / suite
    limits: dict[str, Any] = {} if memory_gb is None else {"memory_bytes": int(memory_gb * 1e9)}
    given = {name: value for name, value in chosen.items() if value is not None}
    with terminal.progress_bar() as progress:
        results = diffbench.run(suite=suite, folder=place, progress=progress, **limits, **given)
    terminal.show_frame(at_a_glance(results.frame()))
    terminal.show_published(results.tables)
    click.echo(f"{len(results.rows)} rows are in {place}; `diffbench report {place}` draws them")
    waited_s = float(results.environment["suite"]["timeout_s"])
    if expected is not None and (drifted := drift(results.rows, read(expected), waited_s)):
        click.echo("\n".join([f"{len(drifted)} rows drift from {expected}:", *drifted]))
        click.get_current_context().exit(1)
