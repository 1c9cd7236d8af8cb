"""Arrays that f makes and writes to: y = np.zeros(n); y[0] = x[0].

A blank is a traced array of a level that is always open and differentiates nothing; it holds a
plain array. It becomes an ordinary traced array in place, at the first use after a traced value was
written to it. An array that never meets one is never more than its plain array.

    y = np.zeros(3)     primal [0. 0. 0.]    link None
    y[1] = x[0]         primal [0. 0. 0.]    link {(1,): x[0]}       a journal of what was written
    y[1] * 2            x[0] * 2                                     read from the journal
    np.sum(y)           primal, level and link of one node of the tape, made of the journal
"""

import sys
from math import prod
from typing import Any

import numpy as np

from diffbench.arrays.levels import Level, user_line
from diffbench.arrays.traced import Traced, trace
from diffbench.arrays.writing.aliasing import put, show, view
from diffbench.errors import WriteRefused
from diffbench.rules.entries.indexing import getitem, set_at
from diffbench.rules.table import primitives

Key = tuple[int, ...]
_getitem = primitives[getitem]


class Blank(Level):
    """The level of new arrays, shallower than any differentiation. link: the journal of traced
    values written so far, by position; None where there are none.
    """

    __slots__ = ()

    def __init__(self) -> None:
        self.depth = 0
        self.open = True
        self.hidden = ""
        self.refusal = None

    def constant(self, value: Any) -> Any:
        return blank(value)

    def is_step(self, x: Any) -> bool:
        return True  # its numbers are plain, and may become integers

    def concrete(self, x: Any, convert: Any) -> Any:
        settled = settle(x)
        return settled.level.concrete(settled, convert) if settled is x else convert(settled)

    def settled(self, x: Any) -> Any:
        return settle(x)

    def refused(self, error: Any) -> Any:
        return error


BLANK = Blank()


def blank(array: Any) -> Any:
    """A new array, ready to take traced values; what is not one of floats stays as it is."""
    if type(array) is not np.ndarray or array.dtype.kind not in "fc":
        return array
    return trace(array if array.base is None else array.copy(), BLANK, None)


def settle(x: Traced) -> Any:
    """The plain array of a blank, or x itself as an ordinary traced array, if something was
    written.
    """
    owner = _owner(x)
    if owner.link:
        _write_up(owner)
    return x.primal if x.level is BLANK else x


def _owner(x: Traced) -> Traced:
    return x if x.alias is None else x.alias.owner


# ---------------------------------------------------------------- reading and writing single places


def read(x: Traced, index: Any) -> Any:
    """x[index] of a blank: a number, a row that was written there, or a view. (Views of blanks are
    blanks: whatever uses one settles the owner first.)
    """
    owner = _owner(x)
    if owner.link:
        key, length = _key(x, index), _length(owner.link)
        if key is not None and len(key) == length and key in owner.link:
            return _written(owner, key)
        if key is None or len(key) > length:
            settled: Any = settle(x)
            return _plainly(x, index) if x.level is BLANK else settled[index]
    return _plainly(x, index)


def _plainly(x: Traced, index: Any) -> Any:
    found = x.primal[index]
    if type(found) is not np.ndarray or found.dtype.kind not in "fc":
        return found
    if found.base is None or not np.may_share_memory(found, x.primal):
        return blank(found)
    return view(trace(found, BLANK, None), _getitem, x, (index,), {})


def _written(owner: Traced, key: Key) -> Traced:
    """A number as it was written; a row as a view, through which it can be written to."""
    written = owner.link[key]
    if not written.ndim:
        return written  # type: ignore[no-any-return]
    row = trace(written.primal, written.level, written.link)
    return view(row, _getitem, owner, (key,), {})


def takes(target: Traced, index: Any, value: Any) -> bool:
    """Whether a write to a blank is done by this call: a plain value goes into its array, a traced
    one at a single place into the journal. (value is no blank.)
    """
    owner = _owner(target)
    key = _key(target, index)
    journal = owner.link
    if journal and not _fits(owner, key):
        _write_up(owner)
        return False
    if type(value) is not Traced:
        if journal:
            journal.pop(key, None)
        target.primal[index] = value
        return True
    if not journal:
        _require_free(owner)
    if key is None or not _fits(owner, key):
        return False
    shape = owner.primal.shape[len(key) :]
    if np.shape(value) != shape:
        value = np.broadcast_to(value, shape)
    if owner.link is None:
        owner.link = {}
    owner.link[key] = _as_stored(value, owner.primal.dtype)
    return True


def takes_row(row: Traced, changed: Traced) -> bool:
    """Whether what is written through a row of the journal is done by this call."""
    owner = row.alias.owner
    path = row.alias.path_of(row)
    key = _key(owner, path[0][1][0]) if len(path) == 1 and path[0][0] is _getitem else None
    if not owner.link or key not in owner.link or not _fits(owner, key, row):
        return False
    owner.link[key] = _as_stored(changed, owner.primal.dtype)
    put(row, owner.link[key])
    return True


def _key(x: Traced, index: Any) -> Key | None:
    """The place in the owner that integers name, counted from the front; None for other indices."""
    path = () if x.alias is None else x.alias.path_of(x)
    if any(primitive is not _getitem for primitive, _, _ in path):
        return None
    places: list[Any] = []
    for step in (*[args[0] for _, args, _ in path], index):
        places += step if type(step) is tuple else (step,)
    return _counted(places, _owner(x).primal.shape)


def _counted(places: list[Any], shape: tuple[int, ...]) -> Key | None:
    if len(places) > len(shape):
        return None
    key = []
    for place, n in zip(places, shape, strict=False):
        if not (type(place) is int or isinstance(place, np.integer)) or not -n <= place < n:
            return None
        key.append(int(place) % n)
    return tuple(key) or None


def _length(journal: dict[Key, Traced]) -> int:
    return len(next(iter(journal)))


def _fits(owner: Traced, key: Key | None, but: Any = None) -> bool:
    """Whether the journal can take a place: it is as long as those in it, and no living row shows
    it, but for the one that is written through.
    """
    if key is None or (owner.link and len(key) != _length(owner.link)):
        return False
    if owner.alias is None:
        return True
    rows = [(reference(), path) for reference, path in list(owner.alias.views.values())]
    return all(
        row is None or row is but or row.level is BLANK or _key(owner, path[0][1][0]) != key
        for row, path in rows
    )


def _as_stored(value: Any, dtype: Any) -> Traced:
    """A traced value as it is now, in the array's type."""
    if value.dtype != dtype:
        value = value.astype(dtype)
    return trace(value.primal, value.level, value.link)


# ---------------------------------------------------------------- becoming an ordinary traced array


def _write_up(owner: Traced) -> None:
    """The journal becomes one node of the tape, and the owner and its views show it."""
    journal, owner.link = owner.link, None
    places = owner.primal.shape[: _length(journal)]
    if len(journal) == prod(places):
        stacked = np.stack([journal[key] for key in np.ndindex(places)])
        changed: Any = np.reshape(stacked, owner.primal.shape)
    else:
        index = tuple(np.array(list(journal)).T)
        changed = set_at(owner.primal, np.stack(list(journal.values())), index)
    show(owner, changed)


def _references(x: Traced) -> int:
    return sys.getrefcount(x.primal)


_ALONE = _references(trace(np.zeros(1), BLANK, None))


def _require_free(owner: Traced) -> None:
    """Raise where somebody holds the plain array, who would not see what is written."""
    views = owner.alias.views.values() if owner.alias is not None else ()
    ours = sum(
        view is not None and getattr(view.primal, "base", None) is owner.primal
        for view in [reference() for reference, _ in views]
    )
    if _references(owner) - ours > _ALONE:
        raise WriteRefused(
            f"a traced value was written at {user_line()} into an array that code which can't take "
            "derivatives holds as well and would not see; write to a copy of it: np.copy(y)"
        )


def settled(x: Any) -> Any:
    """x with plain arrays for the blanks in it, within lists as well."""
    if type(x) is Traced:
        return x.level.settled(x)
    return type(x)(map(settled, x)) if type(x) in (list, tuple) else x
