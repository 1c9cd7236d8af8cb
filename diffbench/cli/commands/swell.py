"""`diffbench swell`: how the derivative of a formula grows when the formula is applied to itself, and
the expressions themselves.
"""

from pathlib import Path

import click

from diffbench.cli import options


@click.command(context_settings=options.FORMULAS)
@click.argument("formula")
@click.option(
    "--iterate",
    type=click.IntRange(min=1, max=200),
    default=4,
    show_default=True,
    metavar="N",
    help="Apply the formula to itself, up to l_N; l_1 is x.",
)
@click.option("--at", default="0.2", show_default=True, metavar="X", help="The number x.")
@click.option(
    "--table", is_flag=True, help="Print l_n, its derivative as it comes, and the same simplified."
)
@options.form
@options.picture
def command(
    formula: str, iterate: int, at: str, table: bool, form: str | None, picture: Path | None
) -> None:
    """The swell of symbolic derivatives of FORMULA, applied to itself.

    FORMULA is of one name, such as "4*x*(1-x)", or one of the families of functions that the
    report studies (logistic ...), then up to size N.
    """
    from diffbench.cli import terminal
    from diffbench.cli.single.iterated import expressions_of, swell_of

    if table:
        rows = expressions_of(formula, iterate)
        terminal.print_rows(form, rows, lambda: terminal.show_expressions(rows))
        return
    frame = swell_of(formula, iterate, at)
    if picture:
        from diffbench.report.charts import growing_size

        terminal.write_picture(growing_size.chart(frame), picture)
    rows = frame.to_dict("records")
    terminal.print_rows(form, rows, lambda: terminal.show_swell(frame))
