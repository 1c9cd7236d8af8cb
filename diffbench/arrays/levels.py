"""A level is one differentiation (or recording) in progress; nesting is by depth, never by type.

Every traced value belongs to the level that made it. A primitive is handled by the deepest level among its arguments, which treats
everything shallower as a constant and hands it down: so an inner derivative never confuses its perturbation with an outer one.
"""

import gc
import linecache
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import numpy as np

from diffbench.errors import DiffbenchError, LeakedTrace, LostTrace, WriteRefused

_thread = threading.local()
_OWN_FOLDER = str(Path(__file__).resolve().parents[1])
_RULES = str(Path(_OWN_FOLDER) / "rules")
_PROBLEMS = str(Path(__file__).resolve().parents[2] / "problems")
_NUMPY_FOLDER = str(Path(np.__file__).parent)


class _Collector:
    """Pauses Python's cyclic garbage collector while any level is open: a tape holds no cycles, and each pass would walk all of it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open = 0
        self._was_on = False

    def pause(self) -> None:
        with self._lock:
            if not self._open:
                self._was_on = gc.isenabled()
                gc.disable()
            self._open += 1

    def resume(self) -> None:
        with self._lock:
            self._open -= 1
            if not self._open and self._was_on:
                gc.enable()


_collector = _Collector()


@contextmanager
def resting_collector() -> Iterator[None]:
    """Work that allocates much and leaves no cycles behind, without passes of the cyclic garbage collector."""
    _collector.pause()
    try:
        yield
    finally:
        _collector.resume()


class Level:
    """One differentiation in progress; a context manager, so that an exception or an interrupt restores the state before it."""

    __slots__ = ("_errstate", "_locked", "depth", "hidden", "open")
    takes_partials = False  # whether what is smooth, and what is read, is entered with its partial derivatives: see `enter`
    records = False  # whether the operators let it note their results without a detour

    def __enter__(self) -> Self:
        self.depth = _thread.depth = getattr(_thread, "depth", 0) + 1
        self.open = True
        self.hidden = ""  # how x was turned into an integer, should the result prove not to depend on it
        self._locked: list[Any] = []
        self._errstate = np.errstate(all="ignore")  # an infinite partial is reported at the end, by what the derivative came out as
        self._errstate.__enter__()
        _collector.pause()
        return self

    def __exit__(self, *exception: object) -> None:
        self._errstate.__exit__(None, None, None)
        _collector.resume()
        self.open = False
        _thread.depth -= 1
        for array in self._locked:
            array.flags.writeable = True
        self._explain(exception[1])

    def _explain(self, error: object) -> None:
        """NumPy hides our error behind its own when a write into a plain array fails: bring the cause to the front."""
        if isinstance(error, (ValueError, TypeError)) and isinstance(error.__cause__, DiffbenchError):
            raise error.__cause__ from None
        if isinstance(error, TypeError) and "dtype('O')" in str(error):
            raise LostTrace(f"{error}: np.array of traced scalars holds objects; build the array with np.stack") from error
        if isinstance(error, ValueError) and self._locked and "read-only" in str(error):
            raise WriteRefused(
                f"an array that the derivative still needs was written to ({error}); write to a copy of it, or before it is used"
            ) from error

    def require_open(self) -> None:
        """Raise LeakedTrace once the differentiation is over."""
        if not self.open:
            raise LeakedTrace(
                f"a traced value was used at {user_line()} after its differentiation had ended; "
                "return it from the function instead of storing it outside"
            )

    def keep(self, operand: Any) -> Any:
        """An operand as it is now: a small array is copied, a large one is made read-only until this level ends."""
        if type(operand) is not np.ndarray:
            return operand
        if operand.nbytes <= 1 << 20:
            return operand.copy()
        owner: Any = operand
        while isinstance(owner, np.ndarray):
            if owner.flags.writeable:
                owner.flags.writeable = False
                self._locked.insert(0, owner)  # a base must be writable again before its views can be
            owner = owner.base
        return operand

    def note(self, primitive: Any, xs: tuple[Any, ...], primals: list[Any], params: dict[str, Any], y: Any) -> Any:
        """What a primitive's result y becomes at this level."""
        raise NotImplementedError

    def enter(self, y: Any, entry: tuple[Any, ...]) -> Any:
        """What y becomes, given its entry, told apart by its length; only where the level takes_partials.

        2   (link, d)                   a smooth function of one: its link and dy/dx, of y's shape as x is
        4   (link1, d1, link2, d2)      a smooth function of two
        3   (link, index, array)        array[index]
        """
        raise NotImplementedError

    def constant(self, value: Any) -> Any:
        """A traced value that does not depend on x, but can be written to."""
        raise NotImplementedError

    def concrete(self, x: Any, convert: Any) -> Any:
        """The value of x for control flow: a truth value, a count, an index."""
        return convert(x.primal)

    def is_step(self, x: Any) -> bool:
        """Whether x is piecewise constant, so that it may become an integer."""
        raise NotImplementedError

    def end(self, primitive: Any, y: Any) -> Any:
        """The plain result of a nondifferentiable primitive; an integer one is remembered, should nothing else depend on x."""
        if type(y) is np.bool_:
            return y
        integer = isinstance(y, tuple) or np.result_type(y).kind in "iu"
        if integer and self.depth == _thread.depth and not _called_by_a_rule():
            self.hidden = f"{primitive.name} at {user_line()}"
        return y


def user_line() -> str:
    """The innermost line outside diffbench and NumPy: "file.py:12: y = float(x)"."""
    frame = sys._getframe(1)
    while frame.f_back and _is_ours(frame.f_code.co_filename):
        frame = frame.f_back
    text = linecache.getline(frame.f_code.co_filename, frame.f_lineno).strip()
    return f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno}" + (f": {text}" if text else "")


def _called_by_a_rule() -> bool:
    """Whether a row or a composite of the table asked, and not the user."""
    frame = sys._getframe(1)
    while frame.f_back and _is_ours(frame.f_code.co_filename):
        if frame.f_code.co_filename.startswith(_RULES) and not frame.f_code.co_filename.endswith("table.py"):
            return True
        frame = frame.f_back
    return False


def _is_ours(filename: str) -> bool:
    return filename.startswith((_OWN_FOLDER, _NUMPY_FOLDER)) and not filename.startswith(_PROBLEMS)
