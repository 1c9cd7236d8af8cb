"""By which code a simplified program answers: native, or generated Python and NumPy; every answer says so in `.route`.

prepare             compiles at once: who prepares will call often, and `prepare` is where that is paid for
other branches      and shapes met later answer in Python first, and are compiled when they have been called often enough to pay
a single answer     (gradient(f, x) and its like) is never worth a compiler's time
"""

import contextvars
from collections.abc import Callable
from functools import partial
from typing import Any, Literal

import numpy as np

from diffbench.errors import Unsupported
from diffbench.operators import Answer
from diffbench.program import Program
from diffbench.program.linear_forms import collect_terms
from diffbench.program.native import compile_native
from diffbench.program.source import function_of, generate

Native = bool | Literal["auto"]
CALLS_THAT_PAY = 1000  # about what a compiler's 0.1 s buys on a function of some 100 us

with np.errstate(all="ignore"):
    _quiet = contextvars.copy_context()  # an infinite partial is judged by what the derivative comes out as


def at_once(program: Program, native: Native, name: str, otherwise: Answer, guard_failed: Callable[..., Any]) -> Answer:
    """The fastest answer there is. With native=True, Unsupported is raised where that is not native code."""
    if native is False:
        return in_python(program, name, otherwise, guard_failed)
    try:
        return compile_native(program, otherwise, guard_failed)  # type: ignore[no-any-return]
    except (Unsupported, OSError) as error:
        if native is True:
            raise
        answer = in_python(program, name, otherwise, guard_failed)
        answer.reason = str(error)  # type: ignore[attr-defined]
        return answer


def in_python(program: Program, name: str, otherwise: Answer, guard_failed: Callable[..., Any]) -> Answer:
    """The answer by generated Python; by NumPy in it where there are arrays."""
    source = generate(collect_terms(program), name)
    source.namespace |= {"otherwise": otherwise, "guard_failed": guard_failed}
    answer = function_of(source, name)
    if source.has_arrays:
        answer = partial(_quietly, answer)
    return by_route("numpy" if source.has_arrays else "python", answer)


def by_route(route: str, answer: Answer) -> Answer:
    """The answer, marked with the name of the code behind it."""
    answer.route = route  # type: ignore[attr-defined]
    return answer


class Promoted:
    """Generated Python that is replaced by native code once it has been called often."""

    def __init__(self, python: Answer, compiled: Callable[[], Answer]) -> None:
        self.answer, self.compiled, self.calls = python, compiled, 0

    @property
    def route(self) -> str:
        return self.answer.route  # type: ignore[attr-defined, no-any-return]

    def __call__(self, *xs: Any) -> Any:
        self.calls += 1
        if self.calls == CALLS_THAT_PAY:
            self.answer = self.compiled()
        return self.answer(*xs)


def _quietly(answer: Answer, *xs: Any) -> Any:
    return _quiet.copy().run(answer, *xs)
