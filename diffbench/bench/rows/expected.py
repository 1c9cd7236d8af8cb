"""What is expected of every method at every problem, in a committed file, and the rows of a run
that are otherwise.

    problem,size,method,outcomes,why
    bisection,1,*,ok,
    bisection,1,forward,inaccurate,norm-wise error 1.0e+00 is above 5.5e-07
    brusselator,2048,forward,ok,

The line with * says that a problem was met at this size, and what holds for the methods without a
line but other packages; several outcomes are separated by spaces. What the file does not know is not
held against it, and neither is a time-out where the run waited less than that of the file.

    python -m diffbench.bench.rows.expected RUN > FILE        writes one from a run
"""

import csv
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from diffbench.bench.rows.results import Results, Row, Status
from diffbench.bench.runner.cells import contestants
from diffbench.errors import BadInput
from diffbench.registry import names

COLUMNS = ("problem", "size", "method", "outcomes", "why")
ANYBODY = "*"
Key = tuple[str, int, str]
Expected = Mapping[Key, tuple[str, ...]]
NO_NEWS = (Status.NOT_RUN,)  # what was not run says nothing
WAITED_S = 60.0  # for each stage, in the run that the file was written from
SPENT = {Status.TIMEOUT, Status.OUT_OF_MEMORY}
SPENT_OR_NOT = SPENT | {Status.OK, Status.UNSUPPORTED}  # given more time or memory, or less


def read(path: Path) -> Expected:
    """The outcomes by problem, size and method. Raises BadInput for a file that is none of these."""
    with path.open(newline="", encoding="utf-8") as lines:
        rows = csv.DictReader(lines)
        if tuple(rows.fieldnames or ()) != COLUMNS:
            raise BadInput(
                f"{path} does not hold expected outcomes; its columns must be {', '.join(COLUMNS)}"
            )
        return {
            (row["problem"], int(row["size"]), row["method"]): tuple(row["outcomes"].split(" "))
            for row in rows
        }


def drift(rows: Iterable[Row], expected: Expected, timeout_s: float = WAITED_S) -> list[str]:
    """A sentence for each row that did not end as expected; timeout_s: of a stage, in this run."""
    return [
        f"{row['problem']} at {row['size']}, {row['method']}: {row['status']} and not "
        f"{' or '.join(wanted)} ({row['reason'] or 'no reason'})"
        for row in rows
        if (wanted := _wanted(row, expected)) and row["status"] not in _accepted(wanted, timeout_s)
    ]


def _wanted(row: Row, expected: Expected) -> tuple[str, ...]:
    where = row["problem"], row["size"]
    of_anybody = expected.get((*where, ANYBODY), ()) if _is_known(row["method"]) else ()
    return expected.get((*where, row["method"]), of_anybody)


def _is_known(method: str) -> bool:
    """Whether the file speaks of the method: it does of ours, and of none of another package."""
    return method not in names("differentiators") or method in contestants(None)


def _accepted(wanted: tuple[str, ...], timeout_s: float) -> set[str]:
    impatient = {Status.TIMEOUT} if timeout_s < WAITED_S else set()
    limited = SPENT_OR_NOT if SPENT.intersection(wanted) else set()
    return {*wanted, *NO_NEWS, *impatient, *limited}


def lines(rows: Iterable[Row]) -> Iterator[tuple[Any, ...]]:
    """The lines of a file from the rows of a run: one for each problem and size, and one for each
    row that is not ok.
    """
    yield COLUMNS
    for row in sorted(rows, key=_order):
        if row["status"] in NO_NEWS:
            continue
        if row["method"] == ANYBODY:
            yield row["problem"], row["size"], ANYBODY, str(Status.OK), ""
        elif row["status"] != Status.OK:
            yield row["problem"], row["size"], row["method"], row["status"], row["reason"]


def _order(row: Row) -> tuple[str, int, str]:
    return row["problem"], row["size"], row["method"]


def met(rows: Iterable[Row]) -> list[Row]:
    """The rows, with one for each problem and size that stands for anybody."""
    rows = list(rows)
    places = dict.fromkeys((row["problem"], row["size"]) for row in rows)
    anybody = [
        {"problem": name, "size": size, "method": ANYBODY, "status": Status.OK}
        for name, size in places
    ]
    return [*rows, *anybody]


def main(run: str) -> None:
    """Print the file of a run."""
    csv.writer(sys.stdout, lineterminator="\n").writerows(lines(met(Results.load(Path(run)).rows)))


if __name__ == "__main__":
    main(sys.argv[1])
