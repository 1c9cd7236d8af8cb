"""`diffbench check`: is the gradient that somebody wrote right?"""

import click

from diffbench.cli import options


@click.command(context_settings=options.FORMULAS)
@options.function
@click.option(
    "--gradient",
    required=True,
    metavar="FUNCTION",
    help="The gradient to check: module:function or folder/file.py:function.",
)
@options.at
@options.dtype
@click.pass_context
def command(
    context: click.Context, function: str, gradient: str, at: str | None, dtype: str | None
) -> None:
    """Check a gradient that you wrote for FUNCTION.

    There is no step size to choose. The exit code is 1 when the gradient is wrong, and 3 when f is
    too noisy to tell.
    """
    import diffbench
    from diffbench.cli import target

    chosen = target.read_target(function, at, dtype)
    claimed = target.evaluate(gradient, target.read_function(gradient), chosen.point)
    with target.prints_on_stderr():
        found = diffbench.check_gradient(chosen.function, claimed, chosen.point)
    click.echo(str(found))
    context.exit({"right": 0, "wrong": 1}.get(found.verdict, 3))
