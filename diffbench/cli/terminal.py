"""Results in the terminal: a table with the best method on top, what the others refused and why,
and the verdict.
"""

import json
import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import numpy as np
import pandas as pd
from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from diffbench.bench.rows.changes import Change, Difference
from diffbench.bench.rows.results import Results, Row, Status
from diffbench.bench.studies.paper.tables import among
from diffbench.report.drawing.canvas import Chart
from diffbench.report.reading import seconds, short, times, with_digits

WIDTH = 140  # of a table that goes into a file or a pipe
# columns that go, in this order, where the terminal is too narrow for all
LESSER = ("calls of f", "95 % interval", "relative error", "prepare", "time")
NAMESPACE = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
CELLS: dict[str, Callable[[Row], str]] = {
    "method": lambda row: row["method"],
    "error (ulp)": lambda row: short(row["error_ulp"]),
    "relative error": lambda row: short(row["error_norm"]),
    "time": lambda row: seconds(row["evaluate_s"]),
    "times f": lambda row: times(row["ratio"]),
    "95 % interval": lambda row: interval(row["ratio_low"], row["ratio_high"]),
    "calls of f": lambda row: short(row["calls"]),
    "prepare": lambda row: seconds(row["prepare_s"]),
    "status": lambda row: row["status"],
}


def show(results: Results) -> None:
    """Print the table, one line for each method that has something to explain, and the verdict."""
    console = terminal()
    rows = ranked(results)
    console.print(fitting(rows, console))
    if timed := [row["function_s"] for row in rows if row["function_s"]]:
        console.print(f"f itself takes {seconds(timed[0])}")
    for reason, methods in explained(rows).items():
        console.print(f"{', '.join(methods)}: {reason}", soft_wrap=True)
    if results.verdict:
        console.print(f"\n{results.verdict}", soft_wrap=True)


def explained(rows: list[Row]) -> dict[str, list[str]]:
    """Each reason once, with the methods that it holds for."""
    found: dict[str, list[str]] = {}
    for row in rows:
        if row["reason"]:
            found.setdefault(row["reason"], []).append(row["method"])
    return found


def show_markdown(results: Results) -> None:
    """Print the same table in Markdown, and the verdict below it."""
    console = Console(markup=False, emoji=False, highlight=False, width=1000, no_color=True)
    with console.capture() as printed:
        console.print(table(ranked(results), lines=box.MARKDOWN))
    click.echo("\n".join(line.rstrip() for line in printed.get().strip().splitlines()))
    if results.verdict:
        click.echo(f"\n{results.verdict}")


def show_frame(frame: pd.DataFrame) -> None:
    """Print a data frame, numbers short."""
    drawn = Table(*map(str, frame.columns), box=box.SIMPLE_HEAD, pad_edge=False)
    drawn.columns[0].no_wrap = True
    for line in frame.itertuples(index=False):
        drawn.add_row(*map(short, line))
    terminal().print(drawn)


def show_published(tables: Mapping[str, pd.DataFrame]) -> None:
    """Print those tables of a run that hold published figures."""
    for name, title, source in among(tables):
        click.echo(f"\n{title}\n{source}")
        show_frame(tables[name].fillna(""))


def show_sweep(frame: pd.DataFrame) -> None:
    """Print the median error at the whole decades of the step, one column a curve, and where each
    curve is lowest.
    """
    exponents = np.log10(frame["h"].astype(float))
    whole = frame.assign(decade=exponents.round(), off=(exponents - exponents.round()).abs())
    curves = (
        whole.sort_values("off")
        .pivot_table(
            index="decade", columns=["dtype", "scheme"], values="error_median", aggfunc="first"
        )
        .sort_index(ascending=False)
    )
    drawn = Table("step h", *map(" ".join, curves.columns), box=box.SIMPLE_HEAD, pad_edge=False)
    for decade, line in curves.iterrows():
        drawn.add_row(f"1e{int(decade):d}", *("" if e != e else f"{e:.2g}" for e in line))
    terminal().print(drawn)
    for (dtype, scheme), rows in frame.groupby(["dtype", "scheme"]):
        best = rows.loc[rows["error_median"].idxmin()]
        click.echo(
            f"{dtype} {scheme}: least error {best['error_median']:.2g} at h = {best['h']:.2g}; "
            f"theory {best['error_bound']:.2g} at {best['h_opt_theory']:.2g}"
        )


def show_swell(frame: pd.DataFrame) -> None:
    """Print the operations of every form, one line a size, and why one is missing."""
    counts = frame.pivot_table(
        index="n", columns="form", values="operations", aggfunc="first", sort=False
    )
    drawn = Table("n", *map(str, counts.columns), box=box.SIMPLE_HEAD, pad_edge=False)
    for n, line in counts.iterrows():
        drawn.add_row(str(n), *("" if count != count else f"{count:,.0f}" for count in line))
    terminal().print(drawn)
    for status, rows in frame[frame["status"] != "ok"].groupby("status", sort=False):
        click.echo(f"{', '.join(rows['form'].unique())}: {status}")


def show_expressions(rows: Iterable[dict[str, Any]]) -> None:
    """Print l_n, its derivative as it comes and the same simplified, each on a line of its own."""
    for row in rows:
        name = f"l_{row['n']}"
        click.echo(f"{name:<6} = {row['l']}")
        click.echo(f"{name + chr(39):<6} = {row['derivative']}")
        if row["simplified"] != row["derivative"]:
            click.echo(f"{'':<6} = {row['simplified']}")


def write_picture(chart: Chart, path: Path) -> None:
    """Write the panels of a chart, the second one and later ones beside the first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    for k, panel in enumerate(chart.panels):
        place = path if k == 0 else path.with_stem(f"{path.stem}-{k + 1}")
        place.write_text(str(panel.svg).replace("<svg ", f"<svg {NAMESPACE} ", 1))
        click.echo(f"the picture is {place}: {panel.title}", err=True)


@contextmanager
def progress_bar() -> Iterator[Callable[[int, int, Row], None]]:
    """A bar on stderr, advanced by calling it with cells done, cells in all and the row just
    finished.
    """
    columns = (
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}", markup=False),
    )
    console = Console(stderr=True, markup=False, emoji=False)
    # without a thread of its own, which a fork of this process would not survive
    bar = Progress(
        *columns,
        console=console,
        transient=True,
        auto_refresh=False,
        redirect_stdout=False,
        disable=not console.is_terminal,
    )
    with bar:
        task = bar.add_task("starting", total=None)
        bar.refresh()

        def advance(done: int, total: int, row: Row) -> None:
            at = f"{row['problem']} {row['size']} {row['method']}"
            bar.update(task, completed=done, total=total, description=at, refresh=True)

        yield advance


def show_difference(difference: Difference) -> None:
    """Print the cells that changed, the regressions on top, and how many of each kind there are."""
    changed = [
        change for change in difference.changes if set(judgements(change)) - {"SAME", "UNCLEAR", ""}
    ]
    drawn = Table(
        "problem",
        "size",
        "method",
        "verdict",
        "time, after / before",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
    )
    for change in sorted(changed, key=lambda change: not change.regressed):
        words = ", ".join(
            word for word in judgements(change) if word not in ("SAME", "UNCLEAR", "")
        )
        drawn.add_row(
            change.problem,
            str(change.size),
            change.method,
            words,
            interval(change.factor_low, change.factor_high),
        )
    if changed:
        terminal().print(drawn)
    counted = Counter(change.speed or change.outcome for change in difference.changes)
    click.echo(
        f"{len(difference.changes)} cells: "
        + ", ".join(f"{count} {word}" for word, count in counted.most_common())
    )
    click.echo(f"{len(difference.regressions)} regressions. {difference.note}".rstrip())


def judgements(change: Change) -> tuple[str, ...]:
    """Everything that was said about a cell."""
    return change.outcome, change.speed, change.accuracy, change.counts


def print_rows(form: str | None, rows: Iterable[dict[str, Any]], draw: Callable[[], None]) -> None:
    """The rows as JSON (null for what JSON lacks: NaN and infinity) or as CSV, or drawn when no
    form was asked for.
    """
    if form == "json":
        click.echo(
            json.dumps(
                [{key: _finite(value) for key, value in row.items()} for row in rows], indent=1
            )
        )
    elif form == "csv":
        click.echo(pd.DataFrame(list(rows)).to_csv(index=False), nl=False)
    else:
        draw()


def terminal() -> Console:
    """Where tables are printed: as wide as the terminal, or WIDTH in a file or a pipe."""
    console = Console(markup=False, emoji=False, highlight=False)
    return (
        console
        if console.is_terminal
        else Console(markup=False, emoji=False, highlight=False, width=WIDTH)
    )


def ranked(results: Results) -> list[Row]:
    """The rows with the best on top: by status, then by correct digits, then by cost."""
    frame = with_digits(results.frame())
    frame = frame.assign(
        rank=frame["status"].map(list(Status).index), digits=frame["digits"].round()
    )
    ordered = frame.sort_values(
        ["rank", "digits", "ratio", "method"], ascending=[True, False, True, True]
    )
    return [results.rows[place] for place in ordered.index]


def fitting(rows: list[Row], console: Console) -> Table:
    """The table with as many columns as the console is wide for."""
    columns = list(CELLS)
    for lesser in ("", *LESSER):
        columns = [heading for heading in columns if heading != lesser]
        drawn = table(rows, columns)
        if console.measure(drawn, options=console.options.update(width=1000)).maximum <= (
            console.width
        ):
            break
    return drawn


def table(
    rows: list[Row], columns: Iterable[str] = tuple(CELLS), lines: box.Box = box.SIMPLE_HEAD
) -> Table:
    """One line a row, numbers flush right."""
    columns = list(columns)
    drawn = Table(box=lines, pad_edge=lines is box.MARKDOWN)
    for heading in columns:
        drawn.add_column(
            heading, justify="left" if heading in ("method", "status") else "right", no_wrap=True
        )
    for row in rows:
        drawn.add_row(
            *(CELLS[heading](row) for heading in columns),
            style=None if row["status"] == Status.OK else "dim",
        )
    return drawn


def interval(low: Any, high: Any) -> str:
    """Both ends of an interval of ratios."""
    return f"{times(low)} to {times(high)}" if times(low) and times(high) else ""


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value
