"""`diffbench sweep`: the V-curve of a difference on one's own function."""

from pathlib import Path
from typing import Any

import click

from diffbench.cli import options


@click.command(context_settings=options.FORMULAS)
@options.function
@options.at
@click.option(
    "--scheme",
    "schemes",
    type=click.Choice(["forward", "central", "backward"]),
    multiple=True,
    help="Only this difference.  [default: forward and central]",
)
@click.option(
    "--dtype",
    "dtypes",
    type=click.Choice(["float16", "float32", "float64", "longdouble"]),
    multiple=True,
    help="Only in this precision.  [default: float64 and float32]",
)
@options.form
@options.picture
def command(
    function: str,
    at: str | None,
    schemes: tuple[str, ...],
    dtypes: tuple[str, ...],
    form: str | None,
    picture: Path | None,
) -> None:
    """The error of a difference of FUNCTION at every step: the V-curve.

    FUNCTION is of one number. The table has a line a decade of the step; --csv and --json have all
    of them.
    """
    import diffbench
    from diffbench.cli import target, terminal

    chosen = target.read_target(function, at)
    given: dict[str, Any] = {"schemes": schemes, "dtypes": dtypes}
    with target.prints_on_stderr():
        frame = diffbench.sweep(
            chosen.function, chosen.point, **{name: few for name, few in given.items() if few}
        )
    if picture:
        from diffbench.report.charts import v_curve

        terminal.write_picture(v_curve.chart(frame), picture)
    rows = frame.to_dict("records")
    terminal.print_rows(form, rows, lambda: terminal.show_sweep(frame))
