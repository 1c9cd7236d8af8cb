"""The ways in which f is handed to another package, and the first by which the package is right.

    f(x, xp=...)       where f takes the array module as a parameter
    swapped            a copy of f with the package's module in NumPy's place
    translated         the program that was recorded of f, in the package's words

A package may give the right value and the wrong derivative (of f's that call `math`, or convert), so
each way is held against ours at x before it is taken; the functions of the problems, whose
derivatives the tests hold, go the first way unchecked.
"""

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from diffbench.asking.derivations import Answer, resolve
from diffbench.differentiators.adapters.swapped import swapped
from diffbench.differentiators.adapters.tools import Tools, or_refuse
from diffbench.differentiators.adapters.translated import Translation, translated
from diffbench.errors import DiffbenchError, Unsupported
from diffbench.interface import Array, Function, Instance, Operator
from diffbench.registry import find

# ours, and how far off its digits allow another package to be
JUDGES = {"reverse": 1e-7, "central-difference": 1e-3}
AS_WRITTEN = "f as it is written"
SWAPPED = "f with its module in NumPy's place"
TRANSLATED = "f translated from its recorded program"


@dataclass(frozen=True)
class Found:
    """A package's answer on its own arrays, by which way f was handed over, and why not by an earlier
    one.
    """

    native: Answer
    way: str
    passed_over: tuple[str, ...] = ()
    translation: Translation | None = None

    @property
    def told(self) -> str | None:
        """How f was handed over, where it was not as it is written, and what was wrong before."""
        if self.way == AS_WRITTEN:
            return None
        wrong = [reason for reason in self.passed_over if ": wrong: " in reason]
        return f"{self.way} ({'; '.join(wrong)})" if wrong else self.way

    def holds_at(self, x: Array) -> bool:
        """Whether f takes the branches at x that the answer was made for."""
        return self.translation is None or self.translation.holds_at(x)


def ways(tools: Tools, f: Function, x: Array, name: str) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Each way, and what makes the package's function of it."""
    if tools.xp is None:
        yield TRANSLATED, partial(translated, f, x, np, name, tools.data)
        return
    if takes_xp(f):
        yield AS_WRITTEN, partial(in_terms_of, tools, f)
    else:
        yield (
            AS_WRITTEN if tools.xp is np else SWAPPED,
            partial(swapped, inspect.unwrap(f), tools.xp, name, tools.data),
        )
    if not isinstance(f, Instance):
        yield TRANSLATED, partial(translated, f, x, tools.xp, name, tools.data)


def first_right(tools: Tools, f: Function, x: Array, operator: Operator, name: str) -> Found:
    """By the first way that is right at x. Raises Unsupported with what stood in each one's way."""
    passed_over: list[str] = []
    for way, make in ways(tools, f, x, name):
        try:
            function = make()
            native = _answer(tools, function, f, x, operator, name)
            if not isinstance(f, Instance):
                _hold_against_ours(tools, native, f, x, operator, name)
        except DiffbenchError as refusal:
            passed_over.append(f"{way}: {refusal}")
            if isinstance(f, Instance):
                raise
            continue
        translation = function if isinstance(function, Translation) else None
        return Found(native, way, tuple(passed_over), translation)
    raise Unsupported("; ".join(passed_over))


def held_against_nothing(
    tools: Tools, f: Function, x: Array, operator: Operator, name: str
) -> Answer:
    """By the first way alone, right or wrong: what the package's own users would get."""
    _, make = next(ways(tools, f, x, name))
    return _answer(tools, or_refuse(name, make), f, x, operator, name)


def _answer(
    tools: Tools, function: Function, f: Function, x: Array, operator: Operator, name: str
) -> Answer:
    xs = tuple(map(tools.array, _arguments(f, x, operator)))
    return or_refuse(name, tools.derive, function, operator, xs)  # type: ignore[no-any-return]


def _hold_against_ours(
    tools: Tools, native: Answer, f: Function, x: Array, operator: Operator, name: str
) -> None:
    """Raise Unsupported where the package's derivative at x is another than ours."""
    arguments = _arguments(f, x, operator)
    theirs = _derivative(through(name, tools, native, *arguments))
    ours, tolerance = _ours(operator, f, arguments)
    if ours is None or not np.isfinite(ours).all():
        return
    if np.shape(theirs) != np.shape(ours):
        raise Unsupported(
            f"wrong: its derivative has the shape {np.shape(theirs)} and not {np.shape(ours)}"
        )
    gap, size = np.max(np.abs(theirs - ours), initial=0.0), np.max(np.abs(ours), initial=0.0)
    if not gap <= max(tolerance, 100 * float(np.finfo(x.dtype).eps)) * size:
        raise Unsupported(
            f"wrong: its derivative is {gap:.2g} off where the largest entry is {size:.2g}, although "
            "nothing was raised"
        )


def _ours(operator: Operator, f: Function, arguments: tuple[Any, ...]) -> tuple[Any, float]:
    """The derivative by the first of our methods that answers, and how far off others may be."""
    for judge, tolerance in JUDGES.items():
        try:
            answer = resolve(find("differentiators", judge), operator)
            return _derivative(answer(f, *arguments)), tolerance
        except DiffbenchError:
            continue
    return None, 0.0


def _derivative(answer: Any) -> Any:
    return answer[1] if isinstance(answer, tuple) else answer


def through(name: str, tools: Tools, native: Answer, *xs: Any) -> Any:
    """A native answer at NumPy's arrays, as NumPy's arrays."""
    found = or_refuse(name, native, *map(tools.array, xs))
    return tuple(map(tools.numpy, found)) if isinstance(found, tuple) else tools.numpy(found)


def in_terms_of(tools: Tools, f: Function) -> Function:
    """f(x, xp=...) as a function of the package's own arrays: its module for `xp`, and a problem's
    data as it can take them.
    """
    own = (
        {"data": tuple(tools.data(a) if isinstance(a, np.ndarray) else a for a in f.data)}
        if hasattr(f, "data")
        else {}
    )
    return lambda x: f(x, xp=tools.xp, **own)


def takes_xp(f: Function) -> bool:
    """Whether the array module is a parameter of f."""
    try:
        return "xp" in inspect.signature(f).parameters
    except (TypeError, ValueError):  # a built-in
        return False


def _arguments(f: Function, x: Array, operator: Operator) -> tuple[Any, ...]:
    """x, and a direction of the right shape where the operator takes one."""
    if not operator.takes_direction:
        return (x,)
    return x, np.ones_like(np.asarray(f(x)) if operator is Operator.VJP else x, dtype=x.dtype)
