"""References kept by the content they depend on: in memory always, and as JSON files in a folder
where one is given.

The key is a hash of the recorded program with its constants, the exact formula's code, the
operator, the point and the direction, so a changed function, datum or point never meets a stale
answer.
"""

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np

from diffbench.interface import Array, Function, Operator
from diffbench.ir import Program

_memory: dict[str, Any] = {}


class Storable(Protocol):
    """What can be kept as JSON."""

    def to_dict(self) -> dict[str, Any]:
        """Plain values only."""
        ...


Stored = TypeVar("Stored", bound=Storable)


def remembered(
    key: str,
    folder: Path | None,
    compute: Callable[[], Stored],
    read: Callable[[dict[str, Any]], Stored],
) -> Stored:
    """What is stored under `key`; computed, and stored, if there is nothing. `read` makes it from
    what its `to_dict` gave.
    """
    path = folder / f"{key}.json" if folder is not None else None
    if key not in _memory:
        _memory[key] = _read(path, read) or compute()
    if path is not None and not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(f".{os.getpid()}")
        part.write_text(json.dumps(_memory[key].to_dict()))
        part.replace(path)  # a reader never sees half a file
    return _memory[key]  # type: ignore[no-any-return]


def _read(path: Path | None, read: Callable[[dict[str, Any]], Stored]) -> Stored | None:
    """What a file holds; a damaged one is removed."""
    if path is None or not path.exists():
        return None
    try:
        return read(json.loads(path.read_text()))
    except (ValueError, KeyError, TypeError):
        path.unlink(missing_ok=True)
        return None


def key(f: Function, program: Program, operator: Operator, x: Array, direction: Any) -> str:
    """A hash of all that the reference depends on."""
    digest = hashlib.sha256(f"{operator} {x.dtype} {x.shape} {np.shape(direction)}".encode())
    digest.update(x.tobytes())
    digest.update(b"" if direction is None else np.asarray(direction, dtype=float).tobytes())
    for equation in program.equations:
        digest.update(
            _content((equation.primitive.name, equation.args, equation.params, equation.output))
        )
    for primitive in dict.fromkeys(equation.primitive for equation in program.equations):
        # a user's own: another function may have the same name
        digest.update(_code(primitive.evaluate))
    digest.update(_content(program.output))
    for formula in getattr(f, "exact", {}).values():
        digest.update(_code(formula))
    return digest.hexdigest()[:32]


def _content(value: Any) -> bytes:
    """Bytes that tell constants, parameters and variables apart, whatever their size."""
    if isinstance(value, np.ndarray):
        return f"{value.dtype}{value.shape}".encode() + value.tobytes()
    if isinstance(value, (tuple, list)):
        return b"(" + b",".join(map(_content, value)) + b")"
    if isinstance(value, dict):
        return _content(sorted(value.items()))
    return repr(value).encode()


def _code(function: Any, within: tuple[Any, ...] = ()) -> bytes:
    """The code of a function, and what it wraps and holds, so that an edited formula is a new
    one.
    """
    code = getattr(function, "__code__", None)
    if code is None or function in within:
        return getattr(function, "__name__", "").encode()
    held = [cell.cell_contents for cell in function.__closure__ or ()] + list(
        function.__defaults__ or ()
    )
    constants = [constant for constant in code.co_consts if not hasattr(constant, "co_code")]
    own = repr((code.co_code, code.co_names, constants)).encode()
    return own + b"".join(
        _code(inner, (*within, function)) if callable(inner) else _content(inner) for inner in held
    )
