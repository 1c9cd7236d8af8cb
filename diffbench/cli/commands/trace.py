"""`diffbench trace`: the textbook's table of a function at a point."""

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
@click.option("--dot", is_flag=True, help="Print the graph in Graphviz' language instead.")
def command(
    function: str, at: str | None, dtype: str | None, mode: str, seed: str | None, dot: bool
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
    click.echo(program.to_dot() if dot else str(program.trace_table(mode=mode, seed=direction)))
