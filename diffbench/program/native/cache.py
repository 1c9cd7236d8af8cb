"""Shared libraries kept on disk, so that a program is compiled once:
~/.cache/diffbench/native/<sha256 of what was compiled>.so, or where else the system keeps caches.
The folder never holds more than MOST_BYTES: those that were used longest ago go.

Code that another user could have written is never executed: the folder must be ours, a real folder,
and closed to everyone else; each library stands beside a note of its own hash, and both are checked
before it is loaded. Files appear by an atomic rename, so that two processes never see half a
library.
"""

import hashlib
import os
import stat
import tempfile
import time
from contextlib import suppress
from functools import cache
from pathlib import Path
from shutil import rmtree

from platformdirs import user_cache_path

from diffbench.errors import Unsupported

MOST_BYTES = 1 << 28
UNDER_WAY = "building-"  # how files and folders begin that have not got their place yet
LONGEST_BUILD_S = 3600.0  # after which one of those is nobody's
PRUNED_TO = 0.75  # of it, so that not every library that is stored looks through the folder
_stored = 0  # bytes, since the folder was looked through


def folder() -> Path:
    """The private folder of compiled libraries; made if it is missing. Raises Unsupported if
    someone else could write to it.
    """
    place = os.environ.get("DIFFBENCH_CACHE") or user_cache_path("diffbench", appauthor=False)
    path = Path(place) / "native"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.mkdir(mode=0o700, exist_ok=True)
    require_private(path)
    return path


def require_private(path: Path) -> None:
    """Raise Unsupported unless `path` is ours, no link, and writable by nobody else."""
    found = path.lstat()
    if stat.S_ISLNK(found.st_mode):
        raise Unsupported(
            f"{path} is a link, which another user could turn elsewhere; set DIFFBENCH_CACHE to a "
            "folder of your own"
        )
    if found.st_uid != os.getuid():
        raise Unsupported(
            f"{path} belongs to user {found.st_uid}; set DIFFBENCH_CACHE to a folder of your own"
        )
    if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise Unsupported(
            f"{path} can be written by others (mode {stat.S_IMODE(found.st_mode):o}); chmod 700 "
            "it, or set DIFFBENCH_CACHE"
        )


def key_of(*parts: str) -> str:
    """The name of what is compiled from these texts."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def find(key: str) -> Path | None:
    """The library of this key, if it is there, private, and what was stored; a damaged one is
    removed.
    """
    library, note = _paths(key)
    if not library.exists() or not note.exists():
        return None
    require_private(library)
    require_private(note)
    if hashlib.sha256(library.read_bytes()).hexdigest().encode() != note.read_bytes():
        library.unlink(missing_ok=True)
        return None
    os.utime(library)  # used now
    return library


def store(key: str, content: bytes) -> Path:
    """File a library under its key; it appears whole or not at all."""
    collect()
    library, note = _paths(key)
    _write(note, hashlib.sha256(content).hexdigest().encode())
    _write(library, content)
    _make_room(len(content))
    return library


def remove(library: Path) -> None:
    """Forget a library, which is built anew when it is needed again."""
    for path in (library, library.with_suffix(".sha256")):
        path.unlink(missing_ok=True)


@cache
def collect() -> int:
    """Remove what builds that were killed have left behind, once a process; how much there was."""
    old = [path for path in folder().iterdir() if _is_left_behind(path)]
    for path in old:
        if path.is_dir() and not path.is_symlink():
            rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    return len(old)


def _is_left_behind(path: Path) -> bool:
    begun = path.name.startswith((UNDER_WAY, "tmp"))  # the second by earlier releases
    return begun and time.time() - _last_used(path) > LONGEST_BUILD_S


def size() -> int:
    """How many bytes the libraries take."""
    return sum(_sizes(folder()).values())


def clean(most_bytes: int = 0) -> int:
    """Remove libraries, those used longest ago first, until the rest takes no more than that;
    returns how many went. Running processes keep those that they have loaded.
    """
    sizes, removed = _sizes(folder()), 0
    left = sum(sizes.values())
    for library in sorted(sizes, key=_last_used):
        if left <= most_bytes:
            break
        left -= sizes[library]
        remove(library)
        removed += 1
    return removed


def _make_room(added: int) -> None:
    """Looks through the folder now and then only."""
    global _stored
    _stored += added
    if _stored > MOST_BYTES // 16:
        _stored = 0
        if size() > MOST_BYTES:
            clean(int(PRUNED_TO * MOST_BYTES))


def _sizes(place: Path) -> dict[Path, int]:
    found = {}
    for path in place.glob("*.so"):
        with suppress(OSError):  # another process removes it
            found[path] = path.lstat().st_size
    return found


def _last_used(library: Path) -> float:
    try:
        return library.lstat().st_mtime
    except OSError:
        return 0.0


def _paths(key: str) -> tuple[Path, Path]:
    place = folder()
    return place / f"{key}.so", place / f"{key}.sha256"


def _write(path: Path, content: bytes) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=UNDER_WAY)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.chmod(temporary, 0o700)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
