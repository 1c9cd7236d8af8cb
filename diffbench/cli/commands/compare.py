"""`diffbench compare`: every method on one function at one point."""

import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import click

from diffbench.cli import options
from diffbench.vocabulary import Operator


@click.command(context_settings=options.FORMULAS)
@options.function
@options.at
@options.size
@options.point_seed
@options.dtype
@click.option(
    "--operator",
    type=click.Choice([str(operator) for operator in Operator]),
    help="What to compute; default by f's shape.",
)
@options.methods
@options.plugins
@options.tools
@options.timeout
@click.option(
    "--calls",
    type=click.IntRange(min=1),
    metavar="N",
    help="Recommend for N calls; for one, a thousand and very many without.",
)
@click.option(
    "--in-process", is_flag=True, help="Measure in this process, for a debugger: nothing is caught."
)
@options.form
@click.option(
    "--markdown", "form", flag_value="markdown", help="Print the table in Markdown, for a page."
)
@click.option(
    "--report",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Write the page into this folder, too.",
)
def command(
    function: str,
    at: str | None,
    size: int | None,
    seed: int,
    dtype: str | None,
    operator: str | None,
    methods: list[str] | None,
    plugins: tuple[str, ...],
    timeout_s: float | None,
    calls: int | None,
    in_process: bool,
    form: str | None,
    report: Path | None,
) -> None:
    """Measure every method on FUNCTION at a point.

    How wrong is each one, how expensive, and which one should you take? FUNCTION is a formula such
    as "log(x1)+x1*x2-sin(x2)", module:function or folder/file.py:function. Each method runs in a
    process of its own: a crash or a hang is a row.
    """
    import diffbench
    from diffbench.cli import target
    from diffbench.errors import Unsupported

    for plugin in plugins:
        target.load_module(plugin)
    chosen = target.find_target(function, target.Where(at, dtype, size, seed))
    if said := target.notice(chosen.function):
        click.echo(f"note: {said}", err=True)
    with shown_progress() as progress:
        results = diffbench.compare(
            chosen.function,
            chosen.point,
            operator=operator,
            methods=methods,
            timeout_s=timeout_s,
            calls=calls,
            in_process=in_process,
            progress=progress,
        )

    from diffbench.bench.rows.measured import ANSWERED

    # after the work: what is refused need not wait for pandas and rich
    from diffbench.cli import (
        terminal,
    )

    if report:
        page = diffbench.render(results, report)
        click.echo(f"the page is {page}", err=True)
    draw = terminal.show_markdown if form == "markdown" else terminal.show
    terminal.print_rows(form, results.rows, lambda: draw(results))
    if not any(row["status"] in ANSWERED for row in results.rows):
        who = " and ".join(methods) if methods else "no method"
        raise Unsupported(
            f"{who} could {'not ' if methods else ''}differentiate {function}; the rows say why"
            + (", and without --methods all are tried" if methods else "")
        )


def shown_progress() -> AbstractContextManager[Any]:
    """A bar on standard error where that is a terminal."""
    if not sys.stderr.isatty():
        return nullcontext()
    from diffbench.cli.terminal import progress_bar

    return progress_bar()
