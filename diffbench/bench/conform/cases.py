"""A case: code as a user writes it, a point, what is asked there, and how an answer is judged.

right        the derivative; or, where f has none, a refusal or a number that is none
refused      an error, where there is a derivative
not finite   NaN or infinity, where the derivative is finite
wrong        finite numbers that are not the derivative, without a word: what must not happen
lost         the process crashed, or gave no answer in time
"""

import linecache
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np

from diffbench.interface import Operator

HEADER = """\
import numpy as np
import scipy.linalg as sl
import scipy.sparse as ss
import scipy.sparse.linalg as ssl
import scipy.special as sp
"""


class Outcome(StrEnum):
    """How a case ended, the best first."""

    RIGHT = "right"
    REFUSED = "refused"
    NOT_FINITE = "not finite"
    WRONG = "wrong"
    LOST = "lost"


@dataclass(frozen=True)
class Verdict:
    """An outcome, and what it was seen by; error is relative to the largest entry."""

    outcome: Outcome
    error: float | None = None
    found: str = ""
    expected: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Case:
    """One function at one point.

    ask(method, f, x): the answer of a tool (asked.Asked) to what this case is about. judge(answer,
    tolerance): what to think of it; `on_refusal` what to think of an error.
    """

    group: str
    name: str
    text: str
    x: Any
    ask: Callable[[Any, Callable[..., Any], Any], Any]
    judge: Callable[[Any, float], Verdict]
    on_refusal: Outcome = Outcome.REFUSED
    why: str = ""
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def function(self) -> Any:
        """f itself. Its source can be read, as that of a file: some tools do."""
        return function_of(f"conform/{self.group}/{self.name}.py", self.text, self.values)


def function_of(file: str, text: str, values: dict[str, Any]) -> Any:
    """The function f of a module's text."""
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    names: dict[str, Any] = {"__name__": file.removesuffix(".py").replace("/", "."), **values}
    exec(compile(text, file, "exec"), names)
    return names["f"]


def written(body: str, header: str = HEADER) -> str:
    """A module whose f has this body, an expression or statements."""
    body = body if "return" in body else f"return {body}"
    return f"{header}\n\ndef f(x):\n{textwrap.indent(body, '    ')}\n"


def gradient(method: Any, f: Any, x: Any) -> Any:
    """What most cases ask."""
    return method.ask(Operator.GRADIENT, f, x)


def compared(found: Any, expected: Any, tolerance: float, scale: float = 0.0) -> Verdict:
    """Found against expected, the gap measured by the largest entry, or by `scale` if it is more."""
    found, expected = as_numbers(found), np.asarray(expected)
    if found is None:
        return NO_NUMBERS
    told: dict[str, Any] = {"found": shown(found), "expected": shown(expected)}
    if found.shape != expected.shape:
        reason = f"shape {found.shape} for {expected.shape}"
        return Verdict(Outcome.WRONG, reason=reason, **told)
    if not np.all(np.isfinite(found)):
        return Verdict(Outcome.NOT_FINITE, **told)
    gap = float(np.max(np.abs(found - expected), initial=0.0))
    size = max(float(np.max(np.abs(expected), initial=0.0)), scale)
    off = gap if size == 0 else gap / size
    return Verdict(Outcome.RIGHT if off <= tolerance else Outcome.WRONG, off, **told)


def as_numbers(answer: Any) -> Any:
    """An answer as an array of numbers; None where it is none."""
    try:
        found = np.asarray(answer.toarray() if hasattr(answer, "toarray") else answer)
        return found if found.dtype.kind in "biufc" else found.astype(float)
    except (TypeError, ValueError):
        return None


NO_NUMBERS = Verdict(Outcome.REFUSED, reason="the answer is no array of numbers")


def shown(value: Any) -> str:
    """Numbers on one line."""
    return " ".join(np.array2string(np.asarray(value), precision=6, threshold=8).split())[:200]
