"""A level is one differentiation (or recording) in progress; nesting is by depth, never by type.

Every traced value belongs to the level that made it. A primitive is handled by the deepest level
among its arguments, which treats everything shallower as a constant and hands it down: so an inner
derivative never confuses its perturbation with an outer one.
"""

import gc
import linecache
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from pathlib import Path
from typing import Any, Self

import numpy as np
import scipy

from diffbench.arrays.capture.interception import losses
from diffbench.errors import (
    DiffbenchError,
    LeakedTrace,
    LostTrace,
    NotDifferentiable,
    WriteRefused,
)


class _Thread(threading.local):
    """How many levels are open in this thread."""

    depth = 0


_thread = _Thread()
COPIED = 1 << 17  # bytes of an array that is copied in no more time than a primitive takes
_OWN_FOLDER = str(Path(__file__).resolve().parents[1])
GENERATED = "<diffbench"  # how the names of generated files begin
_RULES = str(Path(_OWN_FOLDER) / "rules")
_PROBLEMS = str(Path(__file__).resolve().parents[2] / "problems")
_LIBRARIES = tuple(str(Path(str(library.__file__)).parent) for library in (np, scipy))


def _error_handling() -> tuple[ContextVar[Any], Any]:
    """NumPy's variable of what to do at an overflow and its kin, and its value under
    np.errstate(all="ignore").

    Setting it is what errstate does, but for asking first what is meant, which takes as long as
    differentiating a short formula.
    """
    before = copy_context()
    with np.errstate(all="ignore"):
        inside = copy_context()
    [variable] = [variable for variable in inside if inside[variable] is not before.get(variable)]
    return variable, inside[variable]


_ERRORS, _IGNORED = _error_handling()


def errors_are_set() -> bool:
    """Whether f itself has said what is to happen at an overflow and its kin."""
    return _ERRORS.get() is not _IGNORED


def errors_that_raise() -> tuple[tuple[str, Any], ...]:
    """The kinds of np.errstate at which f has NumPy raise now, as what makes it do so."""
    return tuple([(kind, how) for kind, how in np.geterr().items() if how == "raise"])


class quiet:
    """What np.errstate(all="ignore") does, in a third of the time."""

    __slots__ = ("_before",)

    def __enter__(self) -> None:
        self._before = _ERRORS.set(_IGNORED)

    def __exit__(self, *exception: object) -> None:
        _ERRORS.reset(self._before)


@contextmanager
def resting_collector() -> Iterator[None]:
    """Work that allocates much and leaves no cycles behind, without passes of the cyclic garbage
    collector, which would walk all of it.
    """
    paused = pause_collector()
    try:
        yield
    finally:
        if paused:
            gc.enable()


def pause_collector() -> bool:
    """Whether the collector was on, and is now off. Who paused it turns it on again: so it ends up
    on, whatever the threads' order.
    """
    was_on = gc.isenabled()
    if was_on:
        gc.disable()
    return was_on


# what each of these says where x is equal to what it is compared with
HELD = {
    "equal": True,
    "not_equal": False,
    "array_equal": True,
    "array_equiv": True,
    "isclose": True,
    "allclose": True,
}
# in NumPy's and SciPy's messages
_OBJECTS_MET = (
    "dtype('O')",
    "has no callable",
    "not supported for the input types",
)


def _bases(array: Any) -> int:
    """How many arrays it is a view of."""
    return 1 + _bases(array.base) if isinstance(array.base, np.ndarray) else 0


class Level:
    """One differentiation in progress; a context manager, so that an exception or an interrupt
    restores the state before it.
    """

    __slots__ = ("_errors", "_locked", "_paused", "depth", "hidden", "open", "refusal")
    # whether what is smooth, and what is read, is entered with its partial derivatives: see `enter`
    takes_partials = False
    records = False  # whether the operators let it note their results without a detour

    def __enter__(self) -> Self:
        self.depth = _thread.depth = _thread.depth + 1
        self.open = True
        self.hidden = (
            ""  # how x was turned into an integer, should the result prove not to depend on it
        )
        # what was refused, should f catch it and go on where plain f would not have been refused
        self.refusal: DiffbenchError | None = None
        self._locked: tuple[Any, ...] = ()
        # an infinite partial is reported at the end, by what the derivative came out as
        self._errors = _ERRORS.set(_IGNORED)
        self._paused = pause_collector()  # a tape holds no cycles
        return self

    def __exit__(self, *exception: object) -> None:
        _ERRORS.reset(self._errors)
        if self._paused:
            gc.enable()
        self.open = False
        _thread.depth -= 1
        for array in sorted(
            self._locked, key=_bases
        ):  # a base must be writable again before its views can be
            array.flags.writeable = True
        if exception[1] is not None:
            self._explain(exception[1])

    def _explain(self, error: object) -> None:
        """NumPy and C code hide our error behind their own: bring the cause to the front."""
        if isinstance(error, (ValueError, TypeError, SystemError)) and isinstance(
            error.__cause__, DiffbenchError
        ):
            raise error.__cause__ from None
        if isinstance(error, TypeError) and str(error).startswith("Iterator operand"):
            raise LostTrace(
                f"{error}: np.nditer reads memory; iterate over x.flat or np.ndenumerate(x)"
            ) from error
        if isinstance(error, TypeError) and any(hint in str(error) for hint in _OBJECTS_MET):
            raise LostTrace(
                f"{error}: np.array of traced scalars holds objects; build the array with np.stack"
            ) from error
        if isinstance(error, ValueError) and self._locked and "read-only" in str(error):
            raise WriteRefused(
                f"an array that the derivative still needs was written to ({error}); write to a "
                "copy of it, or before it is used"
            ) from error

    def require_open(self) -> None:
        """Raise LeakedTrace once the differentiation is over."""
        if not self.open:
            raise leaked()

    def refused(self, error: DiffbenchError) -> DiffbenchError:
        """The error, remembered for the case that f catches it. (Generated code catches it rightly,
        and asks the tape.)
        """
        if not _called_by_generated_code():
            self.refusal = error
            losses.noted(error)
        return error

    def keep(self, operand: Any) -> Any:
        """An operand as it is now: a small array is copied, a large one is made read-only until
        this level ends.
        """
        if type(operand) is not np.ndarray:
            return operand
        if operand.nbytes <= COPIED:
            return operand.copy()
        owner: Any = operand
        while isinstance(owner, np.ndarray):
            if owner.flags.writeable:
                owner.flags.writeable = False
                self._locked = (*self._locked, owner)
            owner = owner.base
        return operand

    def note(
        self,
        primitive: Any,
        xs: tuple[Any, ...],
        primals: list[Any],
        params: dict[str, Any],
        y: Any,
    ) -> Any:
        """What a primitive's result y becomes at this level."""
        raise NotImplementedError

    def enter(self, y: Any, entry: tuple[Any, ...]) -> Any:
        """What y becomes, given its entry, told apart by its length; only where the level
        takes_partials.

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

    def raised(
        self, primitive: Any, xs: tuple[Any, ...], params: dict[str, Any], error: Exception
    ) -> None:
        """The primitive raised, which f may catch: a recording notes that it relied on that."""

    def decided(
        self, primitive: Any, xs: tuple[Any, ...], params: dict[str, Any], answer: bool
    ) -> None:
        """f may decide by what this primitive of decisions.py answers: a recording guards it."""

    def drives(self, x: Any) -> Any:
        """Whether this level may move a value of its own: entry by entry, or True where it can't
        tell.
        """
        return True

    def solved_here(self) -> None:
        """A solver ran on plain numbers: a recording holds at this point only."""

    def settled(self, x: Any) -> Any:
        """x as an ordinary traced value, or as the plain array that it still is (writing/blank.py)."""
        return x

    def is_step(self, x: Any) -> bool:
        """Whether x is piecewise constant, so that it may become an integer. Raises
        NotDifferentiable where it jumps, which an integer would hide.
        """
        raise NotImplementedError

    def end(self, primitive: Any, y: Any) -> Any:
        """The plain result of a nondifferentiable primitive; an integer one is remembered, should
        nothing else depend on x, and so is that x is equal to something.
        """
        if primitive.name in HELD:
            if np.size(y) and np.all(np.equal(y, HELD[primitive.name])):
                self.remember(f"a comparison that holds at this point only ({primitive.name}")
        elif type(y) is not np.bool_ and (isinstance(y, tuple) or np.result_type(y).kind in "iu"):
            self.remember(f"an integer ({primitive.name}")
        return y

    def remember(self, how: str) -> None:
        """By what f may have come to a result that does not depend on x any more."""
        if self.depth == _thread.depth and not _called_by_a_rule():
            self.hidden = f"{how} at {user_line()})"


def leaked() -> LeakedTrace:
    """The error of a traced value that is used when its level is over."""
    return LeakedTrace(
        f"a traced value was used at {user_line()} after its differentiation had ended; "
        "return it from the function instead of storing it outside"
    )


def catches(asked_by: int) -> bool:
    """Whether code of the user's above the frame of this id, which called f, has a `try` or a
    `with`.
    """
    frame: Any = sys._getframe(1)
    while frame is not None and id(frame) != asked_by:
        if frame.f_code.co_exceptiontable and not is_ours(frame.f_code.co_filename):
            return True
        frame = frame.f_back
    return False


def require_no_jump(slope: Any) -> None:
    """Raise where the slope of a step is NaN, as it is at a jump."""
    if np.any(np.isnan(slope)):
        raise NotDifferentiable(
            f"a value that jumps at this very point was made an integer at {user_line()}, which "
            "would hide that f has no derivative here; move the point"
        )


def require_no_jump_of(primitive: Any, positions: Iterable[int], y: Any, xs: Any) -> None:
    """Raise where a step jumps in one of its arguments that vary."""
    for slope in [primitive.partials[i] for i in positions]:
        require_no_jump(slope(y, *xs) if callable(slope) else slope)


def user_line() -> str:
    """The innermost line outside diffbench, NumPy and SciPy: "file.py:12: y = float(x)"."""
    frame = sys._getframe(1)
    while frame.f_back and is_ours(frame.f_code.co_filename):
        frame = frame.f_back
    text = linecache.getline(frame.f_code.co_filename, frame.f_lineno).strip()
    return f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno}" + (f": {text}" if text else "")


def _called_by_a_rule() -> bool:
    """Whether a row or a composite of the table asked, and not the user."""
    frame = sys._getframe(1)
    while frame.f_back and is_ours(frame.f_code.co_filename):
        if frame.f_code.co_filename.startswith(_RULES) and not frame.f_code.co_filename.endswith(
            "table.py"
        ):
            return True
        frame = frame.f_back
    return False


def _called_by_generated_code() -> bool:
    frame = sys._getframe(1)
    while frame.f_back and is_ours(frame.f_code.co_filename):
        frame = frame.f_back
    return frame.f_code.co_filename.startswith(GENERATED)


def is_ours(filename: str) -> bool:
    """Whether the code is diffbench's own, NumPy's or SciPy's; problems are users' code."""
    return filename.startswith((_OWN_FOLDER, *_LIBRARIES)) and not filename.startswith(_PROBLEMS)
