"""The trials of `conform` in the terminal: how many cases ended in each way, and the worst ones."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from diffbench.bench.conform.cases import Outcome
from diffbench.bench.conform.trial import Record, Trial, table
from diffbench.cli.terminal import terminal

GRAVEST = (Outcome.WRONG, Outcome.LOST, Outcome.NOT_FINITE)
LENGTH = 96  # of a case's code


@contextmanager
def counted(total: int) -> Iterator[Callable[[str], None]]:
    """A bar that counts cases, on the terminal's other stream."""
    columns = (
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}", markup=False),
    )
    with Progress(
        *columns, console=Console(stderr=True, markup=False, emoji=False), transient=True
    ) as bar:
        task = bar.add_task("drawing cases", total=total)
        yield lambda method: bar.update(task, advance=1, description=method)


def show(trials: Sequence[Trial], worst: int) -> None:
    """Print the table, and `worst` cases of each grave kind."""
    console = terminal()
    drawn = Table(box=box.SIMPLE)
    for name in ("method", "group", *Outcome):
        drawn.add_column(str(name), justify="right" if name in set(Outcome) else "left")
    for line in table(trials):
        drawn.add_row(line["method"], line["group"], *(str(line[str(o)]) for o in Outcome))
    console.print(drawn)
    for trial in trials:
        for outcome in GRAVEST:
            for record in trial.of(outcome)[:worst]:
                console.print(told(record), soft_wrap=True)


def told(record: Record) -> str:
    """A case in a line: what was asked, what came, what should have."""
    code = record["why"] if len(record["why"]) <= LENGTH else record["why"][: LENGTH - 3] + "..."
    gap = f"{record['found']} for {record['expected']}" if record["found"] else record["reason"]
    where = f"{record['method']}, {record['outcome']}, {record['group']} {record['case']}"
    return f"{where}: {' '.join(code.split())}: {gap}"
