"""The folder of a run: who may write into it, what is set aside, and what of it can be read.

journal.jsonl           the cells (journal-I-of-N.jsonl of a share)
environment.json        where and with what they were measured; appears whole or not at all
messages/               reasons too long for a row
references/             what was worked out as true, kept for the next run
tables/                 the studies
earlier-1/, earlier-2/  runs that were here before
"""

import os
import tempfile
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from shutil import copy
from typing import Any

import msgspec
from filelock import FileLock, Timeout

from diffbench.bench.rows.journal import LeftOut, encode, is_damaged, read
from diffbench.bench.rows.printable import bounded, printable
from diffbench.errors import BadInput, DiffbenchError, NotWritten

ENVIRONMENT = "environment.json"
DEEPEST = 6  # levels of an environment block; ours have three
LONGEST = 2000  # characters of a text in one


@contextmanager
def locked(journal: Path) -> Iterator[None]:
    """The right to write this journal, held by one process at a time. Raises BadInput where another
    one holds it.
    """
    journal.parent.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(journal.parent / f".{journal.name}.lock", timeout=0):
            yield
    except Timeout:
        raise BadInput(
            f"another run is writing {journal}; wait until it has ended, or choose another folder "
            "with --out"
        ) from None


@contextmanager
def telling_what_is_safe(journal: Path) -> Iterator[None]:
    """Turns an error of the file system, a full disk say, into a sentence with what is kept."""
    try:
        yield
    except OSError as error:
        if isinstance(error, DiffbenchError):
            raise
        safe = journal.read_bytes().count(b"\n") if journal.exists() else 0
        raise NotWritten(
            f"{error.filename or journal}: {error.strerror or error}; {safe} cells are safe in "
            f"{journal}: make room, and run again with --resume"
        ) from None


def set_aside(journals: Iterable[Path]) -> Path | None:
    """Move an earlier run's journals into a folder of their own, earlier-N, with a copy of their
    environment block; that folder, or None where there was no run.
    """
    earlier = [journal for journal in journals if journal.exists()]
    if not earlier:
        return None
    place = earlier[0].parent
    free = (place / f"earlier-{n}" for n in count(1))
    folder = next(f for f in free if not any((f / journal.name).exists() for journal in earlier))
    folder.mkdir(exist_ok=True)
    if (place / ENVIRONMENT).exists():
        copy(place / ENVIRONMENT, folder)
    for journal in earlier:
        journal.rename(folder / journal.name)
    return folder


def mend(journal: Path) -> None:
    """Of a journal in which lines are no records keep those that are; the damaged one is set aside."""
    if journal.exists() and is_damaged(journal):
        records = read(journal)
        set_aside([journal])
        write_whole(journal, b"".join(map(encode, records)))


def write_whole(path: Path, content: bytes) -> None:
    """A file that appears whole or not at all, whatever happens meanwhile."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise


def write_environment(folder: Path, environment: Mapping[str, Any], verdict: str = "") -> None:
    """Write the environment block beside the journal."""
    folder.mkdir(parents=True, exist_ok=True)
    about = {**environment, **({"verdict": verdict} if verdict else {})}
    text = msgspec.json.format(msgspec.json.encode(about, enc_hook=str), indent=1)
    write_whole(folder / ENVIRONMENT, text)


def read_environment(folder: Path) -> dict[str, Any]:
    """The environment block of a run folder, its texts printable; empty when there is none, and with
    a warning where it is damaged.
    """
    path = folder / ENVIRONMENT
    if not path.is_file():
        return {}
    try:
        found = msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
    except (ValueError, RecursionError) as error:
        warnings.warn(LeftOut(f"{path} is damaged and left out ({error})"), stacklevel=2)
        return {}
    if not isinstance(found.get("warnings", []), list):
        warnings.warn(LeftOut(f"{path}: its warnings are no list, and left out"), stacklevel=2)
        del found["warnings"]
    return {printable(name): _readable(value) for name, value in found.items()}


def _readable(value: Any, depth: int = 1) -> Any:
    if type(value) is str:
        return bounded(printable(value), LONGEST)
    if depth > DEEPEST:
        return "..."
    if type(value) is dict:
        return {printable(name): _readable(v, depth + 1) for name, v in value.items()}
    return [_readable(v, depth + 1) for v in value] if type(value) is list else value


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
