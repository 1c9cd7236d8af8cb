"""The value that tracing found, held against f(x) itself: a derivative is right only if it is that
of the function that the user wrote.

    in prepare, compare and run              always
    in a direct call                         when the code of a function is met first
    db.settings(verify="always" | "never")   at each call, or at none

What is apart beyond rounding is an error that names where traced and plain f part. A function that
is random, or whose value depends on its earlier calls, is told from one that is followed wrongly.
"""

import weakref
from contextlib import suppress
from functools import partial, wraps
from typing import Any

import numpy as np

from diffbench.arrays.capture.application import as_operand
from diffbench.arrays.levels import is_ours, quiet
from diffbench.arrays.recorder import record
from diffbench.arrays.traced import Traced, core
from diffbench.asking.checks.parting import apart, parting
from diffbench.errors import BadInput, WrongValue
from diffbench.interface import Function, Instance

POLICIES = ("first", "always", "never")
ROUNDINGS = 1000  # of how far f moves when its argument is rounded another way
STATEFUL = (
    "f gives two values at the same point, because it is random or remembers earlier calls; a "
    "recorded answer would repeat one of them for ever: fix its seed or its state inside f, or use "
    "method='reverse', which runs f at each call"
)


class settings:
    """db.settings(verify="first"): when the traced value is held against plain f in direct calls;
    as a context manager until its end.

    >>> with settings(verify="always"):
    ...     when()
    'always'
    """

    _verify = "first"

    def __init__(self, *, verify: str) -> None:
        if verify not in POLICIES:
            raise BadInput(f"verify={verify!r} is none of {', '.join(POLICIES)}")
        self._before, settings._verify = settings._verify, verify

    def __enter__(self) -> "settings":
        return self

    def __exit__(self, *exception: object) -> None:
        settings._verify = self._before


def when() -> str:
    """The policy of direct calls."""
    return settings._verify


_met: dict[int, Any] = {}  # by the identity of the code, or of what has none


def is_due(f: Function, x: Any) -> bool:
    """Whether a direct call has to verify f."""
    if settings._verify == "never" or type(x) is Traced:
        return False
    if settings._verify == "first" and _is_met(getattr(f, "__code__", None)):
        return False
    code = _code(f)
    return code is not None and (settings._verify == "always" or not _is_met(code))


def _is_met(code: Any) -> bool:
    known = _met.get(id(code))
    return code is not None and known is not None and known() is code


def is_users(f: Function) -> bool:
    """Whether f is somebody's code, and no formula of SymPy's nor a derivative of ours."""
    return _code(f) is not None


def _code(f: Any) -> Any:
    """What tells functions apart: their code. None of what is not the user's."""
    if isinstance(f, Instance):
        return _code(f.problem.function)
    if isinstance(f, partial):
        return _code(f.func)
    method = getattr(type(f), "__call__", None)  # noqa: B004  # its code, and not whether there is one
    code = getattr(f, "__code__", None) or getattr(method, "__code__", None)
    if code is None:
        return f if callable(f) else None
    if not is_ours(code.co_filename) or hasattr(f, "_implementation"):
        return code
    inner = getattr(f, "__wrapped__", None)  # the user's function, of several arguments
    return None if inner is None else _code(inner)


class Noting:
    """f, noting the first value that it returned when traced, and where."""

    def __init__(self, f: Function) -> None:
        self.f, self.seen = f, False
        self.x: Any = None
        self.y: Any = None

    def function(self) -> Function:
        """The function to be run in f's place."""

        @wraps(self.f, updated=())
        def noted(x: Any) -> Any:
            if self.seen or type(x) is not Traced:
                return self.f(x)
            self.x = core(x)  # which a write to x replaces, and does not change
            y = self.f(x)
            value = core(as_operand(y))
            if not self.seen and isinstance(value, (np.ndarray, np.generic, float, int)):
                self.seen, self.y = True, np.asarray(value)
            return y

        return noted


def verify(f: Function, x: Any, noting: Noting | None = None) -> bool:
    """Raise WrongValue where the traced value of f at x is not f(x); whether f is stateful instead.
    noting: what was seen of a traced run.
    """
    if _code(f) is None:
        return False
    if noting is None or not (noting.seen and np.array_equal(noting.x, x, equal_nan=True)):
        noting = _noted(f, x)
    with quiet():
        verdict = _verdict(f, x, noting.y) if noting.seen else "right"
        where = parting(f, x) if verdict == "wrong" else ""
    if where:
        raise WrongValue(
            f"traced f is {_short(noting.y)} and f itself {_short(f(x.copy()))}: {where}; the "
            "derivative would be of another function. Write that step in other functions, and "
            "please report it"
        )
    if verdict == "right":
        _remember(f)
    return verdict == "stateful"


def _noted(f: Function, x: Any) -> Noting:
    noting = Noting(f)
    with suppress(Exception):  # the answer says why f can't be followed, if it can't either
        record(noting.function(), x)
    return noting


def _verdict(f: Function, x: Any, traced: Any) -> str:
    """right, wrong, or stateful: plain f has two values at x, or the traced one has."""
    try:
        plain = np.asarray(f(x.copy()))
        if plain.size == traced.size == 1:
            plain = plain.reshape(traced.shape)
        if not apart(traced, plain):
            return "right"
        again = _noted(f, x)
        if apart(np.reshape(f(x.copy()), plain.shape), plain) or apart(again.y, traced):
            return "stateful"
        return "right" if _is_rounding(f, x, traced, plain) else "wrong"
    except Exception:  # plain f has no value here: there is nothing to compare with
        return "right"


def _is_rounding(f: Function, x: Any, traced: Any, plain: Any) -> bool:
    if np.shape(traced) != np.shape(plain):
        return False
    rng, eps = np.random.default_rng(0), np.finfo(x.dtype).eps
    moved = [
        np.asarray(f(np.asarray(x * (1 + eps * rng.choice((-1, 1), x.shape)), x.dtype)))
        for _ in range(4)
    ]
    noise = np.max([np.max(np.abs(np.reshape(m, plain.shape) - plain), initial=0) for m in moved])
    return bool(np.max(np.abs(traced - plain), initial=0) <= ROUNDINGS * noise)


def _remember(f: Function) -> None:
    code = _code(f)
    key = id(code)
    try:
        _met[key] = weakref.ref(code, lambda _: _met.pop(key, None))
    except TypeError:  # a ufunc, which lives for ever
        _met[key] = lambda: code


def _short(value: Any) -> str:
    return np.array2string(np.asarray(value), precision=6, threshold=6)
