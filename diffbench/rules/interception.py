"""SciPy's plain functions do not speak NumPy's protocols, so a traced array would be refused before
a rule could see it; and a list of traced numbers, or the array of objects that NumPy makes of it,
speaks none to NumPy's own functions.

`caught(function)` makes the function look at its arguments first. It stays the object it is and
only its code is exchanged, so that everyone who holds it is served: `from scipy.special import
logsumexp` executed long before, closures, default arguments, partial applications, pickles. Called
without traced arguments it is the original. (SciPy's ufuncs, such as scipy.special.erf, need none
of it.)
"""

from collections.abc import Callable, Iterable
from types import CodeType, FunctionType
from typing import Any

import numpy as np
from numpy import ndarray  # looked for at every call

# never traced
_PLAIN = frozenset(
    (float, int, bool, complex, str, slice, type(None), type(np._NoValue), *np.sctypeDict.values())
)


def caught(function: Any, rule: Any = None) -> Any:
    """Let traced arguments catch calls of a function written in Python, for which `rule` then
    stands; returns the same function.
    """
    # NumPy's functions that speak NEP 18 hold their code there
    code = getattr(function, "_implementation", function)
    if "_original" in (code.__kwdefaults__ or ()):
        return function  # the rules were imported a second time
    original = FunctionType(
        code.__code__, code.__globals__, code.__name__, code.__defaults__, code.__closure__
    )
    original.__kwdefaults__ = code.__kwdefaults__
    original.__dict__.update(code.__dict__)
    code.__wrapped__ = original  # its signature stays what it was
    code.__defaults__ = None
    code.__kwdefaults__ = {
        "_rule": rule or function,
        "_original": original,
        "_choose": choose,
        "_are_plain": are_plain,
    }
    code.__code__ = _look_first(code.__code__)
    return function


def _look_first(code: CodeType) -> CodeType:
    """Code that hands traced arguments to `choose`, with its free variables and file: who looks for
    the user's line passes it.
    """
    cells = code.co_freevars
    source = f"""
def enclosing({", ".join(cells)}):
    def look_first(*args, _rule, _original, _choose, _are_plain, **kwargs):
        if _are_plain(args) and (not kwargs or _are_plain(kwargs.values())):
            return _original(*args, **kwargs)
        return _choose(_rule, _original, args, kwargs)
        {", ".join(cells)}
    return look_first
"""
    scope: dict[str, Any] = {}
    exec(compile(source, code.co_filename, "exec"), scope)
    return scope["enclosing"](*cells).__code__  # type: ignore[no-any-return]


def are_plain(values: Iterable[Any]) -> bool:
    """Whether nothing traced can be among the values: a look so short that NumPy's own functions
    can afford it.
    """
    for value in values:
        kind = type(value)
        if kind is ndarray:
            if value.dtype.hasobject:
                return False
        elif kind not in _PLAIN and not (kind in (list, tuple) and are_plain(value)):
            return False
    return True


def choose(
    rule: Callable[..., Any],
    original: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> Any:
    """The rule where an argument is traced, alone, in a list or in an array of objects; otherwise
    the original.
    """
    from diffbench.arrays.capture.dispatch import as_operand, call
    from diffbench.arrays.traced import contains_traced

    if contains_traced(args) or contains_traced(kwargs.values()):
        return call(
            rule, tuple(as_operand(x) if type(x) in (list, ndarray) else x for x in args), kwargs
        )
    return original(*args, **kwargs)
