"""Rewriting of arithmetic: (draft, args, params, known) -> what the result is instead, or None.

Every identity here holds for NaN, inf and signed zeros, and none adds a rounding.
"""

from math import prod
from typing import Any

import numpy as np

from diffbench.ir import Aval, Var
from diffbench.program.passes.rewriting.sharing import (
    Rewrite,
    Simpler,
    fits,
    is_count,
    is_number,
    without_broadcast,
)
from diffbench.rules.table import primitives


def negated(draft: Simpler, x: Any, known: Aval) -> Any:
    return draft.apply(primitives[np.negative], (x,), {}, known)


def _identity(draft: Simpler, args: Any, params: Any, known: Aval) -> Any:
    return args[0] if fits(args[0], known) else None


def _rewrite_negative(draft: Simpler, args: Any, params: Any, known: Aval) -> Any:
    inner = draft.maker(args[0], "negative")
    return inner.args[0] if inner else None


def _elementwise(ufunc: np.ufunc, rewrite: Rewrite) -> Rewrite:
    """The rewriting of a binary function, after its arguments were freed of broadcasting that the
    other one does anyway.
    """

    def rewrite_elementwise(draft: Simpler, args: Any, params: Any, known: Aval) -> Any:
        if known.shape and not params:
            for i, x in enumerate(args):
                if np.shape(args[1 - i]) == known.shape and np.shape(x):
                    small = without_broadcast(draft, x)
                    if small is not x and np.result_type(x.dtype) == small.dtype:
                        pair = (small, args[1]) if i == 0 else (args[0], small)
                        return draft.apply(primitives[ufunc], pair, params, known)
        return rewrite(draft, args, params, known)

    return rewrite_elementwise


def _rewrite_multiply(draft: Simpler, args: Any, params: Any, known: Aval) -> Any:
    if (
        type(args[0]) is Var
        and type(args[1]) is Var
        and draft.is_plain(args[0])
        and draft.is_plain(args[1])
    ):
        return None
    for x, other in (args, args[::-1]):
        if is_number(other, 1) and fits(x, known):
            return x
        if is_number(other, -1) and fits(x, known):
            return negated(draft, x, known)
        minus = draft.maker(x, "negative")
        if minus:
            return negated(
                draft,
                draft.apply(primitives[np.multiply], (minus.args[0], other), {}, known),
                known,
            )
        if is_count(other):
            inner = draft.maker(x, "multiply")
            for factor, y in (
                (inner.args, inner.args[::-1]) if inner and draft.source.uses[x.index] == 1 else ()
            ):
                if is_count(factor):  # one rounding instead of two
                    return draft.apply(
                        primitives[np.multiply], (float(factor * other), y), {}, known
                    )
        inverse = draft.maker(x, "divide")
        if (
            inverse and is_number(inverse.args[0], 1) and draft.source.uses[x.index] == 1
        ):  # one rounding instead of two
            return draft.apply(primitives[np.divide], (other, inverse.args[1]), {}, known)
    return None


def _rewrite_divide(draft: Simpler, args: Any, params: Any, known: Aval) -> Any:
    x, by = args
    if is_number(by, 1) and fits(x, known):
        return x
    minus = draft.maker(x, "negative")
    if minus:
        return negated(
            draft, draft.apply(primitives[np.divide], (minus.args[0], by), {}, known), known
        )
    square = draft.maker(by, "multiply") if known.shape and known.dtype == float else None
    cosh = (
        draft.maker(square.args[0], "cosh") if square and square.args[0] is square.args[1] else None
    )
    return (
        _divided_by_cosh_squared(draft, x, cosh.args[0], known)
        if cosh and np.shape(cosh.args[0]) == known.shape
        else None
    )


def _divided_by_cosh_squared(draft: Simpler, y: Any, x: Any, known: Aval) -> Any:
    """y / cosh(x)² as 4 y e / (1 + e)² with e = exp(-2|x|): several times faster in NumPy, and as
    accurate, because nothing cancels.
    """

    def apply(ufunc: np.ufunc, *args: Any) -> Any:
        return draft.apply(primitives[ufunc], args, {}, known)

    e = apply(np.exp, apply(np.multiply, -2.0, apply(np.abs, x)))
    wide = apply(np.add, 1.0, e)
    return apply(
        np.divide, apply(np.multiply, apply(np.multiply, 4.0, y), e), apply(np.multiply, wide, wide)
    )


def _rewrite_logaddexp(draft: Simpler, args: Any, params: Any, known: Aval) -> Any:
    """log(1 + exp x) as max(x, 0) + log1p(exp(-|x|)): what logaddexp does number by number, by
    functions that take many at a time.
    """
    if (
        not is_number(args[0], 0)
        or not known.shape
        or not fits(args[1], known)
        or known.dtype != float
    ):
        return None

    def apply(ufunc: np.ufunc, *args: Any) -> Any:
        return draft.apply(primitives[ufunc], args, {}, known)

    rest = apply(np.log1p, apply(np.exp, apply(np.negative, apply(np.abs, args[1]))))
    return apply(np.add, apply(np.maximum, args[1], 0.0), rest)


def _rewrite_add(draft: Simpler, args: Any, params: Any, known: Aval) -> Any:
    if known.dtype.kind == "i" and is_number(args[1], 0) and fits(args[0], known):
        return args[0]
    for x, other in (args, args[::-1]):
        minus = draft.maker(other, "negative")
        if minus:
            return draft.apply(primitives[np.subtract], (x, minus.args[0]), {}, known)
    return _doubled(draft, args[0]) if args[0] is args[1] else None


def _doubled(draft: Simpler, x: Any, depth: int = 6) -> Any:
    """2 x where a factor inside x, no deeper than this, can take up the 2; otherwise None. Powers
    of two are exact.
    """
    maker = draft.made.get(x.index) if type(x) is Var and depth else None
    if maker is None or draft.source.uses[x.index] > 2:  # both of x + x
        return None
    name, args = maker.primitive.name, maker.args
    if name == "divide" and is_number(args[1], 2) and fits(args[0], x.aval):
        return args[0]
    if name == "multiply":
        for factor, y in (args, args[::-1]):
            if is_count(factor):
                return draft.apply(maker.primitive, (float(2 * factor), y), {}, x.aval)
    for k in (
        range(len(args)) if name in ("negative", "multiply", "broadcast_to", "reshape") else ()
    ):
        inner = _doubled(draft, args[k], depth - 1)
        if inner is not None:
            return draft.apply(
                maker.primitive, (*args[:k], inner, *args[k + 1 :]), maker.params, x.aval
            )
    return None


def _rewrite_subtract(draft: Simpler, args: Any, params: Any, known: Aval) -> Any:
    x, other = args
    if is_number(other, 0) and np.copysign(1, other) > 0 and fits(x, known):
        return x
    minus = draft.maker(other, "negative")
    return draft.apply(primitives[np.add], (x, minus.args[0]), {}, known) if minus else None


def _rewrite_power(draft: Simpler, args: Any, params: Any, known: Aval) -> Any:
    x, exponent = args
    if not fits(x, known):
        return None
    if is_number(exponent, 2):
        return draft.apply(primitives[np.multiply], (x, x), {}, known)
    if is_number(exponent, -1):
        return draft.apply(primitives[np.divide], (1.0, x), {}, known)
    return x if is_number(exponent, 1) else None


def _rewrite_square(draft: Simpler, args: Any, params: Any, known: Aval) -> Any:
    return draft.apply(primitives[np.multiply], (args[0], args[0]), {}, known)


def _rewrite_mean(draft: Simpler, args: Any, params: Any, known: Aval) -> Any:
    """The sum over how many, as NumPy computes it; code for sums is at hand everywhere."""
    x, how = (
        args[0],
        {name: value for name, value in params.items() if not (name == "where" and value is True)},
    )
    if not how.keys() <= {"axis", "keepdims"} or x.dtype != float or not x.size:
        return None
    total = draft.apply(primitives[np.sum], args, how, known)
    return draft.apply(
        primitives[np.divide], (total, float(x.size // prod(known.shape))), {}, known
    )


def _rewrite_and(draft: Simpler, args: Any, params: Any, known: Aval) -> Any:
    return args[0] if args[1] is True and fits(args[0], known) and known.dtype == bool else None


REWRITES: dict[str, Rewrite] = {
    "positive": _identity, "astype": _identity, "real": _identity, "bitwise_and": _rewrite_and, "logical_and": _rewrite_and,
    "negative": _rewrite_negative, "power": _rewrite_power, "square": _rewrite_square, "logaddexp": _rewrite_logaddexp,
    "mean": _rewrite_mean,
    "multiply": _elementwise(np.multiply, _rewrite_multiply), "divide": _elementwise(np.divide, _rewrite_divide),
    "add": _elementwise(np.add, _rewrite_add), "subtract": _elementwise(np.subtract, _rewrite_subtract),
}  # fmt: skip
