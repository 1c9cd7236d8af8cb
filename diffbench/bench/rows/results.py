"""Results of a run: a table with one row for each problem, size, operator and method, and where it
was measured.

Built from journal records; a later record of the same cell replaces the earlier one. `rows` and
`frame()` have exactly the columns of `COLUMNS`; the raw samples stay in `records`.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from diffbench.bench.rows import journal
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


class Status(StrEnum):
    """How a cell ended."""

    OK = "ok"
    INACCURATE = "inaccurate"  # an answer, and a wrong one; `reason` says by how much
    UNKNOWN = "unknown"  # an answer, and nothing to judge it by
    CONTRADICTED = "contradicted"  # an answer; the reference and plain f say different things
    UNSUPPORTED = "unsupported"  # the method refused and said why
    FAILED = "failed"  # an exception nobody meant
    TIMEOUT = "timeout"
    OUT_OF_MEMORY = "out-of-memory"
    CRASHED = "crashed"  # the process died
    NOT_RUN = "not run"  # the run's budget was spent before its turn came


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
        """Write journal.jsonl and environment.json into the folder, replacing what is there;
        returns the folder.
        """
        folder = Path(folder)
        (folder / "journal.jsonl").unlink(missing_ok=True)
        with journal.Journal(folder / "journal.jsonl") as lines:
            lines.append(*self.records)
        write_environment(folder, self.environment, self.verdict)
        return folder

    @classmethod
    def load(cls, folder: str | Path) -> "Results":
        """Read a run folder: every *.jsonl in it (one a shard) and environment.json. Raises
        BadInput when there is no journal.
        """
        folder = Path(folder)
        sources = sorted(folder.glob("*.jsonl")) if folder.is_dir() else [folder]
        if not sources or not sources[0].exists():
            raise BadInput(
                f"{folder} holds no journal (*.jsonl); name the folder that `diffbench run` wrote"
            )
        about = read_environment(folder)
        verdict = str(about.pop("verdict", ""))
        return cls(
            tuple(record for source in sources for record in journal.read(source)),
            about,
            verdict,
            folder,
        )

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


def write_environment(folder: Path, environment: Mapping[str, Any], verdict: str = "") -> None:
    """Write the environment block beside the journal."""
    folder.mkdir(parents=True, exist_ok=True)
    about = {**environment, **({"verdict": verdict} if verdict else {})}
    (folder / "environment.json").write_text(json.dumps(about, indent=1))


def read_environment(folder: Path) -> dict[str, Any]:
    """The environment block of a run folder, empty when there is none."""
    path = folder / "environment.json"
    return dict(json.loads(path.read_text())) if path.exists() else {}


def combined(results: Iterable["Results"]) -> "Results":
    """Several results as one; later rows replace earlier ones about the same cell."""
    parts = list(results)
    records = tuple(record for part in parts for record in part.records)
    return Results(records, parts[0].environment if parts else {})
