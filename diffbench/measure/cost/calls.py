"""How often a method calls the user's function: the cost of a derivative that no clock can blur."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import update_wrapper
from typing import Any


@dataclass(eq=False)
class Counted:
    """f with a counter. Everything else (a problem's data, its hand-written derivative, its
    signature) shines through.
    """

    f: Callable[..., Any]
    calls: int = 0

    def __post_init__(self) -> None:
        update_wrapper(self, self.f, updated=())

    def __call__(self, *args: Any, **options: Any) -> Any:
        self.calls += 1
        return self.f(*args, **options)

    def __getattr__(self, name: str) -> Any:
        return getattr(object.__getattribute__(self, "f"), name)


def calls_during(counted: Counted, evaluate: Callable[[], Any]) -> int:
    """Calls of f while `evaluate()` runs."""
    before = counted.calls
    evaluate()
    return counted.calls - before
