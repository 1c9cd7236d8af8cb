"""One published figure, the one found here, and why they differ."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from typing import Any, ClassVar

Rows = Sequence[Mapping[str, Any]]
NOT_MEASURED = "not in this run"
ALIKE = 2.0  # ratios of other machines within this factor are the same


@dataclass(frozen=True)
class Entry:
    """A line of a table; `says` is the sentence about the deviation."""

    HEADINGS: ClassVar = ("quantity", "published", "here", "deviation")

    quantity: str
    published: str
    here: str
    says: str

    def shown(self) -> dict[str, str]:
        """By the headings of its columns."""
        return dict(zip(self.HEADINGS, astuple(self), strict=True))


def measured_ratio(rows: Rows, problem: str, size: int, method: str) -> float | None:
    """The cost of a gradient over that of f in a run; None where the run has none."""
    found = [
        row["ratio"]
        for row in rows
        if (row["problem"], row["size"], row["method"]) == (problem, size, method)
    ]
    return found[0] if found and found[0] is not None and found[0] == found[0] else None


def why_missing(rows: Rows, problem: str, size: int, methods: Iterable[str]) -> str:
    """The reasons of a run for having no answer by any of these methods."""
    told = [
        f"{row['method']}: {row['status']}"
        for row in rows
        if (row["problem"], row["size"]) == (problem, size) and row["method"] in set(methods)
    ]
    return "; ".join(told) or NOT_MEASURED
