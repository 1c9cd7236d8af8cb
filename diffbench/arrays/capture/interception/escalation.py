"""f is run as it is. Only where a trace would be lost it is run again, with what was on the stack
then exchanged; what a function needed is remembered for its code, and is the start of its next run.

So f may run some ten times when it is met first: what it prints or counts is repeated.
"""

import sys
import traceback
import weakref
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial, wraps
from pathlib import Path
from types import CodeType, FunctionType, MethodType
from typing import Any, NamedTuple, TypeVar, cast

import numpy as np

from diffbench.arrays.capture.interception.exchange import in_place
from diffbench.arrays.capture.interception.functions import meet_packages
from diffbench.arrays.capture.interception.losses import Place, Watch, in_traceback, thread
from diffbench.arrays.capture.interception.plans import PLAIN, Plan, wider
from diffbench.arrays.traced import Traced, core
from diffbench.errors import DiffbenchError, LostTrace, MissingRule, WriteRefused
from diffbench.rules.interception import late

Engine = TypeVar("Engine", bound=Callable[..., Any])
MOST_RUNS = 24
_REASONS = (LostTrace, MissingRule, WriteRefused)
_COMPILERS = ("TypingError",)  # numba's
# of ours, of Cython, and of functions that numba has compiled already
_OF_TYPES = (
    *(Traced.__name__, "No matching signature found", "can't unbox"),
    "bad argument type for built-in operation",
)
_OWN = "diffbench"
_FOLDER = str(Path(__file__).parents[3])


class _Remembered(NamedTuple):
    code: weakref.ref[CodeType]
    plan: Plan


_plans: dict[int, _Remembered] = {}  # by the identity of the code, whose hash takes long


class Outcome(NamedTuple):
    """What became of one run: its result, or why there is none; where the trace was lost."""

    result: Any = None
    error: Exception | None = None
    places: tuple[Place, ...] = ()
    used: frozenset[Any] = frozenset()
    lost: DiffbenchError | None = None  # although it may have been caught

    @property
    def is_whole(self) -> bool:
        """Whether there is a result, with all of its trace."""
        return self.error is None and self.lost is None

    @property
    def is_lost(self) -> bool:
        """Whether a trace was lost, which may be otherwise with more exchanged."""
        if isinstance(self.error, MissingRule) and self.error.final:
            return False
        return self.lost is not None or isinstance(self.error, _REASONS) or self.is_of_the_type

    @property
    def is_of_the_type(self) -> bool:
        """Whether compiled code did not know what to do with the type of a traced value."""
        kind, told = type(self.error), str(self.error)
        return kind.__name__ in _COMPILERS or (
            issubclass(kind, TypeError) and any(phrase in told for phrase in _OF_TYPES)
        )


def as_written(engine: Engine) -> Engine:
    """An engine (f, *args) that runs f on traced values, for functions that leave NumPy's protocols,
    too.
    """

    @wraps(engine)
    def run(f: Any, *args: Any) -> Any:
        if late and any(map(sys.modules.__contains__, late)):
            meet_packages()
        plan = _remembered(f) if _plans else PLAIN
        outcome = _run(engine, f, args, plan)
        if plan is not PLAIN and not outcome.is_whole:  # the code may call another function now
            plan, outcome = PLAIN, _run(engine, f, args, PLAIN)
        if outcome.is_whole:
            return outcome.result
        attempt = partial(_run, engine, f, args)
        try:
            return _escalated(attempt, f, args[0], plan, outcome)
        except Exception:
            if plan is PLAIN:
                raise
            # what f needed at other arguments may stand in its way now
            return _escalated(attempt, f, args[0], PLAIN, attempt(PLAIN))

    return cast(Engine, run)


def _run(engine: Callable[..., Any], f: Any, args: tuple[Any, ...], plan: Plan) -> Outcome:
    outer = thread.watch
    watch = thread.watch = Watch(_BASE, plan.creators, plan.boxes)
    if outer is not None:
        watch.creators |= outer.creators
    try:
        if plan is PLAIN:
            result = engine(f, *args)
        else:
            with in_place(plan.exchanges):
                result = engine(f, *args)
    except Exception as error:
        return Outcome(None, error, (*watch.places, *in_traceback(error)), lost=watch.error)
    finally:
        thread.watch = outer
        if outer is not None:
            outer.used |= watch.used
    return Outcome(result, None, watch.places, watch.used, watch.error)


_BASE = _run.__code__  # of the frame above which f runs


def _escalated(run: Callable[[Plan], Outcome], f: Any, x: Any, plan: Plan, outcome: Outcome) -> Any:
    """The result of the first run in which no trace is lost, or what the most telling one raised."""
    home, told = _home(f), outcome.error
    for _ in range(MOST_RUNS):
        found = next(_next_plans(plan, home, outcome), None)
        if found is None:
            break
        plan, outcome = found, run(found)
        if outcome.is_whole:
            _remember(f, plan, outcome)
            return outcome.result
        if told is None or _tells_more(outcome.error, plan):
            told = outcome.error
    if outcome.error is None:
        return outcome.result
    told = told or outcome.error
    # what the machine has too little of is no word about traced arrays
    if not isinstance(told, DiffbenchError | MemoryError) and not _raises(f, x):
        raise _of_plain_arrays(told) from told
    raise told


def _of_plain_arrays(error: Exception) -> LostTrace:
    """The error of code that was given a traced array and knows plain ones only."""
    places = [p for p in traceback.extract_tb(error.__traceback__) if p.line]
    outside = [p for p in places if not p.filename.startswith(_FOLDER)]
    where = (
        f"{Path(outside[-1].filename).name}:{outside[-1].lineno}: {outside[-1].line}"
        if outside
        else "a line of f whose source is not at hand"
    )
    return LostTrace(
        f"{type(error).__name__}: {error}, at {where}, which takes plain arrays only and was given a "
        "traced one; it becomes differentiable as a function of its own with diffbench.primitive"
    )


def _raises(f: Any, x: Any) -> bool:
    """Whether f raises without a trace, too: the error is its own then, and none of C code that was
    given a traced array.
    """
    try:
        f(np.copy(core(x))[()])
    except Exception:
        return True
    return False


def _next_plans(plan: Plan, home: Any, outcome: Outcome) -> Iterator[Plan]:
    if outcome.is_lost:
        yield from wider(plan, home, list(outcome.places))
    elif plan.creators:  # of C code, which does not take what stands for new arrays
        yield replace(plan, creators=frozenset())


def _tells_more(error: Exception | None, plan: Plan) -> bool:
    """Whether an error says more than the one before: that one may have been mended since. What
    NumPy says of objects in arrays says less, and so does what follows from trying types.
    """
    if isinstance(error, (MissingRule, WriteRefused)) or not plan.boxes:
        return True
    return not isinstance(error, (*_REASONS, TypeError, ValueError, AttributeError))


# ---------------------------------------------------------------- what is remembered


def _remember(f: Any, plan: Plan, outcome: Outcome) -> None:
    code = _written(f)
    if code is None:
        return
    packages = set(map(_package, outcome.used))
    # all of a package: f may call another one of its functions next time, through which a trace
    # would pass to what is no derivative (a formula for one shape of a distribution alone)
    needed = tuple(function for function in plan.functions if _package(function.rule) in packages)
    key = id(code)
    forget = weakref.ref(code, lambda _: _plans.pop(key, None))
    _plans[key] = _Remembered(forget, replace(plan, functions=needed))


def _package(function: Any) -> str:
    """Such as scipy.stats."""
    return ".".join(str(getattr(function, "__module__", "")).split(".")[:2])


def _remembered(f: Any) -> Plan:
    code = _written(f)
    found = _plans.get(id(code))
    return PLAIN if found is None or found.code() is not code else found.plan


def _written(f: Any) -> CodeType | None:
    """The code of the function that the user wrote, within the wrappers of ours."""
    function = _innermost(f)
    return None if function is None else function.__code__


def _home(f: Any) -> dict[str, Any] | None:
    """The module dictionary of the function that the user wrote."""
    function = _innermost(f)
    return None if function is None or _is_own(function) else function.__globals__


def _innermost(f: Any) -> FunctionType | None:
    for _ in range(20):
        if isinstance(f, FunctionType):
            inner = getattr(f, "__wrapped__", None) or (_enclosed(f) if _is_own(f) else None)
            if inner is None:
                return f
            f = inner
        elif isinstance(f, MethodType):
            f = f.__func__
        elif isinstance(f, partial):
            f = f.func if not _is_own(f.func) else next(filter(callable, f.args), f.func)
        else:
            f = type(f).__call__ if callable(f) else None
    return None


def _is_own(function: Any) -> bool:
    names = getattr(function, "__globals__", {})
    name = str(names.get("__name__"))
    return name.split(".")[0] == _OWN and not name.startswith("diffbench.problems")


def _enclosed(function: FunctionType) -> Any:
    """The function that one of ours is about: the first that it encloses."""
    for cell in function.__closure__ or ():
        try:
            if callable(cell.cell_contents):
                return cell.cell_contents
        except ValueError:
            continue
    return None
