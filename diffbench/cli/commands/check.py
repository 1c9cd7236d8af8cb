"""`diffbench check`: is the derivative that somebody wrote right?"""

import click

from diffbench.cli import options

KINDS = {
    "gradient": "The gradient to check, or the Jacobian where FUNCTION returns an array: called (x).",
    "jacobian": "The same, of a function that returns an array.",
    "hessian": "The Hessian, called (x).",
    "jvp": "J v, called (x, v), at a seeded direction v.",
    "vjp": "J^T u, called (x, u), at a seeded u.",
    "hvp": "H v, called (x, v), at a seeded direction v.",
}


def _claims(command: click.Command) -> click.Command:
    """Decorator: an option for each kind of derivative."""
    for kind, text in reversed(KINDS.items()):
        command = click.option(
            f"--{kind}", metavar="NAME", shell_complete=options.offered("targets"), help=text
        )(command)
    return command


@click.command(context_settings=options.FORMULAS)
@options.function
@_claims  # type: ignore[arg-type]
@options.at
@options.dtype
@click.pass_context
def command(
    context: click.Context,
    /,
    function: str,
    at: str | None,
    dtype: str | None,
    **claims: str | None,
) -> None:
    """Check a derivative that you wrote for FUNCTION.

    NAME is module:function or folder/file.py:function. There is no step size to choose. The exit
    code is 1 when the derivative is wrong, and 3 when f is too noisy to tell.
    """
    from diffbench.cli import target
    from diffbench.errors import BadInput
    from diffbench.measure.checking.products import check_derivative

    given = {kind: name for kind, name in claims.items() if name is not None}
    if len(given) != 1:
        raise BadInput(f"give one derivative to check: {' or '.join(f'--{k} NAME' for k in KINDS)}")
    [(kind, name)] = given.items()
    chosen = target.read_target(function, at, dtype)
    claimed = target.read_function(name)
    with target.prints_on_stderr():
        found = check_derivative(
            chosen.function,
            lambda *arguments: target.called(name, claimed, *arguments),
            chosen.point,
            operator=kind,
        )
    click.echo(str(found))
    context.exit({"right": 0, "wrong": 1}.get(found.verdict, 3))
