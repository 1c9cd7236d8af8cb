"""A traced value is about to become a plain number or array, which cuts the derivative off. Who was
on the stack is noted here and now: libraries catch such errors and go on.
"""

import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, NamedTuple

from diffbench.errors import DiffbenchError


class Place(NamedTuple):
    """A function on the stack: its code, and the module dictionary in which it finds its names."""

    names: dict[str, Any]
    code: CodeType


class Watch:
    """One run of a function, and what was lost in it.

    creators: the ids of the module dictionaries whose new arrays take traced values; boxes: whether
    np.array of traced numbers holds them as objects; used: the rules that stood for plain functions.
    """

    __slots__ = ("base", "boxes", "creators", "error", "places", "used")

    def __init__(self, base: CodeType, creators: frozenset[int], boxes: bool) -> None:
        self.base = base
        self.creators = creators
        self.boxes = boxes
        self.error: DiffbenchError | None = None
        self.places: tuple[Place, ...] = ()
        self.used: frozenset[Any] = frozenset()


class _Thread(threading.local):
    watch: Watch | None = None


thread = _Thread()
_CONVERTED = tuple(str(Path(__file__).parents[2] / name) for name in ("traced.py", "levels.py"))


def noted(error: DiffbenchError) -> DiffbenchError:
    """The error of a lost trace, noted in the run that is being watched."""
    watch = thread.watch
    if watch is not None and not _asked_by_us(sys._getframe(1)):
        watch.error = watch.error or error
        watch.places += tuple(on_stack(watch.base))
    return error


def on_stack(base: CodeType) -> Iterator[Place]:
    """Who is on the stack, innermost first, down to the one whose code is `base`."""
    frame = sys._getframe(2)
    while frame is not None and frame.f_code is not base:
        yield Place(frame.f_globals, frame.f_code)
        frame = frame.f_back  # type: ignore[assignment]


def in_traceback(error: BaseException | None) -> list[Place]:
    """Who was on the stack when the error was raised, and when its causes were, innermost first."""
    places: list[Place] = []
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        places += reversed(list(_frames(error)))
        error = error.__cause__ or error.__context__
    return places


def _frames(error: BaseException) -> Iterator[Place]:
    step = error.__traceback__
    while step is not None:
        yield Place(step.tb_frame.f_globals, step.tb_frame.f_code)
        step = step.tb_next


def boxes() -> bool:
    """Whether np.array of traced numbers may hold them as objects: ours always may."""
    watch = thread.watch
    return watch is None or watch.boxes or _asked_by_us(sys._getframe(1))


def _asked_by_us(frame: FrameType) -> bool:
    """Whether this library converts, which knows what it does; `frame` is that of a conversion."""
    while frame.f_code.co_filename in _CONVERTED and frame.f_back:
        frame = frame.f_back
    name = str(frame.f_globals.get("__name__"))
    return frame.f_code.co_filename.startswith("<diffbench") or (
        name.startswith("diffbench.") and not name.startswith("diffbench.problems")
    )


def creates(names: dict[str, Any]) -> bool:
    """Whether arrays that a module makes now take traced values."""
    watch = thread.watch
    return watch is not None and id(names) in watch.creators


def used(rule: Callable[..., Any]) -> None:
    """A rule has stood for a plain function."""
    watch = thread.watch
    if watch is not None:
        watch.used |= {rule}
