"""Functions that numba compiles for the types of their arguments: for traced ones, and for lists with
traced ones, the Python that was written runs.

numba asks a function's dispatcher for the type of what it does not know, and, where nothing is compiled for
the types, for something to call. Both questions are answered here (numba 0.57 to 0.68).
"""

import sys
from collections.abc import Callable
from typing import Any

from diffbench.arrays.traced import Traced, contains_traced


class Numba:
    """The two methods of numba's dispatchers, exchanged."""

    def __init__(self) -> None:
        self.before: dict[str, Callable[..., Any]] = {}

    def put(self) -> None:
        numba: Any = sys.modules["numba"]  # imported by whoever's function runs
        kind = numba.core.dispatcher._DispatcherBase
        type_of = kind.typeof_pyval
        unknown = numba.types.Opaque("traced by diffbench")
        self.before = {"typeof_pyval": type_of, "_compile_for_args": kind._compile_for_args}

        def typeof_pyval(dispatcher: Any, value: Any) -> Any:
            return unknown if _is_traced(value) else type_of(dispatcher, value)

        def python_of(dispatcher: Any, *args: Any, **kwargs: Any) -> Any:
            # also for plain arguments: numba would compile with the names that are exchanged now
            return dispatcher.py_func

        kind.typeof_pyval, kind._compile_for_args = typeof_pyval, python_of

    def lift(self) -> None:
        kind: Any = sys.modules["numba"].core.dispatcher._DispatcherBase
        for name, method in self.before.items():
            setattr(kind, name, method)


def _is_traced(value: Any) -> bool:
    return type(value) is Traced or (type(value) in (list, tuple) and contains_traced(value))


NUMBA = Numba()
