"""Results in a notebook: the matrix. Of one problem a method a line, of several a method a column; in
each cell the correct digits on a colour that tells how many are lost, and the time over that of f.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from markupsafe import Markup

from diffbench.bench.comparing.words import seconds
from diffbench.markup import coloured, sentence, table

# digits lost, up to so many, and the colour; as the report has them on light paper
LOST = (1.0, 3.0, 6.0, 9.0, 12.0, np.inf)
COLOURS = ("#e3f1f4", "#c8e0dc", "#f4e3ae", "#f0bb74", "#e08a55", "#d98b7d")
NO_ANSWER = "#e6e6e6"
LINE = ("problem", "size", "operator", "dtype")  # what makes a line of the matrix
Row = dict[str, Any]


def html(rows: Sequence[Row], verdict: str) -> str:
    """The matrix, and the verdict below it."""
    lines = {tuple(row[name] for name in LINE): None for row in rows}
    drawn = one_problem(rows) if len(lines) == 1 else several_problems(rows, list(lines))
    return str(drawn + (sentence(verdict) if verdict else Markup("")))


def one_problem(rows: Sequence[Row]) -> Markup:
    """A line a method: digits, costs, and what there is to say."""
    heading = ("method", "digits", "times f", "time", "prepare", "status", "reason")
    return table(heading, map(in_full, rows))


def in_full(row: Row) -> tuple[Any, ...]:
    """All that is shown of one method."""
    costs = times(row), seconds_of(row, "evaluate_s"), seconds_of(row, "prepare_s")
    return row["method"], digits(row), *costs, row["status"], row["reason"] or ""


def several_problems(rows: Sequence[Row], lines: Sequence[tuple[Any, ...]]) -> Markup:
    """A line a problem and size, a column a method."""
    methods = list(dict.fromkeys(row["method"] for row in rows))
    found = {(*(row[name] for name in LINE), row["method"]): row for row in rows}
    drawn = [(*line, *(cell(found.get((*line, method))) for method in methods)) for line in lines]
    return table((*LINE, *methods), drawn)


def cell(row: Row | None) -> Markup:
    """Digits and cost; a dot where there is no row."""
    return Markup("·") if row is None else Markup("{} {}").format(digits(row), times(row))


def digits(row: Row) -> Markup:
    """The correct digits, or why there are none."""
    hint = f"{row['method']}: {row['status']}. {row['reason'] or ''}".strip()
    if row["error_norm"] is None:
        return coloured(str(row["status"]), NO_ANSWER, hint)
    eps = float(np.finfo(row["dtype"]).eps)
    right = -np.log10(np.clip(row["error_norm"], eps, 1.0))
    lost = -np.log10(eps) - right
    return coloured(f"{right:.0f}", COLOURS[int(np.searchsorted(LOST, lost))], hint)


def times(row: Row) -> str:
    """The ratio to f."""
    return "" if row["ratio"] is None else f"{row['ratio']:.3g}×"


def seconds_of(row: Row, column: str) -> str:
    return "" if row[column] is None else seconds(row[column])
