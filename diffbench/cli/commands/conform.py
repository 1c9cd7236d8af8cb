"""`diffbench conform`: is a tool right, or does it say so, on code that tools get wrong?"""

from pathlib import Path

import click

from diffbench.cli import options

GROUPS = ("nasty", "rules", "identities", "programs")


@click.command()
@click.argument(
    "methods",
    nargs=-1,
    required=True,
    metavar="METHOD ...",
    shell_complete=options.offered("methods"),
)
@click.option("--only", "groups", multiple=True, type=click.Choice(GROUPS), help="Only this group.")
@click.option(
    "--programs",
    type=click.IntRange(min=0),
    default=300,
    show_default=True,
    metavar="N",
    help="How many random programs.",
)
@click.option(
    "--tolerance",
    type=click.FloatRange(min=0, min_open=True),
    help="How far off a right answer may be, of its largest entry.  [default: 1e-6, and 1e-3 for "
    "differences]",
)
@click.option(
    "--known",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE.json",
    help="An earlier --json: what was wrong there is no reason to fail.",
)
@click.option("--json", "as_json", is_flag=True, help="Print every case as JSON.")
@click.option(
    "--worst",
    type=click.IntRange(min=0),
    default=5,
    show_default=True,
    metavar="N",
    help="How many cases of each kind to show.",
)
@click.option(
    "--table",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="RUN",
    help="Leave the table in the folder of a run, for its page (diffbench report RUN).",
)
@options.plugins
@options.tools
@click.pass_context
def command(
    context: click.Context,
    methods: tuple[str, ...],
    groups: tuple[str, ...],
    programs: int,
    tolerance: float | None,
    known: Path | None,
    as_json: bool,
    worst: int,
    folder: Path | None,
    plugins: tuple[str, ...],
) -> None:
    """Put METHOD ... to code that tools are known to get wrong, to every row of the rule table, to
    identities, and to random programs: right, refused, wrong, or not finite?

    The exit code is 1 where an answer is wrong without a word, or the process was lost.
    """
    from diffbench.bench.conform import trial
    from diffbench.cli import target
    from diffbench.cli.single import trials as shown

    for plugin in plugins:
        target.load_module(plugin)
    expected = trial.known_wrong(known.read_text()) if known else set()
    cases = trial.chosen_cases(groups or GROUPS, programs)
    with shown.counted(len(cases) * len(methods)) as done:
        trials = [*trial.tried(methods, cases, tolerance, lambda record: done(record["method"]))]
    if as_json:
        click.echo(trial.to_json(trials))
    else:
        shown.show(trials, worst)
    if folder:
        click.echo(f"the table is {trial.write_table(trials, folder)}", err=True)
    context.exit(1 if trial.new_faults(trials, expected) else 0)
