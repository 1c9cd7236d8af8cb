"""SciPy's plain functions do not speak NumPy's protocols, so a traced array would be refused before a rule could see it.

`caught(function)` makes the function look at its arguments first. It stays the object it is and only its code is exchanged, so that
everyone who holds it is served: `from scipy.special import logsumexp` executed long before, closures, default arguments, partial
applications, pickles. Called without traced arguments it is the original. (SciPy's ufuncs, such as scipy.special.erf, need none of it.)
"""

from collections.abc import Callable
from types import CodeType, FunctionType
from typing import Any


def caught(function: Any) -> Any:
    """Let traced arrays catch calls of a function written in Python; returns the same function."""
    if "_original" in (function.__kwdefaults__ or ()):
        return function  # the rules were imported a second time
    original = FunctionType(function.__code__, function.__globals__, function.__name__, function.__defaults__, function.__closure__)
    original.__kwdefaults__ = function.__kwdefaults__
    original.__dict__.update(function.__dict__)
    function.__wrapped__ = original  # its signature stays what it was
    function.__defaults__ = None
    function.__kwdefaults__ = {"_function": function, "_original": original, "_choose": choose}
    function.__code__ = _look_first(function.__code__.co_freevars)
    return function


def _look_first(cells: tuple[str, ...]) -> CodeType:
    """Code that hands its arguments to `choose`, with these free variables: a function keeps its cells when its code is exchanged."""
    source = f"""
def enclosing({", ".join(cells)}):
    def look_first(*args, _function, _original, _choose, **kwargs):
        return _choose(_function, _original, args, kwargs)
        {", ".join(cells)}
    return look_first
"""
    scope: dict[str, Any] = {}
    exec(source, scope)
    return scope["enclosing"](*cells).__code__  # type: ignore[no-any-return]


def choose(function: Callable[..., Any], original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The rule of `function` where an argument is traced, alone or in a list; otherwise the original."""
    from diffbench.arrays.dispatch import as_operand, call
    from diffbench.arrays.traced import contains_traced

    if contains_traced(args) or contains_traced(kwargs.values()):
        return call(function, tuple(as_operand(x) if type(x) is list else x for x in args), kwargs)
    return original(*args, **kwargs)
