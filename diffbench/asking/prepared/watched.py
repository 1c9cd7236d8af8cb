"""A prepared answer that looks, before each call, whether the data it holds are what they were; if
not, it says so and is prepared anew.
"""

import logging
from collections.abc import Callable
from typing import Any

from diffbench.asking.derivations import Answer
from diffbench.asking.prepared.held import Held
from diffbench.asking.prepared.recipes import Repeatable

MOST_RENEWALS = 3  # then f is run at each call: data that change that often are arguments
_log = logging.getLogger("diffbench")


class Watched(Repeatable):
    """The answer that `make` makes; its own attributes (`.route`, `.source`) are this one's, too.

    renewals: how often it was made anew.
    """

    def __init__(
        self, make: Callable[[], Answer], held: Held, name: str, at_each_call: Answer
    ) -> None:
        self.make, self.held, self.name, self.at_each_call = make, held, name, at_each_call
        self.renewals = 0
        self.answer = held.while_running(make)

    def __call__(self, *xs: Any, **options: Any) -> Any:
        if not self.held.is_unchanged():
            self._renew()
        return self.answer(*xs, **options)

    def _renew(self) -> None:
        changed = self.held.changed()
        if not changed:
            return
        if not self.renewals:
            _log.warning(
                "%s, which the prepared answer of %s holds, has changed: it is recorded anew; make "
                "it an argument of the function, or prepare anew yourself",
                changed,
                self.name,
            )
        self.renewals += 1
        if self.renewals <= MOST_RENEWALS:
            self.answer = self.held.while_running(self.make)
        else:
            self.answer = self.at_each_call
            self.held = Held(self.held.f, "all")

    def __getattr__(self, name: str) -> Any:
        if name in ("answer", "held"):  # not there yet, when a copy is made
            raise AttributeError(name)
        return getattr(self.answer, name)


def watched(make: Callable[[], Answer], f: Any, constants: Any, at_each_call: Answer) -> Answer:
    """The answer, watched; as it is where f reads nothing that could change."""
    held = Held(f, constants)
    answer = Watched(make, held, getattr(held.f, "__name__", "f"), at_each_call)
    return answer.answer if held.is_empty else answer
