"""Writing into traced arrays, as NumPy does: through views, seen by every alias, refused where
NumPy refuses.

A traced array's value is never changed in place (a rule may need it later). A write computes the
changed array with `set_at` and puts it in the place of the old one; a view knows how it was made
from its owner, so that a write through it reaches the owner, and from there every other view.
"""

from typing import Any

import numpy as np

from diffbench.arrays.capture.application import apply, as_operand
from diffbench.arrays.levels import user_line
from diffbench.arrays.traced import Traced, core
from diffbench.arrays.writing.aliasing import follow, put, show
from diffbench.arrays.writing.blank import BLANK, takes, takes_row
from diffbench.errors import WriteRefused
from diffbench.rules.entries.indexing import getitem, set_at
from diffbench.rules.table import primitives

_getitem, _set_at = primitives[getitem], primitives[set_at]
_PARTS = (primitives[np.real], primitives[np.imag])


def write(target: Traced, index: Any, value: Any, *, in_place: bool = False) -> None:
    """target[index] = value, or target (op)= value, for every array that shares target's memory."""
    value = as_operand(value)
    if type(value) is Traced:
        value = value.level.settled(value)
    if isinstance(core(target), np.generic):
        raise TypeError(f"{type(core(target)).__name__!r} object does not support item assignment")
    _require_writable(target, value, in_place)
    if target.level is BLANK and takes(target, index, value):
        return
    changed = apply(_set_at, (target, value), {"index": index})
    memory = target.alias
    if memory is None:
        return put(target, changed)
    if target is not memory.owner:
        if memory.owner.level is BLANK and takes_row(target, changed):
            return
        changed = _owner_after(memory.owner, memory.path_of(target), changed)
    show(memory.owner, changed)


def _owner_after(owner: Traced, path: tuple[Any, ...], changed: Any) -> Any:
    """The owner when the view that `path` makes of it has become `changed`."""
    places = tuple(step for step in path if step[0] not in _PARTS)
    index = np.unravel_index(
        follow(np.arange(owner.size).reshape(owner.shape), places), owner.shape
    )
    parts = [step[0] for step in path if step[0] in _PARTS]
    if (
        parts and owner.dtype.kind == "c"
    ):  # a view of the real or the imaginary parts: the others stay
        entries = apply(_getitem, (owner,), {"index": index})
        changed = (
            changed + 1j * np.imag(entries)
            if parts[0] is _PARTS[0]
            else np.real(entries) + 1j * changed
        )
    return apply(_set_at, (owner, changed), {"index": index})


def _require_writable(target: Traced, value: Any, in_place: bool) -> None:
    array = core(target)
    if isinstance(array, np.ndarray) and not array.flags.writeable:
        raise WriteRefused(
            f"assignment destination is read-only at {user_line()} (a broadcast view, as in "
            "NumPy); write to a copy: x.copy()"
        )
    source = np.result_type(core(value))
    able = "complex" if source.kind == "c" else "float"
    if (array.dtype.kind in "biuf" and source.kind in "fc" and source.kind != array.dtype.kind) or (
        in_place and not np.can_cast(source, array.dtype, "same_kind")
    ):
        raise WriteRefused(
            f"a {source} value would be truncated to {array.dtype} at {user_line()}, losing the "
            f"derivative; make the array {able}"
        )
