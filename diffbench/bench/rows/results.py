"""Results of a run: a table with one row for each problem, size, operator and method, and where it
was measured.

Built from journal records; a later record of the same cell replaces the earlier one. `rows` and
`frame()` have exactly the columns of `COLUMNS`; the raw samples stay in `records`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from diffbench.bench.rows import journal
from diffbench.bench.rows.run_folder import (
    locked,
    read_environment,
    set_aside,
    write_environment,
    write_whole,
)
from diffbench.bench.rows.status import Status as Status  # part of what results are
from diffbench.bench.rows.view import html
from diffbench.bench.studies.by_suite import read_studies
from diffbench.errors import BadInput

if TYPE_CHECKING:
    import pandas as pd

IDENTITY = ("problem", "size", "operator", "method", "dtype")
COLUMNS = (
    *IDENTITY,
    "status",
    "reason",
    "error_rel",
    "error_norm",
    "error_ulp",
    "cond",
    "prepare_s",
    "first_s",
    "evaluate_s",
    "evaluate_low_s",
    "evaluate_high_s",
    "function_s",
    "ratio",
    "ratio_low",
    "ratio_high",
    "calls",
    "operations",
    "peak_bytes",
)
Row = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Results:
    """The records of a run and its environment block; `verdict` is a sentence or two when a
    comparison reached one.
    """

    records: tuple[journal.Record, ...]
    environment: Mapping[str, Any] = field(default_factory=dict)
    verdict: str = ""
    folder: Path | None = None  # where the run lies, with the tables of its studies

    def __post_init__(self) -> None:
        latest = {identity(record): record for record in self.records}
        object.__setattr__(self, "records", tuple(latest.values()))

    @property
    def rows(self) -> list[Row]:
        """One dict a cell with exactly the keys of COLUMNS; None where nothing was measured."""
        return [row(record) for record in self.records]

    def frame(self) -> "pd.DataFrame":
        """The rows as a pandas table; NaN where nothing was measured."""
        import pandas as pd  # a second to import, which reading or writing a journal need not pay

        numbers = {column: "float64" for column in COLUMNS[COLUMNS.index("error_rel") :]}
        return pd.DataFrame(self.rows, columns=list(COLUMNS)).astype(numbers)

    @property
    def tables(self) -> "Mapping[str, pd.DataFrame]":
        """The studies beside the matrix: swell, v_curve ...; see diffbench.bench.studies."""
        return read_studies(self.folder) if self.folder else {}

    def save(self, folder: str | Path) -> Path:
        """Write journal.jsonl and environment.json into the folder; a run that is there is set
        aside. Returns the folder.
        """
        folder = Path(folder)
        path = folder / "journal.jsonl"
        with locked(path):
            set_aside(sorted(folder.glob("*.jsonl")))
            write_whole(path, b"".join(map(journal.encode, self.records)))
            write_environment(folder, self.environment, self.verdict)
        return folder

    @classmethod
    def load(cls, folder: str | Path) -> "Results":
        """Read a run folder: every *.jsonl in it (one a shard) and environment.json. What is damaged
        is left out with a warning. Raises BadInput when there is no journal, or no record in any.
        """
        folder = Path(folder)
        sources = sorted(folder.glob("*.jsonl")) if folder.is_dir() else [folder]
        sources = [source for source in sources if source.is_file()]
        if not sources:
            raise BadInput(
                f"{folder} holds no journal (*.jsonl); name the folder that `diffbench run` wrote"
            )
        records = tuple(record for source in sources for record in journal.read(source))
        if not records and any(journal.is_damaged(source) for source in sources):
            raise BadInput(
                f"no line of {', '.join(source.name for source in sources)} in {folder} is a record "
                "of diffbench's; name the folder that `diffbench run` wrote"
            )
        about = read_environment(folder)
        verdict = str(about.pop("verdict", ""))
        return cls(records, about, verdict, folder)

    def __repr__(self) -> str:
        return f"Results({len(self.records)} rows)" + (f": {self.verdict}" if self.verdict else "")

    def _repr_html_(self) -> str:
        return html(self.rows, self.verdict)


def row(record: Mapping[str, Any]) -> Row:
    """The columns of a record."""
    return {column: record.get(column) for column in COLUMNS}


def identity(record: Mapping[str, Any]) -> tuple[Any, ...]:
    """What makes a cell this cell: problem, size, operator, method, dtype."""
    return tuple(record.get(column) for column in IDENTITY)


def combined(results: Iterable["Results"]) -> "Results":
    """Several results as one; later rows replace earlier ones about the same cell."""
    parts = list(results)
    records = tuple(record for part in parts for record in part.records)
    return Results(records, parts[0].environment if parts else {})
