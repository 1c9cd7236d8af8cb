"""Where traced f and plain f part: found by running them side by side.

First the functions of NumPy: whatever traced f called is computed once more from the plain values
that it was given. Where each of them is right, the lines: after each one the variables of both runs
are compared, which finds a view that is a copy, and a write that is not seen.
"""

import linecache
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

import numpy as np

from diffbench.arrays.capture import dispatch
from diffbench.arrays.levels import is_ours
from diffbench.arrays.recorder import record
from diffbench.arrays.traced import Traced, core
from diffbench.interface import Function
from diffbench.rules.table import qualified_name

APART = 1e-8  # relative, of values that no two ways to compute them leave
MOST_LINES = 20_000
GENERATED = "<string>"  # by exec: what stands before exchanged functions, dataclasses
LARGEST = 100_000  # entries of a variable that is looked at


def parting(f: Function, x: Any) -> str:
    """Where they part, as the end of a sentence; empty where no place is found."""
    calls = _Calls()
    _run_profiled(lambda: record(f, x), calls)
    return calls.first or _first_line(f, x)


def apart(a: Any, b: Any) -> bool:
    """Whether two values are different beyond rounding; NaN is like NaN."""
    a, b = np.asarray(a), np.asarray(b)
    if a.shape != b.shape or a.dtype.kind not in "biufc" or b.dtype.kind not in "biufc":
        return bool(a.shape != b.shape)
    if np.array_equal(a, b):
        return False
    with np.errstate(all="ignore"):
        size = np.max(np.abs(b), initial=0.0, where=np.isfinite(b))
        narrow = (
            min(np.finfo(v.dtype).precision for v in (a, b) if v.dtype.kind in "fc")
            if (a.dtype.kind in "fc" or b.dtype.kind in "fc")
            else 15
        )
        tolerance = max(APART, 10.0 ** (2 - narrow)) * size
        return not np.allclose(a, b, rtol=0, atol=tolerance, equal_nan=True)


# ---------------------------------------------------------------- by functions


class _Calls:
    """A profile function that looks at what NumPy's functions return when traced."""

    def __init__(self) -> None:
        self.first = ""

    def __call__(self, frame: FrameType, event: str, y: Any) -> None:
        if event != "return" or self.first or frame.f_code is not dispatch.call.__code__:
            return
        given = frame.f_locals
        function, args, kwargs = given["function"], given["args"], given["kwargs"]
        if y is None or "out" in kwargs:  # it raised, or wrote in place
            return
        try:
            expected = function(*_plain(args), **_plain(kwargs))
        except Exception:
            return
        for found, wanted in zip(_parts(y), _parts(expected), strict=False):
            if apart(core(found), wanted):
                self.first = (
                    f"they part in {_name(function)} ({_line_of(frame)}), which gives "
                    f"{_short(core(found))} and in NumPy {_short(wanted)}"
                )
                return


def _run_profiled(work: Callable[[], Any], profile: Callable[..., None]) -> None:
    before = sys.getprofile()
    sys.setprofile(profile)
    try:
        work()
    except Exception:  # what it says was said before
        return
    finally:
        sys.setprofile(before)


def _plain(value: Any) -> Any:
    if type(value) is Traced:
        return np.array(core(value))[()]
    if type(value) in (list, tuple):
        return type(value)(map(_plain, value))
    if type(value) is dict:
        return {name: _plain(one) for name, one in value.items()}
    return value


def _parts(y: Any) -> list[Any]:
    return list(y) if isinstance(y, (tuple, list)) else [y]


def _name(function: Any) -> str:
    home = (getattr(function, "__module__", "") or "numpy").partition(".")[0]
    return f"{home}.{qualified_name(function)}"


def _line_of(frame: FrameType | None) -> str:
    while frame is not None and is_ours(frame.f_code.co_filename):
        frame = frame.f_back
    return "" if frame is None else _line(frame.f_code.co_filename, frame.f_lineno)


def _line(file: str, number: int) -> str:
    text = linecache.getline(file, number).strip()
    return f"{Path(file).name}:{number}" + (f": {text}" if text else "")


# ---------------------------------------------------------------- by lines


class _Step(NamedTuple):
    """A line that is about to be run, and the variables before it."""

    file: str
    number: int
    variables: dict[str, Any]


def _first_line(f: Function, x: Any) -> str:
    plain, traced = _steps(lambda: f(x.copy())), _steps(lambda: record(f, x))
    before: _Step | None = None
    for ours, theirs in zip(traced, plain, strict=False):
        if (ours.file, ours.number) != (theirs.file, theirs.number):
            return f"they go different ways after {_line(*before[:2])}" if before else ""
        for name in ours.variables.keys() & theirs.variables.keys():
            if before and apart(ours.variables[name], theirs.variables[name]):
                return (
                    f"they part at {_line(*before[:2])}, after which {name} is "
                    f"{_short(ours.variables[name])} and in NumPy {_short(theirs.variables[name])}"
                )
        before = theirs
    return ""


def _steps(work: Callable[[], Any]) -> list[_Step]:
    """The lines of the user's code that work runs."""
    steps: list[_Step] = []

    def trace(frame: FrameType, event: str, arg: Any) -> Any:
        file = frame.f_code.co_filename
        if is_ours(file) or file == GENERATED or frame.f_code is work.__code__:
            return trace if frame.f_code is work.__code__ else None
        if event in ("line", "return") and len(steps) < MOST_LINES:
            steps.append(_Step(file, frame.f_lineno, _numbers(frame.f_locals)))
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    except Exception:
        return steps
    finally:
        sys.settrace(before)
    return steps


def _numbers(variables: dict[str, Any]) -> dict[str, Any]:
    found = {}
    for name, value in variables.items():
        plain = core(value)
        if isinstance(plain, (np.ndarray, np.generic, float, int)) and np.size(plain) <= LARGEST:
            found[name] = np.array(plain)
    return found


def _short(value: Any) -> str:
    return np.array2string(np.asarray(value), precision=6, threshold=6)
