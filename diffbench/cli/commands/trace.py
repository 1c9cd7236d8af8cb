"""`diffbench trace`: the textbook's table of a function at a point."""

import sys
from typing import Any

import click

from diffbench.cli import options


@click.command(context_settings=options.FORMULAS)
@options.function
@options.at
@options.dtype
@click.option(
    "--mode",
    type=click.Choice(["forward", "reverse"]),
    default="reverse",
    show_default=True,
    help="Tangents or adjoints.",
)
@click.option(
    "--seed",
    metavar="DIRECTION",
    help="Tangent of the input (forward) or adjoint of the output (reverse), written as a point.",
)
@click.option(
    "--step", "form", flag_value="step", help="One row at a time; return shows the next one."
)
@click.option(
    "--source",
    "form",
    flag_value="source",
    help="Primal and adjoint side by side as Python instead.",
)
@click.option("--dot", "form", flag_value="dot", help="The graph in Graphviz' language instead.")
@click.option("--text", "form", flag_value="text", help="The graph in text, a line a depth.")
@click.option("--svg", "form", flag_value="svg", help="The graph as SVG, without Graphviz.")
@click.option(
    "--gradient",
    is_flag=True,
    help="With --dot, --text or --svg: the graph of the derivative, in that mode.",
)
def command(
    function: str,
    at: str | None,
    dtype: str | None,
    mode: Any,
    seed: str | None,
    form: str | None,
    gradient: bool,
) -> None:
    """Print the textbook's table of FUNCTION at a point.

    Its intermediate values v_i, each with its tangent (forward) or its adjoint (reverse).
    """
    import diffbench
    from diffbench.cli import point, target
    from diffbench.cli.several_arguments import arguments_of

    chosen = target.read_target(function, at, dtype)
    direction = (
        None if seed is None else point.read_point(seed, arguments_of(chosen.function)).values
    )
    with target.prints_on_stderr():
        program = diffbench.record(chosen.function, chosen.point)
    if form in ("dot", "text", "svg"):
        from diffbench.program.read import graph, trace_table

        rows = trace_table.graph_rows(program, mode if gradient else None, direction)
        draw = {"text": graph.to_text, "svg": graph.to_svg, "dot": graph.to_dot}[form]
        click.echo(draw(graph.nodes(rows)))
    elif form == "source":
        from diffbench.program.read.side_by_side import side_by_side

        click.echo(side_by_side(program))
    else:
        table = str(program.trace_table(mode=mode, seed=direction))
        (row_by_row if form == "step" else click.echo)(table)


def row_by_row(table: str) -> None:
    """Print a row, wait for the return key, print the next one; all at once without a terminal."""
    waiting = sys.stdin.isatty()
    for row in table.splitlines():
        click.echo(row, nl=not waiting)
        if waiting:
            input()
