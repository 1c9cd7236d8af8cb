"""What is expected of every method at every problem, in a committed file, and the rows of a run
that are otherwise.

    problem,size,method,outcomes,why
    bisection,1,*,ok,
    bisection,1,forward,inaccurate,norm-wise error 1.0e+00 is above 5.5e-07

The line with * says that a problem was met at this size, and what holds for the methods without a
line; several outcomes are separated by spaces. What the file does not know is not held against it.

    python -m diffbench.bench.rows.expected RUN > FILE        writes one from a run
"""

import csv
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from diffbench.bench.rows.results import Results, Row, Status
from diffbench.errors import BadInput

COLUMNS = ("problem", "size", "method", "outcomes", "why")
ANYBODY = "*"
Key = tuple[str, int, str]
Expected = Mapping[Key, tuple[str, ...]]
NO_NEWS = (Status.NOT_RUN,)  # what was not run says nothing


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


def drift(rows: Iterable[Row], expected: Expected) -> list[str]:
    """A sentence for each row that did not end as expected."""
    return [
        f"{row['problem']} at {row['size']}, {row['method']}: {row['status']} and not "
        f"{' or '.join(wanted)} ({row['reason'] or 'no reason'})"
        for row in rows
        if row["status"] not in (wanted := _wanted(row, expected)) and wanted
        if row["status"] not in NO_NEWS
    ]


def _wanted(row: Row, expected: Expected) -> tuple[str, ...]:
    where = row["problem"], row["size"]
    return expected.get((*where, row["method"])) or expected.get((*where, ANYBODY)) or ()


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
