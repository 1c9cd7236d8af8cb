"""The run's memory: one JSON line a finished cell, on disk before the next one starts.

A line is appended, flushed and fsynced, so kill -9 at any moment loses at most the cell under way.
A torn last line is dropped with a warning; anything torn elsewhere is an error. Each writer has its
own file, and files merge by `cat`: lines say everything about themselves, and of two lines about
the same cell the later one counts.
"""

import json
import math
import os
import warnings
from collections.abc import Iterable, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from diffbench.errors import BadInput

SCHEMA_VERSION = 1
Record = dict[str, Any]


class Journal:
    """A file of records, open for appending."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        _mend(path)
        self._file = path.open("ab")

    def append(self, *records: Mapping[str, Any]) -> None:
        """Write the records and return when they are on disk."""
        self._file.write(b"".join(map(encode, records)))
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> "Journal":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def encode(record: Mapping[str, Any]) -> bytes:
    """One line of strict JSON: NaN and infinities, which JSON lacks, become null."""
    return (
        json.dumps({"schema": SCHEMA_VERSION, **_finite(dict(record))}, allow_nan=False) + "\n"
    ).encode()


def read(path: Path) -> list[Record]:
    """All records of a journal in order. Warns of a torn last line; raises BadInput on any other
    broken or newer one.
    """
    lines = path.read_bytes().split(b"\n")
    torn = lines.pop()
    if torn:
        warnings.warn(
            f"{path}: the last line is torn (the run was killed while writing it) and is left out; "
            "run again with resume",
            stacklevel=2,
        )
    return [_decode(line, path, number) for number, line in enumerate(lines, start=1) if line]


def merge(sources: Iterable[Path], target: Path) -> None:
    """The lines of several journals in one, as `cat` does, torn ends left out."""
    records = [record for source in sources for record in read(source)]
    with Journal(target) as journal:
        journal.append(*records)


def schema() -> dict[str, Any]:
    """The JSON Schema of a line."""
    text = files("diffbench.bench.rows").joinpath("row.schema.json").read_text()
    return dict(json.loads(text))


def _decode(line: bytes, path: Path, number: int) -> Record:
    try:
        record = json.loads(line)
    except ValueError as error:
        raise BadInput(
            f"{path}, line {number} is not JSON ({error}); delete that line and run again with "
            "resume"
        ) from None
    found = record.get("schema") if isinstance(record, dict) else None
    if found != SCHEMA_VERSION:
        raise BadInput(
            f"{path}, line {number} has schema {found} and not {SCHEMA_VERSION}; read it with the "
            "release that wrote it"
        )
    return dict(record)


def _mend(path: Path) -> None:
    """Cut a torn last line off, so that the next record starts on a line of its own."""
    if path.exists():
        data = path.read_bytes()
        if not data.endswith(b"\n"):
            os.truncate(path, data.rfind(b"\n") + 1)


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(entry) for entry in value]
    return value
