"""The run's memory: one JSON line a finished cell, on disk before the next one starts.

A line is appended and fsynced, so kill -9 at any moment, or a disk that is full, loses at most the
cell under way. A line that is no record is left out with a warning that names it, wherever it
stands. Each writer has its own file, and files merge by `cat`: lines say everything about
themselves, and of two lines about the same cell the later one counts.
"""

import json
import math
import os
import re
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from importlib.resources import files
from pathlib import Path
from typing import Any

from diffbench.bench.rows import line
from diffbench.bench.rows.line import SCHEMA_VERSION
from diffbench.bench.rows.printable import LONGEST, bounded
from diffbench.errors import BadInput

Record = dict[str, Any]
NAMED = 3  # lines that are left out, in a warning


class LeftOut(UserWarning):
    """Something that was found in a file is not used."""


class Journal:
    """A file of records, open for appending."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        _mend(path)
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
        self._length = os.fstat(self._file).st_size
        self._beside = path.parent / "messages"

    def append(self, *records: Mapping[str, Any]) -> None:
        """Write the records and return when they are on disk. Where they can't be written whole the
        journal stays as it was, and OSError is raised.
        """
        rest = memoryview(b"".join(encode(self._shortened(record)) for record in records))
        try:
            while rest:
                rest = rest[os.write(self._file, rest) :]
            os.fsync(self._file)
        except OSError:
            with suppress(OSError):
                os.ftruncate(self._file, self._length)
            raise
        self._length = os.fstat(self._file).st_size

    def close(self) -> None:
        os.close(self._file)

    def __enter__(self) -> "Journal":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _shortened(self, record: Mapping[str, Any]) -> Mapping[str, Any]:
        """The record with a reason that can be shown; the whole of a longer one lies beside."""
        reason = record.get("reason") or ""
        if len(reason) <= LONGEST:
            return record
        cell = "-".join(str(record.get(name)) for name in ("problem", "size", "method", "dtype"))
        path = self._beside / f"{re.sub(r'[^A-Za-z0-9.-]', '_', cell)[:150]}.txt"
        path.parent.mkdir(exist_ok=True)
        path.write_text(reason, encoding="utf-8", errors="backslashreplace")
        whole = f" (the whole: messages/{path.name})"
        return {**record, "reason": bounded(reason, LONGEST - len(whole)) + whole}


def encode(record: Mapping[str, Any]) -> bytes:
    """One line of strict JSON: NaN and infinities, which JSON lacks, become null."""
    return (
        json.dumps({"schema": SCHEMA_VERSION, **finite(dict(record))}, allow_nan=False) + "\n"
    ).encode()


def read(path: Path) -> list[Record]:
    """All records of a journal in order. Warns of the lines that are none: how many there are, and
    which and why.
    """
    lines = path.read_bytes().split(b"\n")
    torn = lines.pop()
    found = [(number, _record(text)) for number, text in enumerate(lines, start=1) if text]
    records = [record for _, record in found if not isinstance(record, BadInput)]
    faults = [f"line {number} {error}" for number, error in found if isinstance(error, BadInput)]
    for sentence in _left_out(faults, bool(torn)):
        warnings.warn(LeftOut(f"{path}: {sentence}"), stacklevel=2)
    return records


def is_damaged(path: Path) -> bool:
    """Whether a line in it, but for a torn last one, is no record."""
    *lines, _ = path.read_bytes().split(b"\n")
    return any(text and isinstance(_record(text), BadInput) for text in lines)


def merge(sources: Iterable[Path], target: Path) -> None:
    """The lines of several journals in one, as `cat` does, what is no record left out."""
    records = [record for source in sources for record in read(source)]
    with Journal(target) as journal:
        journal.append(*records)


def schema() -> dict[str, Any]:
    """The JSON Schema of a line."""
    text = files("diffbench.bench.rows").joinpath("row.schema.json").read_text()
    return dict(json.loads(text))


def _record(text: bytes) -> Record | BadInput:
    try:
        return line.record(text)
    except BadInput as error:
        return error


def _left_out(faults: list[str], torn: bool) -> Iterator[str]:
    if faults:
        more = ", ..." if len(faults) > NAMED else ""
        are = "1 line is" if len(faults) == 1 else f"{len(faults)} lines are"
        yield f"{are} left out: {', '.join(faults[:NAMED])}{more}"
    if torn:
        yield (
            "the last line is torn (the run was killed while writing it) and is left out; run "
            "again with resume"
        )


def _mend(path: Path) -> None:
    """Cut a torn last line off, so that the next record starts on a line of its own."""
    if path.exists():
        data = path.read_bytes()
        if not data.endswith(b"\n"):
            os.truncate(path, data.rfind(b"\n") + 1)


def finite(value: Any) -> Any:
    """The value with None for the numbers that JSON lacks."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: finite(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(entry) for entry in value]
    return value
