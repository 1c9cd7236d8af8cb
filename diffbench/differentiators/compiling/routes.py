"""By which code a simplified program answers: native, or generated Python and NumPy; every answer
says so in `.route`.

prepare             compiles at once: who prepares will call often, and `prepare` is where that is paid for
other branches      and shapes met later answer in Python first, and are compiled when they have been called often enough to pay
a single answer     (gradient(f, x) and its like) is never worth a compiler's time

An answer is called with the point (and the direction), and with out= where the derivative is to be
written into memory of the caller's.
"""

import contextvars
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any, Literal

import numpy as np

from diffbench.asking.derivations import Answer
from diffbench.asking.prepared.recipes import Repeatable
from diffbench.errors import BadInput, Unsupported
from diffbench.ir import Program
from diffbench.program.native import compile_native
from diffbench.program.native.compiler import CompilerFailed
from diffbench.program.passes.pipelines import Pipelines
from diffbench.program.python.source import function_of, generate

Native = bool | Literal["auto"]
_warned: list[Exception] = []
CALLS_THAT_PAY = 1000  # about what a compiler's 0.1 s buys on a function of some 100 us

with np.errstate(all="ignore"):
    # an infinite partial is judged by what the derivative comes out as
    _quiet = contextvars.copy_context()


def at_once(
    program: Program,
    native: Native,
    name: str,
    otherwise: Answer,
    guard_failed: Callable[..., Any],
    threads: int,
    passes: Pipelines,
) -> Answer:
    """The fastest answer there is. With native=True, Unsupported is raised where that is not native
    code.
    """
    if native is False:
        return in_python(program, name, otherwise, guard_failed, passes)
    try:
        return compile_native(program, otherwise, guard_failed, threads)  # type: ignore[no-any-return]
    except (Unsupported, OSError) as error:
        if native is True:
            raise
        warn_of(error)
        answer = in_python(program, name, otherwise, guard_failed, passes)
        answer.reason = str(error)  # type: ignore[attr-defined]
        return answer


def warn_of(error: Exception) -> None:
    """That there is a compiler which does not work, once in a process; that there is none is no news,
    and an answer's `reason` tells it.
    """
    if isinstance(error, CompilerFailed) and not _warned:
        _warned.append(error)
        warnings.warn(f"{error}; this is said once", RuntimeWarning, stacklevel=2)


def in_python(
    program: Program,
    name: str,
    otherwise: Answer,
    guard_failed: Callable[..., Any],
    passes: Pipelines,
) -> Answer:
    """The answer by generated Python; by NumPy in it where there are arrays."""
    source = generate(passes.for_numpy(program), name)
    source.namespace |= {
        "otherwise": otherwise,
        "guard_failed": guard_failed,
        "answer_into": answer_into,
    }
    answer = function_of(source, name)
    if source.has_arrays:
        answer = partial(_quietly, answer)
    return by_route("numpy" if source.has_arrays else "python", answer)


def eager(answer: Answer) -> Answer:
    """The answer of a method that runs the function at each call."""

    def eager_answer(*xs: Any, out: Any = None) -> Any:
        return answer(*xs) if out is None else answer_into(out, answer, *xs)

    return by_route("eager", eager_answer)


def by_route(route: str, answer: Answer) -> Answer:
    """The answer, marked with the name of the code behind it."""
    answer.route = route  # type: ignore[attr-defined]
    answer.threads = 1  # type: ignore[attr-defined]
    return answer


class Promoted(Repeatable):
    """Generated Python that is replaced by native code once it has been called often."""

    def __init__(self, python: Answer, compiled: Callable[[], Answer]) -> None:
        self.answer, self.compiled, self.calls = python, compiled, 0

    @property
    def route(self) -> str:
        return self.answer.route  # type: ignore[attr-defined, no-any-return]

    @property
    def threads(self) -> int:
        return self.answer.threads  # type: ignore[attr-defined, no-any-return]

    def __call__(self, *xs: Any, out: Any = None) -> Any:
        self.calls += 1
        if self.calls == CALLS_THAT_PAY:
            self.answer = self.compiled()
        return self.answer(*xs, out=out)


def _quietly(answer: Answer, *xs: Any, out: Any = None) -> Any:
    return (
        _quiet.copy().run(answer, *xs) if out is None else _quiet.copy().run(answer, *xs, out=out)
    )


# ---------------------------------------------------------------- into memory of the caller's


def answer_into(out: Any, answer: Answer, *xs: Any) -> Any:
    """An answer whose derivative, which is all of it or the second of a pair, is written into
    `out`. Raises BadInput where it can't be.
    """
    found = answer(*xs)
    pair = type(found) is tuple
    derivative = found[1] if pair else found
    if hasattr(derivative, "toarray"):
        raise BadInput(
            "out= receives an array, and this answer is a scipy.sparse matrix; call it without out="
        )
    _check_receiver(out, np.shape(derivative), np.result_type(derivative), xs)
    out[...] = derivative
    return (found[0], out) if pair else out


def _check_receiver(
    out: Any, shape: tuple[int, ...], dtype: np.dtype[Any], xs: tuple[Any, ...]
) -> None:
    fits = (
        type(out) is np.ndarray and out.shape == shape and out.dtype == dtype and out.dtype.isnative
    )
    if not fits or not out.flags.carray:
        cure = (
            "numpy.empty_like(x)"
            if shape == np.shape(xs[0])
            else f"numpy.empty({shape}, {str(dtype)!r})"
        )
        raise BadInput(
            f"out= is not a writable contiguous {dtype} array of the derivative's shape; use {cure}"
        )
    if any([np.may_share_memory(out, x) for x in xs]):
        raise BadInput(
            "out= shares memory with x, which is read while out is written; give it memory of its "
            "own"
        )
