"""The matrix: every problem and size down, every method across, correct digits and cost in each
cell, or why there are none.

A cell's colour tells the digits lost, its first line the digits kept, its second the time over the
function's own time. The outlined cell of a row is the cheapest method within one digit of the row's
most accurate. An empty-handed cell names its status; the reason is its tooltip and stands in the
ledger.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
import pandas as pd

from diffbench.bench.rows.results import Status
from diffbench.registry import namesake
from diffbench.report.drawing.colours import in_order
from diffbench.report.reading import ANSWERED, named, times, with_digits

# upper edges of the colour classes, in digits lost; the last class is open
LOST = (
    1.0,
    3.0,
    6.0,
    9.0,
    12.0,
)
WORDS = {
    Status.UNSUPPORTED: "can’t",
    Status.TIMEOUT: "time-out",
    Status.OUT_OF_MEMORY: "memory",
    Status.NOT_RUN: "not run",
}


@dataclass(frozen=True)
class Cell:
    """What one method did on one problem: digits or a word, the cost, a CSS class, a tooltip, the
    status.
    """

    text: str = "·"
    cost: str = ""
    kind: str = "absent"
    hint: str = "no row of results"
    status: str = ""


@dataclass(frozen=True)
class Line:
    """One problem, operator, dtype and size; `opens` where a new problem begins; cells in the order
    of the columns.
    """

    problem: str
    operator: str
    dtype: str
    size: int
    opens: bool
    cells: tuple[Cell, ...]

    @property
    def tags(self) -> str:
        """Those of the problem, where it is registered here."""
        return " ".join(sorted(getattr(namesake("problems", self.problem), "tags", ())))

    @property
    def title(self) -> str:
        return f"{named(self.problem, self.operator, self.dtype)}, n = {self.size:,}"


@dataclass(frozen=True)
class Family:
    """Neighbouring columns of one kind."""

    kind: str
    count: int


@dataclass(frozen=True)
class Matrix:
    """Columns and lines, in the order they are shown."""

    methods: tuple[str, ...]
    lines: tuple[Line, ...]

    @property
    def kinds(self) -> dict[str, str]:
        return {
            name: str(getattr(namesake("differentiators", name), "kind", ""))
            for name in self.methods
        }

    @property
    def families(self) -> list[Family]:
        kinds = self.kinds
        return [
            Family(kind, len(list(names)))
            for kind, names in groupby(self.methods, kinds.__getitem__)
        ]

    @property
    def tags(self) -> list[str]:
        """What there is to filter by."""
        return sorted({tag for line in self.lines for tag in line.tags.split()})

    @property
    def statuses(self) -> list[str]:
        return sorted({cell.status for line in self.lines for cell in line.cells if cell.status})


def matrix(frame: pd.DataFrame) -> Matrix:
    """The rows of results, arranged; problems in the order they were run in, sizes ascending."""
    methods = tuple(in_order(frame["method"]))
    return Matrix(methods, tuple(_lines(with_digits(frame.fillna({"reason": ""})), methods)))


def _lines(frame: pd.DataFrame, methods: tuple[str, ...]) -> Iterator[Line]:
    for (problem, operator, dtype), group in frame.groupby(
        ["problem", "operator", "dtype"], sort=False, dropna=False
    ):
        for place, (size, rows) in enumerate(group.groupby("size")):
            best = _best(rows)
            cells = {row.method: _cell(row, row.Index == best) for row in rows.itertuples()}
            in_columns = tuple(cells.get(method, Cell()) for method in methods)
            yield Line(
                str(problem), str(operator), str(dtype), int(str(size)), place == 0, in_columns
            )


def _best(rows: pd.DataFrame) -> Any:
    """Index of the cheapest answer within one digit of the most accurate, or None."""
    timed = rows[rows["status"].isin(ANSWERED) & rows["ratio"].notna() & rows["digits"].notna()]
    if timed.empty:
        return None
    return timed[timed["digits"] >= timed["digits"].max() - 1]["ratio"].idxmin()


def _cell(row: Any, best: bool) -> Cell:
    reason = f"{row.method}: {row.status}. {row.reason}".strip()
    if row.status not in ANSWERED:
        kind = f"status {row.status.replace(' ', '-')}"
        return Cell(WORDS.get(row.status, row.status), "", kind, reason, row.status)
    cost = times(row.ratio)
    if np.isnan(row.digits):
        hint = f"{reason} No reference to measure the error against."
        return Cell("?", cost, "absent", hint, row.status)
    mark = " ✗" if row.status == Status.INACCURATE else ""
    kind = f"lost-{np.searchsorted(LOST, row.lost)}" + (" best" if best else "")
    hint = f"{reason} {_measured(row)}"
    return Cell(f"{row.digits:.0f}{mark}", cost, kind, hint, row.status)


def _measured(row: Any) -> str:
    interval = (
        f" ({row.ratio_low:.3g} to {row.ratio_high:.3g})"
        if np.isfinite([row.ratio_low, row.ratio_high]).all()
        else ""
    )
    cost = f", {row.ratio:.3g} times f{interval}" if np.isfinite(row.ratio) else ""
    return f"Relative error {row.error:.2g}{cost}."
